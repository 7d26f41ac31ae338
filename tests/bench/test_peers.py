"""The peers of pandas and DuckDB do the same work, all of it, and are caught when they do less."""

from __future__ import annotations

import gzip
import json
import sys
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bench.child import measure
from bench.item import Item
from bench.peers import duckdb_sql, pandas_scrub, samples
from bench.peers.catalogue import PEERS, Peer
from bench.peers.fates import Fates
from bench.plan import make_plan
from bench.world import SOURCES, BenchWorld
from cx_pipeline.synth import generate

Run = Callable[[BenchWorld, Path], dict[str, Fates]]
RUNS = pytest.mark.parametrize("run", [pandas_scrub.run, duckdb_sql.run], ids=["pandas", "duckdb"])
_USERS: list[dict[str, Any]] = [
    {
        "id": 1,
        "name": "\u00a0 Zoe\u0301 ",
        "email": " Zoe@Example.COM ",
        "phone": "+44 (20) 7946-0018",
        "notes": "call 020 7946 0018",
    },
    {"id": 2, "name": "N/A", "email": "not an address", "phone": "12", "notes": None},
    {"id": 3, "name": "Bo", "email": None, "phone": None, "notes": "at bo@example.com or https://example.com/bo"},
]
_CASES = """Id;SystemModstamp;ClosedDate;Subject;Description
A;13/10/2026 15:41;;first;card 4111 1111 1111 1111
A;2026-10-14T15:41:00.000+0000;2026-10-14;second;"from GB33BUKB20201555555555,
at 203.0.113.7"
B;2026-02-30T10:00:00.000+0000;;no such day;
;2026-10-14T15:41:00.000+0000;;no id;
C;10/25/2026 09:05;31/12/2026 10:00;American;-
C;10/25/2026 09:05;;the same time, delivered later;unknown
"""


