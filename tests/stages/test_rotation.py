"""A change of key: new ids for the same people, joinable by the map alone, whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cx_pipeline import audit_log, faults
from cx_pipeline.errors import ConfigError
from cx_pipeline.quality.check_result import CheckStatus
from cx_pipeline.stages import key_record, old_keys, rotation
from cx_pipeline.stages.run import Run, begin
from tests.stages.pipeline import KEY, NOW, Pipeline
from tests.stages.shop import lines, tickets, users

Deliver = Callable[[str, bytes], Path]
OTHER_KEY = "6b" * 32
POINTS = ("after_decision", "after_registry", "after_map", "after_old_key", "after_key", "after_record")


class Stopped(Exception):
    """The process died here."""


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Ten people, one of whom is only referred to, published with a key that was made here."""
    folder = tmp_path_factory.mktemp("once")
    raw = folder / "raw" / "2026-03-01" / "zendesk"
    raw.mkdir(parents=True)
    (raw / "users.ndjson").write_bytes(lines([row for row in users() if row["id"] != 25]))
    (raw / "tickets.ndjson").write_bytes(lines(tickets(range(10), "2026-02-28T10:00:00Z")))
    pipeline = Pipeline(folder / "raw", folder / "data", {"token_key": None})
    pipeline.publish("r1")
    return pipeline


@pytest.fixture
def made(once: Pipeline, tmp_path: Path) -> Pipeline:
    """A copy of it."""
    shutil.copytree(once.data, tmp_path / "data")
    return Pipeline(once.raw, tmp_path / "data", dict(once.given))


def rotate(pipeline: Pipeline, map_file: Path | None = None) -> pl.DataFrame:
    """Change the key; the map that came of it."""
    change = rotation.rotate(pipeline.settings, pipeline.layout, NOW, map_file)
    assert change.map is not None
    assert stat.S_IMODE(Path(change.map).stat().st_mode) == 0o600
    return pl.read_parquet(change.map)


def customers(pipeline: Pipeline) -> pl.DataFrame:
    return pipeline.query("SELECT * FROM customers ORDER BY customer_id")


def asked(pipeline: Pipeline) -> list[tuple[str, str]]:
    """Which ticket is whose."""
    rows: list[tuple[str, str]] = pipeline.query("SELECT source_id, customer_id FROM interactions ORDER BY ALL").rows()
    return rows


def test_people_stay_who_they_are_under_new_ids(made: Pipeline) -> None:
    before, tickets_before, log = customers(made), asked(made), made.query("SELECT * FROM quality.identity_events")
    assert any(who not in set(before["customer_id"]) for _, who in tickets_before), "somebody is only referred to"
    ids = rotate(made)
    new_of = dict(ids.rows())
    assert len(set(new_of.values())) == len(new_of)
    assert all(old.startswith("k1_") and new.startswith("k2_") for old, new in new_of.items())
    made.publish("r2")
    renamed = before.with_columns(pl.col("customer_id").replace_strict(ids["old_id"], ids["new_id"]))
    assert_frame_equal(customers(made), renamed.sort("customer_id"))
    assert asked(made) == sorted((ticket, new_of[who]) for ticket, who in tickets_before)
    kept = made.query("SELECT * FROM quality.identity_events WHERE run_id = 'r1'")
    assert set(kept["customer_id"]) == {new_of[who] for who in log["customer_id"]}
    assert made.query("SELECT count(*) FROM quality.identity_events WHERE run_id = 'r2'").item() == 0
    assert made.query("SELECT key_version FROM quality.runs").item() == 2
    shapes = made.query("SELECT DISTINCT left(value_token, 3) FROM customer_identities WHERE value_token IS NOT NULL")
    assert shapes.item() == "k2_"


@pytest.mark.slow
def test_who_comes_later_gets_the_id_that_referred_to_them(made: Pipeline, tmp_path: Path) -> None:
    rotate(made)
    shutil.copytree(made.raw, tmp_path / "raw")
    made.raw = tmp_path / "raw"
    made.publish("r2")
    referred = set(dict(asked(made)).values()) - set(customers(made)["customer_id"])
    night = made.raw / "2026-03-02" / "zendesk" / "users.ndjson"
    night.parent.mkdir(parents=True)
    night.write_bytes(lines([row for row in users() if row["id"] == 25]))
    made.publish("r3")
    assert len(referred) == 1
    assert referred <= set(customers(made)["customer_id"])


