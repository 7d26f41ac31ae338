"""Which delivered records are a forgotten person's: their own, those that name them, and what hangs on these.

A ticket is its requester's, and so are its comments, events and legs, whoever wrote them; an answer is its response's; a line,
fulfilment or return its order's. A record that names another person as its customer is that person's, whatever it hangs on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.scrub.names import match_form
from cx_pipeline.stages.contents import Content
from cx_pipeline.stages.forgetting.suppressed import EMAIL, EXTERNAL_ID, JOINT, PERSON, PHONE, PHONE_NAME, RECORD, Suppressed

HANGS_ON = ("interaction_id", "order_id", "response_id", "fulfilment_id", "feedback_id")
_KEYS = ("customer_record", *HANGS_ON, "author_id")
_OWN = "_own"


@dataclass
class Reached:
    """What was found.

    Attributes:
        persons: keys of their person records.
        keys: keys of all their records, persons included.
        numbers: delivery id of a content to the numbers of their records in it.
    """

    persons: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    numbers: dict[str, set[int]] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int, int]:
        return len(self.persons), len(self.keys), sum(len(numbers) for numbers in self.numbers.values())


def reach(fresh: Sequence[Content], every: Sequence[Content], suppressed: Suppressed) -> Reached:
    """Find the records of everybody on the list.

    Args:
        fresh: contents that were not held against the list yet.
        every: all contents: what hangs on a record that is found may have come long before it.
        suppressed: the list.
    """
    found = Reached()
    for content in fresh:
        _listed(content, suppressed, found)
    if not found.keys and not found.persons and not found.numbers:
        return found
    before: tuple[int, int, int] | None = None
    while before != found.size:
        before = found.size
        for content in every:
            _hanging(content, found)
    return found


def _listed(content: Content, suppressed: Suppressed, found: Reached) -> None:
    """Records whose keys or identifiers are on the list."""
    for name, rows in _tables(content, (*_KEYS, "kind", "value", "is_placeholder", "is_null_hash", "identity")):
        for column in {_OWN, *_KEYS} & set(rows.columns):
            found.persons.update(suppressed.matched(PERSON, rows.get_column(column)))
            found.keys.update(suppressed.matched(RECORD, rows.get_column(column)))
        if name == "customer_identities":
            found.persons.update(_owners(rows, suppressed))
        if name == "consent_events" and "identity" in rows.columns:
            kind, value = rows.select(pl.col("identity").struct.field("kind")), pl.col("identity").struct.field("token")
            for listed in (EMAIL, EXTERNAL_ID, PHONE):
                told = rows.filter(kind.to_series() == listed).with_columns(value.alias("said"))
                hits = suppressed.matched(listed, told.get_column("said"))
                _add(found, content, told.filter(pl.col("said").is_in(hits.implode())))
    for records in _records(content):
        found.keys.update(suppressed.matched(RECORD, records.get_column(_OWN)))
        found.persons.update(suppressed.matched(PERSON, records.get_column(_OWN)))
    found.keys.update(found.persons)


def _owners(rows: pl.DataFrame, suppressed: Suppressed) -> Iterable[str]:
    """Person records that carry an identifier on the list; a number only with the name it was listed with, or with none."""
    owned = rows.with_columns(pl.coalesce("customer_record", _OWN).alias("owner")).filter(
        ~(pl.col("is_placeholder") | pl.col("is_null_hash")).fill_null(value=False), pl.col("value").is_not_null()
    )
    for kind in (EMAIL, EXTERNAL_ID):
        told = owned.filter(kind=kind)
        hits = suppressed.matched(kind, told.get_column("value"))
        yield from told.filter(pl.col("value").is_in(hits.implode())).get_column("owner")
    phones = owned.filter(kind="phone").select("owner", "value")
    if phones.is_empty():
        return
    names = owned.filter(kind="name").select("owner", match_form(pl.col("value")).alias("name")).unique()
    both = phones.join(names, on="owner", how="left").with_columns(
        pl.concat_str("value", pl.lit(JOINT), "name").alias("joint"),
    )
    alone = both.filter(pl.col("name").is_null())
    hits = suppressed.matched(PHONE, alone.get_column("value"))
    yield from alone.filter(pl.col("value").is_in(hits.implode())).get_column("owner")
    hits = suppressed.matched(PHONE_NAME, both.get_column("joint"))
    yield from both.filter(pl.col("joint").is_in(hits.implode())).get_column("owner")


def _hanging(content: Content, found: Reached) -> None:
    """One more step: rows that are, name or hang on what was found."""
    persons, keys = _series(found.persons), _series(found.keys)
    writes = bool(content.export.tables) and content.export.tables[0].table == "messages"
    for _, rows in _tables(content, _KEYS):
        named = pl.col("customer_record") if "customer_record" in rows.columns else pl.lit(None, dtype=pl.String)
        is_named = named.is_in(persons.implode())
        tests = [pl.col(_OWN).is_in(keys.implode()), is_named]
        # What names another person as its customer is that person's.
        is_free = named.is_null() | is_named
        tests += [is_free & pl.col(name).is_in(keys.implode()) for name in HANGS_ON if name in rows.columns]
        if writes and "author_id" in rows.columns:
            tests.append(pl.col("author_id").is_in(persons.implode()))
        hits = rows.filter(pl.any_horizontal(test.fill_null(value=False) for test in tests))
        found.keys.update(hits.get_column(_OWN))
        _add(found, content, hits)
    keys = _series(found.keys)
    for records in _records(content):
        _add(found, content, records.filter(pl.col(_OWN).is_in(keys.implode())))


def _add(found: Reached, content: Content, rows: pl.DataFrame) -> None:
    if not rows.is_empty():
        found.numbers.setdefault(content.entry.delivery_id, set()).update(rows.get_column("_record"))
        found.keys.update(rows.get_column(_OWN))


def _tables(content: Content, wanted: Sequence[str]) -> Iterator[tuple[str, pl.DataFrame]]:
    """`_record`, the record's own key, and what of the wanted columns a table has."""
    for mapping in content.export.tables:
        parts = content.parts(mapping.table)
        if not parts:
            continue
        columns = [name for name in wanted if name in tables()[mapping.table].lake_schema]
        own = pl.concat_str(pl.col("source_system"), pl.lit("."), "source_entity", pl.lit(":"), "source_id").alias(_OWN)
        for part in parts:
            yield mapping.table, pl.scan_parquet(part, glob=False).select("_record", own, *columns).collect()


def _records(content: Content) -> Iterator[pl.DataFrame]:
    """The key of every record that went on, whatever became of its rows."""
    for part in content.parts("records"):
        own = pl.concat_str(pl.lit(f"{content.export.id}:"), "source_id").alias(_OWN)
        yield pl.scan_parquet(part, glob=False).select(pl.col("record_number").alias("_record"), own).collect()


def _series(values: set[str]) -> pl.Series:
    return pl.Series(sorted(values), dtype=pl.String)
