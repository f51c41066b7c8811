"""From a request's arguments to the XML of the response (section 3.2). Never anything but XML that is well-formed."""

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any
from xml.sax.saxutils import quoteattr

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.encoding import force_bytes
from django.utils.safestring import SafeString, mark_safe

from ..conf import DAYS
from ..descriptions import to_xml
from ..identifiers import LONGEST
from ..markup import clean
from ..models import Record
from ..rendering import rendering
from ..scopes import Scope
from .arguments import Arguments, read_arguments
from .datestamps import format_datestamp
from .errors import OAIError, OAIErrors
from .headers import to_days
from .lists import Row
from .verbs import Answer, Resumption, answer, longest_age, look

#: What is around every answer; other templates extend it, but for those that have nothing to say but records.
ENVELOPE = "django_oaipmh/OAI-PMH.xml"

#: Where the records go in a rendered template: the one thing that is neither rendered nor cleaned again.
RECORDS = "<!--records-->"

#: Bytes beyond which a document is in several pieces.
CHUNK = 1_000_000


@dataclasses.dataclass(frozen=True)
class Response:
    """The XML of a response, in UTF-8.

    Attributes:
        chunks: the document, one piece after the other.
        digest: of all that a harvester learns from it. It is the same as long as an older response may be kept
            instead: one that differs in no more than the responseDate and the age of its token. Empty: an error, which
            nobody may keep.
        age: seconds for which caches may give the response away without asking.
        status: of HTTP; errors may have another.
    """

    chunks: list[bytes]
    digest: str = ""
    age: int = 0
    status: int = 200


def respond(pairs: Iterable[tuple[str, str]], scope: Scope, base_url: str) -> Response:
    """Return the response to a request, errors of the protocol included.

    Args:
        pairs: name and value of every argument, decoded; what was no UTF-8 as lone surrogates.
        scope: what is asked.
        base_url: the baseURL, for the request element.

    Raises:
        NotReady: the repository cannot answer yet.
    """
    pairs = list(pairs)
    try:
        arguments = read_arguments(pairs, scope)
        answered = answer(arguments, scope)
    except OAIErrors as raised:
        return render_errors(raised.errors, pairs, scope, base_url, raised.response_date)
    return render_answer(arguments, answered, scope, base_url)


def render_answer(arguments: Arguments, answered: Answer, scope: Scope, base_url: str) -> Response:
    """Return the response that a verb's template makes of its answer."""
    context = dict(answered.context)
    records: list[Row | Record] = context.get("records", [])
    template = f"django_oaipmh/{arguments.verb}.xml"
    if "records" in context:
        template = ENVELOPE
        context |= {"verb": arguments.verb, "records": mark_safe(RECORDS)}
    if "earliest" in context:
        context |= identity(scope, context["earliest"])
    context["resumption"] = token_element(answered.resumption)
    given = [*([] if arguments.implied else [("verb", arguments.verb)]), *arguments.given.items()]
    text = render(template, context, answered.response_date, given, base_url)
    whole = arguments.verb != "ListIdentifiers"
    before, after = text.split(RECORDS) if records else (text, "")
    told = [part for record in records for part in (record.header, str(record.fingerprint))]
    elements = record_elements(drained(records), scope.setting("GRANULARITY"), whole=whole)
    return Response(
        in_chunks(chain([before], elements, [after])),
        digest([timeless(text, answered), *told]),
        cache_age(arguments.verb, answered, scope),
    )


def token_element(resumption: Resumption | None) -> SafeString:
    """Return the resumptionToken element (section 3.5), and the end of its line."""
    if resumption is None:
        return SafeString()
    facts = {
        "expirationDate": None if resumption.expires is None else format_datestamp(resumption.expires),
        "completeListSize": resumption.total,
        "cursor": resumption.cursor,
    }
    told = attributes((name, str(value)) for name, value in facts.items() if value is not None)
    return mark_safe(f"<resumptionToken{told}>{resumption.token}</resumptionToken>\n")


def attributes(pairs: Iterable[tuple[str, str]]) -> SafeString:
    """Return names and values as a start-tag has them."""
    return mark_safe("".join(f" {name}={quoteattr(value)}" for name, value in pairs))


