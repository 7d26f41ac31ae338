"""`cx-pipeline explain --customer`: whose records these are, what joined them, and what happened to the customer since."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import polars as pl

from cx_pipeline.commands import console
from cx_pipeline.contracts.words import PLAIN_ATTRIBUTES
from cx_pipeline.errors import ConfigError, DataError
from cx_pipeline.layout import Layout
from cx_pipeline.stages.release import registry_in_force
from cx_pipeline.warehouse.reader import open_read_only

_RECORDS = """
    SELECT row_id, source_system || '.' || source_entity || ':' || source_id AS record, kind, value_domain, is_placeholder,
           is_shared, valid_from
    FROM main.customer_identities WHERE customer_id = $id ORDER BY ALL
"""
_LINKS = """
    SELECT * FROM quality.dedup_decisions
    WHERE list_contains($keys, kept_record) OR list_contains($keys, joined_record) ORDER BY kept_record, joined_record, rule
"""
_EVENTS = """
    SELECT occurred_at, kind, other_id, records, run_id FROM quality.identity_events
    WHERE customer_id = $id ORDER BY occurred_at, run_id, kind, other_id
"""
_ATTRIBUTES = """
    SELECT attribute, value, source_system, rule, confirmed_at, is_conflicting FROM main.customer_attributes
    WHERE customer_id = $id ORDER BY attribute
"""


def explain_customer(layout: Layout, asked: str, *, show_values: bool, as_json: bool) -> int:
    """Tell the story of a customer; of a retired id, that of the customer it became part of. Returns the exit code.

    Raises:
        DataError: nothing has been published.
        ConfigError: there is no such customer.
    """
    if not layout.published.exists():
        raise DataError("nothing has been published yet", next_step="cx-pipeline run")
    registry = registry_in_force(layout)
    survivor = dict(registry.retired.rows()).get(asked)
    customer = survivor or asked
    with open_read_only(layout.published) as connection:
        person = connection.sql("SELECT * FROM main.customers WHERE customer_id = $id", params={"id": customer}).pl().to_dicts()
        if not person:
            raise ConfigError("there is no such customer in the published file", next_step="look the id up in main.customers")
        records = _with_values(connection.sql(_RECORDS, params={"id": customer}).pl(), layout)
        links = connection.sql(_LINKS, params={"keys": records["record"].unique().to_list()}).pl()
        story: dict[str, object] = {
            "asked_for": asked,
            "retired": None if survivor is None else {"survivor": survivor, "events": _events(connection, asked)},
            "former_ids": registry.retired.filter(survivor=customer)["customer_id"].to_list(),
            "customer": person[0],
            "records": _shown(records, "kind", show_values=show_values).to_dicts(),
            "links": _with_shared(links, records, show_values=show_values).to_dicts(),
            "events": _events(connection, customer),
            "attributes": _attributes(connection, layout, customer, show_values=show_values),
            "interactions": connection.execute(
                "SELECT count(*), min(opened_at), max(opened_at) FROM main.interactions WHERE customer_id = ?", [customer]
            ).fetchall()[0],
        }
    if as_json:
        console.emit(json.loads(json.dumps(story, default=str)))
    else:
        _tell(story)
    return 0


def _with_values(published: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Published identifiers of a customer with their readable values, from the lake; without them where it is not there."""
    path = layout.lake_clean / "tables" / "customer_identities.parquet"
    if not path.exists():
        return published.drop("row_id").with_columns(pl.lit(None, dtype=pl.String).alias("value")).unique(maintain_order=True)
    wanted = pl.scan_parquet(path, glob=False).filter(pl.col("row_id").is_in(published["row_id"].unique().implode()))
    values = wanted.select("row_id", "kind", "value_domain", "valid_from", "value").unique().collect()
    same = ["row_id", "kind", "value_domain", "valid_from"]
    joined = published.unique().join(values, on=same, how="left", nulls_equal=True)
    columns = ["record", "kind", "value", "value_domain", "is_placeholder", "is_shared", "valid_from"]
    return joined.select(columns).unique().sort(columns)


