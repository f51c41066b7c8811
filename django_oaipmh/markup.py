"""XML, as far as the whole app shares it: forbidden characters, escaping, safe parsing of fragments."""

import codecs
import re
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape as _escape

from django.db.models.fields.files import FieldFile
from lxml import etree

XSI = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA_LOCATION = f"{{{XSI}}}schemaLocation"

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PROLOG = re.compile(r"^\s*<\?xml\b[^>]*\?>")
_DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml\b[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_START_TAG = re.compile(r"^<[^\s/>]+")
_UNDECLARED = (etree.ErrorTypes.ERR_UNDECLARED_ENTITY, etree.ErrorTypes.WAR_UNDECLARED_ENTITY)

#: How bytes begin in encodings that they need not declare, longer ones first.
_SIGNATURES = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


class IllFormed(ValueError):
    """XML that cannot be disseminated; the message says why."""


class TooLarge(ValueError):
    """XML that is larger than it may be."""


def check_size(size: int, most: int, limit: str) -> None:
    """Check that XML of ``size`` bytes or characters is not longer than ``most``, which ``limit`` says.

    Raises:
        TooLarge: it is.
    """
    if size > most:
        raise TooLarge(f"the XML has {size:,} bytes, and {limit} allows {most:,}")


def clean(text: str) -> str:
    """Return ``text`` without the characters that XML 1.0 forbids, lone surrogates included."""
    return text if text.isprintable() else _FORBIDDEN.sub("", text)  # none of them is printable, which is seen sooner


def escape(text: str) -> str:
    """Return ``text`` cleaned and escaped for element content."""
    return _escape(clean(text))


def comment(text: str) -> str:
    """Return ``text`` as an XML comment, whatever is in it."""
    return f"<!-- {re.sub('-(?=-)', '- ', clean(text)).strip()} -->"


def is_empty(source: Any) -> bool:
    """Return whether ``source``, as ``read`` takes it, holds nothing, as far as can be seen without reading it."""
    return source is None or (isinstance(source, str | bytes | memoryview | FieldFile) and not source)


def read(source: Any) -> str | bytes | etree._Element | None:
    """Return the XML that a host keeps in ``source``; ``None`` if there is none.

    Args:
        source: text, bytes, an lxml element or tree, the value of a file field, an open file, which is closed, or a
            path of a file.

    Raises:
        OSError: the file cannot be read.
        TypeError: this holds no XML.
    """
    if is_empty(source):
        return None
    if isinstance(source, FieldFile):
        source = source.storage.open(str(source.name), "rb")
    if isinstance(source, Path):
        source = source.read_bytes()
    elif callable(getattr(source, "read", None)):
        with closing(source):
            source = source.read()
    if isinstance(source, etree._ElementTree):
        source = source.getroot()
    if isinstance(source, memoryview | bytearray):
        source = bytes(source)
    if source is None or isinstance(source, etree._Element):  # a tree may be without a root
        return source
    if isinstance(source, str | bytes):
        return source if source.strip() else None
    raise TypeError(
        f"{type(source).__name__} holds no XML: give text, bytes, a file, a pathlib.Path, or an lxml element"
    )


def parse(source: str | bytes | etree._Element, *, ignore_blanks: bool = False) -> etree._Element:
    """Return the root element of an XML document or fragment from anywhere.

    The network is never asked, and neither a DTD nor any other file is read. What stands before the root, a document
    type declaration too, processing instructions, and forbidden characters are dropped.

    Args:
        source: text, bytes in the encoding they declare (else UTF-8), or an element.
        ignore_blanks: drop white space between elements; not for mixed content.

    Raises:
        IllFormed: the XML is not well-formed, or needs entities that a reader of the response would not know.
        TypeError: this holds no XML.
    """
    if isinstance(source, etree._Element):
        source = etree.tostring(source, encoding="unicode", with_tail=False)
    if isinstance(source, bytes):
        source = _decoded(source)
    if not isinstance(source, str):
        raise TypeError(f"{source!r} is no XML")
    root, errors = _parsed(_PROLOG.sub("", clean(source).lstrip("\ufeff"), count=1), ignore_blanks)
    for entry in errors:  # of a document type that was not read: in text it is kept, in attributes lost
        if entry.type in _UNDECLARED:
            raise IllFormed(f"not defined in XML itself: {entry.message}")
    dtd: Any = root.getroottree().docinfo.internalDTD
    if dtd is not None and dtd.entities():
        try:  # whether it can be read without them
            root, _ = _parsed(etree.tostring(root, encoding="unicode"), ignore_blanks)
        except IllFormed as error:
            raise IllFormed(f"the XML declares entities of its own, and uses them: {error}") from error
    return root


def _parsed(text: str, ignore_blanks: bool) -> tuple[etree._Element, Any]:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=ignore_blanks, remove_pis=True
    )
    try:
        return etree.fromstring(text, parser), parser.error_log
    except (etree.XMLSyntaxError, ValueError) as error:
        raise IllFormed(str(error)) from error


def _decoded(source: bytes) -> str:
    encoding = next((name for start, name in _SIGNATURES if source.startswith(start)), "")
    if not encoding:
        declared = _DECLARED_ENCODING.match(source)
        encoding = declared[1].decode("ascii") if declared else "utf-8"
        if encoding.lower().startswith(("utf-16", "utf-32")):  # which these bytes are not: they were converted
            encoding = "utf-8"
    try:
        return source.decode(encoding)
    except (LookupError, UnicodeError) as error:
        raise IllFormed(str(error)) from error


def adopt(root: etree._Element, namespace: str) -> etree._Element:
    """Return ``root``, which has no namespace, with all its elements that have none in ``namespace``.

    It becomes the default namespace; attributes stay as they are. What names a schema for no namespace is dropped.
    """
    attributes: Any = {name: value for name, value in root.items() if name != f"{{{XSI}}}noNamespaceSchemaLocation"}
    prefixes: Any = root.nsmap | {None: namespace}
    adopted = etree.Element(f"{{{namespace}}}{root.tag}", attributes, prefixes)
    adopted.text = root.text
    adopted.extend(root)
    for element in adopted.iter(etree.Element):
        if not element.tag.startswith("{"):
            element.tag = f"{{{namespace}}}{element.tag}"
    return adopted


def embed(root: etree._Element) -> str:
    """Serialise ``root`` so that it means the same inside another document with a default namespace."""
    text: str = etree.tostring(root, encoding="unicode", with_tail=False)
    if None not in root.nsmap and any(True for _ in root.iter("{}*")):
        text = _START_TAG.sub(lambda tag: f'{tag[0]} xmlns=""', text, count=1)
    return text


def pretty(body: str) -> str:
    """Return the metadata and about elements of a record, indented."""
    root = etree.fromstring(f"<record>{body}</record>", etree.XMLParser(remove_blank_text=True, huge_tree=True))
    return "\n".join(etree.tostring(part, pretty_print=True, encoding="unicode").rstrip() for part in root)
