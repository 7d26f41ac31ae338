"""What is shown of a row: what tells of nobody as it is, everything else as its shape."""

from __future__ import annotations

from datetime import datetime

import pytest

from cx_pipeline.commands.cells import cells

WHEN = datetime(2026, 8, 3, 4, 5)


@pytest.mark.parametrize(
    ("table", "column", "value", "shown"),
    [
        ("interactions", "status", "closed", "closed"),
        ("interactions", "status", "ada@king.io", "aaa@aaaa.aa"),  # no word of the contract's
        ("interactions", "status_raw", "Closed", "aaaaaa"),
        ("interactions", "category", "Ada King", "aaa aaaa"),
        ("interactions", "opened_at", WHEN, WHEN),
        ("interactions", "is_test", True, True),
        ("interactions", "resolution_ms", 1234, 1234),
        ("interactions", "interaction_id", "salesforce.Case:500Qe0000010000IAA", "salesforce.Case:500Qe0000010000IAA"),
        ("interactions", "agent_id", "zendesk.users:360001234567", "zendesk.users:360001234567"),
        ("interactions", "agent_id", "zendesk.users:ada@king.io", "aaaaaaa.aaaaa:aaa@aaaa.aa"),
        ("interactions", "source_id", "Ada", "aaa"),
        ("interactions", "source_id", "+1 415 555 2671", "+9 999 999 9999"),
        ("interactions", "text_subject", "500", "999"),
        ("customer_identities", "value", "4155552671", "9999999999"),
        ("people", "date_of_birth", "1984-03-17", "9999-99-99"),
        ("people", "given_name", "Ada", "aaa"),
        ("interactions", "row_id", "23bb1b0cd839c01ca082-1", "23bb1b0cd839c01ca082-1"),
    ],
)
def test_a_value_is_shown_where_it_tells_of_nobody(table: str, column: str, value: object, shown: object) -> None:
    assert cells(table, {column: value, "_own": 1, "team": None}, show_values=False) == {column: shown}
    assert cells(table, {column: value}, show_values=True) == {column: value}
