"""Marts in a published file: whole, commented, keyed, and as their headers say."""

from __future__ import annotations

from cx_pipeline.marts.catalogue import GIVEN, marts
from cx_pipeline.quality.audit import audit_books
from cx_pipeline.quality.check_result import CheckStatus
from cx_pipeline.quality.mart_audit import audit_file, audit_marts
from cx_pipeline.warehouse.catalog import relations
from cx_pipeline.warehouse.reader import CATALOG, open_read_only
from tests.stages.pipeline import Pipeline


def test_every_mart_is_published_as_declared(published: Pipeline) -> None:
    with open_read_only(published.layout.published) as connection:
        found = {relation.name: relation for relation in relations(connection, CATALOG) if relation.schema == "marts"}
    assert set(found) == set(marts()) | {item.table.name for item in GIVEN}
    for name, mart in marts().items():
        assert [(column.name, column.type, column.comment) for column in found[name].columns] == [
            (column.name, column.type, column.comment) for column in mart.columns
        ]
        assert (found[name].comment, found[name].is_view) == (mart.description, mart.is_view)


def test_every_mart_keeps_its_key(published: Pipeline) -> None:
    results = audit_marts(published.layout.published)
    assert len(results) == 2 * (len(marts()) + len(GIVEN)) + sum(len(mart.holds) for mart in marts().values())
    assert [(item.table, item.name) for item in results if item.status is not CheckStatus.PASSED] == []


def test_a_file_is_audited_as_its_books_and_its_marts_are(published: Pipeline) -> None:
    path = published.layout.published
    assert audit_file(path) == audit_books(path) + audit_marts(path)


def test_the_shop_has_marts_to_look_at(published: Pipeline) -> None:
    counted = published.query("SELECT count(*) AS n FROM marts.reply_times")["n"].item()
    assert counted == published.query("SELECT count(*) AS n FROM marts.counted_interactions")["n"].item() > 0
