"""`python -m bench nights CUSTOMERS`: what a night costs that adds to thirty others, and whether it ends where a rebuild ends.

A world of 31 nights is made. The first 30 are taken in at once; then the 31st alone is measured, in a process of its own, and
beside it a rebuild: all 31 nights in a data folder without lake and manifest, with the same key and the same clock. The published
tables of both are compared by their content hashes.

The rebuild is given what the 30 nights left that no delivery tells: the registry of customer ids (`state/registry`, with
`keys.json`, which says what key it was made with, and `suppressed.key`), and the file that was published, for it names the
registry in force. A customer's id is made of the smallest key among the records that the customer had when first known, and stays
when others join; a rebuild without a registry sees all records at once, and makes some ids anew. `--without-registry` measures
that too, and names the tables in which it shows.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.child import Measured, compile_once, measure
from bench.report import RESULTS, keep
from bench.world import SOURCES

WORK = Path(tempfile.gettempdir()) / "cx_pipeline-bench"
NIGHTS = 31
_BASE, _NIGHT = "base", "night"
_REMEMBERED = ("state/registry", "state/keys.json", "state/suppressed.key", "clean")


def main(arguments: Sequence[str]) -> None:
    """Measure, show it and keep it as JSON.

    Raises:
        SystemExit: with 1, where the night and the rebuild published different tables.
    """
    parser = argparse.ArgumentParser(prog="python -m bench nights", description="a night beside a rebuild of all nights")
    parser.add_argument("customers", type=int, help="of the invented world")
    parser.add_argument("--nights", type=int, default=NIGHTS, help="the last of them is measured")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another world")
    parser.add_argument("--without-registry", action="store_true", help="measure a rebuild that starts with nothing at all, too")
    parser.add_argument("--work", type=Path, default=WORK, help="where the world and the runs lie while it takes")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where results are written")
    given = parser.parse_args(arguments)
    given.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nights-", dir=given.work) as folder:
        taken = compared(Path(folder), given.customers, given.nights, given.seed, without_registry=given.without_registry)
    print(*_lines(taken), sep="\n")
    print(f"results: {keep('nights', [taken], given.results)}")
    if taken["differ"]:
        sys.exit(1)


def compared(folder: Path, customers: int, nights: int, seed: int, *, without_registry: bool = False) -> dict[str, Any]:
    """Measure the last night and the rebuild of all of them below an empty folder."""
    compile_once(["bench.nights_work", "checks.duckdb_source", "checks.data_docs"])
    raw, grown, rebuilt = (folder / name for name in ("raw", "grown", "rebuilt"))
    made = {"--customers": customers, "--nights": nights, "--seed": seed, "--out": raw}
    flags = [str(word) for pair in made.items() for word in pair] + [f"--source={source}" for source in SOURCES]
    measure(["-m", "cx_pipeline.synth", *flags], tells=False)
    days = sorted(date.fromisoformat(path.name) for path in raw.iterdir() if path.name != "truth")
    _take(raw, grown, _BASE, days[:-1])
    _remember(grown, rebuilt)
    night = _take(raw, grown, _NIGHT, days[-1:])
    rebuild = _take(raw, rebuilt, _NIGHT, days)
    taken = {
        "customers": customers,
        "nights": len(days),
        "seed": seed,
        "new_records": night.told["records"],
        "records": rebuild.told["records"],
        "night": _told(night),
        "rebuild": _told(rebuild),
        **_hashes(grown, rebuilt),
    }
    if without_registry:
        fresh = _take(raw, folder / "fresh", _NIGHT, days)
        taken["without_registry"] = {**_told(fresh), **_hashes(grown, folder / "fresh")}
    return taken


def _take(raw: Path, data: Path, run_id: str, days: Sequence[date]) -> Measured:
    """Publish the deliveries of some days, the morning after the last of them."""
    morning = f"{days[-1] + timedelta(days=1)}T02:00:00+00:00"
    return measure(["-m", "bench.nights_work", "take", str(raw), str(data), run_id, morning, *map(str, days)])


def _remember(source: Path, target: Path) -> None:
    for name in _REMEMBERED:
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if (source / name).is_dir():
            shutil.copytree(source / name, place)
        else:
            shutil.copy2(source / name, place)


def _hashes(left: Path, right: Path) -> dict[str, Any]:
    return dict(measure(["-m", "bench.nights_work", "compare", str(left), str(right)]).told)


def _told(taken: Measured) -> dict[str, Any]:
    stages = taken.told["stages"]
    publish = next(float(lap["seconds"]) for lap in stages if lap["stage"] == "publish")
    return {
        "seconds": taken.seconds,
        "cpu_seconds": taken.cpu_seconds,
        "publish_s": publish,
        "without_publish_s": taken.seconds - publish,
        "peak_mb": taken.peak_bytes / 1e6,
        "stages": stages,
    }


def _lines(taken: Mapping[str, Any]) -> Iterator[str]:
    night, rebuild = taken["night"], taken["rebuild"]
    share = 100 * taken["new_records"] / taken["records"]
    yield f"{taken['nights']} nights of {taken['customers']} customers"
    yield f"  new in the last night: {taken['new_records']} of {taken['records']} records, {share:.2f} %"
    yield f"  {'':16} {'night_s':>9} {'rebuild_s':>10} {'ratio':>6}"
    for lap, other in zip(night["stages"], rebuild["stages"], strict=True):
        yield _line(lap["stage"], lap["seconds"], other["seconds"])
    yield _line("whole", night["seconds"], rebuild["seconds"])
    yield _line("without publish", night["without_publish_s"], rebuild["without_publish_s"])
    yield f"  {_verdict(taken)}"
    if fresh := taken.get("without_registry"):
        yield f"  rebuilt without the registry, {fresh['seconds']:.2f} s: {_verdict(fresh)}"


def _line(name: str, night: float, rebuild: float) -> str:
    return f"  {name:16} {night:9.2f} {rebuild:10.2f} {night / rebuild:6.2f}"


def _verdict(taken: Mapping[str, Any]) -> str:
    if not taken["differ"]:
        return f"all {taken['tables']} tables are equal"
    return f"of {taken['tables']} tables these differ: {', '.join(taken['differ'])}"


if __name__ == "__main__":
    main(sys.argv[1:])
