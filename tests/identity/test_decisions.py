"""What people stated is read as it was written, and nothing later overrules it."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.errors import ConfigError
from cx_pipeline.identity import decisions
from cx_pipeline.identity.decisions import Decision, decide, load
from cx_pipeline.identity.overrides import BOTH, CHAIN
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings
from cx_pipeline.settings.identity import Identity

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
A, B, C = "salesforce.Contact:003A", "zendesk.users:1", "zendesk.users:2"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "data")
    made.prepare()
    return made


def given_files(tmp_path: Path, must: str | bytes | None = None, cannot: str | bytes | None = None) -> Settings:
    named: dict[str, Path] = {}
    for name, text in (("must_link", must), ("cannot_link", cannot)):
        if text is not None:
            named[name] = tmp_path / f"{name}.csv"
            named[name].write_bytes(text if isinstance(text, bytes) else text.encode())
    return Settings(identity=Identity.model_validate(named))


def say(layout: Layout, left: str, right: str, what: str, note: str = "") -> None:
    decide(layout, Decision(AT, left, right, what, "ann", note))


def test_nothing_was_stated(layout: Layout) -> None:
    found = load(layout, Settings())
    assert [part.height for part in found] == [0, 0, 0]


def test_decisions_are_appended_and_the_latest_counts(layout: Layout) -> None:
    say(layout, B, A, "same", "they called, both were theirs")
    say(layout, B, C, "different")
    say(layout, C, A, "same")
    say(layout, A, B, "different")
    say(layout, A, C, "undo")
    found = load(layout, Settings())
    assert found.must_link.rows() == []
    assert found.cannot_link.rows() == [(A, B), (B, C)]
    assert [(made.left, made.right, made.decision) for made in decisions.decisions(layout)] == [
        (A, B, "same"),
        (B, C, "different"),
        (A, C, "same"),
        (A, B, "different"),
        (A, C, "undo"),
    ]
    first = decisions.decisions(layout)[0]
    assert (first.at, first.who, first.note) == (AT, "ann", "they called, both were theirs")


def test_the_file_is_its_owners(layout: Layout) -> None:
    say(layout, A, B, "same")
    assert stat.S_IMODE(decisions.file(layout).stat().st_mode) == 0o600


def test_what_was_decided_is_never_rewritten(layout: Layout) -> None:
    say(layout, A, B, "same", 'a "note", with\nlines')
    before = decisions.file(layout).read_bytes()
    say(layout, A, B, "undo")
    after = decisions.file(layout).read_bytes()
    assert after.startswith(before)
    assert after.count(b"\n") == 3
    assert decisions.decisions(layout)[0].note == r'a "note", with\x0alines'


def test_a_line_that_was_left_unfinished_swallows_no_other(layout: Layout) -> None:
    say(layout, A, B, "same")
    with decisions.file(layout).open("a", encoding="utf-8") as handle:
        handle.write("2026-11-02T09:30:00,zendesk.users:1,zend")
    say(layout, A, C, "same")
    with pytest.raises(ConfigError, match="line 3, column right") as caught:
        load(layout, Settings())
    assert "zend" not in str(caught.value).replace("zendesk.users:123", "")


@pytest.mark.parametrize("what", [(A, A, "same"), ("Ada", B, "same"), (A, B, "perhaps"), ("nowhere.users:1", B, "same")])
def test_what_cannot_be_decided(layout: Layout, what: tuple[str, str, str]) -> None:
    with pytest.raises(ConfigError, match="cannot be decided"):
        say(layout, *what)
    assert not decisions.file(layout).exists()


def test_files_kept_by_hand(layout: Layout, tmp_path: Path) -> None:
    must = f"\ufeffWhy, Left ,right\nphone call, {B},{A}\n\n,{A},{B}\n"
    found = load(layout, given_files(tmp_path, must, f"left,right\n{C},{B}\n"))
    assert found.must_link.rows() == [(A, B)]
    assert found.cannot_link.rows() == [(B, C)]
    assert found.set_aside.is_empty()


def test_contradictions_are_settled_and_told(layout: Layout, tmp_path: Path) -> None:
    say(layout, A, B, "same")
    kept_by_hand = given_files(tmp_path, f"left,right\n{B},{C}\n", f"left,right\n{A},{C}\n")
    found = load(layout, kept_by_hand)
    assert found.must_link.rows() == [(A, B)], "a decision comes before what has no time"
    assert found.set_aside.rows() == [(B, C, "must_link", CHAIN)]
    say(layout, A, C, "same")
    assert load(layout, kept_by_hand).set_aside.rows() == [(A, C, "a decision", BOTH), (B, C, "must_link", CHAIN)]


def test_the_newest_decisions_stand_where_a_chain_must_break(layout: Layout) -> None:
    say(layout, A, B, "same")
    say(layout, B, C, "same")
    say(layout, A, C, "different")
    found = load(layout, Settings())
    assert (found.must_link.rows(), found.set_aside.rows()) == ([(B, C)], [(A, B, "a decision", CHAIN)])
    say(layout, A, C, "undo")
    found = load(layout, Settings())
    assert (found.must_link.rows(), found.set_aside.rows()) == ([(A, B), (B, C)], [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("left;right\n", "line 1"),
        ("", "line 1"),
        (f"left,right\n{A},{B}\n{A},ada@king.io\n", "line 3, column right"),
        (f"left,right\n{A}\n", "line 2, column right"),
        (f"left,right\n{A},{A}\n", "line 2, column right: expected another record"),
        (f"left,right\nzendesk.user:1,{A}\n", "line 2, column left: expected an export"),
        (f'left,right,why\n{A},{B},"two\nlines"\nx,{A},\n', "line 4, column left"),
        (f"left,right\n{A},{B}\x00".encode("utf-16"), "no CSV"),
        (f'left,right\n{A},"{B}\n', "no CSV"),
        ("left,right\n" + "x,y\n" * 30, "and 50 more"),
    ],
)
def test_bad_lines_are_named_and_not_shown(layout: Layout, tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(layout, given_files(tmp_path, cannot=text))
    assert says in str(caught.value)
    assert "cannot_link.csv" in str(caught.value)
    assert "ada@" not in str(caught.value)


def test_a_file_that_is_not_there(layout: Layout, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"must_link does not exist"):
        load(layout, Settings(identity=Identity(must_link=tmp_path / "none.csv")))


steps = st.lists(st.tuples(st.sampled_from([(A, B), (B, A), (A, C), (B, C)]), st.sampled_from(decisions.DECISIONS)), max_size=12)


@settings(max_examples=30)
@given(steps)
def test_the_latest_decision_on_a_pair_holds_whatever_came_before(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[tuple[str, str], str]]
) -> None:
    layout = Layout(tmp_path_factory.mktemp("state"))
    layout.prepare()
    last: dict[tuple[str, str], str] = {}
    for number, (pair, what) in enumerate(made):
        decide(layout, Decision(AT - timedelta(days=number), *pair, what, "", ""))  # a clock that runs backwards changes nothing
        last[min(pair), max(pair)] = what
    found = load(layout, Settings())
    assert set(found.cannot_link.rows()) == {pair for pair, what in last.items() if what == "different"}
    same = {pair for pair, what in last.items() if what == "same"}
    assert set(found.must_link.rows()) | {row[:2] for row in found.set_aside.rows()} == same
