"""Identifiers of everybody, whatever parts they are put together from."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.needles import needles
from cx_pipeline.stages import known_people as subject
from cx_pipeline.stages.known_people import known_people
from cx_pipeline.stages.slices import slices

VALUES = [
    *(("email", f"person{number}@example.org") for number in range(40)),
    *(("phone", f"+1415555{number:04}") for number in range(40)),
    *(("handle", f"ada_king{number:02}") for number in range(10)),
    *(("external_id", f"ada_king{number:02}") for number in range(5, 15)),
    *(("name", "Ada King"), ("name", "Grace Hopper"), ("address", "12 Long Acre Road")),
]


def write(folder: Path, table: str, rows: list[dict[str, object]]) -> None:
    schema = tables()[table].lake_schema
    filled = [{name: row.get(name) for name in schema} for row in rows]
    pl.DataFrame(filled, schema=schema).write_parquet(folder / f"{table}.parquet", row_group_size=7)


@pytest.mark.parametrize("at_once", [7, 1_000])
def test_nobody_is_lost_or_told_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    layout = Layout(tmp_path)
    folder = layout.lake_clean / "tables"
    folder.mkdir(parents=True)
    assert known_people(layout) is None
    write(folder, "customer_identities", [{"kind": kind, "value": value} for kind, value in VALUES * 2])
    write(folder, "agents", [{"agent_id": "a:1", "name": "Ada King"}, {"agent_id": "a:2", "name": "Alan Turing"}])
    monkeypatch.setattr(subject, "slices", partial(slices, rows=at_once))
    known = known_people(layout)
    named = [*VALUES, ("agent", "Ada King"), ("agent", "Alan Turing")]
    whole = needles(pl.DataFrame(named, schema=["kind", "value"], orient="row"))
    assert known is not None
    for name in ("phrases", "codes", "phones"):
        mine, theirs = getattr(known, name), getattr(whole, name)
        assert mine.sort(mine.columns).rows() == theirs.sort(theirs.columns).rows(), name
    assert len(known) == len(whole) > 100


def test_a_lake_without_anybody_holds_nothing_to_look_for(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    folder = layout.lake_clean / "tables"
    folder.mkdir(parents=True)
    write(folder, "customer_identities", [])
    known = known_people(layout)
    assert known is not None
    assert len(known) == 0
