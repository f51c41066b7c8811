"""The soak: writers, syncs that are killed, and harvesters, all at once, on a real database; and who ends with what.

``python -m tests.soak`` runs it; see ``__main__``.
"""
