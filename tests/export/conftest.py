from tests.invariants.conftest import (  # noqa: F401
    _formats_are_loaded_anew,
    articles,
    clock_fixture,
)
