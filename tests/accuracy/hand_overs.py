"""What the marts say of hand-overs and refunds, beside what the generator knows to have happened."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.known import as_of
from cx_pipeline.synth.orders import EVENTS, HAND_OVER_EVENTS
from cx_pipeline.synth.timeline import FOREVER
from cx_pipeline.synth.vendors.shopify import fulfillment_orders
from cx_pipeline.synth.vendors.shopify import site as shop
from cx_pipeline.synth.world import World
from tests.accuracy.loops import left_out, rows_of, world_of

_KEY = "shopify.fulfillment_orders:"
_HOUR = timedelta(hours=1)


class Expected(NamedTuple):
    """One hand-over, in the order of the columns that are asked for."""

    promised_at: datetime | None
    ready_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    collected_at: datetime | None
    is_late: bool | None
    is_late_without_notice: bool | None
    visits: int
    visits_in_vain: int
    is_told_too_early: bool
    calls_on_arrival: int


def hand_overs(published: Path, truth: Path) -> tuple[dict[str, Expected], dict[str, Expected], set[str]]:
    """Of every hand-over: times, lateness, notice, visits and calls; and those lost but for damaged records."""
    world = world_of(truth)
    parts = _parts(world).filter(~pl.col("of").is_in(left_out(published, "orders", "order_id")))
    judge = _Judge(published, truth, world)
    expected = {row["key"]: judge.of(row) for row in parts.iter_rows(named=True)}
    rows = rows_of(
        published,
        f"SELECT fulfilment_id, {', '.join(Expected._fields)} FROM marts.online_offline_sync WHERE fulfilment_id LIKE '{_KEY}%'",
    )
    found = {row[0]: Expected(*row[1:]) for row in rows}
    missing = set(expected) - set(found)
    damaged = set(parts.filter("is_damaged")["key"])
    return found, {key: row for key, row in expected.items() if key not in missing}, missing - damaged


def _parts(world: World) -> pl.DataFrame:
    """Hand-overs as they are known at the end, with the keys of their records, and whether one of these was ever damaged."""
    parts = as_of(world.hand_overs, HAND_OVER_EVENTS, world.timeline.end)
    numbers = parts["hand_over"].to_numpy() // 2
    trap = allot(world.dice, "shopify/hand_overs", numbers, len(world.orders), fulfillment_orders.TRAPS)
    return parts.with_columns(
        key=pl.format(f"{_KEY}{{}}", shop.hand_over_id(pl.col("hand_over"))),
        of=pl.format("shopify.orders:{}", shop.order_id(pl.col("order"))),
        is_damaged=met(trap, "cut_line"),
    )


class _Judge:
    """What is true of a hand-over. Whose an order is, and which visits and calls count, is asked of the published file."""

    def __init__(self, published: Path, truth: Path, world: World) -> None:
        [(self._now,)] = rows_of(published, "SELECT now FROM quality.runs")
        delays = pl.read_parquet(truth / "fulfilment_events" / "*.parquet").filter(kind="delayed")
        self._notices = {key: _read(moment) for key, moment in delays.select("fulfilment_id", "occurred_at").rows()}
        self._visits = _visits(published, world)
        self._owners = dict(rows_of(published, "SELECT order_id, customer_id FROM main.orders"))
        self._calls: dict[str, list[datetime]] = {}
        for customer, opened in rows_of(
            published,
            """SELECT customer_id, opened_at FROM main.interactions WHERE channel = 'phone' AND NOT is_deleted AND NOT is_test
               AND direction IS DISTINCT FROM 'outbound' AND direction IS DISTINCT FROM 'internal' AND opened_at IS NOT NULL
               AND customer_id IS NOT NULL""",
        ):
            self._calls.setdefault(customer, []).append(opened)

    def of(self, row: dict[str, Any]) -> Expected:
        promised, told, shipped, delivered, collected = (
            _time(row[name]) for name in ("promised", "told", "shipped", "delivered", "collected")
        )
        kept = told if row["pick_up"] else delivered
        late = None if row["cancelled"] < FOREVER or promised is None else (kept or self._now) > promised
        notice = self._notices.get(row["key"])
        came = self._visits.get(row["order"], []) if row["pick_up"] else []
        arrivals = [entered for entered, _ in came] or [moment for moment in (collected,) if moment]
        calls = self._calls.get(self._owners.get(row["of"]) or "", [])
        return Expected(
            promised,
            told,
            shipped,
            delivered,
            collected,
            late,
            late and not (notice and notice <= (kept or self._now)),
            len(came),
            sum(in_vain for _, in_vain in came),
            any(in_vain and told is not None and told <= entered for entered, in_vain in came),
            sum(any(abs(call - moment) <= _HOUR for moment in arrivals) for call in calls),
        )


def _visits(published: Path, world: World) -> dict[int, list[tuple[datetime, bool]]]:
    """Of each order when somebody came for it, and whether in vain."""
    rows = rows_of(published, "SELECT interaction_id FROM main.interactions WHERE kind = 'visit' AND NOT is_test")
    came = world.visits.filter(pl.col("order") >= 0).select(
        "order", "entered", "is_in_vain", visit=pl.format("store.visits:V-{}", pl.col("visit").cast(pl.String).str.zfill(7))
    )
    found: dict[int, list[tuple[datetime, bool]]] = {}
    for order, entered, in_vain, _ in came.filter(pl.col("visit").is_in([row[0] for row in rows])).rows():
        found.setdefault(order, []).append((datetime.fromtimestamp(entered, UTC).replace(tzinfo=None), in_vain))
    return found


def demand(published: Path, truth: Path) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Of every day: hand-overs asked for, promised and made. What other records tell is taken as told."""
    world = world_of(truth)
    found_ids = {row[0] for row in rows_of(published, "SELECT fulfilment_id FROM marts.online_offline_sync")}
    parts = _parts(world).filter(pl.col("key").is_in(found_ids))
    others = rows_of(
        published,
        f"""SELECT ordered_at, promised_at, coalesce(collected_at, delivered_at) FROM marts.online_offline_sync
            WHERE fulfilment_id NOT LIKE '{_KEY}%'""",
    )
    ordered = dict(rows_of(published, "SELECT order_id, ordered_at FROM main.orders"))
    told = [
        (ordered.get(row["of"]), _time(row["promised"]), _time(min(row["collected"], row["delivered"])))
        for row in parts.iter_rows(named=True)
    ]
    counted = [Counter(row[place].date() for row in (*told, *others) if row[place]) for place in range(3)]
    rows = rows_of(published, "SELECT day, asked, promised, handed_over FROM marts.fulfilment_demand_daily WHERE way = 'all'")
    return {row[0]: row[1:] for row in rows}, {row[0]: tuple(days[row[0]] for days in counted) for row in rows}


def refunds(published: Path, truth: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of every order of the shop that tells when: when its money was asked for and went back."""
    world = world_of(truth)
    gone = left_out(published, "orders", "order_id")
    known = {row[0] for row in rows_of(published, "SELECT order_id FROM main.orders")}
    mine = as_of(world.orders.filter(shop.market(pl.col("order")) == shop.API), EVENTS, world.timeline.end)
    expected = {
        key: (_time(refunded), _time(refunded + 60), "credited", False)
        for key, refunded in mine.select(pl.format("shopify.orders:{}", shop.order_id(pl.col("order"))), "refunded").rows()
        if refunded < FOREVER and key in known - gone
    }
    rows = rows_of(
        published,
        "SELECT order_id, opened_at, credited_at, state, is_overdue FROM marts.return_credits WHERE opened_at IS NOT NULL",
    )
    return {row[0]: row[1:] for row in rows}, expected


def _time(seconds: int) -> datetime | None:
    return None if seconds >= FOREVER else datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def _read(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=None)
