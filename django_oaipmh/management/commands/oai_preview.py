"""``manage.py oai_preview app.Model pk``: what one object gives in every format, for who is mapping it."""

import dataclasses
from argparse import ArgumentParser
from collections.abc import Iterator
from textwrap import indent
from typing import Any

from django.core.exceptions import ImproperlyConfigured, ObjectDoesNotExist
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ...index.examine import reason_of
from ...items import Item
from ...markup import pretty
from ...metadata import Structured
from ...paths import PathError
from ...preview import Outcome, Preview, lines_about, offered, places_of, preview
from ...schemas import Schemas, folders_of
from ...sets import Membership
from ..objects import items_for, key_of


class Command(BaseCommand):
    """See the module."""

    help = "Shows what one object gives in every metadata format, validated, and why there is none in some."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", metavar="app.Model")
        parser.add_argument("pk")
        parser.add_argument("--format", metavar="PREFIX", help="only this format")
        parser.add_argument("--repository", help="only in this repository")
        parser.add_argument("--schemas", metavar="DIR", help="the folder of XML Schemas, stored under their own URLs")

    def handle(self, *args: Any, **options: Any) -> None:
        prefixes = [options["format"]] if options["format"] else []
        chosen = items_for(options["model"], options["repository"])
        try:
            items = [item for item in chosen if offered(item, prefixes)]
            if not items:
                raise CommandError(self._wrong_format(chosen, options["format"]))
            amiss = [
                part for item in items for part in self._show(item, options["pk"], prefixes, options["schemas"] or "")
            ]
        except (PathError, NotImplementedError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        if amiss:
            raise CommandError(_("Not as it should be: %s") % ", ".join(dict.fromkeys(amiss)))

    def _wrong_format(self, items: list[Item], prefix: str) -> str:
        known = "; ".join(f"{item.repository.name}: {', '.join(item.repository.metadata_formats)}" for item in items)
        return _("There is no format %(prefix)r. There are: %(known)s.") % {"prefix": prefix, "known": known}

    def _show(self, item: Item, text: str, prefixes: list[str], folder: str) -> list[str]:
        """Show what the object gives as ``item``; return what is not as it should be."""
        try:
            schemas = self._schemas(folder or item.repository.setting("SCHEMAS"))
            shown = preview(item, key_of(item, text), prefixes)
        except ObjectDoesNotExist as error:
            raise CommandError(_("There is no %(model)s %(pk)s.") % {"model": item.label, "pk": text}) from error
        self._line(f"{item.label} {text} ({type(item).__name__}, {item.repository.name})", self.style.MIGRATE_HEADING)
        amiss = list(self._tell_object(shown))
        amiss += self._tell_metadata(shown)
        for outcome in shown.outcomes:
            amiss += self._tell_outcome(outcome, schemas)
        for warning in shown.warnings:
            self.stderr.write(self.style.WARNING(warning))
        if schemas is None:
            self._line(_("Not validated: OAIPMH['SCHEMAS'] or --schemas names the folder that schemas are stored in."))
        return amiss

    def _schemas(self, setting: Any) -> Schemas | None:
        for folder in folders_of(setting):
            if not folder.is_dir():
                raise CommandError(_("There is no folder %s.") % folder)
        return Schemas.of(setting)

    # The object.

    def _tell_object(self, shown: Preview) -> Iterator[str]:
        description = shown.description
        if not shown.selected:
            told = _("Not disseminated: the queryset of %s does not select it. If it did, it would give:")
            self._line(told % type(shown.item).__name__, self.style.WARNING)
        if isinstance(description, Exception):
            self._line(_("It cannot be described, so there is no record in any format."), self.style.ERROR)
            self._tell_error(description)
            yield _("the description")
            return
        self._line(description.identifier)
        self._line(_("Sets"), self.style.MIGRATE_HEADING)
        for membership in description.memberships:
            self._line("  " + _name_of(membership))
        for problem in description.problems:
            self._line(f"  {problem}", self.style.ERROR)
        if not description.memberships and not description.problems:
            self._line("  –")
        if description.scopes:
            self._line(_("Scopes"), self.style.MIGRATE_HEADING)
            self._line("  " + ", ".join(description.scopes))
        if description.problems:
            yield _("sets")

    def _tell_metadata(self, shown: Preview) -> Iterator[str]:
        self._line(_("Metadata"), self.style.MIGRATE_HEADING)
        for reading in shown.readings:
            self._line(f"  {self.style.MIGRATE_LABEL(reading.term)} ← {reading.source}")
            for value in reading.values:
                self._tell_value(value, reading.fields)
            if reading.error is not None:
                self._tell_error(reading.error)
                yield reading.term
            elif not reading.values:
                self._line("    " + _("(empty)"), self.style.NOTICE)

    def _tell_value(self, value: str | Structured, declared: frozenset[str]) -> None:
        kind = f" ({type(value).__name__})" if isinstance(value, Structured) else ""
        self._line(indent(f"{value}{kind}", "    "))
        if isinstance(value, Structured):
            for field in dataclasses.fields(value):
                told = getattr(value, field.name)
                if told or field.name in declared:
                    self._line(indent(f"{field.name}: {told or _('(empty)')}", "      "))

    # The formats.

    def _tell_outcome(self, outcome: Outcome, schemas: Schemas | None) -> Iterator[str]:
        own = outcome.prefixes[0]
        others = ", ".join(outcome.prefixes[1:])
        heading = f"[{own}]" + (_(" also offered as %s") % others if others else "")
        self._line(heading, self.style.MIGRATE_HEADING)
        if outcome.error is not None:
            self._tell_error(outcome.error, outcome.source)
            yield f"[{own}]"
            return
        for reason in outcome.reasons:
            self._line(_("No record: %s") % reason, self.style.WARNING)
        if outcome.body and self._invalid(outcome, schemas):
            yield f"[{own}]"

    def _invalid(self, outcome: Outcome, schemas: Schemas | None) -> bool:
        """Show a record and what its schemas say of it; return whether it is invalid."""
        text = pretty(outcome.body)
        validates = outcome.format.validates
        verdicts = list(schemas.judge_record(text, payload=validates)) if schemas else []
        errors = [error for verdict in verdicts for error in verdict.errors]
        self._line("\n".join(_numbered(text)) if errors else text)
        for error in errors:
            self._line(_("Invalid: %s") % error, self.style.ERROR)
        unknown = [verdict.unknown for verdict in verdicts if verdict.unknown]
        for reason in unknown:
            self._line(_("Not validated: %s") % reason, self.style.WARNING)
        if not validates:
            told = _("Not validated: records in %s are not meant to be valid against its schema.")
            self._line(told % outcome.format.prefix)
        elif verdicts and not errors and not unknown:
            self._line(_("Valid"), self.style.SUCCESS)
        return bool(errors)

    def _tell_error(self, error: Exception, source: str = "") -> None:
        self._line(f"    {reason_of(error)}", self.style.ERROR)
        for line in [*lines_about(error, source), *places_of(error)]:
            self._line(f"    {line}")

    def _line(self, text: str, style: Any = str) -> None:
        self.stdout.write(style(text))


def _name_of(membership: Membership) -> str:
    return f"{membership[-1].spec}  {' › '.join(info.name for info in membership)}"


def _numbered(text: str) -> Iterator[str]:
    """Yield the lines of a record as the errors count them."""
    for number, line in enumerate(text.splitlines(), start=1):
        yield f"{number:>5} | {line}"