def _shown(rows: pl.DataFrame, domain: str, *, show_values: bool) -> pl.DataFrame:
    """Values as their shapes, unless they may be shown or are no personal ones."""
    if show_values:
        return rows
    shapes = [value if kind in PLAIN_ATTRIBUTES else console.masked(value) for kind, value in rows.select(domain, "value").rows()]
    return rows.with_columns(pl.Series("value", shapes, dtype=pl.String))


def _with_shared(links: pl.DataFrame, records: pl.DataFrame, *, show_values: bool) -> pl.DataFrame:
    """Links with `shared`: the identifiers that both records carry, as `kind value`."""
    carried = records.drop_nulls("value").select("record", "kind", "value").unique()
    both = (
        links.select("kept_record", "joined_record")
        .unique()
        .join(carried, left_on="kept_record", right_on="record")
        .join(carried.rename({"record": "joined_record"}), on=["joined_record", "kind", "value"])
        .pipe(_shown, "kind", show_values=show_values)
        .group_by("kept_record", "joined_record")
        .agg(pl.concat_str("kind", "value", separator=" ").unique().sort().str.join(", ").alias("shared"))
    )
    return links.join(both, on=["kept_record", "joined_record"], how="left", maintain_order="left")


def _events(connection: duckdb.DuckDBPyConnection, customer: str) -> list[dict[str, Any]]:
    """None in a file from before events were kept."""
    has_log = "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'quality' AND table_name = 'identity_events'"
    if connection.execute(has_log).fetchall() == [(0,)]:
        return []
    found: pl.DataFrame = connection.sql(_EVENTS, params={"id": customer}).pl()
    return found.to_dicts()


def _attributes(
    connection: duckdb.DuckDBPyConnection, layout: Layout, customer: str, *, show_values: bool
) -> list[dict[str, Any]]:
    """The values that survived; those published as tokens as what they stand for, where the lake has them."""
    found: pl.DataFrame = connection.sql(_ATTRIBUTES, params={"id": customer}).pl()
    path = layout.lake_clean / "tables" / "customer_attributes.parquet"
    if found.is_empty() or not path.exists():
        return found.to_dicts()
    decided = ["attribute", "source_system", "rule", "confirmed_at"]
    mine = pl.scan_parquet(path, glob=False).filter(pl.col("customer_id") == customer).select(*decided, "value").collect()
    joined = found.rename({"value": "token"}).join(mine, on=decided, how="left", nulls_equal=True, maintain_order="left")
    readable = _shown(joined, "attribute", show_values=show_values)
    return readable.select("attribute", pl.coalesce("value", "token").alias("value"), *found.columns[2:]).to_dicts()


def _tell(story: dict[str, object]) -> None:
    retired = story["retired"]
    if isinstance(retired, dict):
        when = next((event["occurred_at"] for event in reversed(retired["events"]) if event["kind"] == "absorbed"), None)
        said = f"{story['asked_for']} has retired{f' at {when}' if when else ''}: it is part of {retired['survivor']}"
        console.out.print(said, markup=False, soft_wrap=True)
    former = story["former_ids"]
    assert isinstance(former, list)
    person = story["customer"]
    assert isinstance(person, dict)
    rows = [(name, str(value)) for name, value in person.items() if value is not None]
    console.table("customer", ("", "is"), [*rows, *(("former id", one) for one in former)])
    for name, title, hidden in (
        ("records", "identifiers, by record", set[str]()),
        ("links", "why the records are one person", {"decision"}),
        ("events", "what happened to the customer", set[str]()),
        ("attributes", "values that survived", set[str]()),
    ):
        found = story[name]
        assert isinstance(found, list)
        if found:
            columns = [column for column in found[0] if column not in hidden]
            console.table(title, columns, [[_cell(column, row[column]) for column in columns] for row in found])


def _cell(column: str, value: object) -> object:
    """What a field weighs as `birth +9.1`, in bits; the heaviest first."""
    if column == "probability" and isinstance(value, float):
        return f"{value:.4f}"
    if column != "explanations" or not isinstance(value, list):
        return value
    heaviest = sorted(value, key=lambda item: (-abs(item["bits"]), item["field"]))
    return ", ".join(f"{item['field']} {item['bits']:+.1f}" for item in heaviest)
