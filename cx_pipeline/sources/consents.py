"""Consent events: the vocabulary of sources that tell a state or a change of consent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from cx_pipeline.scrub import booleans
from cx_pipeline.sources.columns import written
from cx_pipeline.sources.export import Items, Rows

MARKETING = "marketing"


def who(**kinds: str | pl.Expr) -> pl.Expr:
    """Who decided: the first identifier that is there, each named by its kind."""
    known = {kind: pl.col(column) if isinstance(column, str) else column for kind, column in kinds.items()}
    kind = pl.coalesce(pl.when(column.is_not_null()).then(pl.lit(name)) for name, column in known.items())
    return pl.when(kind.is_not_null()).then(pl.struct(kind=kind, token=pl.coalesce(known.values())))


def consent(
    what: str | pl.Expr,
    *,
    state: str | pl.Expr,
    contains: pl.Expr,
    when: pl.Expr | None = None,
    at: pl.Expr,
    identity: pl.Expr,
    person: pl.Expr,
    items: Items | None = None,
    channel: str | pl.Expr = "email",
    purpose: str | pl.Expr = MARKETING,
    **further: Any,
) -> Rows:
    """Rows of `consent_events`.

    The id of an event names what was decided, how and when, so that a later state of the same record is an event of its own.

    Args:
        what: tells the events of one record apart, such as `email`.
        state: what was decided.
        contains, when, items: as in `Rows`.
        at: when it was decided.
        identity: who decided, as from `who`.
        person: key of the person record.
        channel, purpose: what it is about.
        further: further columns of the table.
    """
    decided, name = _literal(state), _literal(what)
    moment = at.dt.strftime("%Y%m%dT%H%M%S").fill_null("")
    columns: Mapping[str, pl.Expr] = {
        "event_id": pl.concat_str("record", pl.lit("#"), name, pl.lit("-"), decided, pl.lit("-"), moment).str.strip_chars_end(
            "-"
        ),
        "identity": identity,
        "customer_record": person,
        "channel": _literal(channel),
        "purpose": _literal(purpose),
        "state": decided,
        "occurred_at": at,
        **further,
    }
    return Rows(columns=columns, contains=contains, when=when, items=items)


def _literal(value: str | pl.Expr) -> pl.Expr:
    return pl.lit(value) if isinstance(value, str) else value


def affirmed(column: str) -> pl.Expr:
    """True where a raw cell says yes."""
    return pl.col(column).fill_null("").str.strip_chars().str.to_lowercase().is_in(sorted(booleans.TRUE))


def any_written(*columns: str) -> pl.Expr:
    """True where any of some raw columns holds anything."""
    return pl.any_horizontal(written(column) for column in columns)
