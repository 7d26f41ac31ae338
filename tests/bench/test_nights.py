"""A night beside a rebuild: what is shown of them, and that both end with the same tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import nights
from bench.nights import _lines, compared
from bench.ours import STAGES


def _told(seconds: float) -> dict[str, Any]:
    return {
        "seconds": seconds,
        "without_publish_s": seconds - 2,
        "stages": [{"stage": "clean", "seconds": seconds - 3}, {"stage": "publish", "seconds": 2.0}],
    }


TAKEN = {
    "customers": 40,
    "nights": 31,
    "new_records": 5,
    "records": 200,
    "night": _told(5.0),
    "rebuild": _told(20.0),
    "tables": 81,
    "differ": [],
    "without_registry": {"seconds": 21.0, "tables": 81, "differ": ["main.customers", "quality.identity_events"]},
}


def test_lines_show_the_ratio_with_and_without_publishing() -> None:
    lines = list(_lines(TAKEN))
    assert lines[1] == "  new in the last night: 5 of 200 records, 2.50 %"
    assert [line.split()[-3:] for line in lines[3:7]] == [
        ["2.00", "17.00", "0.12"],
        ["2.00", "2.00", "1.00"],
        ["5.00", "20.00", "0.25"],
        ["3.00", "18.00", "0.17"],
    ]
    assert lines[7:] == [
        "  all 81 tables are equal",
        "  rebuilt without the registry, 21.00 s: of 81 tables these differ: main.customers, quality.identity_events",
    ]


def test_a_night_that_ends_elsewhere_than_a_rebuild_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["40", "--work", str(tmp_path), "--results", str(tmp_path)]
    monkeypatch.setattr(nights, "compared", lambda *_, **__: TAKEN)
    nights.main(asked)
    monkeypatch.setattr(nights, "compared", lambda *_, **__: {**TAKEN, "differ": ["main.customers"]})
    with pytest.raises(SystemExit) as ended:
        nights.main(asked)
    assert ended.value.code == 1
    assert "of 81 tables these differ: main.customers" in capsys.readouterr().out


@pytest.mark.slow
def test_a_night_ends_where_a_rebuild_ends(tmp_path: Path) -> None:
    taken = compared(tmp_path, customers=30, nights=3, seed=2)
    assert taken["differ"] == []
    assert taken["tables"] > 60
    assert 0 < taken["new_records"] < taken["records"] / 3
    for kind in ("night", "rebuild"):
        assert [lap["stage"] for lap in taken[kind]["stages"]] == list(STAGES)
        assert taken[kind]["without_publish_s"] == pytest.approx(taken[kind]["seconds"] - taken[kind]["publish_s"])
