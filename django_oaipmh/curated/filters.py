"""Saved filters: what a ``FilterSet`` makes of a query string that was kept, and what is wrong with it, in words.

django-filter leaves out what it does not understand, which for a web page is kind. Here it would put every record
into the set.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.forms import Field, Form
from django.http import QueryDict
from django.utils.translation import gettext as _
from django_filters import FilterSet, OrderingFilter
from django_filters.constants import EMPTY_VALUES

#: The key of what is wrong with a filter as a whole.
WHOLE = ""


class Unusable(ValueError):
    """A saved filter selects nothing that could be told: the ``FilterSet`` has changed, or it was nonsense."""


def fields_of(filterset: type[FilterSet]) -> dict[str, Field]:
    """Return the form fields for conditions, by name. An order is none."""
    bound = filterset()
    return {
        name: field
        for name, field in bound.form.fields.items()
        if not isinstance(bound.filters.get(name), OrderingFilter)
    }


def select(filterset: type[FilterSet], query: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return those of ``rows`` that the saved filter ``query`` selects.

    Raises:
        Unusable: the filter is nonsense.
    """
    if found := problems(filterset, query):
        raise Unusable(" ".join(message for messages in found.values() for message in messages))
    try:
        selected: QuerySet[Any] = filterset(QueryDict(query), queryset=rows).qs.order_by()
    except Exception as error:  # of a method of the host's FilterSet
        raise Unusable(f"{type(error).__name__}: {error}") from error
    return selected


def problems(filterset: type[FilterSet], query: str) -> dict[str, list[str]]:
    """Return what is wrong with the saved filter ``query``: messages by field; none: it can be used."""
    data = QueryDict(query)
    form = filterset(data).form
    found = {name: [str(message) for message in messages] for name, messages in form.errors.items()}
    whole = found.pop("__all__", [])
    whole += [_("There is no condition “%(name)s”.") % {"name": key} for key in data if not is_read(form, data, key)]
    if not found and not whole and not list(conditions(filterset, query)):
        whole.append(_("Say at least one condition: without any, every record would be in the set."))
    return found | ({WHOLE: whole} if whole else {})


def is_read(form: Form, data: QueryDict, key: str) -> bool:
    """Return whether any field of ``form`` looks at ``key``: some widgets have several names."""
    less = data.copy()
    del less[key]
    return any(
        field.widget.value_from_datadict(data, {}, name) != field.widget.value_from_datadict(less, {}, name)
        for name, field in form.fields.items()
    )


def conditions(filterset: type[FilterSet], query: str) -> Iterator[tuple[str, str]]:
    """Yield the label of each condition of a saved filter that says something, and what was entered."""
    data = QueryDict(query)
    form = filterset(data).form
    form.is_valid()
    for name, field in fields_of(filterset).items():
        if not is_empty(form.cleaned_data.get(name)):
            entered = field.widget.value_from_datadict(data, {}, name)
            yield str(form[name].label), shown(field, entered)


def is_empty(value: Any) -> bool:
    """Return whether a filter leaves out a condition of this value."""
    return value in EMPTY_VALUES or (isinstance(value, QuerySet) and not value)


def shown(field: Field, entered: Any) -> str:
    """Return what was entered in words: the labels of choices."""
    values = entered if isinstance(entered, list) else [entered]
    choices = {str(key): str(label) for key, label in getattr(field, "choices", ()) if not isinstance(label, list)}
    return ", ".join(choices.get(str(value), str(value)) for value in values if not is_empty(value))
