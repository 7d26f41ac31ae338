"""A small published file of invented customers, for tests of what is cut from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline.ai import published as published_tables
from cx_pipeline.ai.consent import permitted_customers
from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.identity.permissions import Permits, stated
from cx_pipeline.privacy.outputs import FEATURES
from cx_pipeline.quality.tables import FROM_BUILD, FROM_CLEAN
from cx_pipeline.settings.privacy import Consent
from cx_pipeline.warehouse.quoting import identifier, literal, qualified
from cx_pipeline.warehouse.reader import open_read_only
from cx_pipeline.warehouse.staged_table import StagedTable, from_contract

Rows = Sequence[Mapping[str, object]]
CUT_OFF = datetime(2026, 6, 1)
NOW = datetime(2026, 12, 1)
PEOPLE = ("ann", "ben", "cy")


def day(month: int, number: int, hour: int = 0) -> datetime:
    return datetime(2026, month, number, hour)


def write(path: Path, rows: Mapping[str, Rows]) -> Path:
    """Every published table with its comments, empty but for the rows given by `schema.table`."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("BEGIN")
        connection.execute("CREATE SCHEMA quality")
        contracts = [from_contract(table) for table in tables().values() if not table.internal]
        for table in [*contracts, *FROM_CLEAN, *FROM_BUILD]:
            _create(connection, table)
        connection.execute("COMMIT")
    add(path, rows)
    return path


def _create(connection: duckdb.DuckDBPyConnection, table: StagedTable) -> None:
    name = qualified(table.schema, table.name)
    columns = ", ".join(f"{identifier(column.name)} {column.type}" for column in table.columns)
    connection.execute(f"CREATE TABLE {name} ({columns})")
    connection.execute(f"COMMENT ON TABLE {name} IS {literal(table.comment)}")
    for column in table.columns:
        connection.execute(f"COMMENT ON COLUMN {name}.{identifier(column.name)} IS {literal(column.comment)}")


