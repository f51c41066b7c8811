"""``MetadataFormat``: prefix, namespace, schema location and a template."""

import hashlib
import inspect
from typing import TYPE_CHECKING, Any, ClassVar

from django.template.exceptions import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template

from .. import markup
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
        needs: the terms without which there is no record in this format.
    """

    prefix: ClassVar[str] = ""
    namespace: ClassVar[str] = ""
    schema: ClassVar[str] = ""
    template_name: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()

    def is_available(self, description: "Description") -> bool:
        """Return whether ``description`` has what the format needs."""
        return all(description.metadata.get(term) for term in self.needs)

    def get_template_name(self) -> str:
        """Return the name of the template."""
        return self.template_name or f"django_oaipmh/formats/{self.prefix}.xml"

    def get_context(self, description: "Description") -> dict[str, Any]:
        """Return what the template sees."""
        return {
            "metadata": description.metadata,
            "dc": description.metadata.dumb_down(),
            "identifier": description.identifier,
            "object": description.object,
        }

    def render(self, description: "Description") -> "str | bytes | etree._Element":
        """Return the payload as XML: text or an lxml element."""
        return get_template(self.get_template_name()).render(self.get_context(description))

    def payload(self, description: "Description") -> "etree._Element | None":
        """Return the payload's root element, checked; ``None`` if there is no record in this format.

        Raises:
            markup.IllFormed: the XML cannot be disseminated.
            Exception: whatever the template or the host's code raises.
        """
        if self.prefix in description.xml:
            source = description.xml[self.prefix]
            return None if source is None or source == "" else self.checked(markup.parse(source))
        if not self.renders or not self.is_available(description):
            return None
        return self.checked(markup.parse(self.render(description), ignore_blanks=True))

    def checked(self, root: "etree._Element") -> "etree._Element":
        """Return ``root`` with the schema location that section 3.2.1 asks for.

        Raises:
            markup.IllFormed: the root is not of the format's namespace.
        """
        namespace = root.tag[1:].partition("}")[0] if root.tag.startswith("{") else ""
        if namespace != self.namespace:
            raise markup.IllFormed(
                f"the root element is of the namespace {namespace!r}; {self.prefix} has {self.namespace!r}"
            )
        pairs = root.get(markup.SCHEMA_LOCATION, "").split()
        if self.namespace not in pairs[::2]:
            root.set(markup.SCHEMA_LOCATION, " ".join([self.namespace, self.schema, *pairs]))
        return root

    # What rendering depends on besides the description.

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

    def purity(self) -> Purity:
        """Return what the template reads. A format without a template, or with its own ``render``, is impure."""
        if not self.renders:
            return Purity(True, ())
        if type(self).render is not MetadataFormat.render or type(self).get_context is not MetadataFormat.get_context:
            return Purity(False, ())
        try:
            return examine(self.get_template_name())
        except (TemplateDoesNotExist, TemplateSyntaxError):
            return Purity(False, ())

    def fingerprint(self) -> str:
        """Return a digest of what turns descriptions into XML: the classes, their templates, a version."""
        digest = hashlib.blake2b(digest_size=16)
        for part in (RENDERER_VERSION, self.prefix, self.namespace, self.schema, *self.purity().sources):
            digest.update(f"{part}\0".encode())
        for cls in type(self).__mro__[:-1]:
            digest.update(_source_of(cls).encode())
        return digest.hexdigest()


def _source_of(cls: type) -> str:
    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):  # defined where no source is kept
        return f"{cls.__module__}.{cls.__qualname__}"