def test_the_old_key_is_kept_aside_until_it_is_destroyed(made: Pipeline) -> None:
    before = (made.layout.state / "token.key").read_text()
    rotate(made)
    kept = made.layout.state / "token.key.k1"
    assert kept.read_text() == before
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert (made.layout.state / "token.key").read_text().startswith("k2:")
    with pytest.raises(ConfigError, match="version 1"):
        old_keys.forget_old_keys(made.layout)
    made.publish("r2")
    assert old_keys.forget_old_keys(made.layout) == (1,)
    assert not kept.exists()
    assert old_keys.forget_old_keys(made.layout) == ()


@pytest.mark.slow
def test_keys_can_change_again_and_again(made: Pipeline, tmp_path: Path) -> None:
    first = rotate(made)
    second = rotate(made, tmp_path / "second.parquet")
    both = first.join(second, left_on="new_id", right_on="old_id")
    before = customers(made)["customer_id"]
    made.publish("r2")
    assert set(both.filter(pl.col("old_id").is_in(before.implode()))["new_id_right"]) == set(customers(made)["customer_id"])
    assert old_keys.old_versions(made.layout) == (1, 2)
    assert old_keys.forget_maps(made.layout) == 2
    assert old_keys.forget_maps(made.layout) == 0
    assert not (tmp_path / "second.parquet").exists()
    assert list(made.layout.state.glob("id_map*")) == []


