"""What commands about one object share: which items it has, and what its key is."""

import difflib
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ..items import Item
from ..repository import repositories


def items_for(label: str, name: str | None) -> list[Item]:
    """Return the items of the model ``app_label.ModelName``: of the repository ``name``, or of all.

    Raises:
        CommandError: there are none.
    """
    if name is not None and name not in repositories:
        known = ", ".join(sorted(repositories))
        raise CommandError(
            _("There is no repository %(name)r. There are: %(known)s.") % {"name": name, "known": known}
        )
    chosen = [repository for repository in repositories.values() if name in (None, repository.name)]
    if items := [item for repository in chosen if (item := repository.item_for(label))]:
        return items
    labels = sorted({item.label for repository in chosen for item in repository.items})
    if not labels:
        raise CommandError(_("No item is registered for any model: no installed app has an oai.py with one."))
    close = difflib.get_close_matches(label, labels, 1)
    hint = _("Did you mean %s?") % close[0] if close else _("There are: %s.") % ", ".join(labels)
    raise CommandError(_("No item is registered for: %s") % f"{label}. {hint}")


def key_of(item: Item, text: str) -> Any:
    """Return the key of an object from how it was typed.

    Raises:
        CommandError: it cannot be a key of this model.
    """
    field = item.model._meta.pk
    try:
        pk = field.to_python(text)
        field.run_validators(pk)  # numbers that the database does not take
    except ValidationError as error:
        raise CommandError(f"{text!r}: {'; '.join(error.messages)}") from error
    return pk
