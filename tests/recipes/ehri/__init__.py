"""A portal of archives as EHRI runs one: whole fonds as finding aids, sets by country and institution."""
