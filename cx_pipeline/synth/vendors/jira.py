"""Jira as its search answers: promised fixes as issues with their changes, linked to the feedback they were promised for."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cx_pipeline.synth import damage, editions, encode, ids, texts
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dice import Ints
from cx_pipeline.synth.fixes import OF_CHAT, OF_TICKET, TAGS
from cx_pipeline.synth.layouts import listed
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, FOREVER, iso
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.intercom import site as messenger
from cx_pipeline.synth.vendors.zendesk import site as desk
from cx_pipeline.synth.world import World

SOURCE = "jira"
PROJECT, REACH = "FIX", 21 * DAY
TRAPS = {**editions.TRAPS, "test_record": 2, "broken_json_element": 2}
_EXPORT, _TEXTS, _PAGE = "jira.issues", 500_000_000, 50
_STAMP = "%Y-%m-%dT%H:%M:%S.000+0000"
_STATUS = {"open": "To Do", "started": "In Progress", "done": "Done"}
_CATEGORY = {"open": "new", "started": "indeterminate", "done": "done"}


def issue_ids(numbers: Ints) -> pl.Series:
    return pl.Series(numbers + 10_011).cast(pl.String)


def account_ids(world: World, agents: Ints) -> pl.Series:
    """24 hexadecimal digits."""
    return ids.hexadecimal(world.dice, "jira/account", agents, 24)


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights: issues that changed since the last cut, and three weeks before."""
    every = world.fixes
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        for name, numbers in editions.numbers(every.count):
            trap = allot(world.dice, "jira/issues", numbers, every.count, TRAPS)
            told = _sent(world, every.of(numbers).with_columns(trap=trap), night)
            if len(told):
                layout = listed("issues", _PAGE, '"expand":"schema,names","startAt":{start},"maxResults":50,"total":{total},')
                folder.json(_EXPORT, f"issues{name}.json", _records(world, told, broken=night == 0), layout)
    for at, (_, numbers) in enumerate(editions.numbers(every.count)):
        _note(world, book, every.of(numbers), at)


def _state(fixes: pl.DataFrame, moment: pl.Expr) -> pl.DataFrame:
    """What is known of fixes at a moment: later things are FOREVER; `clock` is the last thing that happened."""
    seen = fixes.with_columns(moment=moment).filter(pl.col("opened") <= pl.col("moment"))
    known = seen.with_columns(
        pl.when(pl.col(name) <= pl.col("moment")).then(name).otherwise(FOREVER).alias(name)
        for name in ("started", "done", "told")
    )
    past = [pl.when(pl.col(name) < FOREVER).then(name) for name in ("opened", "started", "done", "told")]
    return known.with_columns(
        clock=pl.max_horizontal(past),
        state=pl.when(pl.col("done") < FOREVER)
        .then(pl.lit("done"))
        .when(pl.col("started") < FOREVER)
        .then(pl.lit("started"))
        .otherwise(pl.lit("open")),
        why=pl.lit(None, pl.String),
    )


def _sent(world: World, fixes: pl.DataFrame, night: int) -> pl.DataFrame:
    cut, before = world.timeline.cut(night), world.timeline.cut(night - 1)
    fresh = _state(fixes, pl.lit(cut, pl.Int64)).filter(pl.col("clock") > before - REACH)
    twice = fresh.filter(met(fresh["trap"], "sent_twice")).with_columns(why=pl.lit("sent_twice"))
    older = fixes.filter(met(fixes["trap"], "older_version_later") & (fixes["started"] <= before))
    outdated = _state(older, pl.col("opened")).with_columns(why=pl.lit("older_version_later"))
    return pl.concat([fresh, twice, outdated]).sort("clock", "number", maintain_order=True)


def _links(fixes: pl.DataFrame) -> pl.Series:
    """What the feedback's address is; null for fixes that nobody linked."""
    feedback = fixes["feedback"].to_numpy()
    ticket = pl.format("https://quenloria.zendesk.com/agent/tickets/{}", pl.lit(desk.ticket_ids(feedback)))
    chat = pl.format(
        f"https://app.intercom.com/a/inbox/{messenger.APP}/conversation/{{}}", pl.lit(messenger.conversation_ids(feedback))
    )
    return fixes.select(pl.when(pl.col("of") == OF_TICKET).then(ticket).when(pl.col("of") == OF_CHAT).then(chat)).to_series()


def _records(world: World, told: pl.DataFrame, *, broken: bool) -> pl.DataFrame:
    trap = told["trap"]
    frame = _frame(world, told)
    hurt = pl.select(pl.when(met(trap, "broken_json_element") & broken).then(pl.lit("broken_json_element"))).to_series()
    lines = damage.damaged_texts(
        encode.json_texts(frame), hurt, "broken_json_element", lambda text: damage.broken_element(text, "environment")
    )
    test = met(trap, "test_record")
    early = pl.col("told") < pl.col("done")
    kind = told.select(
        pl.coalesce("why", pl.when(test).then(pl.lit("test_record")).when(early).then(pl.lit("told_before_done")))
    ).to_series()
    return records(lines, frame["id"], told["clock"], test=test, damage=hurt, trap=kind)


