"""A measurement ends in one line a size, is kept as JSON, and its floor does the whole of the work."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bench import floor, ours
from bench.__main__ import _parser
from bench.item import read_plan
from bench.world import BenchWorld, prepared
from tests.bench.conftest import SIZE, Bench

_SUBJECTS = {"floor", "ours", "pandas", "duckdb", "splink", "presidio"}


@pytest.mark.slow
def test_the_last_line_is_the_one_of_the_size(bench: Bench) -> None:
    assert re.fullmatch(rf"{SIZE} \d+\.\d\d \d+\.\d\d \d+\.\d\d \d+\.\d\d \d+", bench.lines[-1])
    assert bench.lines[-2] == "# size ours_s floor_s ratio cpu_ratio peak_mb"


@pytest.mark.slow
def test_stages_are_shown_before_it(bench: Bench) -> None:
    shown = [line.split()[:2] for line in bench.lines if line.startswith(("  floor", "  ours"))]
    assert shown == [
        *(["floor", stage] for stage in ("parse", "load", "start", "total")),
        *(["ours", stage] for stage in (*ours.STAGES, "start", "total")),
    ]


@pytest.mark.slow
def test_results_are_kept(bench: Bench) -> None:
    (night,) = bench.kept["results"]
    assert bench.kept["machine"]["processors"] >= 1
    assert night["size"] == SIZE
    assert night["ratio"] == pytest.approx(night["ours_s"] / night["floor_s"])
    assert bench.lines[-1].split()[1:3] == [f"{night['ours_s']:.2f}", f"{night['floor_s']:.2f}"]
    measured = {subject: len(taken) for subject, taken in night["rounds"].items()}
    assert measured == dict.fromkeys(_SUBJECTS - night["skipped"].keys(), 1)
    (taken,) = night["rounds"]["ours"]
    assert night["peak_mb"] * 1e6 >= max(lap["peak_bytes"] for lap in taken["told"]["stages"])
    assert taken["seconds"] > sum(lap["seconds"] for lap in taken["told"]["stages"])


@pytest.mark.slow
def test_every_subject_is_a_row_of_the_table(bench: Bench) -> None:
    (night,) = bench.kept["results"]
    rows = {row["subject"]: row for row in night["table"]}
    assert rows.keys() == _SUBJECTS
    assert {subject for subject, row in rows.items() if row["seconds"] is None} == night["skipped"].keys() <= {"presidio"}
    assert all(row["does"] for row in rows.values())
    assert [lap["stage"] for lap in rows["ours"]["stages"]] == list(ours.STAGES)
    assert rows["ours"]["ratio"] == pytest.approx(night["ratio"])
    shown = [line.split()[1] for line in bench.lines if line.startswith(f"{SIZE} ") and line.split()[1] in _SUBJECTS]
    assert sorted(shown) == sorted(_SUBJECTS)


@pytest.mark.slow
def test_peers_read_what_the_floor_reads(bench: Bench) -> None:
    (night,) = bench.kept["results"]
    read = {subject: night["rounds"][subject][0]["told"]["records"] for subject in ("floor", "pandas", "duckdb")}
    assert len(set(read.values())) == 1
    fates = [night["rounds"][subject][0]["told"]["fates"] for subject in ("pandas", "duckdb")]
    assert fates[0] == fates[1]


def _left_out(name: str, file: Mapping[str, Any]) -> int:
    """Damaged records that the floor does not read: those of pages, arrays and objects in a row are mended."""
    return 0 if ".json" in name else int(file["damaged"])


@pytest.mark.slow
def test_the_world_has_the_size_asked_for(bench: Bench) -> None:
    (night,) = bench.kept["results"]
    counted = json.loads((bench.world / "raw" / "truth" / "counts.json").read_text(encoding="utf-8"))["world"]
    assert night["interactions"] == sum(counted[name] for name in ("tickets", "cases", "calls", "feedback", "pulse"))
    assert night["interactions"] == pytest.approx(SIZE, rel=0.05)
    assert night["cpu_ratio"] > 0


@pytest.mark.slow
def test_both_read_the_same_records(bench: Bench) -> None:
    truth = json.loads((bench.world / "raw" / "truth" / "counts.json").read_text(encoding="utf-8"))
    written = sum(file["records"] for file in truth["files"].values())
    again = sum(file["records"] for file in truth["files"].values() if "same_bytes_as" in file)
    (night,) = bench.kept["results"]
    assert again > 0, "ours reads the same bytes once, and still counts both deliveries"
    assert night["rounds"]["ours"][0]["told"]["records"] == written
    left_out = sum(_left_out(name, file) for name, file in truth["files"].items())
    assert night["rounds"]["floor"][0]["told"]["records"] == written - left_out


@pytest.mark.slow
def test_the_floor_loads_every_undamaged_record(bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = json.loads((bench.world / "raw" / "truth" / "counts.json").read_text(encoding="utf-8"))
    expected: Counter[str] = Counter()
    for name, file in truth["files"].items():
        expected[file["export"]] += file["records"] - _left_out(name, file)
    loaded = floor.run(BenchWorld(bench.world), tmp_path / "floor")
    assert json.loads(capsys.readouterr().out)["by_export"] == loaded == dict(expected)
    with duckdb.connect(str(tmp_path / "floor" / "floor.duckdb"), read_only=True) as connection:
        tickets = connection.execute('SELECT count(*), count(id), count(subject), count(via) FROM "zendesk.tickets"').fetchone()
        contacts = connection.execute('SELECT count(*), count("Id"), count(DISTINCT length("Id")) FROM "salesforce.Contact"')
        assert tickets is not None
        assert len(set(tickets)) == 1, "every ticket has its cells, nested ones too"
        rows, ids, _ = contacts.fetchone() or (0, 0, 0)
        assert rows == expected["salesforce.Contact"]
        assert rows - ids == truth["files"]["2026-11-02/salesforce/Contact_without_id.csv"]["records"]


@pytest.mark.slow
def test_a_floor_that_does_less_is_refused(bench: Bench, tmp_path: Path) -> None:
    plan = json.loads((bench.world / "floor.json").read_text(encoding="utf-8"))
    short = tmp_path / "short"
    short.mkdir()
    plan[0] |= {"path": str(bench.world / plan[0]["path"]), "records": plan[0]["records"] + 1}
    (short / "floor.json").write_text(json.dumps(plan[:1]), encoding="utf-8")
    with pytest.raises(AssertionError, match="expected"):
        floor.run(BenchWorld(short), tmp_path / "out")


@pytest.mark.slow
def test_only_damaged_files_have_a_twin(bench: Bench) -> None:
    truth = json.loads((bench.world / "raw" / "truth" / "counts.json").read_text(encoding="utf-8"))
    damaged = {name for name, file in truth["files"].items() if file["damaged"]}
    twins = {
        item.path.removeprefix("mended/") for item in read_plan(bench.world / "floor.json") if item.path.startswith("mended/")
    }
    assert twins == damaged != set()


@pytest.mark.slow
def test_a_world_is_made_once(bench: Bench) -> None:
    before = (bench.world / "floor.json").stat().st_mtime_ns
    assert prepared(SIZE, 1, bench.world.parent).folder == bench.world
    assert (bench.world / "floor.json").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("words", "sizes"), [(["100,200"], [100, 200]), (["100", "200"], [100, 200]), (["1,2", "3"], [1, 2, 3]), ([], [])]
)
def test_sizes_are_separated_by_commas_or_spaces(words: list[str], sizes: list[int]) -> None:
    assert [size for group in _parser().parse_args(words).sizes for size in group] == sizes


@pytest.mark.parametrize("word", ["0", "-5", "many"])
def test_a_size_is_a_positive_number(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _parser().parse_args(["--", word])
    assert "sizes" in capsys.readouterr().err