@pytest.mark.parametrize("point", POINTS)
def test_a_change_that_was_decided_on_is_carried_through(made: Pipeline, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _stop_at(f"rotation.{point}", made, monkeypatch)
    assert rotation.is_pending(made.layout)
    begin(made.layout)
    assert not rotation.is_pending(made.layout)
    assert made.tokeniser.version == 2
    record = key_record.read(made.layout)
    assert record is not None
    assert (record.version, record.fingerprint, len(record.changes)) == (2, made.tokeniser.fingerprint, 1)
    registry = pl.read_parquet(made.layout.state / "registry" / "r1.members.parquet")
    ids = pl.read_parquet(str(record.changes[0].map))
    assert registry["customer_id"].str.starts_with("k2_").all()
    assert set(registry["customer_id"]) <= set(ids["new_id"])
    assert old_keys.old_versions(made.layout) == (1,)
    assert [path.name for path in made.layout.state.iterdir() if path.name.startswith(".") or path.name == "rotation"] == []


def test_a_change_that_was_not_decided_on_has_not_happened(made: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path: path.read_bytes() for path in sorted(made.layout.state.rglob("*")) if path.is_file()}
    _stop_at("rotation.before_decision", made, monkeypatch)
    assert not rotation.is_pending(made.layout)
    assert not rotation.resume(made.layout)
    assert {path: path.read_bytes() for path in sorted(made.layout.state.rglob("*")) if path.is_file()} == before


def _stop_at(point: str, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(name: str) -> None:
        if name == point:
            raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(faults, "point", stop)
        with pytest.raises(Stopped):
            rotation.rotate(pipeline.settings, pipeline.layout, NOW)


def test_a_key_from_the_settings_changes_with_its_version(once: Pipeline, tmp_path: Path) -> None:
    pipeline = Pipeline(once.raw, tmp_path / "data")
    pipeline.publish("r1")
    before = customers(pipeline)
    pipeline.given = {"token_key": OTHER_KEY, "token_key_version": 2}
    with pytest.raises(ConfigError, match="key rotate") as refused:
        pipeline.publish("r2")
    assert OTHER_KEY not in str(refused.value)
    with pytest.raises(ConfigError, match="CX_TOKEN_KEY_PREVIOUS"):
        rotate(pipeline)
    pipeline.given["token_key_previous"] = OTHER_KEY
    with pytest.raises(ConfigError, match="not the one"):
        rotate(pipeline)
    pipeline.given["token_key_previous"] = KEY
    ids = rotate(pipeline)
    del pipeline.given["token_key_previous"]
    pipeline.publish("r2")
    renamed = before.with_columns(pl.col("customer_id").replace_strict(ids["old_id"], ids["new_id"]))
    assert_frame_equal(customers(pipeline), renamed.sort("customer_id"))
    assert list(pipeline.layout.state.glob("token.key*")) == []


def test_a_key_that_changed_unsaid_is_refused(made: Pipeline) -> None:
    (made.layout.state / "token.key").write_text(OTHER_KEY)
    with pytest.raises(ConfigError, match="fingerprint") as refused:
        made.clean(Run("r2", NOW))
    assert OTHER_KEY not in str(refused.value)
    with pytest.raises(ConfigError, match="fingerprint"):
        rotate(made)


def test_the_audit_stops_a_file_of_two_keys(made: Pipeline) -> None:
    made.clean(Run("r2", NOW))
    people = made.layout.lake_clean / "tables" / "customers.parquet"
    rows = pl.read_parquet(people)
    first = pl.col("customer_id") == rows["customer_id"][0]
    mixed = pl.when(first).then("k2" + pl.col("customer_id").str.slice(2)).otherwise("customer_id")
    rows.with_columns(mixed.alias("customer_id")).write_parquet(people)
    from cx_pipeline.stages.build import build  # noqa: PLC0415

    failed = [
        result
        for result in made.audit(build(made.settings, made.layout, Run("r2", NOW), made.tokeniser))
        if result.status is not CheckStatus.PASSED
    ]
    told = [(result.name, result.table, result.observed) for result in failed]
    assert ("tokens_of_one_key", "main.customers", "1 offences") in told
    assert {name for name, *_ in told} == {"tokens_of_one_key"}


def test_the_map_overwrites_nothing(made: Pipeline, tmp_path: Path) -> None:
    there = tmp_path / "there.parquet"
    there.write_bytes(b"mine")
    for place in (there, tmp_path / "nowhere" / "map.parquet"):
        with pytest.raises(ConfigError):
            rotate(made, place)
    assert there.read_bytes() == b"mine"
    assert made.tokeniser.version == 1


def _closed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be written below a folder; tests may run as a user who may write everywhere."""
    copy = shutil.copyfile

    def refused(source: Path, target: Path) -> Path:
        if folder in target.parents:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return copy(source, target)

    monkeypatch.setattr(shutil, "copyfile", refused)


def test_a_place_that_may_not_be_written_is_said_before_anything_is_changed(
    made: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in sorted(made.layout.state.rglob("*")) if path.is_file()}
    place = tmp_path / "closed"
    place.mkdir()
    _closed(place, monkeypatch)
    with pytest.raises(ConfigError, match="Permission denied"):
        rotate(made, place / "map.parquet")
    assert {path: path.read_bytes() for path in sorted(made.layout.state.rglob("*")) if path.is_file()} == before
    assert list(place.iterdir()) == []
    with pytest.raises(ConfigError, match="the map cannot be written"):
        rotate(made, tmp_path / f"{'m' * 300}.parquet")
    begin(made.layout)
    assert made.tokeniser.version == 1


def test_a_map_whose_place_went_away_after_the_decision_is_kept_in_the_state(
    made: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "closed"
    place.mkdir()
    point = faults.point

    def close(name: str) -> None:
        if name == "rotation.after_decision":
            _closed(place, monkeypatch)
        point(name)

    monkeypatch.setattr(faults, "point", close)
    rotate(made, place / "map.parquet")
    kept = made.layout.state / "id_map.k1-k2.parquet"
    record = key_record.read(made.layout)
    assert record is not None
    assert record.changes[0].map == str(kept)
    assert list(place.iterdir()) == []
    assert not rotation.is_pending(made.layout)
    assert old_keys.forget_maps(made.layout) == 1
    assert not kept.exists()


def test_the_audit_log_tells_of_it(made: Pipeline) -> None:
    rotation.rotate(made.settings, made.layout, NOW)
    made.publish("r2")
    old_keys.forget_maps(made.layout)
    old_keys.forget_old_keys(made.layout)
    told = [act for act in audit_log.acts(made.layout) if act.action != "accept_impact"]
    assert [act.action for act in told] == ["rotate_key", "forget_id_maps", "forget_old_keys"]
    assert told[0].detail["before"] == 1
    assert audit_log.verify(made.layout).problems == []
