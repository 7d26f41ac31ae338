"""The generated pages: current, complete, and written only when something changed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.errors import DataError
from cx_pipeline.quality.tables import FROM_BUILD, FROM_CLEAN
from cx_pipeline.reference import pages
from cx_pipeline.reference.commands import commands, commands_page
from cx_pipeline.reference.dictionary import dictionary_page
from cx_pipeline.reference.markdown import table
from cx_pipeline.reference.rules import rules_page
from cx_pipeline.reference.settings import settings_table
from cx_pipeline.reference.sources import sources_page
from cx_pipeline.scrub.catalogue import rules
from cx_pipeline.settings import Settings
from cx_pipeline.settings.ai import Ai
from cx_pipeline.settings.identity import AttributesSurvivorship, Identity, Survivorship
from cx_pipeline.settings.loops import Loops
from cx_pipeline.settings.marts import Journey, Load, Marts
from cx_pipeline.settings.privacy import Consent, Privacy, Retention
from cx_pipeline.settings.reading import Limits
from cx_pipeline.settings.vulnerability import Vulnerability
from cx_pipeline.sources.catalogue import exports
from tests.house.tree import ROOT


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "README.md", tmp_path)
    return tmp_path / "docs"


def test_they_are_current() -> None:
    assert pages.stale(ROOT / "docs") == [], "next: make docs"


def test_a_page_that_fell_behind_is_seen_and_written_again(docs: Path) -> None:
    pages.write(docs)
    (docs / "rules.md").write_text("old", encoding="utf-8")
    readme = docs.parent / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace("| extract |", "| extracted |"), encoding="utf-8")
    assert pages.stale(docs) == ["rules.md", pages.README]
    assert pages.write(docs) == ["rules.md", pages.README]
    assert pages.write(docs) == []
    assert pages.stale(docs) == []


def test_the_command_tells_what_is_stale(docs: Path) -> None:
    pages.write(docs)
    command = [sys.executable, "-m", "cx_pipeline.reference", str(docs), "--check"]
    (docs / "sources.md").unlink()
    checked = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)
    assert (checked.returncode, checked.stderr) == (1, "stale: sources.md; next: make docs\n")


def test_a_page_without_its_markers_is_refused() -> None:
    with pytest.raises(DataError, match="settings"):
        pages.with_block("# Guide", "settings", "…")
    assert pages.with_block("a<!-- x: generated -->old<!-- x: end -->b", "x", "new") == (
        "a<!-- x: generated -->\n\nnew\n\n<!-- x: end -->b"
    )


def test_the_dictionary_has_every_published_column() -> None:
    page = dictionary_page()
    for item in tables().values():
        section = page.partition(f"\n### {item.name}\n")[2].partition("\n### ")[0]
        assert bool(section) is not item.internal
        assert [column.name for column in item.columns if section and f"| `{column.name}` |" not in section] == []
    for staged in (*FROM_CLEAN, *FROM_BUILD):
        assert f"### quality.{staged.name}\n" in page


def test_the_rules_page_has_every_rule() -> None:
    page = rules_page()
    wanted = [rule.id for rule in rules()] + [rule.id for item in tables().values() for rule in item.rules]
    assert [name for name in wanted if f"| `{name}` |" not in page] == []
    assert "enums.zendesk_status" in page


def test_the_sources_page_has_every_column_that_is_read() -> None:
    page = sources_page()
    for export in exports().values():
        section = page.partition(f"\n### {export.id}\n")[2].partition("\n### ")[0]
        assert [field.name for field in export.fields if f"| `{field.name}` |" not in section] == []


def test_the_settings_table_has_every_setting() -> None:
    page = settings_table()
    rooms: dict[str, type[BaseModel]] = {
        "limits": Limits,
        "identity": Identity,
        "survivorship": Survivorship,
        "privacy": Privacy,
        "consent": Consent,
        "retention": Retention,
        "marts": Marts,
        "marts.load": Load,
        "marts.journey": Journey,
        "marts.loops": Loops,
        "ai": Ai,
        "vulnerability": Vulnerability,
    }
    inner = {"survivorship.attributes", *rooms}
    named = [f"{room}.{name}" for room, model in rooms.items() for name in model.model_fields]
    nested = [name for name in named if name not in inner]
    nested += [f"survivorship.attributes.{name}" for name in AttributesSurvivorship.model_fields]
    plain = [name for name in Settings.model_fields if name not in rooms]
    assert [name for name in (*plain, *nested) if f"| `{name}` |" not in page] == []
    assert "`CX_LIMITS__MAX_RATIO`" in page
    assert "`trust, recency, frequency, completeness`" in page


def test_the_commands_page_has_every_option() -> None:
    page = commands_page()
    assert "cx-pipeline quarantine show" in [name for name, _ in commands()]
    for name, command in commands():
        section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert command.help
        assert [item.opts for item in command.params if item.opts[0].startswith("--") and item.opts[0] not in section] == []


def test_a_cell_cannot_break_its_table() -> None:
    assert table(("a",), [("x|y\nz<b",), (None,)]) == "| a |\n| --- |\n| x\\|y z&lt;b |\n|  |"
