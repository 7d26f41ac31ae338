from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.config import ValidationDepth, config_context

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.dtypes import TEXT, WHOLE
from cx_pipeline.contracts.rule import Action, RowRule
from cx_pipeline.contracts.split import REASONS, split
from cx_pipeline.contracts.table import Table
from cx_pipeline.errors import InternalError
from tests.contracts.known_rows import bad_row, frame_of, good_row

INTERACTIONS = tables()["interactions"]
BREAKABLE = INTERACTIONS.rules
CANARY = "canary.person@example.org"


def _rows(broken: list[set[int]]) -> pl.DataFrame:
    """A numbered row a set: the good row with the changes of several bad rows laid over each other."""
    good = good_row(INTERACTIONS)
    rows = []
    for rules in broken:
        row = dict(good)
        for position in sorted(rules):
            changed = bad_row(INTERACTIONS, BREAKABLE[position])
            row |= {name: value for name, value in changed.items() if value != good[name]}
        rows.append(row)
    return frame_of(INTERACTIONS, rows).with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("_n"))


batches = st.lists(st.sets(st.integers(0, len(BREAKABLE) - 1), max_size=3), max_size=12)


@settings(max_examples=25, deadline=None)
@given(batches)
def test_every_row_is_good_or_quarantined_and_keeps_its_place(broken: list[set[int]]) -> None:
    frame = _rows(broken)
    good, quarantined, counts = split(frame, INTERACTIONS)
    assert sorted(good["_n"].to_list() + quarantined["_n"].to_list()) == list(range(frame.height))
    assert good["_n"].is_sorted()
    assert quarantined["_n"].is_sorted()
    assert good.schema == frame.schema
    assert quarantined.drop("reasons").equals(frame.filter(pl.col("_n").is_in(quarantined["_n"].to_list())))
    assert all(0 <= n <= frame.height for n in counts.values())


