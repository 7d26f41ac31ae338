"""A response that repeats another one, from delivery to the published file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.stages.pipeline import Pipeline


def item(token: str, minute: int, **given: Any) -> dict[str, Any]:
    return {
        "token": token,
        "landed_at": f"2026-03-01T10:{minute - 1:02}:00Z",
        "submitted_at": f"2026-03-01T10:{minute:02}:00Z",
        "metadata": {"network_id": "n1"},
        "answers": [{"field": {"id": "f1", "type": "nps"}, "type": "number", "number": 9}],
        **given,
    }


def page(*items: dict[str, Any]) -> bytes:
    return json.dumps({"total_items": len(items), "page_count": 1, "items": items}).encode()


def test_both_are_published_and_the_later_names_the_earlier(pipeline: Pipeline, deliver: Callable[[str, bytes], Path]) -> None:
    other = item("other", 12, metadata={"network_id": "n2"})
    deliver("2026-03-01/typeform/responses_s1.json", page(item("later", 15), other))
    deliver("2026-03-02/typeform/responses_s1.json", page(item("early", 10)))
    deliver("2026-03-02/typeform/responses_s2.json", page(item("elsewhere", 11)))
    pipeline.publish("run1")
    found = pipeline.query("SELECT source_id, duplicate_of FROM main.survey_responses ORDER BY 1").rows()
    assert found == [("early", None), ("elsewhere", None), ("later", "typeform.responses:early"), ("other", None)]
