from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.column import Column, customer, enum, token
from cx_pipeline.contracts.dtypes import TEXT, WHOLE
from cx_pipeline.contracts.rule import Action, RowRule
from cx_pipeline.contracts.table import Table
from cx_pipeline.errors import InternalError

NAME, AGE = Column("name", TEXT, "Name."), Column("age", WHOLE, "Age.", unit="count")


def _rule(**changes: object) -> RowRule:
    parts: dict[str, object] = {
        "id": "pets.odd",
        "version": 1,
        "title": "is fine",
        "columns": ("age",),
        "action": Action.QUARANTINE,
        "check": pl.col("age") > 0,
    }
    return RowRule(**{**parts, **changes})  # type: ignore[arg-type]


def _table(*rules: RowRule, own: tuple[Column, ...] = (NAME, AGE), key: str = "name", derived: bool = False) -> Table:
    return Table("pets", "A pet.", own, (key,), None, rules, derived=derived)


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        (_rule(id="cats.odd"), "does not belong"),
        (_rule(columns=("colour",), check=pl.col("colour") == ""), "columns that pets does not store"),
        (_rule(columns=("name",)), "reads columns it does not declare"),
        (_rule(check=pl.col("age").max() > 0), "no verdict a row"),
        (_rule(check=pl.lit(value=True)), "no verdict a row"),
        (_rule(check=pl.col("age").head(1) > 0), "no verdict a row"),
        (_rule(check=pl.col("age").drop_nulls() > 0), "no verdict a row"),
        (_rule(check=pl.col("age") + 1), "no verdict a row"),
        (_rule(check=pl.col("age").str.len_bytes() > 0), "cannot be evaluated"),
        (_rule(action=Action.REPAIR), "repairs if, and only if"),
        (_rule(repair={"age": pl.lit(None)}), "repairs if, and only if"),
        (_rule(action=Action.REPAIR, repair={"colour": pl.lit(None)}), "columns that pets does not store"),
    ],
)
def test_a_rule_that_does_not_fit_is_refused(rule: RowRule, wrong: str) -> None:
    with pytest.raises(InternalError, match=wrong):
        _table(rule)


def test_the_same_rule_fits_when_it_is_right() -> None:
    assert _table(_rule()).rules[-1].id == "pets.odd"


def test_flags_need_a_place_to_go() -> None:
    with pytest.raises(InternalError, match="no flags to write to"):
        _table(_rule(action=Action.FLAG), derived=True)


def test_names_are_given_once() -> None:
    with pytest.raises(InternalError, match="names a rule twice"):
        _table(_rule(), _rule())
    with pytest.raises(InternalError, match="names a column twice"):
        _table(own=(NAME, NAME))
    with pytest.raises(InternalError, match="stores a column twice"):
        _table(own=(NAME, token("name_token", "Name.", "name")))
    with pytest.raises(InternalError, match="no such column"):
        _table(key="colour")


def test_a_token_column_is_stored_readable_under_its_own_name() -> None:
    column = token("name_token", "Name.", "name")
    assert (column.lake_name, column.domain, column.domain_by) == ("name", "name", None)
    by_kind = token("value_token", "Value.", "by:kind")
    assert (by_kind.lake_name, by_kind.domain, by_kind.domain_by) == ("value", None, "kind")
    assert (NAME.lake_name, NAME.domain, NAME.domain_by, NAME.is_token) == ("name", None, None, False)


def test_a_person_is_a_record_key_until_resolved() -> None:
    column = customer("The person.")
    assert (column.name, column.lake_name, column.resolved) == ("customer_id", "customer_record", "customer")


def test_an_enum_keeps_the_vendors_word() -> None:
    word, raw = enum("status", ("open",), "Where it stands.")
    assert (word.name, word.words, raw.name, raw.words, raw.secret) == ("status", ("open",), "status_raw", (), None)


def test_what_is_made_later_is_published_only() -> None:
    table = _table()
    assert "run_id" in table.published_schema
    assert "run_id" not in table.lake_schema
    assert table.schema.columns.keys() - {"^_.*$"} == set(table.lake_schema)


@pytest.mark.parametrize("table", tables().values(), ids=lambda table: table.name)
def test_personal_columns_leave_as_tokens_or_not_at_all(table: Table) -> None:
    for column in table.columns:
        assert column.is_token or not column.name.endswith("_token"), column.name
        if column.name.startswith("text_"):
            assert column.is_free_text, column.name
        if column.domain_by is not None:
            where = column.dtype if column.domain_by.startswith(".") else None
            named = [field.name for field in where.fields] if isinstance(where, pl.Struct) else list(table.published_schema)
            assert column.domain_by.removeprefix(".") in named, column.name
