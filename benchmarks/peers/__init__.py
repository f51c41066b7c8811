"""Other providers over the same works, each as a URLconf that answers ListRecords at /oai.

They are installed from PyPI and used as their documentation says, in the way that is fastest for them: works and all
relations of a page in four queries, ordered by primary key, pages as large as ours, and nothing computed twice.
"""
