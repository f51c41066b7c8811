"""The repository as files, read from the index as harvesters read it: one file for a gateway (``static``), or a dump
for first harvests (``dump``).
"""


class ExportError(Exception):
    """The export is not possible; the message says why."""
