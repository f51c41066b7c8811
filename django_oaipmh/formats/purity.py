"""What a template reads: whether its output follows from the metadata alone, and the sources it is made of."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from django.template import Template
from django.template.base import FilterExpression, Node, Variable
from django.template.loader import get_template
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode

#: The variables that the description fixes.
DESCRIBED = frozenset(["metadata", "dc", "identifier", "forloop", "block", "True", "False", "None"])


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
    sources: list[str] = []
    pure = _collect(template, sources, frozenset(DESCRIBED))
    return Purity(pure, tuple(sources))


def _collect(template: Template, sources: list[str], known: frozenset[str]) -> bool:
    if str(template.source) in sources:
        return True
    sources.append(str(template.source))
    pure = True
    for node in template.nodelist:  # every node, for its sources
        pure = _is_pure(node, template, sources, known) and pure
    return pure


def _is_pure(node: Node, template: Template, sources: list[str], known: frozenset[str]) -> bool:
    """Judge one node and what it holds; ``known`` are the names that follow from the description."""
    if not type(node).__module__.startswith("django.template."):
        return False
    if type(node).__name__ in ("NowNode", "DebugNode", "CsrfTokenNode", "LoremNode"):
        return False
    pure = True
    if isinstance(node, ExtendsNode | IncludeNode):
        expression: Any = node.parent_name if isinstance(node, ExtendsNode) else node.template
        if not isinstance(expression.var, str):
            return False
        included = template.engine.get_template(expression.var)
        pure = _collect(included, sources, known | _bound_names(node))
    inner = known | _bound_names(node)
    for value in vars(node).values():
        for expression in _expressions(value):
            pure = pure and _reads_only(expression, inner)
    children = [child for name in node.child_nodelists for child in getattr(node, name, None) or ()]
    for _, nodelist in getattr(node, "conditions_nodelists", ()):
        children += list(nodelist)
    if isinstance(node, BlockNode):
        inner |= {"block"}
    for child in children:
        pure = _is_pure(child, template, sources, inner) and pure
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
    elif hasattr(value, "first") and hasattr(value, "second"):  # a condition of {% if %}
        yield from _expressions(value.first)
        yield from _expressions(value.second)
    elif hasattr(value, "value") and isinstance(getattr(value, "value", None), FilterExpression):
        yield value.value


def _reads_only(expression: FilterExpression, known: frozenset[str]) -> bool:
    variables: list[Any] = [expression.var] + [arg for _, args in expression.filters for is_var, arg in args if is_var]
    roots = [str(one.var).split(".")[0] for one in variables if isinstance(one, Variable) and one.lookups]
    own = all(getattr(function, "__module__", "").startswith("django.") for function, _ in expression.filters)
    return own and all(root in known for root in roots)
