"""Outputs for a purpose: who may be contacted, whose rows were withheld and why, and how much of all people a consent covers."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl

from cx_pipeline.contracts.tables import consent_words, contactable_customers
from cx_pipeline.identity.permissions import OBJECTIONABLE, WITHHELD, Permits, gate, stated
from cx_pipeline.privacy.outputs import CONTACTABLE
from cx_pipeline.privacy.purposes import ANY, CHANNELS, Question, basis_of, channels_of, purposes_of
from cx_pipeline.quality.score import Score
from cx_pipeline.settings.privacy import Consent

SCORED = (
    "analytics",
    "functional.service.improve",
    "essential.service.operations.support",
    "marketing",
    "personalize",
    "train_ai_system",
)
"""Purposes whose coverage is told of every version, whether or not something is published for them."""
COVERAGE = "consent.coverage"


class PurposeBoundTables(NamedTuple):
    """Rows of the tables that were written, tables of the `quality` schema by name, and figures."""

    rows: dict[str, int]
    quality: dict[str, pl.DataFrame]
    scores: list[Score]


def permits_of(folder: Path, declared: Consent) -> Permits:
    """What everybody permits at the moment of the run that made some clean tables."""
    consents, events = (pl.scan_parquet(folder / f"{name}.parquet", glob=False) for name in ("consents", "consent_events"))
    return Permits(stated(consents, events, declared), declared)


def write_purpose_bound(folder: Path, scratch: Path, declared: Consent) -> PurposeBoundTables:
    """Write `contactable_customers.parquet` and `consent_words.parquet`.

    Args:
        folder: of the clean tables, with `customers`, `customer_identities`, `consents` and `consent_events`.
        scratch: for what is made on the way.
        declared: the settings of consent.
    """
    told = scratch / "statements.parquet"
    permits_of(folder, declared).statements.sink_parquet(told, compression="zstd", compression_level=1)
    permits = Permits(pl.scan_parquet(told, glob=False), declared)
    people = scratch / "subjects.parquet"
    _subjects(folder).sink_parquet(people, compression="zstd", compression_level=1)
    subjects = pl.scan_parquet(people, glob=False)
    parts, withheld = [], [pl.DataFrame(schema=WITHHELD)]
    questions = [Question(purpose, channel) for purpose in declared.contact_purposes for channel in CHANNELS]
    for number, question in enumerate(questions):
        candidates = subjects.with_columns(pl.lit(question.purpose).alias("purpose"), pl.lit(question.channel).alias("channel"))
        gated = gate(candidates, CONTACTABLE, permits)
        parts.append(scratch / f"contactable-{number:05}.parquet")
        _with_proof(gated.rows.collect().lazy(), question, permits).sink_parquet(
            parts[-1], compression="zstd", compression_level=1
        )
        withheld.append(gated.withheld)
    asked = dict.fromkeys((*map(Question, SCORED), *questions))
    counts = pl.collect_all([_covered(subjects, question, permits) for question in asked])
    _joined(parts, folder / "contactable_customers.parquet", contactable_customers.TABLE.lake_schema)
    words = _words(folder, declared)
    words.write_parquet(folder / "consent_words.parquet")
    contactable = pl.scan_parquet(folder / "contactable_customers.parquet", glob=False).select(pl.len()).collect().item()
    return PurposeBoundTables(
        {"contactable_customers": contactable, "consent_words": words.height},
        {
            "consent_withheld": pl.concat(withheld),
            "consent_bases": _bases(declared),
        },
        [_coverage(question, counted) for question, counted in zip(asked, counts, strict=True)],
    )


def _subjects(folder: Path) -> pl.LazyFrame:
    """`customer_id, is_test, is_deleted` of every customer; marked where all that identifies them is."""
    marks = (
        pl.scan_parquet(folder / "customer_identities.parquet", glob=False)
        .filter(pl.col("customer_id").is_not_null())
        .group_by("customer_id")
        .agg(pl.col("is_test", "is_deleted").all())
    )
    customers = pl.scan_parquet(folder / "customers.parquet", glob=False).select("customer_id")
    return customers.join(marks, on="customer_id", how="left").with_columns(
        pl.col("is_test", "is_deleted").fill_null(value=False)
    )


def _with_proof(rows: pl.LazyFrame, question: Question, permits: Permits) -> pl.LazyFrame:
    """Rows of `contactable_customers`: why each of the people is among them."""
    basis = basis_of(question.precise.purpose, permits.declared)
    granted = permits.answers(question, among=rows).filter(pl.lit(basis is None)).select("customer_id", "since", "decided_by")
    proven = rows.join(granted, on="customer_id", how="left").with_columns(pl.lit(basis or "consent").alias("basis"))
    return proven.select(pl.col(name).cast(dtype) for name, dtype in contactable_customers.TABLE.lake_schema.items())


def _covered(subjects: pl.LazyFrame, question: Question, permits: Permits) -> pl.LazyFrame:
    """`counted, out_of`: people whose data may be used for a purpose, and all of them."""
    known, others = permits.reasons(question)
    reason = pl.col("reason").fill_null(others)
    return (
        subjects.filter(~pl.col("is_test"), ~pl.col("is_deleted"))
        .join(known, on="customer_id", how="left")
        .select(
            reason.is_in(["granted", "other_basis"]).sum().cast(pl.Int64).alias("counted"),
            pl.len().cast(pl.Int64).alias("out_of"),
        )
    )


def _coverage(question: Question, counts: pl.DataFrame) -> Score:
    counted, out_of = counts.row(0)
    about = question.purpose if question.channel == ANY else f"{question.purpose} by {question.channel}"
    share = counted / out_of if out_of else None
    return Score(COVERAGE, about, share, "share", None, False, out_of, "Share of customers whose data may be used for this.")


def _words(folder: Path, declared: Consent) -> pl.DataFrame:
    consents = pl.scan_parquet(folder / "consents.parquet", glob=False)
    return pl.concat(
        [_purposes(_persons(consents, "purpose"), declared), _channels(_persons(consents, "channel"), declared)]
    ).match_to_schema(consent_words.TABLE.lake_schema)


def _persons(consents: pl.LazyFrame, column: str) -> pl.DataFrame:
    counted = consents.group_by(pl.col(column).alias("word")).agg(
        pl.col("customer_id").n_unique().cast(pl.Int64).alias("persons")
    )
    return counted.sort("word").collect()


def _purposes(found: pl.DataFrame, declared: Consent) -> pl.DataFrame:
    meant = purposes_of(found["word"], declared)
    joined = found.join(meant, on="word", maintain_order="left")
    return joined.select(pl.lit("purpose").alias("kind"), "word", pl.col("data_use").alias("stands_for"), "mapped_by", "persons")


def _channels(found: pl.DataFrame, declared: Consent) -> pl.DataFrame:
    known = channels_of(found["word"], declared)
    own = set(channels_of(found["word"], Consent()))
    return found.select(
        pl.lit("channel").alias("kind"),
        "word",
        pl.col("word").replace_strict(known, default=None, return_dtype=pl.String).alias("stands_for"),
        pl.when(~pl.col("word").is_in(list(known)))
        .then(pl.lit("nothing"))
        .when(pl.col("word").is_in(list(own)))
        .then(pl.lit("known"))
        .otherwise(pl.lit("settings"))
        .alias("mapped_by"),
        "persons",
    )


def _bases(declared: Consent) -> pl.DataFrame:
    rows = [(use, basis, basis in OBJECTIONABLE) for use, basis in sorted(declared.other_basis.items())]
    return pl.DataFrame(rows, schema={"purpose": pl.String, "basis": pl.String, "may_object": pl.Boolean}, orient="row")


def _joined(parts: list[Path], target: Path, schema: pl.Schema) -> None:
    """One file of all parts; an empty one where there are none."""
    rows = pl.scan_parquet(parts, glob=False) if parts else pl.LazyFrame(schema=schema)
    rows.sink_parquet(target, compression="zstd", compression_level=1)
