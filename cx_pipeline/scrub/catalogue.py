"""Every rule of this room, found by looking: a rule at the top of a module, alone or in a chain, needs no registration."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping

import polars as pl

from cx_pipeline import scrub
from cx_pipeline.errors import InternalError
from cx_pipeline.scrub.rule import Rule


def rules() -> list[Rule]:
    """All rules, by id. A factory's rules appear as its module lists them (`STANDARD`).

    Raises:
        InternalError: two different rules have the same id.
    """
    found: dict[str, Rule] = {}
    for module in pkgutil.iter_modules(scrub.__path__):
        for value in vars(importlib.import_module(f"{scrub.__name__}.{module.name}")).values():
            for rule in _rules_in(value):
                if found.setdefault(rule.id, rule) is not rule and not _same(found[rule.id], rule):
                    raise InternalError("two scrub rules have one id", where=rule.id, expected="unique ids")
    return [found[key] for key in sorted(found)]


def _rules_in(value: object) -> Iterator[Rule]:
    if isinstance(value, Rule):
        yield value
    elif isinstance(value, tuple | list):
        yield from (item for item in value if isinstance(item, Rule))
    elif isinstance(value, Mapping):
        yield from (item for item in value.values() if isinstance(item, Rule))


def _same(one: Rule, other: Rule) -> bool:
    """Whether two rules came from the same call of a factory: alike in all but the identity of their expression."""
    return one.transform.__code__ is other.transform.__code__ and _described(one) == _described(other)


def _described(rule: Rule) -> dict[str, str | int | None]:
    return {
        "rule": rule.id,
        "version": rule.version,
        "title": rule.title,
        "reads": rule.reads,
        "guards": rule.guards,
        "kind": rule.kind.value,
        "severity": rule.severity.value,
        "flag": rule.flag,
    }


def table() -> pl.DataFrame:
    """The catalogue as one row a rule: rule, version, title, reads, guards, kind, severity, flag."""
    return pl.DataFrame([_described(rule) for rule in rules()], infer_schema_length=None)
