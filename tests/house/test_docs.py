"""The pages written by hand name what there is, and what they show works."""

import re
import sys
import types
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.marts.mart import read
from cx_pipeline.reference.commands import commands
from tests.house.tree import ROOT, modules
from tests.marts.world import World

GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_guide_names_every_command() -> None:
    names = [name for name, _ in commands()]
    assert len(names) > 8
    assert [name for name in names if name not in GUIDE and name not in _TOOLS] == []


_TOOLS = ("cx-pipeline synth", "cx-pipeline sources")  # in data/README.md, and on the page of sources


def test_the_other_commands_are_named_where_they_belong() -> None:
    assert "cx-pipeline sources" in (ROOT / "docs" / "add_a_source.md").read_text(encoding="utf-8")
    assert "cx_pipeline.synth" in (ROOT / "data" / "README.md").read_text(encoding="utf-8")


def test_the_guide_explains_every_reason_for_keeping_something_back() -> None:
    literal = re.compile(r'"((?:container|csv|json|encoding|limit|parquet|file|delivery|key|timestamp)\.[a-z_]+)"')
    rooms = modules("cx_pipeline/extract", "cx_pipeline/stages")
    rules = {rule for path in rooms for rule in literal.findall(path.read_text(encoding="utf-8"))}
    assert len(rules) > 20
    assert {rule for rule in rules if f"`{rule}`" not in GUIDE} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, heading = target.partition("#")
        if name.startswith("http"):
            continue
        other = (page.parent / name).resolve() if name else page
        if not other.exists() or (heading and heading not in _anchors(other)):
            lost.append(target)
    assert lost == []


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _code(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / "docs" / page).read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.fixture
def pulse(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The source of the page as a module, and its test."""
    source, test = _code("add_a_source.md")
    module = types.ModuleType("cx_pipeline.sources.pulse")
    exec(source, module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    names: dict[str, Any] = {}
    exec(test, names)
    return names


def test_the_source_of_the_page_works(pulse: dict[str, Any]) -> None:
    pulse["test_a_response_becomes_a_row"]()


def test_the_rules_of_the_page_work() -> None:
    scrub_rule, its_test, row_rule = _code("add_a_rule.md")
    names: dict[str, Any] = {}
    exec(scrub_rule, names)
    exec(its_test, names)
    test = names["test_the_number_sign_goes"]
    for raw, clean in test.pytestmark[0].args[1]:
        test(raw, clean)
    exec(row_rule, names)
    interactions = tables()["interactions"]
    grown = replace(interactions, own_rules=(*interactions.own_rules, names["SOLVED_WITHOUT_AGENT"]))
    assert len(grown.rules) == len(interactions.rules) + 1


def test_the_mart_of_the_page_works(tmp_path: Path) -> None:
    [sql] = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "add_a_mart.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    (tmp_path / "reopened_by_channel.sql").write_text(sql, encoding="utf-8")
    mart = read(tmp_path / "reopened_by_channel.sql")
    made = World().build(only="reply_times")
    assert list(made.describe(mart.select).items()) == [(column.name, column.type) for column in mart.columns]
    [test] = _code("add_a_mart.md")
    names: dict[str, Any] = {}
    exec(test, names)
    names["test_reopened_by_channel"]()
