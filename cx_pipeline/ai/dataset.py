"""One cut of the dataset: from the published tables to the frames of its files, and the counts that go with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline.ai import published
from cx_pipeline.ai.chunks import CHUNKING_VERSION, chunks
from cx_pipeline.ai.consent import Permitted, permitted, permitted_customers, withheld_counts
from cx_pipeline.ai.conversations import conversations
from cx_pipeline.ai.examples import examples, unfit
from cx_pipeline.ai.facts import Withheld
from cx_pipeline.ai.labels import common_lines
from cx_pipeline.ai.messages import labelled_lines, prepared
from cx_pipeline.ai.repeats import Repeats, repeats
from cx_pipeline.ai.splits import SPLITS, groups, split
from cx_pipeline.ai.turns import spoken, turns
from cx_pipeline.identity.permissions import Permits
from cx_pipeline.privacy.outputs import FEATURES, RETRIEVAL, TRAINING
from cx_pipeline.settings import Ai

MESSAGE, CONVERSATION = "message", "conversation"
DUPLICATES = {"level": pl.String, "kept": pl.String, "removed": pl.String, "method": pl.String, "jaccard": pl.Float64}
NO_TEXT_LEFT, DUPLICATE, STRADDLES = "nothing_said", "duplicate", "straddles_the_cut"
_AT_ONCE = 20_000
_ABOUT = (
    "conversation_id",
    "customer_id",
    "group_id",
    "split",
    "source_system",
    "channel",
    "department",
    "language",
    "started_at",
)


@dataclass(frozen=True)
class Cut:
    """What one cut is made of.

    Attributes:
        conversations: rows of `conversations.parquet`.
        chunks: rows of `chunks.parquet`.
        examples: `split, messages` and what `finetune/metadata.parquet` tells of each, in the order of the files.
        duplicates: rows of `DUPLICATES`: what gave way to what.
        withheld: counts by output and reason.
        reasons: conversation_id, output, reason: what became of each conversation that is not in an output.
        consents: of training, of retrieval and of features.
        test_from: the cut in time.
        as_of: the newest moment of the data.
    """

    conversations: pl.DataFrame
    chunks: pl.DataFrame
    examples: pl.DataFrame
    duplicates: pl.DataFrame
    withheld: tuple[Withheld, ...]
    reasons: pl.DataFrame
    consents: tuple[Permitted, Permitted, Permitted]
    test_from: datetime | None
    as_of: datetime

    @property
    def people(self) -> pl.Series:
        """`customer_id` of those whose features may be told."""
        return self.consents[2].ids


def cut(
    connection: duckdb.DuckDBPyConnection,
    permits: Permits,
    settings: Ai,
    scratch: Path,
    test_from: datetime | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Cut:
    """Cut the dataset.

    Args:
        connection: to the published file.
        permits: what everybody permits now.
        settings: shares, purposes and limits.
        scratch: an empty folder for what is made on the way.
        test_from: the cut in time of the version before.
        progress: is told what is being done.
    """
    matters, others = published.conversations(connection), published.other_authors(connection)
    training = permitted(matters, others, TRAINING, permits)
    retrieval = permitted(matters, others, replace(RETRIEVAL, purpose=settings.retrieval_purpose), permits)
    allowed = matters.filter(pl.col("conversation_id").is_in(pl.concat([training.ids, retrieval.ids]).unique().implode()))
    people = permitted_customers(published.customers(connection), FEATURES, permits)
    progress("reading what may be used")
    messages = _messages(connection, allowed, settings, scratch)
    progress("looking for duplicates")
    within = _within(messages)
    kept = _without(messages, within)
    alike, texts = _alike_messages(kept, allowed), _texts(kept, allowed)
    trained = _conversations(allowed, kept, texts, alike, training.ids)
    looked_up = _conversations(allowed, kept, texts, alike, retrieval.ids)
    progress("splitting")
    imitated, poor = _examples(trained.rows, kept)
    named = imitated.select("conversation_id", pl.lit(value=True).alias("is_example"))
    parted = split(
        trained.rows.join(named, on="conversation_id", how="left").with_columns(pl.col("is_example").fill_null(value=False)),
        groups(trained.rows, [trained.repeats.clusters.select(pl.col("id").alias("conversation_id"), "cluster"), alike]),
        test=settings.test_share,
        validation=settings.validation_share,
        test_from=test_from,
    )
    rows = trained.rows.join(parted.rows, on="conversation_id", maintain_order="left")
    lines = _lines(imitated, rows)
    pieces = _chunks(looked_up.rows, kept, settings.retrieval_purpose)
    rows = (
        rows.filter(pl.col("split").is_not_null())
        .join(named, on="conversation_id", how="left", maintain_order="left")
        .with_columns(pl.col("is_example").fill_null(value=False), pl.lit(TRAINING.purpose).alias("consent_purpose"))
    )
    reasons = pl.concat(
        [
            _told("conversations", training.withheld, trained.left, _straddling(parted.rows)),
            _told("finetune", poor),
            _told("retrieval", retrieval.withheld, looked_up.left),
        ]
    )
    duplicates = pl.concat(
        [
            within.select(pl.lit(MESSAGE).alias("level"), "kept", "removed", "method", "jaccard"),
            *(
                part.repeats.decisions.select(pl.lit(CONVERSATION).alias("level"), "kept", "removed", "method", "jaccard")
                for part in (trained, looked_up)
            ),
        ]
    ).unique()
    as_of = published.newest(connection) or datetime(1970, 1, 1)
    return Cut(
        rows,
        pieces,
        lines,
        duplicates.sort("level", "removed", "kept"),
        (*_counted(reasons), *withheld_counts(people, "customer")),
        reasons,
        (training, retrieval, people),
        parted.test_from,
        as_of,
    )


@dataclass(frozen=True)
class _Part:
    """Conversations of one output, its repeats, and `conversation_id, reason` of what was left out."""

    rows: pl.DataFrame
    repeats: Repeats
    left: pl.DataFrame


def _messages(connection: duckdb.DuckDBPyConnection, allowed: pl.DataFrame, settings: Ai, scratch: Path) -> pl.DataFrame:
    """All messages of the allowed conversations, prepared; read in batches of whole conversations."""
    batches = []
    for number, batch in enumerate(published.messages(connection, allowed["conversation_id"], _AT_ONCE)):
        batch.write_parquet(scratch / f"messages-{number:05}.parquet")
        labelled_lines(batch, allowed).write_parquet(scratch / f"lines-{number:05}.parquet")
        batches.append(number)
    if not batches:
        nothing = next(published.messages(connection, pl.Series("conversation_id", [""]), 1))
        return prepared(nothing, labelled_lines(nothing, allowed), pl.DataFrame(schema={"line": pl.String}), allowed)
    lines = pl.scan_parquet([scratch / f"lines-{number:05}.parquet" for number in batches], glob=False)
    common = common_lines(lines, settings.boilerplate_customers)
    return pl.concat(
        prepared(
            pl.read_parquet(scratch / f"messages-{number:05}.parquet", glob=False),
            pl.read_parquet(scratch / f"lines-{number:05}.parquet", glob=False),
            common,
            allowed,
        )
        for number in batches
    )


def _within(messages: pl.DataFrame) -> pl.DataFrame:
    """Messages that repeat one of the same side of the same conversation; short ones are no repeats."""
    telling = messages.filter(~pl.col("is_low_information"), ~pl.col("is_boilerplate"))
    side = pl.concat_str("conversation_id", "role", pl.col("is_public").cast(pl.String), separator="\n")
    items = telling.select(
        pl.col("message_id").alias("id"), side.alias("owner"), pl.col("sent_at").alias("at"), pl.col("body").alias("text")
    )
    return repeats(items).decisions


def _without(messages: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    counted = decisions.group_by(pl.col("kept").alias("message_id")).agg((pl.len() + 1).cast(pl.Int64).alias("n_occurrences"))
    left = messages.join(
        decisions.select(pl.col("removed").alias("message_id")), on="message_id", how="anti", maintain_order="left"
    )
    return left.join(counted, on="message_id", how="left", maintain_order="left").with_columns(
        pl.col("n_occurrences").fill_null(1), pl.int_range(1, pl.len() + 1).over("conversation_id").alias("position")
    )


def _alike_messages(messages: pl.DataFrame, matters: pl.DataFrame) -> pl.DataFrame:
    """`conversation_id, message_id, cluster, people`: messages of customers, those that are alike in one cluster."""
    asked = spoken(messages).filter(pl.col("role") == "customer", ~pl.col("is_low_information"))
    owned = asked.join(matters.select("conversation_id", "customer_id"), on="conversation_id", maintain_order="left")
    owner = pl.coalesce("customer_id", "conversation_id").alias("owner")
    items = owned.select(pl.col("message_id").alias("id"), owner, pl.col("sent_at").alias("at"), pl.col("body").alias("text"))
    clusters = repeats(items).clusters.rename({"id": "message_id"})
    return asked.select("conversation_id", "message_id").join(clusters, on="message_id", maintain_order="left")


def _texts(messages: pl.DataFrame, matters: pl.DataFrame) -> pl.DataFrame:
    """`id, owner, at, text` of each conversation in which something is said."""
    public = messages.filter("is_public", ~pl.col("is_boilerplate"), ~pl.col("is_auto_reply"), pl.col("role") != "bot")
    said = public.group_by("conversation_id", maintain_order=True).agg(pl.col("body").drop_nulls().str.join("\n").alias("text"))
    owner = pl.coalesce("customer_id", "conversation_id").alias("owner")
    return (
        matters.join(said, on="conversation_id")
        .filter(pl.col("text").str.strip_chars() != "")
        .select(pl.col("conversation_id").alias("id"), owner, pl.col("started_at").alias("at"), "text")
    )


def _conversations(
    matters: pl.DataFrame, messages: pl.DataFrame, texts: pl.DataFrame, alike: pl.DataFrame, ids: pl.Series
) -> _Part:
    mine = matters.filter(pl.col("conversation_id").is_in(ids.implode()))
    found = repeats(texts.filter(pl.col("id").is_in(ids.implode())))
    silent = mine.join(texts, left_on="conversation_id", right_on="id", how="anti")
    left = pl.concat(
        [
            silent.select("conversation_id", pl.lit(NO_TEXT_LEFT).alias("reason")),
            found.decisions.select(pl.col("removed").alias("conversation_id"), pl.lit(DUPLICATE).alias("reason")),
        ]
    )
    counted = found.decisions.group_by(pl.col("kept").alias("conversation_id")).agg(
        (pl.len() + 1).cast(pl.Int64).alias("n_occurrences")
    )
    people = found.clusters.select(pl.col("id").alias("conversation_id"), (pl.col("people") > 1).alias("is_template"))
    whole = (
        mine.join(left, on="conversation_id", how="anti")
        .join(counted, on="conversation_id", how="left")
        .join(people, on="conversation_id", how="left")
        .with_columns(pl.col("n_occurrences").fill_null(1), pl.col("is_template").fill_null(value=False))
    )
    templates = alike.select("message_id", (pl.col("people") > 1).alias("is_template"))
    marked = messages.join(templates, on="message_id", how="left", maintain_order="left").with_columns(
        pl.col("is_template").fill_null(value=False)
    )
    return _Part(conversations(whole, marked), found, left)


def _examples(rows: pl.DataFrame, messages: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Examples, and `conversation_id, reason` of what is not imitated."""
    judged = unfit(rows, messages.join(rows, on="conversation_id", how="semi", maintain_order="left"))
    fit = judged.filter(pl.col("reason").is_null()).select("conversation_id")
    made = examples(turns(messages.join(fit, on="conversation_id", how="semi", maintain_order="left")))
    silent = fit.join(made, on="conversation_id", how="anti").with_columns(pl.lit("no_question_and_answer").alias("reason"))
    return made, pl.concat([judged.filter(pl.col("reason").is_not_null()), silent])


