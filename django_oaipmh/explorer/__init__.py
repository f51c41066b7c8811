"""Pages for people: what the site's repositories offer, and their records as harvesters get them.

An app of its own, ``"django_oaipmh.explorer"``. Its URLs lie where the site wants them, never at an endpoint, which
has nothing but XML for everybody.
"""
