"""What the scrubbed rows of an export depend on: files of this package, rules, settings and libraries.

Three things make rows, and each is followed from definition to definition (see `reached`), not from import to import:

- what runs for every export: the drivers of this room, from the scrub of one content on, with the engine of rules, the split by
  contracts and what the whole of a file says. It belongs to every export, and names no rule of its own.
- the mapping: the definition that the export is bound to in its vendor's module, with its fields, items, expressions and tests,
  and the words of the vocabulary (`columns`, `items`, …) that these use. A word leads on to the rules that it stands for. So a
  shared module of the vocabulary counts for all who use a word of it, but the rules behind its other words do not.
- the contracts: those of the tables that the mapping feeds.

A change of `phone` so reaches the exports that have telephone numbers, and no other. An export that is not bound to a name of its
vendor's module is taken to depend on all rules, mappings and contracts there are.
"""

from __future__ import annotations

import hashlib
import json
import sys
from functools import cache
from pathlib import Path
from pkgutil import walk_packages

from cx_pipeline import contracts, scrub, sources
from cx_pipeline.settings import Settings
from cx_pipeline.sources.export import Context, Export
from cx_pipeline.stages.code_digest import NO_RESULT, code_digest
from cx_pipeline.stages.profile import told_by_settings
from cx_pipeline.stages.reached import Reached, Symbol, reached

_DRIVER = Symbol("cx_pipeline.stages.scrub", "scrub_content")


def depends_on(export: Export) -> frozenset[Path]:
    """Files of this package whose code can have a say in what a record of the export becomes."""
    return _reached(export).files


@cache
def fingerprint(export: Export, settings: Settings) -> str:
    """Changes whenever the same records of the export could scrub to something else."""
    found = _reached(export)
    told = (
        settings.default_country,
        settings.timezone,
        sorted(settings.test_domains),
        sorted(settings.mailboxes),
        [survey.model_dump() for survey in settings.surveys],
    )
    state = json.dumps([told, rules_of(export, told_by_settings(settings)), code_digest(found)])
    return hashlib.sha256(state.encode()).hexdigest()[:16]


@cache
def _reached(export: Export) -> Reached:
    tables = (Symbol(f"cx_pipeline.contracts.tables.{mapping.table}", "TABLE") for mapping in export.tables)
    return reached([_DRIVER, *bound_to(export), *tables], NO_RESULT)


def bound_to(export: Export) -> list[Symbol]:
    """The name under which the vendor's module holds the export; all that there is when none does."""
    module = f"cx_pipeline.sources.{export.source}"
    held = vars(sys.modules[module]) if module in sys.modules else {}
    names = [Symbol(module, name) for name, value in held.items() if value is export]
    return names or [Symbol(module) for module in _everything()]


def _everything() -> list[str]:
    rooms = (contracts, scrub, sources)
    return [found.name for room in rooms for found in walk_packages(room.__path__, f"{room.__name__}.")]


def rules_of(export: Export, context: Context) -> list[str]:
    """Every column's chain of rules as it is known before a file is; what that tells chooses among rules that are reached."""
    fields = [*export.fields, *(field for items in export.items for field in items.fields)]
    return [f"{field.column} {rule.fingerprint}" for field in fields for rule in field.rules(context)]
