from tests.index.conftest import spare  # noqa: F401
from tests.invariants.conftest import _formats_are_loaded_anew, articles, clock_fixture  # noqa: F401
