"""Speed of django_oaipmh, side by side with its peers: `make bench`. See README.rst."""
