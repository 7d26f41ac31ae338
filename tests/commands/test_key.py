"""`cx-pipeline key`: what it says, and that it never says a key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.commands.conftest import Cli
from tests.stages.pipeline import Pipeline
from tests.stages.shop import lines, users


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    folder = tmp_path_factory.mktemp("key")
    night = folder / "raw" / "2026-03-01" / "zendesk"
    night.mkdir(parents=True)
    (night / "users.ndjson").write_bytes(lines(users()))
    pipeline = Pipeline(folder / "raw", folder / "data", {"token_key": None})
    pipeline.publish("r1")
    return pipeline


@pytest.fixture
def data(once: Pipeline, tmp_path: Path) -> Path:
    return Path(shutil.copytree(once.data, tmp_path / "data"))


def test_a_key_is_changed_and_the_rest_of_the_old_one_destroyed(once: Pipeline, data: Path, cli: Cli) -> None:
    first = (data / "state" / "token.key").read_text()
    said = [cli("key", "status", "--json", "--data-dir", data)]
    assert (said[-1].json["version"], said[-1].json["published_version"], said[-1].json["old_keys"]) == (1, 1, [])
    said.append(cli("key", "rotate", "--yes", "--map", data / "map.parquet", "--data-dir", data))
    assert said[-1].code == 0
    assert "k1 -> k2" in said[-1].out
    said.append(cli("key", "status", "--json", "--data-dir", data))
    assert (said[-1].json["version"], said[-1].json["published_version"], said[-1].json["old_keys"]) == (2, 1, [1])
    said.append(cli("key", "status", "--data-dir", data))
    assert "map.parquet" in said[-1].out
    said.append(cli("key", "forget-old", "--data-dir", data))
    assert said[-1].code == 2
    Pipeline(once.raw, data, dict(once.given)).publish("r2")
    said.append(cli("key", "forget-map", "--data-dir", data))
    assert "maps destroyed: 1" in said[-1].out
    assert not (data / "map.parquet").exists()
    said.append(cli("key", "forget-old", "--data-dir", data))
    assert "k1" in said[-1].out
    second = (data / "state" / "token.key").read_text().removeprefix("k2:")
    told = "".join(part.out + part.err for part in said)
    assert first not in told
    assert second not in told
    assert first != second


def test_nothing_is_changed_unless_somebody_says_so(data: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.confirm", lambda question: "customer_id" not in question)
    before = (data / "state" / "token.key").read_text()
    said = cli("key", "rotate", "--data-dir", data)
    assert (said.code, said.out) == (1, "nothing was changed\n")
    assert (data / "state" / "token.key").read_text() == before


def test_before_the_first_run_there_is_no_key(tmp_path: Path, cli: Cli) -> None:
    said = cli("key", "status", "--data-dir", tmp_path)
    assert said.code == 2
    assert "no key yet" in said.err
    assert not (tmp_path / "state" / "token.key").exists()
