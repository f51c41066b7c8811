"""What a template reads: whether its output follows from the metadata alone, and the sources it is made of."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from django.template import Template
from django.template.base import FilterExpression, Node, Variable
from django.template.loader import get_template
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.template.smartif import TokenBase

#: The variables that the description fixes.
DESCRIBED = frozenset(["metadata", "dc", "identifier", "forloop", "block", "True", "False", "None"])

#: Tags and filters of Django whose output does not follow from what they are given.
UNSTEADY = frozenset(
    (
        *("NowNode", "DebugNode", "CsrfTokenNode", "LoremNode"),
        *("random", "timesince_filter", "timeuntil_filter", "naturalday", "naturaltime"),
    )
)

#: What was judged: the text of a template, with the names that were known there.
Judged = dict[tuple[str, frozenset[str]], None]


@dataclasses.dataclass(frozen=True)
class Purity:
    """Attributes:
    pure: equal metadata gives equal XML, so an unchanged description need not be rendered again.
    sources: the texts of the template and of all it extends and includes.
    """

    pure: bool
    sources: tuple[str, ...]


def examine(template_name: str) -> Purity:
    """Return the purity of a template. It is impure if it reads the object or the surroundings, includes a template
    that only the rendering knows, uses tags or filters that are not Django's own, or is not Django's."""
    loaded = get_template(template_name)
    template = getattr(loaded, "template", None)
    if not isinstance(template, Template):
        return Purity(False, ())
    judged: Judged = {}
    pure = _judge(template, judged, DESCRIBED)
    return Purity(pure, tuple(dict.fromkeys(source for source, _ in judged)))


def _judge(template: Template, judged: Judged, known: frozenset[str]) -> bool:
    key = (str(template.source), known)
    if key in judged:
        return True
    judged[key] = None
    pure = True
    for node in template.nodelist:  # every node, for its sources
        pure = _is_pure(node, template, judged, known) and pure
    return pure


def _is_pure(node: Node, template: Template, judged: Judged, known: frozenset[str]) -> bool:
    """Judge one node and what it holds; ``known`` are the names that follow from the description."""
    module = type(node).__module__  # that of the library holds what a host's own tags are made of
    if not module.startswith("django.template.") or module == "django.template.library":
        return False
    if type(node).__name__ in UNSTEADY:
        return False
    pure = True
    if isinstance(node, ExtendsNode | IncludeNode):
        expression: Any = node.parent_name if isinstance(node, ExtendsNode) else node.template
        if not isinstance(expression.var, str):
            return False
        included = template.engine.get_template(expression.var)
        pure = _judge(included, judged, known | _bound_names(node))
    for value in vars(node).values():
        for expression in _expressions(value):
            pure = pure and _reads_only(expression, known)
    children = [child for name in node.child_nodelists for child in getattr(node, name, None) or ()]
    for _, nodelist in getattr(node, "conditions_nodelists", ()):
        children += list(nodelist)
    for child in children:
        pure = _is_pure(child, template, judged, known | _bound_names(node)) and pure
    return pure


def _bound_names(node: Node) -> frozenset[str]:
    """Return the names that a node gives to what it encloses."""
    names: list[str] = list(getattr(node, "loopvars", ()))
    names += list(getattr(node, "extra_context", {}) or {})
    return frozenset(names)


def _expressions(value: Any) -> Iterator[FilterExpression]:
    if isinstance(value, FilterExpression):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _expressions(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _expressions(one)
    elif isinstance(value, TokenBase):  # a condition of {% if %}, or a part of one
        for part in (value.value, value.first, value.second):
            yield from _expressions(part)


def _reads_only(expression: FilterExpression, known: frozenset[str]) -> bool:
    variables: list[Any] = [expression.var] + [arg for _, args in expression.filters for is_var, arg in args if is_var]
    roots = [str(one.var).split(".")[0] for one in variables if isinstance(one, Variable) and one.lookups]
    functions = [function for function, _ in expression.filters]
    own = all(one.__module__.startswith("django.") and one.__name__ not in UNSTEADY for one in functions)
    return own and all(root in known for root in roots)
