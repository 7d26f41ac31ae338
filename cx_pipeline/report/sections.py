"""The parts of the page that are about customers and those who serve them: metrics, journey, loops, teams, silos."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cx_pipeline.report import html
from cx_pipeline.report.facts import DAYS, Facts
from cx_pipeline.report.heat_map import MEANING, heat_map
from cx_pipeline.report.metrics import LIKELY_MET, LIKELY_MISSED, MET, MISSED, NONE, UNCLEAR, Reading
from cx_pipeline.report.shown import day, few, measure, share, team, text, where, words
from cx_pipeline.report.svg import Picture

_BADGES = {MET: "good", MISSED: "bad", UNCLEAR: "warn", NONE: "none", LIKELY_MET: "none", LIKELY_MISSED: "warn"}
_TRUST = {"good": "well known", "warn": "partly known", "bad": "hardly known"}
_WIDE, _HIGH = 240.0, 46.0


def metrics(told: Sequence[Reading]) -> str:
    """A line a metric: what it is, its value, its course with the envelope, and whether the target is met."""
    rows = "".join(_metric(one) for one in told)
    return html.section(
        "metrics",
        "How we are doing",
        f"The last {DAYS} days with data. The pale band is how far each day could be off because of records that were kept "
        "back or are not known; the dashed line is the target. A target counts as met only where the whole band meets it.",
        rows,
    )


def _metric(one: Reading) -> str:
    bounds = ""
    if one.low is not None and one.high is not None and one.low != one.high:
        least = measure(one.low, one.unit if one.unit == "ms" else "")
        bounds = f"{least} to {measure(one.high, one.unit)}"
    aim = "" if one.target is None else f"target {measure(one.target, one.unit)}{' or more' if one.is_high_good else ' or less'}"
    return (
        f'<div class="metric"><div class="what"><b>{text(words(one.name))}</b><span>{text(one.description, 140)}</span></div>'
        f'<div class="much"><b>{measure(one.value, one.unit)}</b><span>{bounds}</span></div>'
        f'<div class="trend">{_course(one)}</div>'
        f'<div class="say">{html.badge(one.verdict, _BADGES[one.verdict])}'
        f'<span class="trust">{text(_TRUST[one.trust])}{"; " if aim else ""}{aim}</span></div></div>'
    )


def _course(one: Reading) -> str:
    made = Picture(_WIDE, _HIGH, f"Course of {words(one.name)}")
    days = one.days.to_dicts()
    values = [value for row in days for value in (row["value"], row["low"], row["high"]) if value is not None]
    values += [one.target] if one.target is not None else []
    if len(days) < 2 or not values:
        return ""
    least, most = min(values), max(values)
    span = (most - least) or 1.0
    first, last = days[0]["day"], days[-1]["day"]

    def place(row: dict[str, object], value: object) -> tuple[float, float]:
        x = 3 + (_WIDE - 8) * ((row["day"] - first).days / max((last - first).days, 1))
        return x, 4 + (_HIGH - 8) * (1 - (float(str(value)) - least) / span)

    bounded = [row for row in days if row["low"] is not None and row["high"] is not None]
    if len(bounded) > 1:
        made.area([*(place(row, row["high"]) for row in bounded), *(place(row, row["low"]) for row in reversed(bounded))], "band")
    if one.target is not None:
        y = 4 + (_HIGH - 8) * (1 - (one.target - least) / span)
        made.line([(0, y), (_WIDE, y)], "target")
    made.line([place(row, row["value"]) for row in days], "trace")
    made.dot(*place(days[-1], days[-1]["value"]), 2.8, "point")
    return made.inline()


def journey(spots: pl.DataFrame, least: int) -> str:
    """The map, and in words what is hidden where most people go."""
    if spots.is_empty():
        return ""
    hidden = spots.filter(pl.col("blind").list.len() > 0).sort("steps", "stage", "channel", descending=[True, False, False])
    missing = hidden.filter(pl.col("steps") == 0)
    said = [f"{_where(row)}: {'; '.join(MEANING[why] for why in row['blind'])}." for row in missing.to_dicts()]
    said += [
        f"{_where(row)}: {few(row['steps'], least)} steps, {few(row['customers'], least)} known customers; "
        f"{'; '.join(MEANING[why] for why in row['blind'])}."
        for row in hidden.filter(pl.col("steps") > 0).to_dicts()
        if set(row["blind"]) - {"stale"}
    ]
    return html.section(
        "journey",
        "What we do not see",
        "Customers go from left to right and top to bottom of this map. Where it is red, they pass through and we know little or "
        "nothing of it: who it was, how it ended, what they thought.",
        html.figure(heat_map(spots, least).inline(), kind="map"),
        html.items(said[:6]),
    )


def _where(row: dict[str, object]) -> str:
    told = where(str(row["stage"]), str(row["channel"]))
    return told[:1].upper() + told[1:]


def loops(facts: Facts, least: int) -> str:
    """What became of feedback, of orders between web and shop, and of pages that did not come."""
    parts = []
    if loop := facts.one("loop"):
        whole = loop["said"]
        steps = (("said", "said", "bar"), ("tagged or taken up", "tagged", "bar"), ("became an action", "acted", "bar"))
        ends = (("done", "done", "bar"), ("done and the customer told", "closed", "good"))
        wrong = (
            ("told before it was done", "notified_before_done"),
            ("never finished", "never_closed"),
            ("finished, and nobody told the customer", "closed_without_notice"),
        )
        parts += [
            "<h3>From a word of a customer to an answer</h3>",
            html.bars(
                [(name, loop[key] / whole if whole else 0, few(loop[key], least), kind) for name, key, kind in (*steps, *ends)]
            ),
            html.tiles((name, few(loop[key], least), "bad" if loop[key] else "good") for name, key in wrong),
        ]
    if routing := facts.one("routing"):
        parts.append(html.paragraph(_reached(routing["reached"], routing["unnamed"], routing["owed"])))
    if sync := facts.one("sync"):
        apart = (
            ("late", "late"),
            ("late, and nobody said so", "late_untold"),
            ("told ready, and it was not", "told_too_early"),
            ("shop and shop system disagree", "out_of_step"),
        )
        parts += [
            "<h3>Between the web and the shop</h3>",
            html.tiles([("parcels and pick-ups", few(sync["handed"], least), ""),
                        *((name, few(sync[key], least), "bad" if sync[key] else "good") for name, key in apart)]),
        ]  # fmt: skip
    pages = [row for row in facts["pages"].to_dicts() if row["loads"] and row["loads"] >= least]
    if pages:
        failed = [(f"on {row['device']}", row["failed"] / row["loads"]) for row in pages]
        parts += [
            "<h3>Pages that did not come</h3>",
            html.bars([(name, part, f"{share(part)} of loads", "warn") for name, part in failed]),
        ]
    return html.section("loops", "What became of it", "Promises and feedback, followed to their end.", *parts)


def _reached(reached: int, unnamed: int, owed: int) -> str:
    """How much feedback reached its department: from what is known to have, to that and what nothing tells of."""
    least, most = (share(count / owed if owed else None) for count in (reached, reached + unnamed))
    told = least if least == most else f"{least} to {most}"
    rest = "" if least == most else " Some went to names that no department has."
    return f"{told} of the feedback that belongs to a department reached it.{rest}"


def teams(load: pl.DataFrame) -> str:
    """The last week of every team that is large enough to be told of."""
    if load.is_empty():
        return ""
    rows = load.to_dicts()
    most = max((row["cases_per_agent"] or 0) for row in rows) or 1
    bars = [
        (
            team(row["team"]),
            (row["cases_per_agent"] or 0) / most,
            f"{row['cases_per_agent'] or 0:.1f} cases each" if row["cases_per_agent"] is not None else "too few to tell",
            "warn" if row["risks"] else "bar",
        )
        for row in rows
    ]
    risks = [f"{team(row['team'])}: {', '.join(words(risk).lower() for risk in row['risks'])}" for row in rows if row["risks"]]
    return html.section(
        "teams",
        "The load on our teams",
        f"Cases an agent in the week of {day(rows[0]['week'])}. Amber: something is beyond its limit. Small teams stand "
        "together, so that nobody can be singled out.",
        html.bars(bars),
        html.items(risks),
    )


def silos(conflicts: pl.DataFrame, least: int) -> str:
    """Attributes on which two parts of the company disagree most."""
    told = [
        row
        for row in conflicts.to_dicts()
        if row["customers"] >= least and (row["disagreeing"] == 0 or row["disagreeing"] >= least)
    ]
    wrong = [row for row in told if row["disagreeing"]]
    if not told:
        return ""
    return html.section(
        "silos",
        "Where we contradict ourselves",
        "The same customer, told differently by two parts of the company. The bar is the share of the customers both know.",
        html.bars(
            [
                (
                    f"{words(row['attribute'])}: {row['left_silo']} and {row['right_silo']}",
                    row["disagreeing"] / row["customers"],
                    f"{share(row['disagreeing'] / row['customers'])} of {row['customers']:,}",
                    "bad" if row["disagreeing"] / row["customers"] > 0.2 else "warn",
                )
                for row in wrong[:8]
            ]
        ),
        html.paragraph("They agree wherever both say something." if not wrong else ""),
    )
