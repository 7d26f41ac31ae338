"""One cut of the dataset: from the published tables to the rows of its files, and the counts that go with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline.ai import batches, published
from cx_pipeline.ai.batches import CHUNKS, CONVERSATIONS, EXAMPLES, MESSAGES, TEXTS, Batches
from cx_pipeline.ai.chunks import CHUNKING_VERSION, chunks
from cx_pipeline.ai.consent import Permitted, permitted, permitted_customers, withheld_counts
from cx_pipeline.ai.conversations import conversations
from cx_pipeline.ai.examples import examples, unfit, with_ids
from cx_pipeline.ai.facts import Withheld
from cx_pipeline.ai.repeats import Repeats, repeats, said
from cx_pipeline.ai.splits import groups, split
from cx_pipeline.ai.turns import spoken, turns
from cx_pipeline.identity.permissions import Permits
from cx_pipeline.privacy.outputs import FEATURES, RETRIEVAL, TRAINING
from cx_pipeline.settings.ai import Ai

MESSAGE, CONVERSATION = "message", "conversation"
DUPLICATES = {"level": pl.String, "kept": pl.String, "removed": pl.String, "method": pl.String, "jaccard": pl.Float64}
_ID = pl.col("message_id").alias("id")
NO_TEXT_LEFT, DUPLICATE, STRADDLES = "nothing_said", "duplicate", "straddles_the_cut"


@dataclass(frozen=True)
class Cut:
    """What one cut is made of.

    Attributes:
        files: batches of rows of `conversations.parquet` (without group and split), of `chunks.parquet` and of examples.
        placed: conversation_id, group_id, split, is_example: conversations that are in the dataset.
        duplicates: rows of `DUPLICATES`: what gave way to what.
        withheld: counts by output and reason.
        reasons: conversation_id, output, reason: what became of each conversation that is not in an output.
        consents: of training, of retrieval and of features.
        test_from: the cut in time.
        as_of: the newest moment of the data.
    """

    files: Batches
    placed: pl.DataFrame
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


@dataclass(frozen=True)
class _Part:
    """What one output may hold: its conversations, with `n_occurrences` and `is_template`, the repeats, and what is left out."""

    matters: pl.DataFrame
    repeats: Repeats
    left: pl.DataFrame


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
        scratch: an empty folder for what is made on the way; what is cut lies there until it is written.
        test_from: the cut in time of the version before.
        progress: is told what is being done.
    """
    matters, others = published.conversations(connection), published.other_authors(connection)
    training = permitted(matters, others, TRAINING, permits)
    retrieval = permitted(matters, others, replace(RETRIEVAL, purpose=settings.retrieval_purpose), permits)
    allowed = matters.filter(pl.col("conversation_id").is_in(pl.concat([training.ids, retrieval.ids]).unique().implode()))
    people = permitted_customers(published.customers(connection), FEATURES, permits)
    progress("reading what may be used")
    files = batches.read(connection, allowed, scratch, settings.boilerplate_customers)
    progress("looking for duplicates")
    within = batches.without_repeats(files)
    alike = _alike_messages(files, allowed)
    trained, looked_up = _parts(files, allowed, training.ids, retrieval.ids)
    progress("putting conversations together")
    poor = _put_conversations(files, trained, alike)
    _put_chunks(files, looked_up, alike, settings.retrieval_purpose)
    progress("splitting")
    made = files.scan(CONVERSATIONS).select("conversation_id", "customer_id", "started_at").collect()
    imitated = files.scan(EXAMPLES).select("conversation_id", pl.lit(value=True).alias("is_example")).collect()
    known = made.join(imitated, on="conversation_id", how="left", maintain_order="left").with_columns(
        pl.col("is_example").fill_null(value=False)
    )
    parted = split(
        known,
        groups(known, [trained.repeats.clusters.select(pl.col("id").alias("conversation_id"), "cluster"), alike]),
        test=settings.test_share,
        validation=settings.validation_share,
        test_from=test_from,
    )
    reasons = pl.concat(
        [
            _told("conversations", training.withheld, trained.left, _straddling(parted.rows)),
            _told("finetune", poor),
            _told("retrieval", retrieval.withheld, looked_up.left),
        ]
    )
    placed = parted.rows.filter(pl.col("split").is_not_null()).join(
        known.select("conversation_id", "is_example"), on="conversation_id", maintain_order="left"
    )
    return Cut(
        files,
        placed,
        _duplicates(within, trained.repeats, looked_up.repeats),
        (*_counted(reasons), *withheld_counts(people, "customer")),
        reasons,
        (training, retrieval, people),
        parted.test_from,
        published.newest(connection) or datetime(1970, 1, 1),
    )


def _alike_messages(files: Batches, matters: pl.DataFrame) -> pl.DataFrame:
    """`conversation_id, message_id, cluster, people`: messages of customers, those that are alike in one cluster."""
    owner = pl.coalesce("customer_id", "conversation_id").alias("owner")
    asked = pl.concat(
        spoken(batch)
        .filter(pl.col("role") == "customer", ~pl.col("is_low_information"))
        .select(
            "conversation_id", pl.col("message_id").alias("id"), pl.col("sent_at").alias("at"), said(pl.col("body")).alias("said")
        )
        for batch in files.each(MESSAGES)
    )
    owned = asked.join(matters.select("conversation_id", "customer_id"), on="conversation_id", maintain_order="left")
    of = owned.select("conversation_id", pl.col("id").alias("message_id"))
    clusters = repeats(owned.select("id", owner, "at", "said")).clusters.rename({"id": "message_id"})
    return of.join(clusters, on="message_id", maintain_order="left")


