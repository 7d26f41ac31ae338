"""What `bench.nights` measures: `take RAW DATA RUN NOW DAY...` some days' deliveries, `compare LEFT RIGHT` what was published."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path

from bench.ours import run
from cx_pipeline.layout import Layout
from cx_pipeline.stages.run import Run
from cx_pipeline.warehouse.versions import versions


def compare(left: Path, right: Path) -> None:
    """Print how many tables two data folders have published, and the names of those whose content differs.

    Raises:
        AssertionError: when either has published nothing, or no table.
    """
    one, other = (versions(Layout(data.absolute()))[0].content_hashes for data in (left, right))
    assert one, "nothing was published"
    names = sorted(one.keys() | other.keys())
    differ = [name for name in names if one.get(name) != other.get(name)]
    json.dump({"tables": len(names), "differ": differ}, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "take":
        raw, data, run_id, now, *days = sys.argv[2:]
        run(Path(raw), Path(data), Run(run_id, datetime.fromisoformat(now)), [date.fromisoformat(day) for day in days])
    else:
        compare(Path(sys.argv[2]), Path(sys.argv[3]))
