"""The recorder: which tables a host's methods really query, against those they declared."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.apps import apps
from django.db import connections

from ..items import Item
from ..paths import step_through

logger = logging.getLogger("django_oaipmh")

_TABLE = re.compile(r"""\b(?:FROM|JOIN)\s+["`]?([A-Za-z_][\w$]*)["`]?""", re.IGNORECASE)


class Recorder:
    """Notes the tables queried object by object: each is a dependency that was not declared, and a query too many."""

    def __init__(self, *, logs: bool = True) -> None:
        self.logs = logs
        self.tables: set[tuple[Item, str]] = set()
        self.warnings: list[str] = []

    @contextmanager
    def watch(self, item: Item) -> Iterator[None]:
        """Note what is queried while ``item`` describes its objects."""

        def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
            for table in _TABLE.findall(sql):
                if table != "django_content_type" and (item, table) not in self.tables:
                    self.tables.add((item, table))
                    self._warn(item, table)
            return execute(sql, params, many, context)

        with ExitStack() as stack:
            for connection in connections.all(initialized_only=True):
                stack.enter_context(connection.execute_wrapper(note))
            yield

    def _warn(self, item: Item, table: str) -> None:
        name = type(item).__name__
        who = item.reading or "a method"
        path = path_to(item, table)
        line = f'@oai.uses("{path}")' if path else "depends_on = [oai.Dependency(…)]"
        message = f"{name}: {who} queries {table} for every object; declare it: {line}"
        self.warnings.append(message)
        if self.logs:
            logger.warning(message)


def path_to(item: Item, table: str) -> str:
    """Return a path of at most two relations from the item's model to the model of ``table``; empty without one."""
    target = next(
        (model for model in apps.get_models(include_auto_created=True) if model._meta.db_table == table), None
    )
    if target is None:
        return ""
    one = [step_through(field) for field in item.model._meta.get_fields() if field.is_relation]
    for step in one:
        if step.model is target:
            return step.accessor
    for step in one:
        for field in step.model._meta.get_fields() if step.model else ():
            if field.is_relation and field.related_model is target:
                return f"{step.accessor}__{step_through(field).accessor}"
    return ""