@settings(max_examples=15, deadline=None)
@given(batches)
def test_what_is_not_suspect_could_not_have_been_found(broken: list[set[int]]) -> None:
    frame = _rows(broken)
    quick = split(frame, INTERACTIONS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cx_pipeline.contracts.split._suspects", lambda _, table: table.rules)
        slow = split(frame, INTERACTIONS)
    assert quick.good.equals(slow.good, null_equal=True)
    assert quick.quarantined.equals(slow.quarantined, null_equal=True)
    assert quick.counts == slow.counts


@settings(max_examples=25, deadline=None)
@given(batches.flatmap(lambda broken: st.tuples(st.just(broken), st.permutations(range(len(broken))))))
def test_the_order_of_rows_changes_no_verdict(case: tuple[list[set[int]], list[int]]) -> None:
    broken, order = case
    frame = _rows(broken)
    first, second = split(frame, INTERACTIONS), split(frame[order], INTERACTIONS)
    assert second.good.sort("_n").equals(first.good)
    assert second.quarantined.sort("_n").equals(first.quarantined)
    assert second.counts == first.counts


@settings(max_examples=25, deadline=None)
@given(batches)
def test_good_rows_stay_good_and_are_changed_once(broken: list[set[int]]) -> None:
    good = split(_rows(broken), INTERACTIONS).good
    again = split(good, INTERACTIONS)
    assert again.quarantined.is_empty()
    assert again.good.equals(good)


def test_reasons_name_all_rules_a_quarantined_row_broke() -> None:
    row = good_row(INTERACTIONS) | {"status": "gone", "source_system": "", "closed_at": datetime(2020, 1, 1), "solved_at": None}
    _, quarantined, counts = split(frame_of(INTERACTIONS, [row]), INTERACTIONS)
    assert quarantined.schema["reasons"] == REASONS
    assert quarantined["reasons"].to_list() == [
        [
            {"rule": "interactions.status_unknown_word", "column": "status", "severity": "error"},
            {"rule": "interactions.source_system_missing", "column": "source_system", "severity": "error"},
            {"rule": "interactions.closed_before_opened", "column": "closed_at", "severity": "warning"},
        ]
    ]
    assert sum(counts.values()) == 3
    assert quarantined["dq_flags"].to_list() == [[]], "a quarantined row stays as it came"


def test_flags_that_are_there_already_are_kept_and_not_repeated() -> None:
    row = good_row(INTERACTIONS) | {"opened_at": None, "dq_flags": ["email_unreadable", "opened_at_unknown"]}
    good = split(frame_of(INTERACTIONS, [row]), INTERACTIONS).good
    assert good["dq_flags"].to_list() == [["email_unreadable", "opened_at_unknown"]]


def test_the_frame_passed_in_is_not_changed() -> None:
    frame = _rows([set(range(len(BREAKABLE))), set(), {1}])
    before = frame.clone()
    split(frame, INTERACTIONS)
    assert frame.equals(before)


@pytest.mark.parametrize("table", tables().values(), ids=lambda table: table.name)
def test_an_empty_batch_has_nothing_wrong(table: Table) -> None:
    frame = frame_of(table, [])
    good, quarantined, counts = split(frame, table)
    assert good.equals(frame)
    assert quarantined.schema == {**frame.schema, "reasons": REASONS}
    assert set(counts.values()) <= {0}


def test_a_lazy_frame_is_refused() -> None:
    lazy = frame_of(INTERACTIONS, [good_row(INTERACTIONS)]).lazy()
    with pytest.raises(TypeError, match="needs a DataFrame, not a LazyFrame"):
        split(lazy, INTERACTIONS)  # type: ignore[arg-type]


def test_columns_of_a_stage_itself_are_carried_along_unseen() -> None:
    frame = frame_of(INTERACTIONS, [good_row(INTERACTIONS)]).with_columns(_record=pl.lit(7), _note=pl.lit(None, dtype=pl.String))
    assert split(frame, INTERACTIONS).good.equals(frame)


def test_the_order_of_columns_is_free() -> None:
    frame = frame_of(INTERACTIONS, [good_row(INTERACTIONS)])
    turned = frame.select(reversed(frame.columns))
    assert split(turned, INTERACTIONS).good.equals(turned)


@pytest.mark.parametrize(
    ("frame", "where"),
    [
        pytest.param(lambda frame: frame.drop("status"), "status is missing", id="missing"),
        pytest.param(lambda frame: frame.drop("status", "row_id"), "row_id is missing; status is missing", id="two missing"),
        pytest.param(lambda frame: frame.with_columns(colour=pl.lit(CANARY)), "colour is unknown", id="unknown"),
        pytest.param(
            lambda frame: frame.with_columns(reopen_count=pl.lit(CANARY)), "reopen_count is String in place of Int64", id="type"
        ),
        pytest.param(
            lambda frame: frame.with_columns(pl.col("opened_at").dt.replace_time_zone("UTC")),
            "opened_at is Datetime\\(time_unit='us', time_zone='UTC'\\) in place of Datetime",
            id="time zone",
        ),
        pytest.param(lambda frame: frame.drop("dq_flags"), "dq_flags is missing", id="flags"),
    ],
)
def test_a_batch_that_is_not_of_the_table_is_our_bug(frame: object, where: str) -> None:
    assert callable(frame)
    row = good_row(INTERACTIONS) | {"text_subject": CANARY, "status": CANARY}
    with pytest.raises(InternalError, match=where) as caught:
        split(frame(frame_of(INTERACTIONS, [row])), INTERACTIONS)
    _assert_no_canary(caught.value)


def _assert_no_canary(error: BaseException) -> None:
    assert CANARY not in str(error)
    assert CANARY not in repr(error)
    assert error.__cause__ is None
    assert error.__context__ is None, "the context would carry Pandera's message, with values, into every traceback"


def _table_with(check: pl.Expr) -> Table:
    rule = RowRule("pets.odd", 1, "is fine", ("name",), Action.QUARANTINE, check)
    return Table(
        "pets", "A pet.", (Column("name", TEXT, "Name."), Column("age", WHOLE, "Age.")), ("name",), None, (rule,), derived=True
    )


def test_a_rule_that_crashes_is_errored_and_never_passed() -> None:
    table = _table_with(pl.col("name").str.to_integer() > 0)
    assert split(pl.DataFrame({"name": ["4"], "age": [1]}), table).counts == {"pets.odd": 0}
    with pytest.raises(InternalError, match=r"a rule could not be evaluated \(rule pets.odd\)") as caught:
        split(pl.DataFrame({"name": ["4", CANARY], "age": [1, 1]}), table)
    _assert_no_canary(caught.value)


def test_a_rule_with_too_few_verdicts_is_errored() -> None:
    table = _table_with(pl.col("name").filter(pl.col("name").ne_missing("x")).is_not_null())
    with pytest.raises(InternalError, match=r"rule pets.odd"):
        split(pl.DataFrame({"name": ["a", "b", "x"], "age": [1, 1, 1]}), table)


def test_a_rule_that_gives_no_booleans_is_errored() -> None:
    lying = pl.col("name").map_batches(lambda names: names.str.len_bytes() if names.null_count() == 0 else names.is_null())
    with pytest.raises(InternalError, match=r"rule pets.odd"):
        split(pl.DataFrame({"name": ["a", "bb"], "age": [1, 1]}), _table_with(lying))


def test_what_cannot_be_decided_is_not_fine() -> None:
    good, quarantined, _ = split(pl.DataFrame({"name": ["a", None], "age": [1, 1]}), _table_with(pl.col("name") == "a"))
    assert (good.height, quarantined.height) == (1, 1)


@pytest.mark.parametrize("depth", ["SCHEMA_ONLY", "DATA_ONLY"])
def test_no_setting_of_pandera_lets_bad_rows_pass(depth: str) -> None:
    frame = frame_of(INTERACTIONS, [good_row(INTERACTIONS) | {"status": "gone"}])
    with config_context(validation_enabled=False, validation_depth=ValidationDepth[depth]):
        assert split(frame, INTERACTIONS).quarantined.height == 1
        with pytest.raises(InternalError, match="status is missing"):
            split(frame.drop("status"), INTERACTIONS)