def _parts(files: Batches, matters: pl.DataFrame, training: pl.Series, retrieval: pl.Series) -> tuple[_Part, _Part]:
    """What training and retrieval may hold; where both may hold the same, it is looked at once."""
    for number in files.numbers:
        files.put(TEXTS, number, _texts(files.get(MESSAGES, number), matters))
    trained = _part(files, matters, training)
    return trained, trained if training.equals(retrieval) else _part(files, matters, retrieval)


def _texts(messages: pl.DataFrame, matters: pl.DataFrame) -> pl.DataFrame:
    """`id, owner, at, said` of each conversation in which something is said."""
    public = messages.filter("is_public", ~pl.col("is_boilerplate"), ~pl.col("is_auto_reply"), pl.col("role") != "bot")
    whole = public.group_by("conversation_id", maintain_order=True).agg(pl.col("body").drop_nulls().str.join("\n").alias("text"))
    owner = pl.coalesce("customer_id", "conversation_id").alias("owner")
    return (
        matters.join(whole, on="conversation_id")
        .filter(pl.col("text").str.strip_chars() != "")
        .select(
            pl.col("conversation_id").alias("id"), owner, pl.col("started_at").alias("at"), said(pl.col("text")).alias("said")
        )
    )


def _part(files: Batches, matters: pl.DataFrame, ids: pl.Series) -> _Part:
    mine = matters.filter(pl.col("conversation_id").is_in(ids.implode()))
    texts = files.scan(TEXTS).filter(pl.col("id").is_in(ids.implode()))
    found = repeats(texts.collect())
    silent = mine.join(texts.select("id").collect(), left_on="conversation_id", right_on="id", how="anti")
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
    return _Part(whole, found, left)


def _put_conversations(files: Batches, part: _Part, alike: pl.DataFrame) -> pl.DataFrame:
    """Lay down the conversations, and the examples with their ids; `conversation_id, reason` of what is not imitated."""
    poor = []
    for number in files.numbers:
        messages = _marked(files.get(MESSAGES, number), alike)
        rows = conversations(part.matters, messages)
        judged = unfit(rows, messages.join(rows, on="conversation_id", how="semi", maintain_order="left"))
        fit = judged.filter(pl.col("reason").is_null()).select("conversation_id")
        made = with_ids(examples(turns(messages.join(fit, on="conversation_id", how="semi", maintain_order="left"))))
        silent = fit.join(made, on="conversation_id", how="anti").with_columns(pl.lit("no_question_and_answer").alias("reason"))
        poor.extend([judged.filter(pl.col("reason").is_not_null()), silent])
        files.put(CONVERSATIONS, number, rows)
        files.put(EXAMPLES, number, made)
    return pl.concat(poor)


def _put_chunks(files: Batches, part: _Part, alike: pl.DataFrame, purpose: str) -> None:
    """Lay down chunks of finished conversations that hold no instructions to a model."""
    flags = pl.col("quality_flags")
    for number in files.numbers:
        messages = _marked(files.get(MESSAGES, number), alike)
        rows = conversations(part.matters, messages)
        usable = rows.filter(pl.col("outcome").is_in(["solved", "closed"]), ~flags.list.contains("injected_instructions")).select(
            "conversation_id", "customer_id", "source_system", "channel", "department", "language", "started_at", "ended_at"
        )
        made = chunks(turns(messages.join(usable, on="conversation_id", how="semi", maintain_order="left")))
        told = made.join(usable, on="conversation_id", maintain_order="left").with_columns(
            pl.lit(purpose).alias("consent_purpose"), pl.lit(CHUNKING_VERSION, dtype=pl.Int64).alias("chunking_version")
        )
        files.put(CHUNKS, number, told)


def _marked(messages: pl.DataFrame, alike: pl.DataFrame) -> pl.DataFrame:
    """Messages, with a mark on those that other people sent as well."""
    templates = alike.select("message_id", (pl.col("people") > 1).alias("is_template"))
    return messages.join(templates, on="message_id", how="left", maintain_order="left").with_columns(
        pl.col("is_template").fill_null(value=False)
    )


def _duplicates(within: pl.DataFrame, *found: Repeats) -> pl.DataFrame:
    """Rows of `DUPLICATES`, each once."""
    columns = ("kept", "removed", "method", "jaccard")
    parts = [
        within.select(pl.lit(MESSAGE).alias("level"), *columns),
        *(item.decisions.select(pl.lit(CONVERSATION).alias("level"), *columns) for item in found),
    ]
    return pl.concat(parts).unique().sort("level", "removed", "kept")


def _straddling(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("split").is_null()).select("conversation_id", pl.lit(STRADDLES).alias("reason"))


def _told(output: str, *parts: pl.DataFrame) -> pl.DataFrame:
    joined = pl.concat(part.select("conversation_id", "reason") for part in parts)
    return joined.select("conversation_id", pl.lit(output).alias("output"), "reason")


def _counted(reasons: pl.DataFrame) -> tuple[Withheld, ...]:
    counted = reasons.group_by("output", "reason").len().sort("output", "reason")
    return tuple(Withheld(output, CONVERSATION, reason, count) for output, reason, count in counted.iter_rows())
