"""The audit log: lines that cannot be changed, left out or cut off unseen."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline import audit_log
from cx_pipeline.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "data")
    for number in range(4):
        audit_log.append(made, "rollback", {"version": f"v{number}"}, who="ada")
    return made


def test_lines_are_chained_and_their_owners(layout: Layout) -> None:
    acts = audit_log.acts(layout)
    assert [act.number for act in acts] == [1, 2, 3, 4]
    assert [act.before for act in acts] == [audit_log.FIRST, *(act.hash for act in acts[:-1])]
    assert {act.who for act in acts} == {"ada"}
    assert stat.S_IMODE(audit_log.file(layout).stat().st_mode) == 0o600
    assert audit_log.verify(layout) == audit_log.Verdict(4, [])


def test_an_empty_log_is_whole(tmp_path: Path) -> None:
    assert audit_log.verify(Layout(tmp_path)) == audit_log.Verdict(0, [])


def _changed(lines: list[str]) -> list[str]:
    row = json.loads(lines[1])
    return [lines[0], json.dumps({**row, "who": "eve"}), *lines[2:]]


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        pytest.param(_changed, "the line was changed", id="changed"),
        pytest.param(lambda lines: [lines[0], *lines[2:]], "the line does not follow the one before it", id="left out"),
        pytest.param(lambda lines: [lines[1], lines[0], *lines[2:]], "the line does not follow the one before it", id="swapped"),
        pytest.param(lambda lines: lines[:-1], "the end of the log is missing", id="cut off"),
        pytest.param(lambda _: [], "the end of the log is missing", id="emptied"),
        pytest.param(lambda lines: [*lines[:2], "{}", *lines[2:]], "the line cannot be read", id="put in"),
    ],
)
def test_tampering_shows(layout: Layout, tamper: Callable[[list[str]], list[str]], said: str) -> None:
    path = audit_log.file(layout)
    lines = path.read_text().splitlines()
    path.write_text("".join(f"{line}\n" for line in tamper(lines)))
    assert said in {what for _, what in audit_log.verify(layout).problems}


def test_a_line_cut_by_a_crash_swallows_nothing(layout: Layout) -> None:
    path = audit_log.file(layout)
    path.write_bytes(path.read_bytes() + b'{"number": 5, "at": "2026')
    made = audit_log.append(layout, "forget", {"records": 3})
    assert made.number == 5
    assert [act.number for act in audit_log.acts(layout)] == [1, 2, 3, 4, 5]
    assert audit_log.verify(layout).problems == [(5, "the line cannot be read")]


def test_a_head_that_a_crash_left_behind_is_no_tampering(layout: Layout) -> None:
    head = (layout.state / "audit.head").read_text()
    audit_log.append(layout, "forget", {})
    (layout.state / "audit.head").write_text(head)
    assert audit_log.verify(layout).problems == []


@given(st.lists(st.dictionaries(st.text(max_size=5), st.one_of(st.integers(), st.text()), max_size=3), max_size=5))
def test_whatever_is_said_reads_back(tmp_path_factory: pytest.TempPathFactory, details: list[dict[str, object]]) -> None:
    layout = Layout(tmp_path_factory.mktemp("log"))
    for detail in details:
        audit_log.append(layout, "act", detail, who="ada")
    assert [act.detail for act in audit_log.acts(layout)] == details
    assert audit_log.verify(layout).problems == []
