"""Who permits what: a person's consents, read for one purpose and channel, give a yes or the reason of the no.

Asked about a purpose, all counts that was said of it and of what it is a kind of: who granted marketing has granted marketing
e-mails. A refusal counts in both directions: who refused marketing e-mails has not permitted marketing as a whole. What was
said for any channel holds in each, what was said for one channel in that one alone; a question that names no channel asks for
all of them. Of everything that counts the strictest decides, and only a grant is a yes.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import polars as pl

from cx_pipeline.data_uses import line
from cx_pipeline.errors import InternalError
from cx_pipeline.identity.consents import REFUSALS, carriers_of, consent_at, with_refusals_ahead
from cx_pipeline.privacy.outputs import PurposeBound
from cx_pipeline.privacy.purposes import ANY, LEFT_ALONE, Question, basis_of, channels_of, purposes_of
from cx_pipeline.settings.privacy import Consent

STRICTNESS = ("granted", "unknown", "not_given", "expired", "pending", "denied", "withdrawn")
"""From the laxest to the strictest: the reasons that consents give."""
NEVER_ASKED, NOBODY, TEST, DELETED, OTHER_BASIS = "never_asked", "nobody_known", "is_test", "is_deleted", "other_basis"
REASONS = (*STRICTNESS[1:], NEVER_ASKED, NOBODY, TEST, DELETED)
"""Why a row is withheld."""
OBJECTIONABLE = ("legitimate_interests", "public_task")
"""Legal bases under which a person may object; the others hold whatever they say."""
ANSWERS: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "reason": pl.String(),
    "since": pl.Datetime("us"),
    "decided_by": pl.String(),
}
WITHHELD: dict[str, pl.DataType] = {
    "output": pl.String(),
    "purpose": pl.String(),
    "channel": pl.String(),
    "reason": pl.String(),
    "subjects": pl.Int64(),
    "rows": pl.Int64(),
}
BECAUSE = "withheld_because"
"""Column of a row that is withheld: one of `REASONS`."""


@dataclass(frozen=True)
class Permits:
    """Everybody's consents at one moment, ready to be asked.

    Attributes:
        statements: `customer_id, data_use, channel, state, since, decided_by`, as from `stated`.
        declared: the settings of consent.
    """

    statements: pl.LazyFrame
    declared: Consent

    def answers(self, question: Question, among: pl.LazyFrame | None = None) -> pl.LazyFrame:
        """Rows of `ANSWERS`: one for everybody whose consents have something to say; `reason` granted is the one yes.

        Args:
            question: what is asked.
            among: `customer_id` of the only people that are meant.
        """
        counting = self._counting(question)
        return (
            (counting if among is None else counting.join(among.select("customer_id"), on="customer_id", how="semi"))
            .with_columns(_strictness(pl.col("state")).alias("_strictness"))
            .sort(["_strictness", "since", "decided_by"], descending=[True, False, False], nulls_last=True)
            .unique("customer_id", keep="first", maintain_order=True)
            .select("customer_id", pl.col("state").alias("reason"), "since", "decided_by")
        )

    def reasons(self, question: Question) -> tuple[pl.LazyFrame, str]:
        """`customer_id, reason` of those with an answer, and the reason of everybody else; granted and other_basis are a yes."""
        basis = basis_of(question.precise.purpose, self.declared)
        strictest = self._counting(question).group_by("customer_id").agg(_strictness(pl.col("state")).max().alias("_strictness"))
        reason = pl.col("_strictness").replace_strict(range(len(STRICTNESS)), STRICTNESS, return_dtype=pl.String).alias("reason")
        answers = strictest.select("customer_id", reason)
        if basis is None:
            return answers, NEVER_ASKED
        objections = answers.filter(pl.col("reason").is_in(REFUSALS) & pl.lit(basis in OBJECTIONABLE))
        return objections, OTHER_BASIS

    def _counting(self, question: Question) -> pl.LazyFrame:
        """The statements that a question is decided by."""
        purpose, channel = question.precise
        whole = pl.col("data_use").is_in(list(line(purpose)))
        part = pl.col("data_use").str.starts_with(f"{purpose}.")
        everywhere = pl.col("channel") == ANY
        here = everywhere | (pl.col("channel") == channel) if channel != ANY else everywhere
        refused = pl.col("state").is_in(REFUSALS) & (whole | part) & (here | pl.lit(channel == ANY))
        return self.statements.filter(refused | (whole & here))


class Gated(NamedTuple):
    """What a gate makes of rows.

    Attributes:
        rows: those that may be used, as they came.
        withheld: rows of `WITHHELD`.
        refused: the other rows, each with the reason that decides on it as `BECAUSE`.
    """

    rows: pl.LazyFrame
    withheld: pl.DataFrame
    refused: pl.LazyFrame


def allowed(permits: Permits, purpose: str, channel: str = ANY) -> pl.LazyFrame:
    """`customer_id` of everybody who has granted a purpose; with another legal basis, ask `Permits.reasons` instead."""
    return permits.answers(Question(purpose, channel)).filter(reason="granted").select("customer_id")


def permits_at(
    events: pl.LazyFrame, identities: pl.LazyFrame, declared: Consent, as_of: datetime, mailboxes: frozenset[str] = frozenset()
) -> Permits:
    """What everybody permits at a moment, from the log alone.

    Args:
        events: `consent_events` as the clean stage leaves it, with `customer_id`.
        identities: `customer_identities` as the clean stage leaves it.
        declared: the settings of consent.
        as_of: UTC. What was granted later does not count; a refusal that is dated later does.
        mailboxes: role mailboxes beyond the usual ones.
    """
    counting = with_refusals_ahead(events, as_of)
    return Permits(stated(consent_at(counting, carriers_of(identities, mailboxes), as_of), events, declared), declared)


def stated(consents: pl.LazyFrame, events: pl.LazyFrame, declared: Consent) -> pl.LazyFrame:
    """Consents in the words of the taxonomy; what stands for nothing known is left out, unless it is a refusal in a channel.

    A refusal in a channel that stands for none known holds in each; a grant there holds nowhere.

    Args:
        consents: rows of `consents`.
        events: those that decided; they tell an expired grant from no choice.
        declared: the settings of consent.
    """
    said = consents.select("purpose", "channel").unique().collect()
    uses = purposes_of(said["purpose"].unique().sort(), declared)
    channels = channels_of(said["channel"].unique(), declared)
    rows = [
        (word, channel, *_precise(use, channels.get(channel), is_refused=is_refused), is_refused)
        for word, channel, use in said.join(uses, left_on="purpose", right_on="word")
        .select("purpose", "channel", "data_use")
        .rows()
        for is_refused in (False, True)
    ]
    meant = pl.LazyFrame(
        rows,
        schema={"purpose": pl.String, "channel": pl.String, "data_use": pl.String, "_in": pl.String, "_refused": pl.Boolean},
        orient="row",
    ).filter(pl.col("data_use").is_not_null())
    ended = (
        events.filter(state="granted").select(pl.col("event_id").alias("decided_by"), pl.lit(value=True).alias("_ended")).unique()
    )
    return (
        consents.with_columns(pl.col("state").is_in(REFUSALS).alias("_refused"))
        .join(meant, on=["purpose", "channel", "_refused"])
        .join(ended, on="decided_by", how="left")
        .select(
            "customer_id",
            "data_use",
            pl.col("_in").alias("channel"),
            pl.when((pl.col("state") == "not_given") & pl.col("_ended"))
            .then(pl.lit("expired"))
            .otherwise("state")
            .alias("state"),
            "since",
            "decided_by",
        )
    )


def gate(rows: pl.LazyFrame, output: PurposeBound, permits: Permits) -> Gated:
    """Leave of some rows only those whose person permits what the output is for.

    Args:
        rows: with the columns that the output names; where there are `is_test` or `is_deleted`, such rows are withheld.
        output: says what the rows are for.
        permits: as of the moment at which the rows are published.
    """
    columns = rows.collect_schema().names()
    if output.purpose_column:
        named = (output.purpose_column, output.channel_column)
        asked = map(Question._make, rows.select(named).unique().sort(named).collect().rows())
        parts = [(question, rows.filter(*map(operator.eq, map(pl.col, named), question))) for question in asked]
    elif output.purpose:
        parts = [(Question(output.purpose, output.channel), rows)]
    else:
        raise InternalError("an output says for no purpose that it is for one", where=output.name)
    judged = [(question, _judged(part, output.subject, question, permits)) for question, part in parts]
    if not judged:
        return Gated(rows, pl.DataFrame(schema=WITHHELD), rows.with_columns(pl.lit(None, dtype=pl.String).alias(BECAUSE)))
    counts = [_withheld(part, output, question) for question, part in judged]
    kept = pl.concat(part.filter(_is_yes()) for _, part in judged)
    refused = pl.concat(part.filter(~_is_yes()) for _, part in judged)
    withheld = pl.concat(pl.collect_all(counts)).sort("output", "purpose", "channel", "reason")
    return Gated(kept.select(columns), withheld, refused.select(*columns, BECAUSE))


def _judged(rows: pl.LazyFrame, subject: str, question: Question, permits: Permits) -> pl.LazyFrame:
    """Rows with the reason that decides on each."""
    known, others = permits.reasons(question)
    # Asked once, for the rows that are kept and for the counts of those that are not.
    answers = known.select(pl.col("customer_id").alias(subject), pl.col("reason").alias(BECAUSE)).collect().lazy()
    marks = {"is_deleted": DELETED, "is_test": TEST}
    present = [name for name in marks if name in rows.collect_schema().names()]
    marked = [pl.when(pl.col(name).fill_null(value=False)).then(pl.lit(marks[name])) for name in present]
    nobody = pl.when(pl.col(subject).is_null()).then(pl.lit(NOBODY))
    joined = rows.join(answers, on=subject, how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce(*marked, nobody, BECAUSE, pl.lit(others)).alias(BECAUSE))


def _withheld(judged: pl.LazyFrame, output: PurposeBound, question: Question) -> pl.LazyFrame:
    counted = (
        judged.filter(~_is_yes())
        .group_by(BECAUSE)
        .agg(pl.col(output.subject).drop_nulls().n_unique().alias("subjects"), pl.len().alias("rows"))
    )
    named: Mapping[str, pl.Expr] = {
        "output": pl.lit(output.name),
        "purpose": pl.lit(question.purpose),
        "channel": pl.lit(question.channel),
        "reason": pl.col(BECAUSE),
    }
    return counted.with_columns(**named).select(pl.col(name).cast(dtype) for name, dtype in WITHHELD.items())


def _is_yes() -> pl.Expr:
    return pl.col(BECAUSE).is_in(["granted", OTHER_BASIS])


def _strictness(state: pl.Expr) -> pl.Expr:
    return state.replace_strict(STRICTNESS, range(len(STRICTNESS)), return_dtype=pl.Int8)


def _precise(use: str | None, channel: str | None, *, is_refused: bool) -> tuple[str | None, str | None]:
    """The data use and channel that a statement is about; none where it stands for nothing."""
    if is_refused:
        channel = channel or ANY
        use = use or (LEFT_ALONE if channel != ANY else None)
    if use is None or channel is None:
        return None, None
    return Question(use, channel).precise
