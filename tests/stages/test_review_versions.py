"""A review that is edited in place, over two monthly files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.sources.test_google_play import ROW
from tests.stages.pipeline import Pipeline


def sheet(*rows: dict[str, str | None]) -> bytes:
    lines = [",".join(ROW), *(",".join(row[name] or "" for name in ROW) for row in rows)]
    return ("\r\n".join(lines) + "\r\n").encode("utf-16")


def test_every_state_is_a_version_and_the_last_is_current(pipeline: Pipeline, deliver: Callable[[str, bytes], Path]) -> None:
    edited = {**ROW, "Review Last Update Millis Since Epoch": "1772532000000", "Star Rating": "1"}
    other = {**ROW, "Review Link": "http://x/review-details?reviewId=gp%3AOther"}
    deliver("2026-03-02/google_play/reviews_com.example.app_202603.csv", sheet(edited))
    deliver("2026-03-03/google_play/reviews_com.example.app_202603.csv", sheet(ROW, other))
    pipeline.publish("run1")
    found = pipeline.query("SELECT review_id, version_number, is_current, rating FROM main.reviews ORDER BY ALL").rows()
    assert found == [
        ("google_play.reviews:gp:AOqpTOE-x_1", 1, False, 4.0),
        ("google_play.reviews:gp:AOqpTOE-x_1", 2, True, 1.0),
        ("google_play.reviews:gp:Other", 1, True, 4.0),
    ]
