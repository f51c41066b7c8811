"""What may be declared in ``Repository.descriptions``: the description containers of Identify (section 4.2).

Words may be lazy translations; they are told in the language of the repository. URLs may be relative to its site. Sets
may have the same descriptions (section 4.6).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from django.utils.translation import ngettext
from lxml import etree

from . import markup
from .containers import (
    GUIDELINES,
    RIGHTS,
    Problem,
    add,
    dublin_core,
    ignore,
    metadata_of,
    put_statement,
    root,
    statements,
    to_uri,
)
from .identifiers import is_uri
from .metadata import plain
from .rendering import absolute_url

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    #: Words, perhaps still to be translated.
    Words: TypeAlias = str | _StrPromise

EPRINTS = "http://www.openarchives.org/OAI/1.1/eprints"
FRIENDS = f"{GUIDELINES}friends/"
BRANDING = f"{GUIDELINES}branding/"
TOOLKIT = "http://oai.dlib.vt.edu/OAI/metadata/toolkit"


class Container:
    """One description container, declared."""

    def element(self, problem: Problem) -> etree._Element | None:
        """Return what stands in the container, without what its schema does not permit; ``None``: nothing."""
        raise NotImplementedError


class DublinCore(Container):
    """A description in Dublin Core: of the collection as a whole, by DCMI metadata term."""

    def __init__(self, **terms: Any) -> None:
        self.terms = terms

    def element(self, problem: Problem) -> etree._Element | None:
        return dublin_core(metadata_of(self.terms, problem))


class Eprints(Container):
    """Content and policies of a repository of e-prints. Each is a text, a URL of one, or a list of both.

    Args:
        metadata_policy: what may be done with the metadata.
        data_policy: what may be done with the full texts and data.
        content: what the repository holds, and in which languages.
        submission_policy: who may submit what.
        comment: anything else, a text or a list of texts.
    """

    def __init__(
        self,
        *,
        metadata_policy: "Words | Sequence[Words]",
        data_policy: "Words | Sequence[Words]",
        content: "Words | Sequence[Words]" = (),
        submission_policy: "Words | Sequence[Words]" = (),
        comment: "Words | Sequence[Words]" = (),
    ) -> None:
        self.policies = {
            "content": content,
            "metadataPolicy": metadata_policy,
            "dataPolicy": data_policy,
            "submissionPolicy": submission_policy,
        }
        self.comment = comment

    def element(self, problem: Problem) -> etree._Element | None:
        eprints = root("eprints", EPRINTS, f"{EPRINTS}.xsd")
        for name, policy in self.policies.items():
            texts = list(each(policy))
            if texts or name in ("metadataPolicy", "dataPolicy"):  # which the schema wants even if they are empty
                element = add(eprints, name)
                for text in texts:
                    add(element, "URL" if is_web_address(text) else "text", text)
            if not texts and name in ("metadataPolicy", "dataPolicy"):
                problem(f"{name} is empty")
        for text in each(self.comment):
            add(eprints, "comment", text)
        return eprints


class Friends(Container):
    """The base URLs of repositories that a harvester may care for as well."""

    def __init__(self, base_urls: Iterable[str]) -> None:
        self.base_urls = [base_urls] if isinstance(base_urls, str) else list(base_urls)

    def element(self, problem: Problem) -> etree._Element | None:
        friends = root("friends", FRIENDS, f"{GUIDELINES}friends.xsd")
        for text in each(self.base_urls):
            if is_web_address(text):
                add(friends, "baseURL", text)
            else:
                problem(f"{text!r} is no base URL")
        return friends if len(friends) else None


class Branding(Container):
    """How a service may show where harvested records come from.

    Args:
        icon: the URL of an image, PNG or GIF.
        link: the URL that the icon links to.
        title: the words that stand for the icon.
        width, height: of the icon, in pixels.
        stylesheets: namespace of a metadata format → URL of a stylesheet that renders it: CSS if it ends so, or XSLT.
    """

    def __init__(
        self,
        icon: "Words" = "",
        *,
        link: "Words" = "",
        title: "Words" = "",
        width: int | None = None,
        height: int | None = None,
        stylesheets: "Mapping[str, Words] | None" = None,
    ) -> None:
        self.icon = icon
        self.link = link
        self.title = title
        self.width = width
        self.height = height
        self.stylesheets = dict(stylesheets or {})

    def element(self, problem: Problem) -> etree._Element | None:
        branding = root("branding", BRANDING, f"{GUIDELINES}branding.xsd")
        self._put_icon(branding, problem)
        for namespace, location in self.stylesheets.items():
            url = site_url(location, problem, "stylesheets")
            if not is_uri(namespace):
                problem(f"stylesheets: {namespace!r} is no namespace")
            elif url:
                kind = "text/css" if url.lower().endswith(".css") else "text/xsl"
                add(branding, "metadataRendering", url, metadataNamespace=namespace, mimeType=kind)
        return branding if len(branding) else None

    def _put_icon(self, branding: etree._Element, problem: Problem) -> None:
        url = site_url(self.icon, problem, "icon")
        link = site_url(self.link, problem, "link")
        title = plain(self.title)
        sizes = {}
        for name, size in (("width", self.width), ("height", self.height)):
            if isinstance(size, int) and not isinstance(size, bool) and size > 0:
                sizes[name] = str(size)
            elif size is not None:
                problem(f"{name} is {size!r}; it has to be a number of pixels")
        told = {"url": url, "link": link, "title": title} | sizes
        if url:
            add_all(add(branding, "collectionIcon"), told)
        elif any(told.values()) and not plain(self.icon):
            problem("there is no icon that link, title, width and height could belong to")


class HarvestAgain(Container):
    """Advice, in words, to harvest everything again: for a repository that tells nothing of deletions.

    Args:
        months: after how many.
    """

    def __init__(self, *, months: int) -> None:
        self.months = months

    def element(self, problem: Problem) -> etree._Element | None:
        if not isinstance(self.months, int) or self.months < 1:
            problem(f"months is {self.months!r}; it has to be a whole number from 1")
            return None
        advice = ngettext(
            "Deleted records are not told here. Harvest everything again every month.",
            "Deleted records are not told here. Harvest everything again every %(months)d months.",
            self.months,
        )
        return dublin_core(metadata_of({"description": advice % {"months": self.months}}, problem))


class RightsManifest(Container):
    """Which rights statements the records have (guideline on rights expressions): it speaks of the metadata.

    Args:
        rights: the URI of each statement or licence, or a dict of DCMI metadata terms that says it on the spot.
    """

    def __init__(self, *rights: "Words | Mapping[str, Any]") -> None:
        self.rights = rights

    def element(self, problem: Problem) -> etree._Element | None:
        manifest = root("rightsManifest", RIGHTS, f"{GUIDELINES}rightsManifest.xsd")
        manifest.set("appliesTo", f"{GUIDELINES}entity#metadata")
        for declared in self.rights:
            inline = isinstance(declared, Mapping)
            uris: Iterable[Any] = [] if inline else [declared]
            for statement in statements(uris, declared if isinstance(declared, Mapping) else {}, problem):
                put_statement(add(manifest, "rights"), statement)
        if len(manifest):
            return manifest
        problem("there is no rights statement, and the schema wants one")
        return None


class Toolkit(Container):
    """The software behind the repository: left out, this one.

    Args:
        title, version: its name and version.
        url: its home.
        icon: the URL of an image.
        author, email, institution: who made it.
    """

    def __init__(
        self,
        title: "Words" = "",
        *,
        version: str = "",
        url: "Words" = "",
        icon: "Words" = "",
        author: "Words" = "",
        email: str = "",
        institution: "Words" = "",
    ) -> None:
        self.title = title
        self.version = version
        self.url = url
        self.icon = icon
        self.author = {"name": author, "email": email, "institution": institution}

    def element(self, problem: Problem) -> etree._Element | None:
        from . import __version__

        toolkit = root("toolkit", TOOLKIT, f"{TOOLKIT}.xsd")
        own = not plain(self.title)
        add(toolkit, "title", "django_oaipmh" if own else plain(self.title))
        author = {name: text for name, words in self.author.items() if (text := plain(words))}
        if own and not author:
            author = {"name": "The django_oaipmh contributors"}
        if author:
            add_all(add(toolkit, "author"), author)
        version = plain(self.version) or (__version__ if own else "")
        icon, url = site_url(self.icon, problem, "icon"), site_url(self.url, problem, "url")
        add_all(toolkit, {"version": version, "toolkitIcon": icon, "URL": url})
        return toolkit


#: What ``Repository.descriptions`` holds: declarations, or XML.
Declared: TypeAlias = "Container | str | bytes | etree._Element"


def to_xml(declared: Iterable[Any], problem: Problem = ignore) -> list[str]:
    """Return what stands in each description container, as XML to embed.

    Raises:
        markup.IllFormed: XML that cannot be disseminated.
    """
    containers = []
    for one in declared:
        element = one.element(problem) if isinstance(one, Container) else markup.parse(one)
        if element is not None:
            containers.append(markup.embed(element))
    return containers


def add_all(parent: etree._Element, texts: Mapping[str, str]) -> None:
    """Append an element for each text that is not empty."""
    for name, text in texts.items():
        if text:
            add(parent, name, text)


def each(words: Any) -> Iterator[str]:
    """Yield the texts in one or several, cleaned, none empty."""
    for one in words if isinstance(words, list | tuple) else [words]:
        if text := plain(one):
            yield text


def is_web_address(text: str) -> bool:
    """Return whether ``text`` is a URL of the Web and nothing else."""
    return text.startswith(("http://", "https://")) and is_uri(text)


def site_url(value: Any, problem: Problem, place: str) -> str:
    """Return ``value`` as an absolute URL; nothing, with a problem, if it cannot be one."""
    text = plain(value)
    try:
        location = absolute_url(text) if text else ""
    except ValueError:  # of Python's parser; then it is no URI either
        location = text
    return to_uri(location, problem, place)