def record_elements(records: Iterable[Row | Record], granularity: str, *, whole: bool = True) -> Iterator[str]:
    """Yield the record elements of a page, in parts; not ``whole``: only their headers."""
    for record in records:
        header = to_days(record.header) if granularity == DAYS else record.header
        if not whole:
            yield header
        elif record.size <= CHUNK:
            yield f"<record>{header}{record.body}</record>"
        else:  # no copy is made of a large one
            yield f"<record>{header}"
            yield record.body or ""
            yield "</record>"


def drained(records: list[Row | Record]) -> Iterator[Row | Record]:
    """Yield ``records``, taking each out of the list: what was sent on needs no room here any more."""
    records.reverse()
    while records:
        yield records.pop()


def in_chunks(parts: Iterable[str]) -> list[bytes]:
    """Return a document in UTF-8: in one piece, or if it is long in several, so that there never are two of it."""
    chunks: list[bytes] = []
    gathered: list[bytes] = []
    size = 0
    for part in parts:
        encoded = part.encode()
        size += len(encoded)
        if size > CHUNK:
            chunks += [b"".join(gathered), encoded]
            gathered, size = [], 0
        else:
            gathered.append(encoded)
    return [chunk for chunk in (*chunks, b"".join(gathered)) if chunk]


def timeless(text: str, answered: Answer) -> str:
    """Return a response without what moves by itself: responseDate and token. Of the token its stamp is left."""
    text = text.replace(format_datestamp(answered.response_date), "", 1)
    resumption = answered.resumption
    if resumption and resumption.expires is not None:
        text = text.replace(resumption.token, repr(resumption.stamp), 1)
        text = text.replace(format_datestamp(resumption.expires), "", 1)
    return text


def digest(facts: Iterable[str]) -> str:
    """Return a digest of what a response tells. It is another where tokens of another key are signed."""
    key = hashlib.blake2b(force_bytes(settings.SECRET_KEY), person=b"oaipmh.ETag").digest()
    return hashlib.blake2b("".join(facts).encode(), key=key, digest_size=16).hexdigest()


def cache_age(verb: str, answered: Answer, scope: Scope) -> int:
    """Return the seconds for which caches may give a response away."""
    declared = scope.setting("CACHE_AGE")
    of_verb = declared.get(verb, 0) if isinstance(declared, dict) else declared
    age: int = of_verb.get("past" if answered.past else "open", 0) if isinstance(of_verb, dict) else of_verb
    resumes = answered.resumption is not None and answered.resumption.token
    return min(age, longest_age(scope)) if resumes else age


def identity(scope: Scope, earliest: int) -> dict[str, Any]:
    """Return what Identify tells besides the answer."""
    granularity = scope.setting("GRANULARITY")
    with rendering(scope.repository):
        descriptions = to_xml(scope.setting("DESCRIPTIONS"))
    return {
        "name": scope.get_repository_name(),
        "emails": scope.get_admin_emails(),
        "namespace": scope.repository.get_namespace() if scope.repository.mints_identifiers else "",
        "granularity": granularity,
        "deleted_record": scope.setting("DELETED_RECORD"),
        "earliest": format_datestamp(earliest, granularity),
        "gzip": scope.setting("GZIP"),
        "descriptions": [mark_safe(xml) for xml in descriptions],
    }


def render_errors(
    errors: Sequence[OAIError],
    pairs: Sequence[tuple[str, str]],
    scope: Scope,
    base_url: str,
    response_date: int | None = None,
) -> Response:
    """Return the response for errors; the request element tells the arguments only if they are legal (section 3.2)."""
    given = [] if any(error.hides_arguments for error in errors) else list(pairs)
    date = look(scope).response_date if response_date is None else response_date
    text = render("django_oaipmh/error.xml", {"errors": errors}, date, given, base_url)
    return Response([text.encode()], status=error_status(errors, scope))


def error_status(errors: Iterable[OAIError], scope: Scope) -> int:
    """Return the HTTP status of a response with ``errors``; of several statuses the highest."""
    declared: int | dict[str, int] = scope.setting("ERROR_STATUS")
    return max(declared.get(error.code, 200) if isinstance(declared, dict) else declared for error in errors)


def render(
    template: str, context: dict[str, Any], response_date: int, given: Iterable[tuple[str, str]], base_url: str
) -> str:
    """Return a whole response without its records."""
    told = [(name, value) for name, value in given if value == clean(value) and len(value) <= LONGEST]
    context |= {
        "response_date": format_datestamp(response_date),
        "request_attributes": attributes(told),
        "base_url": base_url,
    }
    return clean(render_to_string(template, context))
