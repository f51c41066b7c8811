"""``MetadataFormat``: prefix, namespace, schema location and a template."""

import hashlib
import inspect
import sys
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

from django.template.exceptions import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from .. import markup
from ..standards import versions
from .purity import Purity, examine

if TYPE_CHECKING:
    from lxml import etree

    from ..items import Description

#: Raise it when rendering itself changes, so that every record is looked at again.
RENDERER_VERSION = 1


class MetadataFormat:
    """A format that records are disseminated in; a host adds one by subclassing it.

    Attributes:
        prefix: the metadataPrefix (section 3.4).
        namespace: the XML namespace of the payload's root element.
        schema: the URL of the XML Schema.
        template_name: the template that renders the payload; left out: ``django_oaipmh/formats/<prefix>.xml``, and
            where there is none, payloads come from ``Item.xml`` alone. A template gets ``metadata`` (term → values),
            ``dc`` (the same as simple Dublin Core), ``identifier`` and ``object``.
        needs: the terms without which there is no record in this format; a tuple of terms: one of them.
        pure: that ``get_context`` or ``render``, where a subclass overrides them, follow from the metadata, the
            identifier and the parts of the description alone, never from its object. Then what is unchanged is not
            rendered again.
        uses_parts: that the format tells what an object consists of, ``description.parts``; only then they are read.
        adopts: that XML without any namespace is put into the format's own, as OAI-PMH takes no other.
        validates: whether payloads are meant to be valid against the schema.
        deprecated: the last day on which the format is offered, as ``YYYY-MM-DD``; empty: there is none. It is told,
            and then reminded of by a check; nothing is taken away by itself.
        offered_as: the metadataPrefix that harvesters ask by.
        same_as: another metadataPrefix of the repository that gives the same records; empty: there is none.
    """

    prefix: ClassVar[str] = ""
    namespace: ClassVar[str] = ""
    schema: ClassVar[str] = ""
    template_name: ClassVar[str] = ""
    needs: ClassVar[tuple[str | tuple[str, ...], ...]] = ()
    pure: ClassVar[bool] = False
    uses_parts: ClassVar[bool] = False
    adopts: ClassVar[bool] = False
    validates: ClassVar[bool] = True
    deprecated: str = ""
    same_as: str = ""

    def __init__(self, offered_as: str = "", deprecated: str = "") -> None:
        """Offer the format under another metadataPrefix, perhaps until a last day. The records are the same."""
        self.offered_as = offered_as or self.prefix
        self.deprecated = str(deprecated or self.deprecated)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} as {self.offered_as!r}>"

    def missing(self, description: "Description") -> list[str]:
        """Return what keeps ``description`` from having a record in this format, in words; empty: nothing."""
        stored = self.prefix in description.xml
        if stored or not self.renders:
            nothing = not stored or markup.is_empty(description.xml[self.prefix])
            return [_("There is no XML stored for %(prefix)s.") % {"prefix": self.prefix}] if nothing else []
        reasons = []
        for need in self.needs:
            terms = (need,) if isinstance(need, str) else tuple(need)
            if not any(description.metadata.get(term) for term in terms):
                reasons.append(_("There is no %(terms)s.") % {"terms": _(" or ").join(terms)})
        return reasons

    def get_template_name(self) -> str:
        """Return the name of the template."""
        return self.template_name or f"django_oaipmh/formats/{self.prefix}.xml"

    def get_context(self, description: "Description") -> dict[str, Any]:
        """Return what the template sees."""
        return {
            "metadata": description.metadata,
            "dc": SimpleLazyObject(description.metadata.dumb_down),
            "identifier": description.identifier,
            "object": description.object,
        }

    def render(self, description: "Description") -> "str | bytes | etree._Element | None":
        """Return the payload as XML: text or an lxml element; ``None`` if there is no record in this format."""
        return get_template(self.get_template_name()).render(self.get_context(description))

    def payload(self, description: "Description", most: int = sys.maxsize) -> "etree._Element | None":
        """Return the payload's root element, checked; ``None`` if there is no record in this format.

        Args:
            description: of the object.
            most: the most characters of XML that are read: parsed, they take several times their room.

        Raises:
            markup.IllFormed: the XML cannot be disseminated.
            markup.TooLarge: it has more than ``most`` characters.
            Exception: whatever the template or the host's code raises.
        """
        stored = self.prefix in description.xml
        if stored:
            source = description.xml[self.prefix]
            if isinstance(source, Exception):
                raise source
            source = markup.read(source)
        elif self.missing(description):
            return None
        else:
            source = self.render(description)
        if source is None:
            return None
        if isinstance(source, str | bytes):
            markup.check_size(len(source), most, "MAX_RECORD_BYTES")
        return self.checked(markup.parse(source, ignore_blanks=not stored and isinstance(source, str | bytes)))

    def checked(self, root: "etree._Element") -> "etree._Element":
        """Return ``root`` with the schema location that section 3.2.1 asks for, if need be in the namespace.

        Raises:
            markup.IllFormed: the root is not of the format's namespace.
        """
        if self.adopts and not root.tag.startswith("{"):
            root = markup.adopt(root, self.namespace)
        namespace = root.tag[1:].partition("}")[0] if root.tag.startswith("{") else ""
        if namespace != self.namespace:
            raise markup.IllFormed(
                f"the root element is of the namespace {namespace!r}; {self.prefix} has {self.namespace!r}"
            )
        pairs = root.get(markup.SCHEMA_LOCATION, "").split()
        if self.namespace not in pairs[::2]:
            root.set(markup.SCHEMA_LOCATION, " ".join([self.namespace, self.schema, *pairs]))
        return root

    # What people are told of it.

    @property
    def notes(self) -> list[str]:
        """What there is to know of it before it is harvested, in words."""
        notes = []
        if self.deprecated:
            notes.append(_("until %(date)s") % {"date": self.deprecated})
        if self.same_as:
            notes.append(_("the same as %(prefix)s") % {"prefix": self.same_as})
        if not self.validates:
            notes.append(_("not meant to be valid against its schema"))
        return notes

    @property
    def comment(self) -> str:
        """The notes as an XML comment; empty if there are none."""
        return markup.comment(f"{self.offered_as}: {'; '.join(self.notes)}") if self.notes else ""

    def problems(self) -> list[str]:
        """Return what is wrong with the template, in words."""
        name = self.get_template_name()
        try:
            if self.renders and type(self).render is MetadataFormat.render:
                get_template(name)
        except TemplateDoesNotExist:
            return [f"there is no template {name!r}."]
        except TemplateSyntaxError as error:
            return [f"the template {name!r}: {error}"]
        return []

    # What rendering depends on besides the description.

    @property
    def kept(self) -> tuple[str, ...]:
        """The metadataPrefixes whose stored XML payloads are made of, where an item has some."""
        return (self.prefix,)

    @property
    def only_stored(self) -> bool:
        """Whether there are no payloads but of stored XML."""
        return not self.renders

    @property
    def renders(self) -> bool:
        """Whether payloads are rendered; else they are only what the host stores."""
        if self.template_name or type(self).render is not MetadataFormat.render:
            return True
        try:
            get_template(self.get_template_name())
        except TemplateDoesNotExist:
            return False
        except TemplateSyntaxError:  # which rendering tells of every record
            return True
        return True

    @property
    def reads_parts(self) -> bool:
        """Whether payloads tell what an object consists of."""
        return self.uses_parts

    def purity(self) -> Purity:
        """Return what the template reads. A format without a template, or with its own ``render``, is impure."""
        if not self.renders:
            return Purity(True, ())
        rendered = type(self).render is not MetadataFormat.render
        if not self.pure and (rendered or type(self).get_context is not MetadataFormat.get_context):
            return Purity(False, ())
        if rendered:
            return Purity(True, ())
        try:
            return examine(self.get_template_name())
        except (TemplateDoesNotExist, TemplateSyntaxError):
            return Purity(False, ())

    def fingerprint(self) -> str:
        """Return a digest of what turns descriptions into XML: the classes and their modules, their templates, the
        libraries, a version."""
        from .. import __version__

        digest = hashlib.blake2b(digest_size=16)
        parts = (RENDERER_VERSION, __version__, *versions(), self.prefix, self.namespace, self.schema)
        for part in (*parts, *self.purity().sources):
            digest.update(f"{part}\0".encode())
        for cls in type(self).__mro__[:-1]:
            for part in (_source_of(cls), _source_of(sys.modules[cls.__module__])):
                digest.update(part.encode())
        return digest.hexdigest()


@lru_cache(maxsize=256)
def _source_of(cls: type | ModuleType) -> str:
    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):  # defined where no source is kept
        return repr(cls)
