"""The write path: from a change of the host to the records of the index.

``examine`` reads objects and tells what has to change, ``store`` writes it so that no harvester can miss it,
``outbox`` remembers changes until they are written, ``signals`` notes them, ``sync`` compares everything.
"""
