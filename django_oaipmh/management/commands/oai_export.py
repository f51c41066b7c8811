"""``manage.py oai_export``: write a repository to files, as a static repository or as a dump for first harvests."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError
from django.utils.translation import gettext as _

from ...conf import DEFAULT_REPOSITORY
from ...export import ExportError
from ...export.dump import Dump
from ...export.files import replacing
from ...export.static import MOST, gateway_base_url, write_static
from ...protocol.errors import NotReady, OAIErrors
from ...repository import repositories
from ...scopes import Scope


class Command(BaseCommand):
    """See the module."""

    help = "Writes a repository to files, from the index: a static repository, or a dump for first harvests."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--static", metavar="FILE", help="write a static repository; - is the standard output")
        what.add_argument("--dump", metavar="DIR", help="write a dump, or go on with one that was interrupted")
        parser.add_argument("--repository", default=DEFAULT_REPOSITORY, help="this repository, not the default one")
        parser.add_argument(
            "--format", action="append", default=[], metavar="PREFIX", help="only this format; may be repeated"
        )
        parser.add_argument("--set", default="", metavar="SPEC", help="only the records of this set")
        static = parser.add_argument_group("static repositories")
        static.add_argument("--gateway", metavar="URL", help="where the gateway is")
        static.add_argument("--url", help="where the gateway will find the file: http://…")
        dump = parser.add_argument_group("dumps")
        dump.add_argument("--deleted", action="store_true", help="with deleted records, for who knows older ones")
        dump.add_argument("--records", type=int, default=10_000, metavar="N", help="the most in a file (10000)")
        dump.add_argument(
            "--bytes", type=int, default=100_000_000, metavar="N", help="a file ends behind so many (100000000)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["repository"] not in repositories:
            raise CommandError(_("There is no repository %(name)r.") % {"name": options["repository"]})
        scope = Scope(repositories[options["repository"]])
        write = self._static if options["static"] else self._dump
        try:
            write(scope, options)
        except OAIErrors as raised:
            raise CommandError(" ".join(error.message for error in raised.errors)) from raised
        except (ExportError, NotReady, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        except (FileExistsError, NotADirectoryError) as error:
            raise CommandError(_("%(path)s is no folder.") % {"path": error.filename}) from error
        except (OSError, DatabaseError, InterfaceError) as error:
            again = _("Run this again; a dump then goes on from its last whole file.")
            raise CommandError(f"{type(error).__name__}: {error}. {again}") from error

    def _static(self, scope: Scope, options: dict[str, Any]) -> None:
        if not (options["gateway"] and options["url"]):
            raise CommandError(_("A static repository has to tell where it is: --gateway and --url."))
        base_url = gateway_base_url(options["gateway"], options["url"])
        chosen = (scope, base_url, options["format"], options["set"])
        if options["static"] == "-":
            counts = write_static(sys.stdout.buffer, *chosen)
            sys.stdout.buffer.flush()
        else:
            with replacing(Path(options["static"])) as file:
                counts = write_static(file, *chosen)
            if options["verbosity"] > 0:
                self.stdout.write(f"{base_url}: " + ", ".join(f"{counts[prefix]} {prefix}" for prefix in counts))
        many = _("%(prefix)s: %(number)d records. Static repositories are meant for %(most)d at most.")
        for prefix, number in counts.items():
            if number > MOST:
                self.stderr.write(self.style.WARNING(many % {"prefix": prefix, "number": number, "most": MOST}))

    def _dump(self, scope: Scope, options: dict[str, Any]) -> None:
        for name in ("records", "bytes"):
            if options[name] < 1:
                raise CommandError(_("--%(name)s takes a number from 1.") % {"name": name})

        def report(path: Path, records: int) -> None:
            if options["verbosity"] > 1:
                self.stdout.write(_("%(path)s: %(number)d records") % {"path": path, "number": records})

        dump = Dump(
            Path(options["dump"]),
            scope,
            prefixes=options["format"],
            set_spec=options["set"],
            deleted=options["deleted"],
            records=options["records"],
            bytes=options["bytes"],
            report=report,
        )
        manifest = dump.make()
        if options["verbosity"] > 0:
            said = {"number": sum(one["records"] for one in manifest["lists"]), "date": manifest["responseDate"]}
            self.stdout.write(_("%(number)d records. Harvest from %(date)s on.") % said)
