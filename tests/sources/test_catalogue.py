"""Exports are found by looking, and a file by the name it begins with."""

from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.errors import ConfigError
from cx_pipeline.sources.catalogue import by_source, exports, get, recognise, source_files
from cx_pipeline.sources.export import Export

ALL = [pytest.param(export, id=name) for name, export in exports().items()]


def test_every_export_of_every_source_is_found() -> None:
    assert list(exports()) == sorted(exports())
    found = {source: [export.name for export in declared] for source, declared in by_source().items()}
    assert found["salesforce"] == ["Account", "Case", "Contact", "Lead", "Opportunity", "User"]
    assert found["zendesk"] == ["comments", "satisfaction_ratings", "tickets", "users"]
    assert all(file.is_file() for source in by_source() for file in source_files(source))
    assert len(source_files("salesforce")) > 1


def test_an_unknown_export_is_a_matter_of_configuration() -> None:
    with pytest.raises(ConfigError, match=r"zendesk\.tickets"):
        get("zendesk.nothing")


@pytest.mark.parametrize(
    ("source", "file", "export"),
    [
        ("salesforce", "Case.csv", "Case"),
        ("salesforce", "case.csv", "Case"),
        ("salesforce", "Case-2026-03-01 (2).csv.gz", "Case"),
        ("salesforce", "Case_resaved.txt", "Case"),
        ("salesforce", "Case2.csv", "Case"),
        ("salesforce", "CaseComment.csv", None),
        ("salesforce", "UserRole.csv", None),
        ("salesforce", "MyCase.csv", None),
        ("zendesk", "tickets_001.json.zst", "tickets"),
        ("zendesk", "satisfaction_ratings.ndjson", "satisfaction_ratings"),
        ("zendesk", "Case.csv", None),
        ("zendesk", "", None),
        ("shopify", "Case.csv", None),
        ("shopify", "orders_export_1.csv", "orders"),
    ],
)
def test_a_file_is_recognised_by_the_name_it_begins_with(source: str, file: str, export: str | None) -> None:
    found = recognise(source, file)
    assert (found.name if found else None) == export


@pytest.mark.parametrize("export", ALL)
def test_an_exports_parts_fit_together(export: Export) -> None:
    columns = {field.column for field in export.fields} | set(export.prepare)
    assert export.key in columns
    assert set(export.clock) <= columns
    assert 1 <= len(export.clock) <= 2
    assert export.required <= export.reads
    assert [mapping.primary for mapping in export.tables] == [True, *[False] * (len(export.tables) - 1)]
    for mapping in export.tables:
        schema = tables()[mapping.table].lake_schema
        assert all(set(rows.columns) <= set(schema) for rows in mapping.rows), mapping.table


@pytest.mark.parametrize("export", ALL)
def test_a_person_that_records_tell_of_is_told_to_the_table_of_people(export: Export) -> None:
    """Customers are made of it: without a row there the references to the person are null as published."""
    fed = {mapping.table: mapping for mapping in export.tables}
    own = [
        rows.columns["customer_record"].meta.root_names() == ["record"]
        for mapping in export.tables
        for rows in mapping.rows
        if "customer_record" in rows.columns
    ]
    assert "people" in fed or not any(own)


@pytest.mark.parametrize("export", ALL)
def test_what_is_no_content_gives_no_column_of_a_table(export: Export) -> None:
    """Of records that differ in it alone one counts, so a table that showed it would depend on which came first."""
    ignored = {field.column for field in export.fields if field.name in export.ignore}
    for mapping in export.tables:
        for rows in mapping.rows:
            for name, expression in rows.columns.items():
                read = {root.removeprefix("raw.") for root in expression.meta.root_names()}
                assert not read & ignored, f"{mapping.table}.{name}"


@pytest.mark.parametrize("export", ALL)
def test_the_count_of_what_a_record_holds_reads_raw_columns_alone(export: Export) -> None:
    for mapping in export.tables:
        for rows in mapping.rows:
            assert isinstance(rows.contains, pl.Expr)
            of_items = {field.name for field in rows.items.fields} if rows.items is not None else set()
            assert set(rows.contains.meta.root_names()) <= export.reads | of_items, mapping.table