def _stamp(moment: str) -> pl.Expr:
    return pl.when(pl.col(moment) < FOREVER).then(pl.from_epoch(pl.col(moment), "s").dt.strftime(_STAMP))


def _frame(world: World, told: pl.DataFrame) -> pl.DataFrame:
    numbers = told["number"].to_numpy()
    tag = pl.Series(TAGS).gather(told["tag"].to_numpy())
    english = pl.Series([0] * len(told)).to_numpy()
    summary = texts.subjects(world.dice, numbers + _TEXTS, english)
    summary = summary.zip_with(~met(told["trap"], "test_record"), pl.Series(["Test ticket - please ignore"]))
    link = _links(told)
    changed = pl.when(pl.col("done") < FOREVER).then(_stamp("done")).when(pl.col("started") < FOREVER).then(_stamp("started"))
    status = pl.struct(
        name=pl.col("state").replace_strict(_STATUS),
        statusCategory=pl.struct(key=pl.col("state").replace_strict(_CATEGORY)),
    )
    return told.select(
        expand=pl.lit("operations,changelog"),
        id=issue_ids(numbers),
        key=pl.format(f"{PROJECT}-{{}}", pl.col("number") + 1),
        fields=pl.struct(
            summary=summary,
            status=status,
            created=_stamp("opened"),
            updated=_stamp("clock"),
            environment=pl.lit(None, pl.String),
            resolutiondate=_stamp("done"),
            statuscategorychangedate=changed.otherwise(_stamp("opened")),
            issuetype=pl.struct(name=pl.lit("Bug")),
            project=pl.struct(key=pl.lit(PROJECT), name=pl.lit("Promised fixes")),
            labels=pl.concat_list(tag),
            components=pl.lit([], pl.List(pl.String)),
            description=pl.when(link.is_not_null()).then(pl.format("As promised: {}", link)).otherwise(pl.lit("As promised.")),
            customfield_10040=pl.when(pl.col("told") < FOREVER).then(_stamp("told")),
        ),
        changelog=_changes(world, told),
    )


def _changes(world: World, told: pl.DataFrame) -> pl.Series:
    """What changed by the moment of each state: taken up, and done."""
    author = pl.struct(accountId=account_ids(world, told["agent"].to_numpy()), accountType=pl.lit("atlassian"))
    rows = []
    for slot, (moment, old, new) in enumerate((("started", "To Do", "In Progress"), ("done", "In Progress", "Done"))):
        item = pl.struct(field=pl.lit("status"), fromString=pl.lit(old), toString=pl.lit(new))
        own = (pl.col("number") * 2 + slot + 70_001).cast(pl.String)
        history = pl.struct(id=own, author=author, created=_stamp(moment), items=pl.concat_list(item))
        rows.append(told.select(at=pl.int_range(pl.len()), happened=moment, history=history))
    heard = pl.concat(rows).filter(pl.col("happened") < FOREVER).sort("at", "happened")
    whole = told.select(at=pl.int_range(pl.len())).join(
        heard.group_by("at", maintain_order=True).agg("history"), on="at", how="left", maintain_order="left"
    )
    histories = pl.col("history").fill_null(pl.lit([], whole.schema["history"]))
    return whole.select(pl.struct(histories=histories)).to_series()


def _note(world: World, book: TruthBook, fixes: pl.DataFrame, at: int) -> None:
    """Every fix as it must come out, and when the customer was told, which the tracker keeps in `customfield_10040`."""
    fixes = fixes.with_columns(trap=allot(world.dice, "jira/issues", fixes["number"].to_numpy(), world.fixes.count, TRAPS))
    state = _state(fixes, pl.lit(world.timeline.end, pl.Int64))
    feedback = state["feedback"].to_numpy()
    record = pl.concat_str(pl.lit(f"{_EXPORT}:"), issue_ids(state["number"].to_numpy()))
    ticket = pl.concat_str(pl.lit("zendesk.tickets:"), desk.ticket_ids(feedback).cast(pl.String))
    chat = pl.concat_str(pl.lit("intercom.conversations:"), messenger.conversation_ids(feedback))
    linked = pl.when(pl.col("of") == OF_TICKET).then(ticket).when(pl.col("of") == OF_CHAT).then(chat)
    lost = met(state["trap"], "broken_json_element") & (state["clock"] <= world.timeline.cut(0) - REACH * (world.nights > 1))
    moments = {
        f"{name}_at": pl.when(pl.col(moment) < FOREVER).then(iso(pl.col(moment)))
        for name, moment in (("opened", "opened"), ("done", "done"), ("told", "told"))
    }
    rows = state.select(
        record_key=record,
        action_id=pl.when(linked.is_not_null()).then(pl.concat_str(record, pl.lit("#"), linked)).otherwise(record),
        feedback_id=linked,
        tag=pl.Series(TAGS).gather(state["tag"].to_numpy()),
        status=pl.col("state").replace_strict(_STATUS),
        **moments,
        is_test=met(state["trap"], "test_record"),
        published=~lost,
    )
    book.facts("feedback_actions", f"jira_{at:03}", rows)
