"""What a template reads: whether its output follows from the metadata alone, and the sources it is made of."""

import dataclasses
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from django.template import Template
from django.template.base import FilterExpression, Node, Variable
from django.template.loader import get_template
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.template.smartif import TokenBase

#: Tags and filters of Django whose output does not follow from what they are given.
UNSTEADY = frozenset(
    (
        *("NowNode", "DebugNode", "CsrfTokenNode", "LoremNode"),
        *("random", "timesince_filter", "timeuntil_filter", "naturalday", "naturaltime"),
    )
)


@dataclasses.dataclass(frozen=True)
class Purity:
    """Attributes:
    pure: equal metadata gives equal XML, so an unchanged description need not be rendered again.
    sources: the texts of the template and of all it extends and includes.
    """

    pure: bool
    sources: tuple[str, ...]


_examined: WeakKeyDictionary[Template, Purity] = WeakKeyDictionary()


def examine(template_name: str) -> Purity:
    """Return the purity of a template. It is impure if it reads the object, includes a template that only
    rendering knows, uses tags or filters that are not Django's own, or is not Django's."""
    template = getattr(get_template(template_name), "template", None)
    if not isinstance(template, Template):
        return Purity(False, ())
    if template not in _examined:  # a loader that keeps templates gives the same one again
        judged: dict[str, None] = {}
        pure = _judge(template, judged)
        _examined[template] = Purity(pure, tuple(judged))
    return _examined[template]


def variables(template_name: str) -> set[tuple[str, ...]]:
    """Return what a template, and all that it extends and includes by name, looks up: ``("metadata", "title", "0")``.

    Raises:
        TemplateDoesNotExist, TemplateSyntaxError: one of them is missing, or has an error.
    """
    template = getattr(get_template(template_name), "template", None)
    read: list[Template] = [template] if isinstance(template, Template) else []
    found: set[tuple[str, ...]] = set()
    for one in read:  # which grows
        nodes = list(one.nodelist)
        while nodes:
            node = nodes.pop()
            nodes += _children(node)
            for value in vars(node).values():
                for expression in _expressions(value):
                    found.update(tuple(variable.lookups) for variable in _variables(expression) if variable.lookups)
            name = _other(node)
            if name and (other := one.engine.get_template(name)).source not in {known.source for known in read}:
                read.append(other)
    return found


def _other(node: Node) -> str:
    """Return the name of the template that a node extends or includes, if it is not for rendering to know."""
    if not isinstance(node, ExtendsNode | IncludeNode):
        return ""
    expression: Any = node.parent_name if isinstance(node, ExtendsNode) else node.template
    return expression.var if isinstance(expression.var, str) else ""


def _judge(template: Template, judged: dict[str, None]) -> bool:
    source = str(template.source)
    if source in judged:
        return True
    judged[source] = None
    pure = True
    for node in template.nodelist:  # every node, for its sources
        pure = _is_pure(node, template, judged) and pure
    return pure


def _is_pure(node: Node, template: Template, judged: dict[str, None]) -> bool:
    """Judge one node and what it holds."""
    module = type(node).__module__  # that of the library holds what a host's own tags are made of
    if not module.startswith("django.template.") or module == "django.template.library":
        return False
    if type(node).__name__ in UNSTEADY:
        return False
    pure = True
    if isinstance(node, ExtendsNode | IncludeNode):
        if not (name := _other(node)):
            return False
        pure = _judge(template.engine.get_template(name), judged)
    for value in vars(node).values():
        for expression in _expressions(value):
            pure = pure and _is_described(expression)
    for child in _children(node):
        pure = _is_pure(child, template, judged) and pure
    return pure


def _children(node: Node) -> list[Node]:
    children = [child for name in node.child_nodelists for child in getattr(node, name, None) or ()]
    for _, nodelist in getattr(node, "conditions_nodelists", ()):
        children += list(nodelist)
    return children


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


def _variables(expression: FilterExpression) -> list[Variable]:
    """Return the variables of an expression, those that its filters take, too."""
    found: list[Any] = [expression.var] + [arg for _, args in expression.filters for is_var, arg in args if is_var]
    return [one for one in found if isinstance(one, Variable)]


def _is_described(expression: FilterExpression) -> bool:
    """Return whether a value follows from the description: it is not of the object, and no foreign filter made it."""
    roots = [variable.lookups[0] for variable in _variables(expression) if variable.lookups]
    functions = [function for function, _ in expression.filters]
    own = all(one.__module__.startswith("django.") and one.__name__ not in UNSTEADY for one in functions)
    return own and "object" not in roots
