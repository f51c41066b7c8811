"""``XSLTFormat``: a format that is made of another one by a stylesheet (XSLT 1.0)."""

import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urljoin, urlsplit
from urllib.request import url2pathname

from lxml import etree

from .. import markup
from .base import MetadataFormat
from .purity import Purity

if TYPE_CHECKING:
    from ..items import Description

_XSL = "{http://www.w3.org/1999/XSL/Transform}"

#: Extensions whose functions may answer differently each time.
_UNSTEADY = (b"http://exslt.org/dates-and-times", b"http://exslt.org/math", b"http://exslt.org/random")


class XSLTFormat(MetadataFormat):
    """A format by a stylesheet over another format; subclass it.

    A record is in it if it is in the other one. The stylesheet gets what harvesters get of that, and the OAI
    identifier as its parameter ``identifier``. It reads no other document and writes none.

    Attributes:
        source: the other format: a shipped prefix, a dotted path, or the class.
        stylesheet: its file, beside the module of the class that names it; or an absolute path. What it imports and
            includes has to be in its folder, or below.
    """

    source: ClassVar[str | type[MetadataFormat]] = ""
    stylesheet: ClassVar[str] = ""

    @cached_property
    def source_format(self) -> MetadataFormat:
        """The other format.

        Raises:
            LookupError: there is no such format.
        """
        from . import format_class

        return format_class(self.source)()

    @property
    def path(self) -> Path:
        """The file of the stylesheet."""
        declared = next(cls for cls in type(self).__mro__ if "stylesheet" in vars(cls))
        module = sys.modules[declared.__module__].__file__ or ""
        return (Path(module).parent / self.stylesheet).resolve()

    def missing(self, description: "Description") -> list[str]:
        """Return what keeps ``description`` from having a record in the other format, or in this one."""
        reasons = super().missing(description)
        return reasons if self.prefix in description.xml else reasons + self.source_format.missing(description)

    def render(self, description: "Description") -> "str | bytes | etree._Element | None":
        """Return the payload of the other format, transformed.

        Raises:
            etree.XSLTError, etree.XMLSyntaxError, OSError: the stylesheet is not in order, or does what it may not.
            markup.IllFormed: what it gives is no XML element.
        """
        root = self.source_format.payload(description)
        if root is None:
            return None
        transform = stylesheet_at(self.path).transform
        made = transform(root, identifier=etree.XSLT.strparam(description.identifier))
        if made.getroot() is None:
            raise markup.IllFormed(f"the stylesheet gives no element where the root element is {root.tag}")
        return markup.parse(str(made))

    def problems(self) -> list[str]:
        """Return what is wrong with the other format, or with the stylesheet, in words."""
        if not self.source or not self.stylesheet:
            return ["it needs a source and a stylesheet."]
        try:
            problems = [f"source: {problem}" for problem in self.source_format.problems()]
        except LookupError as error:
            return [f"source: {error}"]
        try:
            _ = stylesheet_at(self.path).transform
        except (etree.XSLTError, etree.XMLSyntaxError, OSError) as error:
            problems.append(f"the stylesheet {str(self.path)!r}: {error}")
        return problems

    @property
    def kept(self) -> tuple[str, ...]:
        """The metadataPrefixes whose stored XML payloads are made of: those of the other format, too."""
        return (*super().kept, *self.source_format.kept)

    @property
    def only_stored(self) -> bool:
        """Whether the other format has no payloads but of stored XML."""
        return self.source_format.only_stored

    @property
    def reads_parts(self) -> bool:
        """Whether payloads, or those of the other format, tell what an object consists of."""
        try:
            return self.uses_parts or self.source_format.reads_parts
        except LookupError:  # which a check tells of
            return False

    def purity(self) -> Purity:
        """Return what the other format and the stylesheet read. It is as pure as the other format."""
        try:
            texts = stylesheet_at(self.path).texts.values()
        except (etree.XSLTError, etree.XMLSyntaxError, OSError):  # which rendering tells of every record
            return Purity(False, ())
        steady = not any(name in text for text in texts for name in _UNSTEADY)
        own = type(self).render is XSLTFormat.render or self.pure
        sources = [text.decode("utf-8", "replace") for text in texts]
        return Purity(
            own and steady and self.source_format.purity().pure, (self.source_format.fingerprint(), *sources)
        )


class Stylesheet:
    """A stylesheet with all that it imports and includes.

    Attributes:
        texts: URL → text of each file, its own first.

    Raises:
        etree.XMLSyntaxError: one of them is ill-formed.
        etree.XSLTParseError: one of them is outside of the folder.
        OSError: one of them cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.texts: dict[str, bytes] = {}
        self.stamps: dict[Path, int] = {}
        pending = [path.as_uri()]
        while pending:
            url = pending.pop()
            file = Path(url2pathname(urlsplit(url).path)).resolve()
            if urlsplit(url).scheme != "file" or not file.is_relative_to(path.parent):
                raise etree.XSLTParseError(f"{url} is not in {path.parent}")
            self.stamps[file] = file.stat().st_mtime_ns
            self.texts[url] = file.read_bytes()
            root = etree.fromstring(self.texts[url], _parser(), base_url=url)
            found = (urljoin(url, one.get("href", "")) for one in root.iter(f"{_XSL}import", f"{_XSL}include"))
            pending += [one for one in found if one not in self.texts]

    @property
    def is_current(self) -> bool:
        """Whether the files are those that were read."""
        return all(file.is_file() and file.stat().st_mtime_ns == stamp for file, stamp in self.stamps.items())

    @cached_property
    def transform(self) -> etree.XSLT:
        """It, ready to use: it can neither read nor write anything.

        Raises:
            etree.XSLTParseError: it has an error.
        """
        parser = _parser()
        parser.resolvers.add(_Beside(self.texts))
        url, text = next(iter(self.texts.items()))
        control: Any = etree.XSLTAccessControl
        return etree.XSLT(etree.fromstring(text, parser, base_url=url), access_control=control.DENY_ALL)


_stylesheets: dict[Path, Stylesheet] = {}


def stylesheet_at(path: Path) -> Stylesheet:
    """Return the stylesheet in a file, read again if a file has changed."""
    known = _stylesheets.get(path)
    if known is None or not known.is_current:
        known = _stylesheets[path] = Stylesheet(path)
    return known


def _parser() -> etree.XMLParser:
    entities: Any = "internal"  # which many stylesheets declare
    return etree.XMLParser(no_network=True, resolve_entities=entities, load_dtd=False)


class _Beside(etree.Resolver):
    """Gives the stylesheets that were read already, and nothing else."""

    def __init__(self, texts: dict[str, bytes]) -> None:
        self.texts = texts

    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        if system_url not in self.texts:
            raise etree.XSLTParseError(
                f"{system_url} is not one of the files that it names by xsl:import or xsl:include"
            )
        resolver: Any = super()
        return resolver.resolve_string(self.texts[system_url], context, base_url=system_url)
