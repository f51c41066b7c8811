"""From a request's arguments to the XML of the response (section 3.2). Never anything but XML that is well-formed."""

from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from ..conf import DAYS
from ..markup import clean, embed, parse
from ..repository import Repository
from .arguments import LONGEST, Arguments, read_arguments
from .datestamps import format_datestamp
from .errors import OAIError, OAIErrors
from .headers import to_days
from .verbs import Answer, answer, look

#: Where the records go in a rendered template: the one thing that is neither rendered nor cleaned again.
_RECORDS = "<!--records-->"


def respond(pairs: Iterable[tuple[str, str]], repository: Repository, base_url: str) -> bytes:
    """Return the response to a request in UTF-8, errors of the protocol included.

    Args:
        pairs: name and value of every argument, decoded; what was no UTF-8 as lone surrogates.
        repository: answers.
        base_url: the baseURL, for the request element.

    Raises:
        NotReady: the repository cannot answer yet.
    """
    pairs = list(pairs)
    try:
        arguments = read_arguments(pairs, repository)
        answered = answer(arguments, repository)
    except OAIErrors as raised:
        return render_errors(raised.errors, pairs, repository, base_url)
    return render_answer(arguments, answered, repository, base_url)


def render_answer(arguments: Arguments, answered: Answer, repository: Repository, base_url: str) -> bytes:
    """Return the response that a verb's template makes of its answer."""
    granularity = repository.setting("GRANULARITY")
    context = dict(answered.context)
    rows: Sequence[tuple[str, str]] = context.get("records", ())
    if "records" in context:
        context["records"] = mark_safe(_RECORDS)
    if "earliest" in context:
        context |= identity(repository, context["earliest"])
    if resumption := context.get("resumption"):
        context["expires"] = format_datestamp(resumption.expires) if resumption.token else ""
    given = [("verb", arguments.verb), *arguments.given.items()]
    text = render(f"django_oaipmh/{arguments.verb}.xml", context, answered.response_date, given, base_url)
    if not rows:
        return text.encode()
    if granularity == DAYS:
        rows = [(to_days(header), body) for header, body in rows]
    before, after = text.split(_RECORDS)
    opening, closing = ("", "") if arguments.verb == "ListIdentifiers" else ("<record>", "</record>")
    parts = [part.encode() for header, body in rows for part in (opening, header, body, closing)]
    return b"".join([before.encode(), *parts, after.encode()])


def identity(repository: Repository, earliest: int) -> dict[str, Any]:
    """Return what Identify tells besides the answer."""
    granularity = repository.setting("GRANULARITY")
    return {
        "name": repository.get_repository_name(),
        "emails": repository.get_admin_emails(),
        "namespace": repository.get_namespace() if repository.mints_identifiers else "",
        "granularity": granularity,
        "deleted_record": repository.setting("DELETED_RECORD"),
        "earliest": format_datestamp(earliest, granularity),
        "gzip": repository.setting("GZIP"),
        "descriptions": [mark_safe(embed(parse(xml))) for xml in repository.descriptions],
    }


def render_errors(
    errors: Sequence[OAIError], pairs: Sequence[tuple[str, str]], repository: Repository, base_url: str
) -> bytes:
    """Return the response for errors; the request element tells the arguments only if they are legal (section 3.2)."""
    given = [] if any(error.hides_arguments for error in errors) else list(pairs)
    present = look(repository)
    return render("django_oaipmh/error.xml", {"errors": errors}, present.response_date, given, base_url).encode()


def render(
    template: str, context: dict[str, Any], response_date: int, given: Iterable[tuple[str, str]], base_url: str
) -> str:
    """Return a whole response without its records."""
    attributes = "".join(
        f" {name}={quoteattr(value)}" for name, value in given if value == clean(value) and len(value) <= LONGEST
    )
    context |= {
        "response_date": format_datestamp(response_date),
        "request_attributes": mark_safe(attributes),
        "base_url": base_url,
    }
    return clean(render_to_string(template, context))
