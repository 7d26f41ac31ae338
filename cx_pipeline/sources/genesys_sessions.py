"""Sessions of Genesys Cloud conversations: how long was waited, talked and held, summed from their segments.

Customer, queue and agent are participants beside each other, each with sessions of their own, and a session is a row of
segments. What a segment is depends on whose it is: `interact` is talk of an agent, waiting in a queue, and the menu of an IVR.
"""

from __future__ import annotations

import polars as pl

from cx_pipeline.scrub import json_values
from cx_pipeline.scrub.json_values import Place
from cx_pipeline.scrub.time_formats import FORMATS
from cx_pipeline.sources.export import Context
from cx_pipeline.sources.items import elements_of

CUSTOMERS = ("customer", "external")
AGENTS = ("agent", "user")
QUEUES = ("acd",)
MENUS = ("ivr", "workflow", "botflow")
# Kind of time to whose segments of which types make it.
_KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "talk": (AGENTS, ("interact",)),
    "hold": (AGENTS, ("hold",)),
    "ring": (AGENTS, ("alert", "dialing", "contacting")),
    "wrapup": (AGENTS, ("wrapup",)),
    "wait": (QUEUES, ("interact", "delay", "hold")),
    "menu": (MENUS, ("interact", "ivr", "delay")),
}
_ISO = FORMATS["iso"]
_TIME_TEXT = "%Y-%m-%dT%H:%M:%S%.6fZ"
_SESSIONS = elements_of("sessions", "participants", "$", "$.sessions", fields=())


def sessions(batch: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Every session: `item` (its JSON), `up1` (that of its participant), and as text what its segments tell.

    `<kind>_ms` is the sum of the segments of a kind: null where there is none, or where one has not ended. `holds` counts
    those on hold, `since` and `until` are the ends of the first and last segment, `talk_since` is when the talk began, `queue`
    the last queue named, `reason` how the last segment ended; `until` is null while a segment has not ended.
    """
    held = _SESSIONS.of(batch, context)
    held = held.with_columns(pl.int_range(pl.len()).alias("session"))
    told = _sums(_segments(held))
    texts = [pl.col(name) for name in told.columns if name != "session"]
    return held.join(told, on="session", how="left", maintain_order="left").select("_record", "item", "up1", *texts)


def _segments(held: pl.DataFrame) -> pl.DataFrame:
    """A row a segment, with the purpose of its participant."""
    found = json_values.elements(held.get_column("item"), "$.segments")
    texts = pl.DataFrame({"segment": found.get_column("text")}, schema={"segment": pl.String})
    names = {"start": "segmentStart", "end": "segmentEnd", "type": "segmentType", "queue": "queueId", "reason": "disconnectType"}
    parts = json_values.as_frame({name: Place("segment", f"$.{path}") for name, path in names.items()}, texts)
    purposes = held.get_column("up1").str.json_path_match("$.purpose").str.to_lowercase()
    return parts.with_columns(
        held.get_column("session").gather(found.get_column("row")).alias("session"),
        purposes.gather(found.get_column("row")).alias("purpose"),
        pl.col("type").str.to_lowercase(),
    ).with_columns(_ISO.read(pl.col(name), lambda wall: wall).alias(name) for name in ("start", "end"))


def _sums(segments: pl.DataFrame) -> pl.DataFrame:
    milliseconds = (pl.col("end") - pl.col("start")).dt.total_milliseconds()
    made = []
    for kind, (purposes, types) in _KINDS.items():
        is_kind = pl.col("purpose").is_in(list(purposes)) & pl.col("type").is_in(list(types))
        of_kind = milliseconds.filter(is_kind)
        made.append(pl.when((of_kind.len() > 0) & (of_kind.null_count() == 0)).then(of_kind.sum()).alias(f"{kind}_ms"))
    is_hold = pl.col("purpose").is_in(list(AGENTS)) & (pl.col("type") == "hold")
    is_talk = pl.col("purpose").is_in(list(AGENTS)) & (pl.col("type") == "interact")
    # What is written up after the talk is no part of it any more.
    talked = pl.col("type") != "wrapup"
    told = segments.group_by("session", maintain_order=True).agg(
        *made,
        is_hold.sum().alias("holds"),
        pl.col("start").min().alias("since"),
        pl.when(pl.col("end").filter(talked).null_count() == 0).then(pl.col("end").filter(talked).max()).alias("until"),
        pl.col("start").filter(is_talk).min().alias("talk_since"),
        pl.col("queue").drop_nulls().last(),
        pl.col("reason").filter(talked).drop_nulls().last(),
    )
    numbers = [f"{kind}_ms" for kind in _KINDS]
    return told.with_columns(pl.col(*numbers, "holds").cast(pl.String), pl.col(pl.Datetime).dt.strftime(_TIME_TEXT))


def ends_of(participants: pl.Series) -> pl.Series:
    """What sessions tell of their conversation, as JSON: when an agent first talked, and the last agent and queue."""
    batch = pl.DataFrame({"_record": pl.int_range(participants.len(), eager=True), "participants": participants})
    every = sessions(batch, Context())
    purpose = pl.col("up1").str.json_path_match("$.purpose").str.to_lowercase()
    user = pl.col("up1").str.json_path_match("$.userId")
    is_agent = purpose.is_in(list(AGENTS)) & user.is_not_null()
    told = (
        every.sort("since", nulls_last=True, maintain_order=True)
        .group_by("_record")
        .agg(
            pl.col("talk_since").min().alias("answered"),
            user.filter(is_agent).last().alias("agent"),
            pl.col("queue").drop_nulls().last().alias("queue"),
        )
    )
    whole = batch.select("_record").join(told, on="_record", how="left", maintain_order="left")
    return whole.select(pl.struct("answered", "agent", "queue").struct.json_encode()).to_series()
