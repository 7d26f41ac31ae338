from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.errors import ConfigError
from cx_pipeline.synth import Truth, generate
from cx_pipeline.synth.__main__ import main
from cx_pipeline.synth.files import unpacked

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


def contents(folder: Path) -> dict[str, bytes]:
    """Deliveries by name, decompressed: compressors differ between machines, what they hold does not."""
    return {path.relative_to(folder).as_posix(): unpacked(path) for path in sorted(folder.glob("2*/*/*"))}


def test_the_sample_that_is_checked_in_is_made_by_this_code(truth: Truth, world: Path) -> None:
    assert contents(world) == contents(SAMPLE)
    assert json.loads((SAMPLE / "truth/counts.json").read_text("utf-8")) == truth.counts
    parts = [path.relative_to(truth.folder) for path in sorted(truth.folder.rglob("*.parquet"))]
    assert parts == [path.relative_to(SAMPLE / "truth") for path in sorted((SAMPLE / "truth").rglob("*.parquet"))]
    for part in parts:
        assert pl.read_parquet(SAMPLE / "truth" / part).equals(pl.read_parquet(truth.folder / part)), part


def test_the_sample_stays_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 6_000_000


def test_same_seed_same_bytes_other_seed_other_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        generate(60, 2, seed, tmp_path / name)
    files = {name: {path.name: path.read_bytes() for path in (tmp_path / name).glob("2*/*/*")} for name in "abc"}
    assert files["a"] == files["b"]
    assert files["a"] != files["c"]
    assert files["a"]["Case.csv"] != files["c"]["Case.csv"]


def test_one_source_alone_is_the_same_as_in_the_whole(tmp_path: Path, world: Path) -> None:
    alone = generate(300, 2, 7, tmp_path, sources=["salesforce"])
    assert contents(tmp_path) == {name: data for name, data in contents(world).items() if "/salesforce/" in name}
    assert set(alone.counts["exports"]) == {
        f"salesforce.{name}" for name in ("Account", "Case", "Contact", "Lead", "Opportunity", "User")
    }


@pytest.mark.parametrize(("customers", "nights"), [(1, 1), (1, 3), (7, 2), (40, 1)])
def test_the_smallest_worlds_can_be_made(tmp_path: Path, customers: int, nights: int) -> None:
    truth = generate(customers, nights, 4, tmp_path, first_night=date(2024, 2, 28))
    assert {path.name for path in tmp_path.glob("2*")} == {"2024-02-28", "2024-02-29", "2024-03-01"} & {
        path.name for path in tmp_path.glob("2*")
    }
    assert len(list(tmp_path.glob("2*"))) == nights
    assert truth.counts["exports"]["zendesk.tickets"]["published"] >= 1


@pytest.mark.parametrize(("customers", "nights", "sources"), [(0, 1, None), (1, 0, None), (1, 1, ["fax"])])
def test_impossible_worlds_are_refused_before_anything_is_written(
    tmp_path: Path, customers: int, nights: int, sources: list[str] | None
) -> None:
    with pytest.raises(ConfigError):
        generate(customers, nights, 1, tmp_path / "out", sources=sources)
    assert not (tmp_path / "out").exists()


def test_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = [
        "--customers",
        "9",
        "--nights",
        "1",
        "--seed",
        "3",
        "--out",
        str(tmp_path),
        "--source",
        "zendesk",
        "--first-night",
        "2025-01-31",
    ]
    monkeypatch.setattr("sys.argv", ["synth", *arguments])
    main()
    assert (tmp_path / "2025-01-31/zendesk").is_dir()
    assert not (tmp_path / "2025-01-31/salesforce").exists()


def test_a_larger_world_has_larger_pages_and_the_declared_rates(tmp_path: Path) -> None:
    truth = generate(3_600, 3, 5, tmp_path, sources=["zendesk"])
    counts = truth.counts
    tickets = counts["world"]["tickets"]
    assert tickets == 6_120
    assert counts["exports"]["zendesk.tickets"]["published"] > 0.98 * tickets
    assert all(file["records"] <= file["pages"] * 1_003 for file in counts["files"].values() if "pages" in file)
    # Weight 3 of a round of 2,000 is nine or ten in 6,120, and as often again as a ticket was delivered again.
    assert 9 <= counts["traps"]["priority_medium"] <= 18
