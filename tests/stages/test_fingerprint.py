"""What each export depends on: no less than what runs, and no rule that it does not use."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import cx_pipeline
from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.scrub.rule import Rule
from cx_pipeline.scrub.time_formats import FORMATS
from cx_pipeline.settings import Settings, load
from cx_pipeline.sources.catalogue import exports, get
from cx_pipeline.sources.export import Context, Export, Field
from cx_pipeline.stages import code_digest as module
from cx_pipeline.stages.fingerprint import _reached, depends_on, fingerprint
from cx_pipeline.stages.names_read import assigned
from tests.house.tree import ROOT

HOME = Path(cx_pipeline.__file__).parent
SAMPLE = ROOT / "data" / "sample"
ALL = sorted(exports())
# Modules that make no scrubbed row: they list and describe what others hold, or judge the settings.
MAKE_NO_ROW = {"scrub/catalogue.py", "contracts/describe.py", "sources/asked_for.py"}
SETTINGS = {path.relative_to(HOME).as_posix() for path in (HOME / "settings").glob("*.py")}
STOPS = {"errors.py", "faults.py", *SETTINGS}  # how a run stops, and what it was told


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(data_dir=tmp_path / "data", raw_dir=tmp_path / "raw", token_key="5a" * 32)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    fingerprint.cache_clear()
    yield
    fingerprint.cache_clear()


def names(export: str) -> set[str]:
    return {path.relative_to(HOME).as_posix() for path in depends_on(get(export))}


def room(name: str) -> set[str]:
    return {path.relative_to(HOME).as_posix() for path in (HOME / name).rglob("*.py") if path.name != "__init__.py"}


def fields(export: Export) -> list[Field]:
    return [*export.fields, *(field for items in export.items for field in items.fields)]


def made_in(rule: Rule) -> set[str]:
    """Modules in which the functions of a rule were written."""
    made = [rule.transform, *([rule.gate] if rule.gate else [])]
    return {f"{function.__module__.removeprefix('cx_pipeline.').replace('.', '/')}.py" for function in made}


def contexts(export: Export) -> list[Context]:
    """As files may tell them: each format for all columns, each locale."""
    columns = [field.column for field in fields(export)]
    told = [Context(time_formats=dict.fromkeys(columns, given)) for given in FORMATS.values()]
    return [Context(), *told, Context(locales=dict.fromkeys(columns, "de"), default_country="DE", zone="Europe/Berlin")]


def test_every_module_that_makes_rows_belongs_to_an_export() -> None:
    used = set().union(*map(names, ALL))
    fed = {mapping.table for export in exports().values() for mapping in export.tables}
    made_later = {f"contracts/tables/{name}.py" for name in tables() if name not in fed}
    assert (room("scrub") | room("contracts") | room("sources")) - used == MAKE_NO_ROW | made_later


@pytest.mark.parametrize("export", ALL)
def test_the_modules_of_every_rule_that_may_come_belong_to_the_export(export: str) -> None:
    chains = [field.rules(context) for context in contexts(get(export)) for field in fields(get(export))]
    made = {name for chain in chains for rule in chain for name in made_in(rule)}
    assert made
    assert made <= names(export)


@pytest.mark.parametrize("name", ["phone", "markup", "country", "durations", "decimals", "language", "salesforce_id", "names"])
def test_a_rule_belongs_to_those_that_have_it_and_to_no_others(name: str) -> None:
    file = f"scrub/{name}.py"
    having = {
        export for export in ALL if any(file in made_in(rule) for field in fields(get(export)) for rule in field.rules(Context()))
    }
    depending = {export for export in ALL if file in names(export)}
    assert 0 < len(having) < len(ALL)
    assert having <= depending
    further = {"country": "phone", "names": "test_records"}.get(name, name)  # whose code reads theirs
    assert all(f"scrub/{further}.py" in names(export) for export in depending - having)


@pytest.mark.parametrize("export", ALL)
def test_the_contracts_are_those_of_its_tables(export: str) -> None:
    folder = "contracts/tables/"
    found = {name for name in names(export) if name.startswith(folder)} - {f"{folder}__init__.py"}
    assert found == {f"{folder}{mapping.table}.py" for mapping in get(export).tables}


def test_what_runs_for_all_belongs_to_all() -> None:
    common = set.intersection(*map(names, ALL))
    driven = {f"stages/{name}.py" for name in ("batch", "cells", "items", "profile", "raw_columns", "scrub")}
    assert driven | {"scrub/engine.py", "scrub/candidates.py", "scrub/content.py", "contracts/split.py"} <= common
    assert not common & {"scrub/phone.py", "scrub/email.py", "scrub/markup.py"}


CHANGING = frozenset(
    {
        *("append", "add", "update", "setdefault", "extend", "insert", "register"),
        *("pop", "popitem", "remove", "discard", "clear", "sort"),
    }
)


def test_no_function_changes_what_a_name_of_its_module_holds() -> None:
    """What is reached is told by definitions; one that another definition changes behind its back could not be followed."""
    found = []
    for path in sorted(set().union(*(depends_on(get(name)) for name in ALL))):
        tree = ast.parse(path.read_bytes())
        held = {name for statement in tree.body for name in assigned(statement)}
        for node in ast.walk(tree):
            changed = node.func if isinstance(node, ast.Call) else node
            if not isinstance(changed, ast.Attribute | ast.Subscript) or not isinstance(changed.value, ast.Name):
                continue
            is_called = isinstance(node, ast.Call) and isinstance(changed, ast.Attribute) and changed.attr in CHANGING
            if changed.value.id in held and (is_called or not isinstance(changed.ctx, ast.Load)):
                found.append(f"{path.name}:{changed.lineno}")
        found += [f"{path.name}:{node.lineno}" for node in ast.walk(tree) if isinstance(node, ast.Global)]
    assert found == []


def test_settings_count_by_their_values_and_not_by_their_code() -> None:
    assert len(SETTINGS) > 5
    assert not SETTINGS & set().union(*(names(export) for export in ALL))


def test_an_export_without_a_name_depends_on_everything() -> None:
    found = {path.relative_to(HOME).as_posix() for path in depends_on(replace(get("zendesk.users")))}
    assert room("scrub") | room("contracts") | room("sources") <= found


@pytest.mark.parametrize(
    "file", ["scrub/phone.py", "scrub/email.py", "contracts/tables/agents.py", "sources/zendesk.py", "scrub/rule.py"]
)
def test_a_changed_file_changes_those_that_depend_on_it(settings: Settings, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    before = {name: fingerprint(get(name), settings) for name in ALL}
    assert len(set(before.values())) == len(ALL)
    plain = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: plain(path) + (b"# changed" if path == HOME / file else b""))
    fingerprint.cache_clear()
    changed = {name for name in ALL if fingerprint(get(name), settings) != before[name]}
    assert changed == {name for name in ALL if file in names(name)} != set()


def test_a_library_counts_where_its_rules_do(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: fingerprint(get(name), settings) for name in ALL}
    plain = module.version
    monkeypatch.setattr(module, "version", lambda name: "0" if name == "phonenumbers" else plain(name))
    fingerprint.cache_clear()
    changed = {name for name in ALL if fingerprint(get(name), settings) != before[name]}
    assert changed == {name for name in ALL if "scrub/phone.py" in names(name)}


def test_every_library_that_makes_rows_is_known_to_decide_or_not() -> None:
    libraries = set().union(*(_reached(export).libraries for export in exports().values())) - sys.stdlib_module_names
    assert libraries - module.DECIDING.keys() == {"numpy", "pandera"}


def test_the_versions_of_the_rules_count(settings: Settings) -> None:
    export = get("zendesk.users")

    def raised(field: Field) -> Field:
        def rules(context: Context) -> tuple[Rule, ...]:
            return tuple(replace(rule, version=rule.version + 1) for rule in field.rules(context))

        return replace(field, rules=rules)

    same, other = replace(export), replace(export, fields=tuple(map(raised, export.fields)))
    assert fingerprint(same, settings) == fingerprint(replace(export), settings)
    assert fingerprint(same, settings) != fingerprint(other, settings)


def test_all_fingerprints_are_quickly_told() -> None:
    """In a process of its own, as a night begins: nothing is known yet."""
    code = (
        "import time; from cx_pipeline.sources.catalogue import exports; from cx_pipeline.settings import load;"
        "from cx_pipeline.stages.fingerprint import fingerprint; known, settings = exports().values(), load();"
        "begun = time.process_time(); [fingerprint(each, settings) for each in known]; print(time.process_time() - begun)"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(found.stdout) < 2  # seconds; half of one on a machine at rest


def ran(wanted: list[str], sample: Path, folder: Path) -> dict[str, set[str]]:
    """Files of the library whose functions ran while the sample files of some exports were scrubbed."""
    command = [sys.executable, "-m", "tests.stages.traced_scrub", str(sample), str(folder), *wanted]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=environment)
    return {name: {Path(file).relative_to(HOME).as_posix() for file in files} for name, files in json.loads(made.stdout).items()}


def assert_all_that_ran_is_known(wanted: list[str], sample: Path, folder: Path) -> None:
    found = ran(wanted, sample, folder)
    for export in wanted:
        assert {"scrub/engine.py", "contracts/split.py", "stages/scrub.py"} <= found[export], export  # there is a sample
        assert found[export] - names(export) <= STOPS, export


def test_whatever_runs_while_a_sample_is_scrubbed_is_in_the_fingerprint(tmp_path: Path) -> None:
    some = ["zendesk.users", "salesforce.Contact", "qualtrics.responses", "shopify.orders", "amazon_connect.contact_records"]
    assert_all_that_ran_is_known(some, SAMPLE, tmp_path)


@pytest.mark.slow
def test_whatever_runs_while_any_sample_is_scrubbed_is_in_the_fingerprint(tmp_path: Path) -> None:
    sample = tmp_path / "sample"
    shutil.copytree(SAMPLE, sample)
    listed = "Email Address,Date,Unsubscribed from all email,Marketing Information\nada@king.io,2026-10-30,true,\n,,,x\n"
    (sample / "2026-11-01" / "hubspot" / "unsubscribes.csv").write_text(listed, encoding="utf-8")  # the sample has none
    assert_all_that_ran_is_known(ALL, sample, tmp_path)
