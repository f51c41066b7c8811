"""``{% load oaipmh %}``: links to a repository, for the pages of its site."""

from typing import Any
from urllib.parse import quote, urlencode

from django import template
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.template import Context, TemplateSyntaxError

from ..conf import DEFAULT_REPOSITORY
from ..repository import Repository, repositories

register = template.Library()

#: Every argument that a request can have (chapter 4).
ARGUMENTS = ("verb", "identifier", "metadataPrefix", "from", "until", "set", "resumptionToken")


@register.simple_tag(takes_context=True)
def oai_url(context: Context, repository: str = DEFAULT_REPOSITORY, **arguments: Any) -> str:
    """Return the base URL of a repository or, with arguments, the URL of a request to it.

    ``{% oai_url verb="ListRecords" metadataPrefix="oai_dc" set=community.oai_spec %}``

    Args:
        context: of the template.
        repository: its name; left out, the default one.
        arguments: of the request; those that are empty are left out.

    Raises:
        TemplateSyntaxError: there is no such repository or argument.
    """
    if repository not in repositories:
        raise TemplateSyntaxError(
            f"oai_url: there is no repository {repository!r}. There are: {', '.join(sorted(repositories))}."
        )
    if unknown := arguments.keys() - set(ARGUMENTS):
        raise TemplateSyntaxError(
            f"oai_url: OAI-PMH has no argument {', '.join(sorted(unknown))}. There are: {', '.join(ARGUMENTS)}."
        )
    base_url = base_url_of(repositories[repository], context.get("request"))
    given = {name: value for name, value in arguments.items() if value not in (None, "")}
    return f"{base_url}?{urlencode(given, quote_via=quote, safe=':/')}" if given else base_url


def base_url_of(repository: Repository, request: HttpRequest | None) -> str:
    """Return the base URL of ``repository``; where nothing tells it, as in development, the one on this site."""
    try:
        return repository.get_base_url()
    except ImproperlyConfigured:
        if request is None or not repository.path:
            raise
        return request.build_absolute_uri(repository.path)
