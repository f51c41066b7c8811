"""Tests of ``example_project``, which has settings of its own:

python -m pytest tests/example --ds=config.settings -o pythonpath=". example_project"
"""

import os

if os.environ.get("DJANGO_SETTINGS_MODULE") != "config.settings":
    collect_ignore_glob = ["test_*.py"]