def add(path: Path, rows: Mapping[str, Rows]) -> None:
    """Insert rows; what is not said of a record is that it is neither a test nor deleted."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("BEGIN")
        for name, members in rows.items():
            schema, table = name.split(".")
            found = connection.execute(
                "SELECT column_name FROM duckdb_columns() WHERE schema_name = ? AND table_name = ?", [schema, table]
            ).fetchall()
            has = {column for (column,) in found}
            for member in members:
                row = {**{mark: False for mark in ("is_test", "is_deleted") if mark in has}, **member}
                columns = ", ".join(map(identifier, row))
                values = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {qualified(schema, table)} ({columns}) VALUES ({values})", list(row.values()))
        connection.execute("COMMIT")


def world() -> dict[str, list[dict[str, object]]]:
    """Three customers who agreed, one who withdrew, one who was never asked, and a test record."""
    everybody = (*PEOPLE, "dee", "eve", "tess")
    return {
        "quality.runs": [{"run_id": "run1", "now": NOW, "version": "0.1.0", "key_version": 1}],
        "main.customers": [{"customer_id": name, "first_seen_at": day(1, 1)} for name in everybody],
        "main.customer_identities": [
            {"customer_id": name, "kind": "email", "value_token": f"token-{name}", "is_test": name == "tess"}
            for name in everybody
        ],
        "main.consent_words": [
            {"kind": "purpose", "word": "Models", "stands_for": "train_ai_system", "mapped_by": "settings", "persons": 5},
            {"kind": "channel", "word": "any", "stands_for": "any", "mapped_by": "known", "persons": 5},
        ],
        "main.consents": [
            {"customer_id": name, "channel": "any", "purpose": "Models", "state": state, "since": day(1, 1), "decided_by": name}
            for name, state in [*((name, "granted") for name in PEOPLE), ("dee", "withdrawn"), ("tess", "granted")]
        ],
        "main.consent_events": [{"event_id": name, "state": "granted"} for name in (*PEOPLE, "tess")],
        "main.interactions": [
            contact("i1", "ann", day(3, 1), channel="email", solved_at=day(3, 2), first_reply_at=day(3, 1, 6)),
            contact("i2", "ann", day(5, 10), channel="phone", closed_at=day(5, 14)),
            contact("i3", "ann", day(5, 30), channel="phone", solved_at=day(6, 2), first_reply_at=day(6, 2)),
            contact("i4", "ann", day(7, 1), channel="chat"),
            contact("i5", "ben", day(2, 1), channel="chat", solved_at=day(2, 1, 1)),
            contact("i6", "dee", day(5, 1)),
            contact("i7", "ann", day(5, 2), is_test=True),
            contact("i8", "ann", day(5, 3), is_deleted=True),
        ],
        "main.messages": [
            message("m1", "i1", day(3, 1), "I hate this. The parcel is broken and my money is gone."),
            message("m2", "i2", day(5, 10), "Thank you, you are great and I love it! [CUSTOMER_NAME]"),
            message("m3", "i2", day(5, 11), "Die Lieferung ist super, vielen Dank"),
            message("m4", "i2", day(5, 11), "You and your parcel are the 17."),
            message("m5", "i2", day(5, 12), "I hate you and your company.", author_kind="agent"),
            message("m6", "i3", day(6, 2), "This is terrible and I am angry with you."),
        ],
        "main.call_legs": [
            {"leg_id": "l1", "interaction_id": "i2", "disconnected_at": day(5, 10), "hold_ms": 3000, "is_abandoned": False},
            {"leg_id": "l2", "interaction_id": "i2", "disconnected_at": day(5, 10), "hold_ms": 6000, "is_abandoned": True},
        ],
        "main.survey_responses": [
            survey("s1", "ann", day(5, 20), metric="nps", score=3.0, scale_min=0.0, scale_max=10.0, nps_group="detractor"),
            survey("s2", "ann", day(5, 21), metric="csat", score=4.0, scale_min=1.0, scale_max=5.0),
            survey("s3", "ann", day(5, 22), metric="nps", score=9.0, scale_min=0.0, scale_max=10.0, duplicate_of="s1"),
        ],
        "main.orders": [
            order("o1", "ann", day(4, 1), "10.50"),
            order("o2", "ann", day(1, 5), "20.00", cancelled_at=day(6, 5)),
            order("o3", "cy", day(5, 5), "5.00", cancelled_at=day(5, 6)),
        ],
        "main.returns": [{"return_id": "r1", "order_id": "o1", "opened_at": day(4, 20), "credited_at": day(6, 9)}],
        "main.fulfilments": [
            {"fulfilment_id": "f1", "order_id": "o1", "promised_at": day(4, 3), "delivered_at": day(4, 5)},
            {"fulfilment_id": "f2", "order_id": "o2", "promised_at": day(1, 9), "delivered_at": day(1, 8)},
        ],
        "main.web_events": [
            {"event_key": "w1", "customer_id": "ann", "web_session_id": "x", "occurred_at": day(5, 25), "metric_rating": "poor"},
            {"event_key": "w2", "customer_id": "ann", "web_session_id": "x", "occurred_at": day(5, 25)},
            {"event_key": "w3", "customer_id": "ann", "web_session_id": "y", "occurred_at": day(4, 25)},
        ],
        "main.marketing_events": [
            {"event_id": "e1", "customer_id": "cy", "kind": "open", "occurred_at": day(5, 25)},
            {"event_id": "e2", "customer_id": "cy", "kind": "bounce", "occurred_at": day(1, 25)},
        ],
    }


def contact(name: str, customer: str, opened_at: datetime, **more: object) -> dict[str, object]:
    return {"interaction_id": name, "customer_id": customer, "opened_at": opened_at, **more}


def message(name: str, interaction: str, sent_at: datetime, text: str, author_kind: str = "customer") -> dict[str, object]:
    said = {"message_id": name, "interaction_id": interaction, "sent_at": sent_at}
    return {**said, "author_kind": author_kind, "is_public": True, "text_masked": text}


def survey(name: str, customer: str, submitted_at: datetime, **more: object) -> dict[str, object]:
    return {"response_id": name, "customer_id": customer, "submitted_at": submitted_at, "audience": "customer", **more}


def order(name: str, customer: str, ordered_at: datetime, total: str, **more: object) -> dict[str, object]:
    return {"order_id": name, "customer_id": customer, "ordered_at": ordered_at, "total": total, "currency": "EUR", **more}


def permits(connection: duckdb.DuckDBPyConnection) -> Permits:
    """What everybody permits, by the consents of a published file."""
    declared = Consent(purposes={"Models": "train_ai_system"})
    consents = connection.sql("SELECT * FROM main.consents").pl().lazy()
    events = connection.sql("SELECT event_id, state FROM main.consent_events").pl().lazy()
    return Permits(stated(consents, events, declared), declared)


def agreed(published: Path) -> pl.Series:
    """`customer_id` of those whose features may be cut."""
    with open_read_only(published) as connection:
        return permitted_customers(published_tables.customers(connection), FEATURES, permits(connection)).ids
