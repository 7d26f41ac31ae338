"""Comments as NDJSON: the question, the reply (often the bot's), what is asked again, and the solution."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, dirt, encode, ids, texts
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.journeys import ranges
from cx_pipeline.synth.phrases import BOT_REPLY
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import iso
from cx_pipeline.synth.vendors.zendesk import site
from cx_pipeline.synth.world import World

TRAPS = {"mojibake": 2, "double_escaped": 2, "zero_width": 2, "control_character": 2, "white_space": 1, "cut_line": 2}
_CELLS = {
    "mojibake": (CellTrap("body", dirt.mojibake),),
    "double_escaped": (CellTrap("body", dirt.double_escaped),),
    "zero_width": (CellTrap("body", dirt.zero_width),),
    "control_character": (CellTrap("body", dirt.control),),
    "white_space": (CellTrap("body", dirt.spaced),),
}
_MOMENTS = ("opened", "replied", "asked", "solved")
_COMPRESSION = (".gz", ".zst", "")


def write(world: World, folder: Delivery) -> None:
    """What was said since the last cut; deleted tickets have no comments any more."""
    cut, before = world.timeline.cut(folder.night), world.timeline.cut(folder.night - 1)
    at = 0
    for journeys in ranges(world.tickets, site.part(world)):
        told = _talk(journeys, cut, before)
        if len(told):
            name = f"comments_{at + 1:03}.ndjson{_COMPRESSION[at % 3]}"
            folder.lines("zendesk.comments", name, _records(world, told, folder.night))
            at += 1


def _talk(journeys: pl.DataFrame, cut: int, before: int) -> pl.DataFrame:
    """One row a comment, with `said` and `slot`, the position in `_MOMENTS`."""
    told = [journeys.with_columns(slot=pl.lit(slot, pl.Int64), said=moment) for slot, moment in enumerate(_MOMENTS)]
    heard = pl.concat(told).filter((pl.col("said") <= cut) & (pl.col("said") > before) & (pl.col("deleted") > cut))
    return heard.sort("number", "slot")


def _records(world: World, told: pl.DataFrame, night: int) -> pl.DataFrame:
    numbers = told["number"] * len(_MOMENTS) + told["slot"]
    bot = told["bot_first"] & (told["slot"] == 1)
    trap = allot(world.dice, "zendesk/comments", numbers.to_numpy(), world.tickets.count * 2, TRAPS)
    frame, cells = dirt.soil(_frame(world, told, numbers, bot), numbers, trap, _CELLS)
    hurt = pl.select(pl.when(met(trap, "cut_line") & (night == 0)).then(pl.lit("cut_line"))).to_series()
    lines = damage.damaged_texts(encode.json_texts(frame), hurt, "cut_line", damage.cut_line)
    by_bot = pl.select(pl.when(bot).then(pl.lit("bot_comment"))).to_series()
    return records(lines, frame["id"], told["said"], damage=hurt, cells=cells, trap=by_bot)


def _bodies(world: World, told: pl.DataFrame, bot: pl.Series) -> pl.Series:
    dice, tickets = world.dice, told["number"].to_numpy()
    people = world.desk_profiles[told["profile"].to_numpy()]
    language = people["language"].to_numpy()
    question = texts.descriptions(dice, tickets, language, site.signatures(people))
    reply, again, solution = (texts.answers(dice, kind, tickets, language) for kind in ("replies", "thanks", "solutions"))
    return told.select(
        pl.when(bot)
        .then(pl.lit(BOT_REPLY))
        .when(pl.col("slot") == 0)
        .then(question)
        .when(pl.col("slot") == 1)
        .then(reply)
        .when(pl.col("slot") == 2)
        .then(again)
        .otherwise(solution)
    ).to_series()


def _frame(world: World, told: pl.DataFrame, numbers: pl.Series, bot: pl.Series) -> pl.DataFrame:
    customer = told["slot"].is_in([0, 2]).to_numpy()
    agent = np.where(bot.to_numpy(), 0, told["agent"].to_numpy())
    author = np.where(customer, told["profile"].to_numpy() + len(world.agents), agent)
    internal = ~customer & world.dice.chance("internal", numbers.to_numpy(), 0.08)
    body = _bodies(world, told, bot)
    escaped = body.str.replace_many({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "<br>"})
    return told.select(
        id=ids.zendesk(numbers.to_numpy(), 1_800_000_000_000),
        ticket_id=site.ticket_ids(told["number"].to_numpy()),
        type=pl.lit("Comment"),
        author_id=site.agent_ids(author),
        body=body,
        html_body=pl.concat_str(pl.lit('<div class="zd-comment" dir="auto">'), escaped, pl.lit("</div>")),
        plain_body=body,
        public=pl.Series(~internal),
        attachments=pl.lit([], pl.List(pl.String)),
        audit_id=ids.zendesk(numbers.to_numpy(), 1_900_000_000_000),
        via=pl.struct(channel=site.channels(told)),
        created_at=iso(pl.col("said")),
    )
