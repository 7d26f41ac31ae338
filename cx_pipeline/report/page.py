"""The page: what matters in figures and sentences first, then a picture for each question, then how to read it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cx_pipeline.report import html, sections
from cx_pipeline.report.data_quality import data_quality, kept_back_share
from cx_pipeline.report.facts import Facts
from cx_pipeline.report.heat_map import kind
from cx_pipeline.report.metrics import LIKELY_MISSED, MET, MISSED, NONE, Reading, readings
from cx_pipeline.report.shown import day, few, measure, share, text, where, words

TITLE = "Customer experience audit"


def page(facts: Facts, least: int) -> str:
    """The whole page as HTML.

    Args:
        facts: of a published file.
        least: groups of fewer are not told of.
    """
    told = readings(facts["metrics"], facts["rules"], least)
    body = (
        _head(facts, told, least)
        + sections.metrics(told)
        + sections.journey(facts["spots"], least)
        + sections.loops(facts, least)
        + sections.teams(facts["load"])
        + sections.silos(facts["silos"], least)
        + data_quality(facts)
        + _foot(least)
    )
    return html.page(TITLE, body)


def _head(facts: Facts, told: Sequence[Reading], least: int) -> str:
    spots = facts["spots"]
    shades = [kind(blind) for blind in spots["blind"].to_list()] if spots.height else []
    dark = sum(shade in {"nothing", "unseen"} for shade in shades)
    aimed = [one for one in told if one.verdict != NONE]
    met = sum(one.verdict == MET for one in aimed)
    missed = sum(one.verdict == MISSED for one in aimed)
    back = kept_back_share(facts["flow"])
    checks = facts["checks"]
    failed = int(checks.filter(pl.col("status") != "passed")["checks"].sum()) if checks.height else 0
    figures = [
        ("customers known", few(facts.customers, least), ""),
        ("targets met", f"{met} of {len(aimed)}" if aimed else "none set", "bad" if missed else "good" if aimed else ""),
        ("stretches of the journey hardly seen", f"{dark} of {len(shades)}", "bad" if dark else "good"),
        ("of the records kept back", share(back), "warn" if back and back > 0.01 else "good"),
        ("checks that warn", f"{failed:,}", "warn" if failed else "good"),
    ]
    return (
        f"<header><h1>{text(TITLE)}</h1><p>As of {text(day(facts.now))}. Two minutes to read; pictures first, details below.</p>"
        f"{html.tiles(figures)}{html.items(_in_short(facts, told, least))}</header>"
    )


def _in_short(facts: Facts, told: Sequence[Reading], least: int) -> list[str]:
    """The few sentences that somebody in a hurry reads."""
    said = [
        f"{words(one.name)}{' likely' if one.verdict == LIKELY_MISSED else ''} misses its target: "
        f"{measure(one.value, one.unit)} instead of {measure(one.target, one.unit)}."
        for one in sorted(told, key=lambda one: one.verdict != MISSED)
        if one.verdict in {MISSED, LIKELY_MISSED}
    ][:2]
    spots = facts["spots"]
    if spots.height:
        serious = spots.filter(pl.Series([kind(blind) == "unseen" for blind in spots["blind"].to_list()], dtype=pl.Boolean))
        for row in serious.sort("steps", "stage", descending=[True, False]).head(1).to_dicts():
            said.append(
                f"The largest stretch that is hardly seen: {where(row['stage'], row['channel'])}, "
                f"{few(row['steps'], least)} steps."
            )
        missing = spots.filter(pl.col("steps") == 0)
        ways = [where(row["stage"], row["channel"]) for row in missing.to_dicts()]
        if ways:
            said.append(f"Nothing reaches us of: {', '.join(ways[:4])}{' and more' if len(ways) > 4 else ''}.")
    loop = facts.one("loop")
    if loop.get("notified_before_done"):
        said.append(f"Customers were told of a change before it was made: {few(loop['notified_before_done'], least)} times.")
    strained = facts["load"].filter(pl.col("risks").list.len() > 0).height if facts["load"].height else 0
    if strained:
        said.append(
            f"{strained} of {facts['load'].height} teams or groups of teams carry more than their limits in the last week."
        )
    return said


def _foot(least: int) -> str:
    return (
        "<footer><p>How to read this. A band shows between which values the truth must lie, given what was kept back or is not "
        f"known. Groups of fewer than {least} are not counted out. Teams too small to stand alone stand together. Signs of "
        "vulnerability are never shown here. Everything is read from cx.duckdb: each number stands in a table there, in the "
        "schemas marts and quality.</p></footer>"
    )