def _lines(made: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Examples in the order of their files, with what the side file tells of each."""
    placed = rows.filter(pl.col("split").is_not_null()).select(*_ABOUT)
    known = made.join(placed, on="conversation_id")
    order = pl.col("split").replace_strict({name: place for place, name in enumerate(SPLITS)}, return_dtype=pl.Int8)
    ordered = known.sort(order, "conversation_id")
    return ordered.with_columns(pl.int_range(1, pl.len() + 1).over("split").alias("line"))


def _chunks(rows: pl.DataFrame, messages: pl.DataFrame, purpose: str) -> pl.DataFrame:
    """Chunks of finished conversations that hold no instructions to a model."""
    flags = pl.col("quality_flags")
    usable = rows.filter(pl.col("outcome").is_in(["solved", "closed"]), ~flags.list.contains("injected_instructions")).select(
        "conversation_id", "customer_id", "source_system", "channel", "department", "language", "started_at", "ended_at"
    )
    made = chunks(turns(messages.join(usable, on="conversation_id", how="semi", maintain_order="left")))
    return made.join(usable, on="conversation_id", maintain_order="left").with_columns(
        pl.lit(purpose).alias("consent_purpose"), pl.lit(CHUNKING_VERSION, dtype=pl.Int64).alias("chunking_version")
    )


def _straddling(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("split").is_null()).select("conversation_id", pl.lit(STRADDLES).alias("reason"))


def _told(output: str, *parts: pl.DataFrame) -> pl.DataFrame:
    joined = pl.concat(part.select("conversation_id", "reason") for part in parts)
    return joined.select("conversation_id", pl.lit(output).alias("output"), "reason")


def _counted(reasons: pl.DataFrame) -> tuple[Withheld, ...]:
    counted = reasons.group_by("output", "reason").len().sort("output", "reason")
    return tuple(Withheld(output, CONVERSATION, reason, count) for output, reason, count in counted.iter_rows())
