"""XML, as far as the whole app shares it: forbidden characters, escaping, safe parsing of fragments."""

import codecs
import re
from xml.sax.saxutils import escape as _escape

from lxml import etree

XSI = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA_LOCATION = f"{{{XSI}}}schemaLocation"

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PROLOG = re.compile(r"^\s*<\?xml\b[^>]*\?>")
_DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml\b[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_START_TAG = re.compile(r"^<[^\s/>]+")


class IllFormed(ValueError):
    """XML that cannot be disseminated; the message says why."""


def clean(text: str) -> str:
    """Return ``text`` without the characters that XML 1.0 forbids, lone surrogates included."""
    return _FORBIDDEN.sub("", text)


def escape(text: str) -> str:
    """Return ``text`` cleaned and escaped for element content."""
    return _escape(clean(text))


def parse(source: str | bytes | etree._Element, *, ignore_blanks: bool = False) -> etree._Element:
    """Return the root element of an XML document or fragment from anywhere.

    The network is never asked and no DTD is read. A prolog before the root is dropped, forbidden characters too.

    Args:
        source: text, bytes in the encoding they declare (else UTF-8), or an element.
        ignore_blanks: drop white space between elements; not for mixed content.

    Raises:
        IllFormed: the XML is not well-formed, or needs entities that a reader of the response would not know.
    """
    if not isinstance(source, str | bytes):
        source = etree.tostring(source, encoding="unicode", with_tail=False)
    if isinstance(source, bytes):
        declared = _DECLARED_ENCODING.match(source)
        try:
            if source.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                source = source.decode("utf-16")
            else:
                source = source.decode(declared[1].decode("ascii") if declared else "utf-8-sig")
        except (LookupError, UnicodeDecodeError) as error:
            raise IllFormed(str(error)) from error
    text = _PROLOG.sub("", clean(source).lstrip("\ufeff"), count=1)
    if "<!ENTITY" in text:
        raise IllFormed("the XML declares entities of its own")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=ignore_blanks, remove_pis=True
    )
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise IllFormed(str(error)) from error
    for entry in parser.error_log:  # of a document type that was not read: in text it is kept, in attributes lost
        if entry.type in (etree.ErrorTypes.ERR_UNDECLARED_ENTITY, etree.ErrorTypes.WAR_UNDECLARED_ENTITY):
            raise IllFormed(f"not defined in XML itself: {entry.message}")
    return root


def embed(root: etree._Element) -> str:
    """Serialise ``root`` so that it means the same inside another document with a default namespace."""
    text: str = etree.tostring(root, encoding="unicode", with_tail=False)
    if None not in root.nsmap and any(
        isinstance(element.tag, str) and not element.tag.startswith("{") for element in root.iter()
    ):
        text = _START_TAG.sub(lambda tag: f'{tag[0]} xmlns=""', text, count=1)
    return text
