"""``CuratedSet``: a set that a curator made, as a saved filter."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from ..identifiers import is_set_spec
from ..models import Entry, IndexedSet, key_of
from ..rendering import rendering
from ..repository import repositories
from ..sets import Set
from .filters import problems

if TYPE_CHECKING:
    from .sets import BoundCurated


class CuratedSet(models.Model):
    """A set of the objects that a saved filter selects (section 2.6)."""

    repository = models.CharField(_("repository"), max_length=64)
    model = models.CharField(_("model"), max_length=255)
    spec = models.CharField(
        _("setSpec"),
        max_length=255,
        help_text=_("What harvesters ask for: letters, digits and -_.!~*'(), no spaces. A colon means: lies below."),
    )
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True)
    filter = models.TextField(_("filter"), blank=True, help_text=_("Of the FilterSet, as a query string."))

    class Meta:
        verbose_name = _("curated set")
        verbose_name_plural = _("curated sets")
        ordering = ("name", "pk")
        constraints = (models.UniqueConstraint(fields=["repository", "spec"], name="oaipmh_curated_unique"),)

    def __str__(self) -> str:
        return self.name

    @property
    def declaration(self) -> Set:
        """The set, as an item would declare it."""
        return Set(self.spec, self.name, self.description)

    @property
    def bound(self) -> "BoundCurated | None":
        """What the item declares of curated sets; ``None``: nothing, or there is no such item any more."""
        from .sets import BoundCurated

        repository = repositories.get(self.repository)
        item = repository.item_for(self.model) if repository else None
        bound_sets = item.bound_sets if item else []
        return next((bound for bound in bound_sets if isinstance(bound, BoundCurated)), None)

    def problems(self) -> dict[str, list[str]]:
        """Return what is wrong with the filter: messages by field of the FilterSet."""
        bound = self.bound
        if bound is None:
            words = {"model": self.model, "repository": self.repository}
            return {"": [_g("No item of %(model)s in the repository %(repository)s takes curated sets.") % words]}
        with rendering(bound.item.repository):  # as it is read when records are
            return problems(bound.filterset, self.filter)

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        super().clean_fields(exclude)
        if "filter" not in (exclude or ()) and (found := self.problems()):
            raise ValidationError({"filter": [message for messages in found.values() for message in messages]})

    def clean(self) -> None:
        if not is_set_spec(self.spec):
            raise ValidationError({"spec": _g("Letters, digits and -_.!~*'() only; parts separated by colons.")})
        if self.is_taken():
            raise ValidationError({"spec": _g("There is such a set already.")})

    def is_taken(self) -> bool:
        """Return whether another set has this setSpec."""
        others = CuratedSet.objects.filter(repository=self.repository, spec=self.spec)
        if others.exclude(pk=self.pk).exists():
            return True
        repository = repositories.get(self.repository)
        if repository and self.spec in repository.set_names:
            return True
        if others.exists():
            return False
        key = key_of(self.repository, self.spec)
        return Entry.objects.filter(list__set__in=IndexedSet.objects.filter(key=key), deleted=False).exists()
