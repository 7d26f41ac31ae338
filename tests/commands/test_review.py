"""Pairs that wait are shown side by side, and what is decided on them is kept."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.commands.review import walk
from cx_pipeline.errors import DataError
from cx_pipeline.identity import decisions
from cx_pipeline.identity.decisions import load
from cx_pipeline.identity.review import QUEUE
from tests.commands.conftest import Cli
from tests.stages.pipeline import Pipeline
from tests.stages.shop import contact_id

TWO, FOUR = f"salesforce.Contact:{contact_id(2)}", f"salesforce.Contact:{contact_id(4)}"
SEVEN, EIGHT = "zendesk.users:27", "zendesk.users:28"


@pytest.fixture
def queued(published: Pipeline, tmp_path: Path) -> Pipeline:
    """The published shop with two pairs that wait."""
    shutil.copytree(published.data, tmp_path / "data")
    pipeline = Pipeline(published.raw, tmp_path / "data")
    rows = [(SEVEN, EIGHT, 0.6, "grey_band"), (TWO, FOUR, 0.75, "weak_bridge")]
    path = pipeline.layout.lake_clean / "tables" / "quality.identity_review.parquet"
    pl.DataFrame(rows, schema=QUEUE, orient="row").write_parquet(path)
    return pipeline


def test_pairs_are_listed_with_what_their_records_say(cli: Cli, queued: Pipeline) -> None:
    said = cli("review", "list", "--data-dir", queued.data, "--json")
    assert said.code == 0, said.err
    assert (said.json["waiting"], said.json["set_aside"]) == (2, [])
    first, second = said.json["pairs"]
    assert (first["left"], first["right"], first["probability"], first["reason"]) == (TWO, FOUR, 0.75, "weak_bridge")
    assert (second["left"], second["right"]) == (SEVEN, EIGHT)
    lines = {line["kind"]: line for line in second["compared"]}
    assert lines["email"] == {"kind": "email", "left": ["aaaaaa9@aaaa.aa"], "right": ["aaaaaa9@aaaa.aa"], "is_same": False}
    shown = cli("review", "list", "--data-dir", queued.data, "--json", "--show-values", "--limit", "1")
    assert len(shown.json["pairs"]) == 1
    assert {line["kind"]: line["left"] for line in shown.json["pairs"][0]["compared"]}["phone"] == ["+14155552002"]


def test_the_list_for_people_shows_shapes(cli: Cli, queued: Pipeline) -> None:
    told = cli("review", "--data-dir", queued.data).out
    assert "1 of 2: weak_bridge, one person with a probability of 75.0%" in told
    assert "aaaaaa9@aaaa.aa" in told
    assert "king.io" not in told
    assert "person7@king.io" in cli("review", "--show-values", "--data-dir", queued.data).out


def test_a_key_that_is_an_address_is_shown_as_its_shape(cli: Cli, queued: Pipeline) -> None:
    path = queued.layout.lake_clean / "tables" / "quality.identity_review.parquet"
    rows = [("klaviyo.profiles:ada@king.io", SEVEN, 0.6, "grey_band")]
    pl.DataFrame(rows, schema=QUEUE, orient="row").write_parquet(path)
    for words, key in (((), "klaviyo.profiles:aaa@aaaa.aa"), (("--show-values",), "klaviyo.profiles:ada@king.io")):
        [pair] = cli("review", "list", "--data-dir", queued.data, "--json", *words).json["pairs"]
        assert (pair["left"], pair["right"]) == (key, SEVEN)


def test_a_decision_is_kept_and_the_pair_waits_no_more(cli: Cli, queued: Pipeline) -> None:
    said = cli("review", "decide", EIGHT, SEVEN, "different", "--note", "two sisters", "--who", "ann", "--data-dir", queued.data)
    assert (said.code, "next run" in said.out) == (0, True), said.err
    assert cli("review", "list", "--data-dir", queued.data, "--json").json["waiting"] == 1
    assert load(queued.layout, queued.settings).cannot_link.rows() == [(SEVEN, EIGHT)]
    [made] = decisions.decisions(queued.layout)
    assert (made.who, made.note) == ("ann", "two sisters")
    assert stat.S_IMODE(decisions.file(queued.layout).stat().st_mode) == 0o600
    cli("review", "decide", SEVEN, EIGHT, "undo", "--data-dir", queued.data)
    assert cli("review", "list", "--data-dir", queued.data, "--json").json["waiting"] == 2


def test_what_contradicts_is_listed(cli: Cli, queued: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand = tmp_path / "same.csv"
    by_hand.write_text(f"left,right\n{SEVEN},{EIGHT}\n")
    monkeypatch.setenv("CX_IDENTITY__MUST_LINK", str(by_hand))
    cli("review", "decide", SEVEN, EIGHT, "different", "--data-dir", queued.data)
    found = cli("review", "list", "--data-dir", queued.data, "--json").json
    assert [(one["left"], one["right"], one["stated_in"]) for one in found["set_aside"]] == [(SEVEN, EIGHT, "must_link")]
    assert "set aside" in cli("review", "--data-dir", queued.data).out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((SEVEN, "zendesk.users:404", "same"), "no person record has this key (RIGHT)"),
        ((SEVEN, EIGHT, "perhaps"), "perhaps"),
        ((SEVEN, SEVEN, "same"), "cannot be decided"),
    ],
)
def test_what_cannot_be_decided_is_bad_usage(cli: Cli, queued: Pipeline, arguments: tuple[str, ...], says: str) -> None:
    said = cli("review", "decide", *arguments, "--data-dir", queued.data)
    assert (said.code, says in said.err) == (2, True), said.err
    assert not decisions.file(queued.layout).exists()


@pytest.mark.parametrize(
    ("answers", "same", "different"),
    [
        (["s", "d"], [(TWO, FOUR)], [(SEVEN, EIGHT)]),
        (["n", "Same"], [(SEVEN, EIGHT)], []),
        (["d", "q"], [], [(TWO, FOUR)]),
        (["q"], [], []),
    ],
)
def test_the_walk(queued: Pipeline, answers: list[str], same: list[tuple[str, str]], different: list[tuple[str, str]]) -> None:
    given: Iterator[str] = iter(answers)
    assert walk(queued.settings, lambda _: next(given), who="ann", show_values=False) == 0
    found = load(queued.layout, queued.settings)
    assert (found.must_link.rows(), found.cannot_link.rows()) == (same, different)
    assert list(given) == []


def test_nothing_waits_once_all_is_decided(cli: Cli, queued: Pipeline) -> None:
    for pair in cli("review", "list", "--data-dir", queued.data, "--json").json["pairs"]:
        cli("review", "decide", pair["left"], pair["right"], "different", "--data-dir", queued.data)
    assert "no pair waits" in cli("review", "--data-dir", queued.data).out


def test_before_anything_is_published(pipeline_of_nothing: Pipeline) -> None:
    with pytest.raises(DataError, match="nothing has been published"):
        walk(pipeline_of_nothing.settings, str, who=None, show_values=False)


@pytest.fixture
def pipeline_of_nothing(tmp_path: Path) -> Pipeline:
    (tmp_path / "raw").mkdir()
    return Pipeline(tmp_path / "raw", tmp_path / "data")
