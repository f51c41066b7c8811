"""Services that harvesters know, each as a host: its settings, models, ``oai.py`` and URLs, and what it answers.

docs/recipes/ shows these files. Each service has settings of its own, so each is a pytest run of its own:

    python -m pytest tests/recipes/zenodo --ds=tests.recipes.zenodo.settings
"""