def _world(folder: Path, more: int = 0) -> BenchWorld:
    """Users in gzipped lines and zipped pages, cases in cp1252 with a semicolon; `more` are planned that no file holds."""
    raw = folder / "raw"
    raw.mkdir(parents=True)
    users = [{**user, "updated_at": "2026-11-01T08:00:00Z", "tags": ["a", None]} for user in _USERS]
    (raw / "users.ndjson.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, users)).encode()))
    again = [{**users[2], "updated_at": "2026-11-01T10:00:00+01:00", "name": "Bo B."}]
    with zipfile.ZipFile(raw / "users.json.zip", "w") as archive:
        archive.writestr("users.json", json.dumps({"users": again}))
    (raw / "Case.csv").write_bytes(_CASES.replace("American", "Amérique").encode("cp1252"))
    keys = tuple(users[0])
    plan = [
        Item("raw/users.ndjson.gz", "zendesk.users", "ndjson", "utf-8", ",", 0, "", keys, 3 + more),
        Item("raw/users.json.zip", "zendesk.users", "json_pages", "utf-8", ",", 0, "users", keys, 1),
        Item("raw/Case.csv", "salesforce.Case", "csv", "cp1252", ";", 1, "", (), 6),
    ]
    (folder / "floor.json").write_text(json.dumps([asdict(item) for item in plan]), encoding="utf-8")
    return BenchWorld(folder)


@RUNS
def test_every_row_has_one_fate(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(_world(tmp_path / "world"), tmp_path / "out")
    assert found == {"zendesk.users": Fates(4, 2, 1, 1), "salesforce.Case": Fates(6, 2, 2, 2)}
    told = json.loads(capsys.readouterr().out)
    assert told["records"] == 10
    assert told["fates"]["zendesk.users"] == {"read": 4, "kept": 2, "older": 1, "quarantined": 1}
    assert "no names, identity, marts, audit" in told["does"]


@RUNS
def test_cells_are_in_one_form(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(_world(tmp_path / "world"), tmp_path / "out")
    assert capsys.readouterr().out
    with duckdb.connect(str(tmp_path / "out" / "peer.duckdb"), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        users = connection.execute('SELECT id, name, email, phone, notes FROM "zendesk.users" ORDER BY id').fetchall()
        cases = connection.execute(
            'SELECT Id, SystemModstamp::VARCHAR, ClosedDate::VARCHAR, Subject, Description FROM "salesforce.Case" ORDER BY Id'
        ).fetchall()
    assert users == [
        ("1", "Zo\u00e9", "zoe@example.com", "442079460018", "call [PHONE]"),
        ("3", "Bo B.", None, None, "at [EMAIL] or [URL]"),
    ]
    assert cases == [
        ("A", "2026-10-14 15:41:00+00", "2026-10-14 00:00:00+00", "second", "from [IBAN],\nat [IP]"),
        ("C", "2026-10-25 09:05:00+00", None, "the same time, delivered later", None),
    ]


@RUNS
def test_a_peer_that_does_less_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"expected .*'zendesk.users': 5"):
        run(_world(tmp_path / "world", more=1), tmp_path / "out")


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> BenchWorld:
    folder = tmp_path_factory.mktemp("peers") / "world"
    generate(customers=120, nights=2, seed=3, out=folder / "raw", sources=list(SOURCES))
    make_plan(folder)
    return BenchWorld(folder)


def test_both_agree_on_an_invented_world(invented: BenchWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = pandas_scrub.run(invented, tmp_path / "one"), duckdb_sql.run(invented, tmp_path / "other")
    assert capsys.readouterr().out
    assert one == other
    assert len(one) == 12
    assert sum(rows.older for rows in one.values()) > 50
    assert sum(rows.quarantined for rows in one.values()) > 0


def test_splink_works_on_the_samples(invented: BenchWorld, tmp_path: Path) -> None:
    samples.take(invented, tmp_path, texts=20)
    given = json.loads((tmp_path / "texts.json").read_text(encoding="utf-8"))
    assert len(given["texts"]) == 20
    assert given["all_texts"] > 1000
    assert given["all_characters"] > sum(map(len, given["texts"]))
    [splink] = [peer for peer in PEERS if peer.name == "splink"]
    told = splink.take(invented, tmp_path, tmp_path).told
    assert [lap["stage"] for lap in told["stages"]] == ["train", "predict", "cluster"]
    assert 100 < told["customers"] < told["people"]


def test_presidio_redacts_the_sample(tmp_path: Path) -> None:
    [presidio] = [peer for peer in PEERS if peer.name == "presidio"]
    if reason := presidio.lacks():
        pytest.skip(reason)
    texts = ["write to somebody@example.com", "nothing to see"]
    (tmp_path / "texts.json").write_text(
        json.dumps({"texts": texts, "all_texts": 30, "all_characters": 10 * len("".join(texts))}), encoding="utf-8"
    )
    told = measure(["-m", presidio.module, str(tmp_path / "texts.json")], python=presidio.python).told
    assert (told["texts"], told["changed"], told["scaled"]) == (2, 1, {"stage": "redact", "factor": 10})


@pytest.mark.parametrize(
    ("peer", "reason"),
    [
        (Peer("one", "bench.none"), ""),
        (Peer("one", "bench.none", python=Path(sys.executable), imports=("json", "os")), ""),
        (
            Peer("one", "bench.none", python=Path(sys.executable), imports=("no_such_module",)),
            "no_such_module cannot be imported",
        ),
    ],
)
def test_a_peer_says_what_it_lacks(peer: Peer, reason: str) -> None:
    assert peer.lacks().startswith(reason)
    assert bool(peer.lacks()) == bool(reason)


def test_a_missing_environment_is_named() -> None:
    python = PEERS[-1].python
    assert python is not None
    absent = Peer("one", "bench.none", python=python.with_name("absent"))
    assert absent.lacks() == "there is no .venv-peers; `make bench PEERS=1` makes it"
