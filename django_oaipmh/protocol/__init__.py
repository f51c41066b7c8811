"""The read path: from the arguments of a request to the XML of a response, out of the index alone.

``arguments`` reads a request, ``verbs`` answers it, ``responses`` makes it XML. Nothing here knows a host's model or
HTTP.
"""
