"""What peers for a part of the work are given: `python -m bench.peers.samples WORLD OUT`. Nobody measures this.

`texts.json`: texts of the world's Zendesk comments, evenly taken, how many free texts all exports hold, and how long both are.
`people.parquet`: a record a row of Zendesk users and of Salesforce contacts and leads, in the latest version, normalised as the
SQL peer does.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import duckdb

from bench.item import Item, read_plan
from bench.peers.duckdb_sql import read_all, scrubbed
from bench.peers.work import WORK, Work, among
from bench.world import BenchWorld
from cx_pipeline.warehouse.quoting import identifier, literal

TEXTS = 500
_COMMENTS = "zendesk.comments"
# Given name and family name, address, number and postcode; a Zendesk user has one name and no postal address.
_PEOPLE = {
    "zendesk.users": (
        "'zendesk:' || id, nullif(regexp_replace(name, '\\s*\\S+$', ''), ''), regexp_extract(name, '\\S+$'), email, phone, "
        "NULL FROM {} WHERE coalesce(role, 'end-user') = 'end-user'"
    ),
    "salesforce.Contact": "'contact:' || Id, FirstName, LastName, Email, Phone, MailingPostalCode FROM {}",
    "salesforce.Lead": "'lead:' || Id, FirstName, LastName, Email, Phone, PostalCode FROM {}",
}
_COLUMNS = "unique_id, given_name, family_name, email, phone, postcode"


def take(world: BenchWorld, out: Path, texts: int = TEXTS) -> None:
    """Write what is given to peers below `out`."""
    out.mkdir(parents=True, exist_ok=True)
    items: dict[str, list[Item]] = defaultdict(list)
    for item in read_plan(world.plan):
        items[item.export].append(item)
    with tempfile.TemporaryDirectory(prefix="cx_pipeline-bench-") as scratch, duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for export, work in WORK.items():
            scrubbed(connection, export, work, read_all(connection, items[export], world, Path(scratch)), redact=())
        counts = [_counted(connection, export, work) for export, work in WORK.items()]
        body = f"FROM {identifier(_COMMENTS)} WHERE body IS NOT NULL"
        step = f"greatest(1, (SELECT count(*) {body}) // {texts})"
        rows = connection.execute(
            f"SELECT body FROM (SELECT body, row_number() OVER (ORDER BY id) - 1 AS place {body}) "
            f"WHERE place % ({step}) = 0 ORDER BY place LIMIT {texts}"
        ).fetchall()
        given = {
            "texts": [row[0] for row in rows],
            "all_texts": sum(count for count, _ in counts),
            "all_characters": sum(characters for _, characters in counts),
        }
        (out / "texts.json").write_text(json.dumps(given), encoding="utf-8")
        parts = " UNION ALL ".join(f"SELECT {rest.format(identifier(export))}" for export, rest in _PEOPLE.items())
        people = f"SELECT * FROM ({parts}) AS people ({_COLUMNS}) ORDER BY unique_id"
        connection.execute(f"COPY ({people}) TO {literal(str(out / 'people.parquet'))} (FORMAT parquet)")


def _counted(connection: duckdb.DuckDBPyConnection, export: str, work: Work) -> tuple[int, int]:
    """Free texts of an export, and their characters."""
    found = connection.execute(f"DESCRIBE {identifier(export)}").fetchall()
    names = among((str(row[0]) for row in found), work.texts)
    if not names:
        return 0, 0
    counts = " + ".join(f"count({identifier(name)})" for name in names)
    lengths = " + ".join(f"coalesce(sum(length({identifier(name)})), 0)" for name in names)
    row = connection.execute(f"SELECT {counts}, {lengths} FROM {identifier(export)}").fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


if __name__ == "__main__":
    take(BenchWorld(Path(sys.argv[1])), Path(sys.argv[2]))
