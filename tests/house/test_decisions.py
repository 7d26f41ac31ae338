"""Worked examples of docs/DECISIONS.md, worked."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from cx_pipeline.reference.example import staged_file
from cx_pipeline.warehouse.reader import open_read_only

CASES = """Id,CaseNumber,Status,Reason,CreatedDate
5003z00002Ab1c{},0000102{},New,Billing,03/04/2026 10:00
5003z00002Ab1c{},0000103{},New,call back 0171 2345678,05/06/2026 10:00
"""
DECIDING = "5003z00002Ab1cH,00001040,New,Billing,25/06/2026 10:00\n"
CONTACTS = """Id,Name,Email,Phone,SystemModstamp
0033z00002Ab1cA,Ada King,,+1 415 555 2671,2026-11-01T00:00:00.000+0000
0033z00002Ab1cB,Ada King,,+1 415 555 2671,2026-11-01T00:00:00.000+0000
0033z00002Ab1cC,Ben King,,+1 415 555 2671,2026-11-01T00:00:00.000+0000
0033z00002Ab1cD,Ben King,,+1 415 555 2671,2026-11-01T00:00:00.000+0000
0033z00002Ab1cE,,,+1 415 555 2671,2026-11-01T00:00:00.000+0000
0033z00002Ab1cF,Mia Brandt,mia.brandt@example.org,,2026-11-01T00:00:00.000+0000
0033z00002Ab1cG,Mia Two,test2@quenloria.com,,2026-11-01T00:00:00.000+0000
0033z00002Ab1cH,Cy Notes,see notes,,2026-11-01T00:00:00.000+0000
"""


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    raw = tmp_path_factory.mktemp("raw")
    files = {
        "2026-11-02/salesforce/Case_undecided.csv": CASES.format("A", 1, "B", 1),
        "2026-11-02/salesforce/Case_decided.csv": CASES.format("C", 2, "D", 2) + DECIDING,
        "2026-11-02/salesforce/Contact.csv": CONTACTS,
        "2026-11-03/salesforce/Contact_again.csv": CONTACTS,
    }
    for name, text in files.items():
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        (raw / name).write_text(text, encoding="utf-8")
    with open_read_only(staged_file(raw, tmp_path_factory.mktemp("data"))) as opened:
        yield opened


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def test_dates_that_nothing_decides_are_quarantined(connection: duckdb.DuckDBPyConnection) -> None:
    kept_back = _rows(connection, "SELECT raw_path, record_number, rule FROM quality.quarantine ORDER BY ALL")
    path = "2026-11-02/salesforce/Case_undecided.csv"
    assert kept_back == [(path, 1, "timestamp.ambiguous_format"), (path, 2, "timestamp.ambiguous_format")]


def test_one_date_decides_for_the_whole_column(connection: duckdb.DuckDBPyConnection) -> None:
    opened = _rows(connection, "SELECT opened_at::DATE::VARCHAR FROM interactions ORDER BY ALL")
    assert opened == [("2026-04-03",), ("2026-06-05",), ("2026-06-25",)]


def test_a_number_in_a_words_place_is_redacted(connection: duckdb.DuckDBPyConnection) -> None:
    categories = _rows(connection, "SELECT category, count(*) FROM interactions GROUP BY ALL ORDER BY ALL")
    assert categories == [("Billing", 2), ("call back [PHONE]", 1)]


def test_a_phone_joins_only_where_names_agree(connection: duckdb.DuckDBPyConnection) -> None:
    found = _rows(
        connection,
        """SELECT list_sort(list(DISTINCT right(left(source_id, 15), 1))) FROM customer_identities
           WHERE kind = 'phone' GROUP BY customer_id ORDER BY ALL""",
    )
    assert found == [(["A", "B"],), (["C", "D"],), (["E"],)]


def test_confidence_is_that_of_the_weakest_link(connection: duckdb.DuckDBPyConnection) -> None:
    found = _rows(connection, "SELECT DISTINCT resolution_rule, resolution_confidence FROM customers ORDER BY ALL")
    assert found == [("phone", 0.95), ("single", 1.0)]


def test_reserved_domains_are_no_test(connection: duckdb.DuckDBPyConnection) -> None:
    found = _rows(connection, "SELECT value_domain, is_test FROM customer_identities WHERE value_domain IS NOT NULL ORDER BY ALL")
    assert found == [("example.org", False), ("quenloria.com", True)]


def test_a_wrong_address_does_not_cost_the_record(connection: duckdb.DuckDBPyConnection) -> None:
    found = _rows(
        connection,
        """SELECT kind, value_token IS NULL, list_contains(dq_flags, 'Email_invalid') FROM customer_identities
           WHERE source_id LIKE '0033z00002Ab1cH%' AND kind IN ('email', 'name') ORDER BY ALL""",
    )
    assert found == [("email", True, True), ("name", False, True)]


def test_bytes_delivered_again_count_as_duplicate(connection: duckdb.DuckDBPyConnection) -> None:
    deliveries = _rows(
        connection, "SELECT status, records, duplicate_of IS NULL FROM quality.deliveries WHERE records = 8 ORDER BY ALL"
    )
    assert deliveries == [("duplicate", 8, False), ("landed", 8, True)]
    line = _rows(
        connection,
        """SELECT rows_in, duplicate, published FROM quality.ledger JOIN quality.deliveries USING (delivery_id)
           WHERE status = 'duplicate' AND stage = 'extract'""",
    )
    assert line == [(8, 8, 0)]
