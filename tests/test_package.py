"""The package as it is installed and imported."""

import ast
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from django.core.management import call_command

import django_oaipmh as oai


def test_it_can_be_imported_before_apps_are_ready():
    code = (
        "import django_oaipmh as oai\n"
        "class BookItem(oai.Item):\n"
        "    metadata = {'title': oai.Text.of(value='title'), 'creator': oai.First('a', oai.Map('b', str))}\n"
        "    sets = [oai.SetsBy('journal', spec='code'), oai.Set('a', 'A')]\n"
        "class Brief(oai.MetadataFormat):\n"
        "    prefix = 'brief'\n"
        "press = oai.Repository('press')\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_all_public_names_are_there():
    for name in oai.__all__:
        assert getattr(oai, name) is not None
    assert oai.__all__ == sorted(oai.__all__)
    tree = ast.parse(Path(oai.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(oai.__all__) == (imported | {"sync"}) - {"TYPE_CHECKING", "Any"}


def test_sync_is_the_function_whatever_was_imported():
    import django_oaipmh.index.sync
    from django_oaipmh.index import outbox

    assert oai.sync is outbox.sync
    assert django_oaipmh.index.sync.sync_all


def test_other_names_are_missing_as_in_any_module():
    with pytest.raises(AttributeError, match="module 'django_oaipmh' has no attribute 'nonsense'"):
        _ = oai.nonsense


def test_the_package_is_typed():
    assert files("django_oaipmh").joinpath("py.typed").is_file()


def test_every_module_and_command_says_what_it_is():
    for path in sorted(Path(oai.__file__).parent.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if text and "migrations" not in path.parts:
            assert ast.get_docstring(ast.parse(text)), path


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
