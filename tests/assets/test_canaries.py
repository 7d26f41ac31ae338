"""Invented people go the whole way, in every column and disguise, and leave no trace outside of the owner-only lake."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import polars as pl
import pytest

from cx_pipeline.privacy.canaries import Canary, canaries
from cx_pipeline.warehouse.reader import open_read_only

from .conftest import command
from .flock import marks_in, plant, published_texts, stored_texts, words_in

COUNT = int(os.environ.get("CX_TEST_CANARIES", "2"))  # `make canaries` sends a whole flock


@dataclass(frozen=True)
class Flight:
    """A finished run of planted deliveries."""

    data: Path
    flock: list[Canary]
    done: CompletedProcess[str]

    @property
    def published(self) -> Path:
        return self.data / "clean" / "cx.duckdb"


@pytest.fixture(scope="module")
def flight(tmp_path_factory: pytest.TempPathFactory) -> Flight:
    raw, data = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("data")
    flock = canaries(COUNT, seed=11)
    plant(raw, flock)
    done = command("run", "--all", "--raw-dir", str(raw), "--data-dir", str(data))
    return Flight(data, flock, done)


def test_the_canaries_went_all_the_way(flight: Flight) -> None:
    """Else nothing below would prove anything."""
    assert flight.done.returncode == 0, flight.done.stderr[-2000:]
    identities = pl.read_parquet(flight.data / "lake" / "clean" / "tables" / "customer_identities.parquet")
    values = {str(value).lower() for value in identities["value"].drop_nulls()}
    for canary in flight.flock:
        assert {canary.email, canary.phone, canary.name.lower(), canary.member_id.lower()} <= values
    messages = pl.read_parquet(flight.data / "lake" / "clean" / "tables" / "messages.parquet")
    assert {"given", "family", "email", "phone"} <= marks_in(messages["text"], flight.flock)
    with open_read_only(flight.published) as connection:
        [(kept_back,)] = connection.execute("SELECT count(*) FROM quality.quarantine").fetchall()
    assert kept_back >= 3 * COUNT


def test_no_published_table_holds_a_trace(flight: Flight) -> None:
    found = {where: marks for where, texts in published_texts(flight.published) if (marks := marks_in(texts, flight.flock))}
    assert found == {}


def test_no_file_outside_of_the_lake_holds_a_trace(flight: Flight) -> None:
    owner_only = {"registry", "manifest", "manifest.json", "manifest.parquet"}
    folders = [flight.data / name for name in ("clean", "reports", "ai", "state") if (flight.data / name).exists()]
    seen = 0
    for path, texts in stored_texts(folders):
        if owner_only.isdisjoint(path.relative_to(flight.data).parts[1:2]):
            seen += 1
            assert words_in(texts, flight.flock) == set(), path.relative_to(flight.data)
    assert seen > 20


def test_nothing_was_printed(flight: Flight) -> None:
    assert flight.done.stdout
    assert marks_in(pl.Series([flight.done.stdout, flight.done.stderr]), flight.flock) == set()


def test_commands_show_none_of_them(flight: Flight, cli: Callable[..., CompletedProcess[str]]) -> None:
    data = ("--data-dir", str(flight.data))
    with open_read_only(flight.published) as connection:
        [(bad,)] = connection.execute("SELECT min(row_id) FROM quality.quarantine WHERE row_id IS NOT NULL").fetchall()
        [(good,)] = connection.execute("SELECT min(row_id) FROM main.messages").fetchall()
        [(who,)] = connection.execute("SELECT min(customer_id) FROM main.customers").fetchall()
    for words in (
        ("status", *data),
        ("quarantine", "list", *data),
        ("quarantine", "show", str(bad), *data),
        ("explain", str(bad), *data),
        ("explain", str(good), *data),
        ("explain", "--customer", str(who), *data),
    ):
        done = cli(*words)
        assert done.returncode == 0, done.stderr
        assert marks_in(pl.Series([done.stdout, done.stderr]), flight.flock) == set(), words
