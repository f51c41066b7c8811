"""The test host in a file, so that servers can be processes of their own. Any host is allowed: the worst case.

``TEST_CACHE_AGE`` is how long proxies may keep responses, in seconds.
"""

import os

from tests.index.file_settings import *  # noqa: F403
from tests.settings import OAIPMH

OAIPMH = OAIPMH | {"CACHE_AGE": int(os.environ["TEST_CACHE_AGE"])}
ALLOWED_HOSTS = ["*"]
