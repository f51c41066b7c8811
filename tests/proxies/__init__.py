"""The site as it is run: behind gunicorn, behind nginx with a cache. Skipped where these are not installed."""
