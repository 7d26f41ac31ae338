"""Tickets as incremental API pages: overlapping, with tombstones, each record the same bytes wherever it is repeated."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, dirt, encode, files, texts, unsaid
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import ApiPage, Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.journeys import as_of, delivered, ranges
from cx_pipeline.synth.locales import LOCALES
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, FOREVER, iso
from cx_pipeline.synth.vendors.zendesk import site
from cx_pipeline.synth.world import World

TRAPS = {
    "mojibake": 2,
    "double_escaped": 2,
    "zero_width": 2,
    "control_character": 2,
    "priority_medium": 3,
    "clock_inversion": 3,
    "impossible_date": 2,
    "open_date": 2,
    "placeholder": 2,
    "test_record": 3,
    "broken_json_element": 2,
    "older_version_later": 3,
    "equal_clock_other_content": 3,
}
_CELLS = {
    "mojibake": (CellTrap("subject", dirt.mojibake),),
    "double_escaped": (CellTrap("description", dirt.double_escaped),),
    "zero_width": (CellTrap("subject", dirt.zero_width),),
    "control_character": (CellTrap("description", dirt.control),),
    "priority_medium": (CellTrap("priority", dirt.always("medium", "normal")),),
    "impossible_date": (CellTrap("due_at", dirt.always("2022-02-30T10:00:00Z", None)),),
    "open_date": (CellTrap("due_at", dirt.always("9999-12-31T00:00:00Z", None)),),
    "placeholder": (CellTrap("external_id", dirt.placeholder),),
}
_UNSAID = {"subject": (unsaid.SCRUBBED,), "description": (unsaid.SCRUBBED,)}


def write(world: World, folder: Delivery) -> None:
    """What changed since the last cut, and the overlap before it."""
    night, part = folder.night, site.part(world)
    cut, before = world.timeline.cut(night), world.timeline.cut(night - 1)
    changed = [delivered(some, world.timeline, night, site.OVERLAP)["number"].to_numpy() for some in ranges(world.tickets)]
    numbers = np.concatenate(changed)
    for at, start in enumerate(range(0, len(numbers), part)):
        state = as_of(world.tickets.of(numbers[start : start + part]), cut)
        fresh = state["updated"] > before
        traps = {"late_update": int((fresh & (state["opened"] <= before)).sum()), "overlapping_night": int((~fresh).sum())}
        side = _sideload(world, state) if at == 0 and night == 0 else b""
        folder.pages(
            "zendesk.tickets",
            f"tickets_{at + 1:03}.json{site.COMPRESSION[at % 4]}",
            ticket_records(world, state, broken=night == 0),
            envelope(world, side),
            traps={name: count for name, count in traps.items() if count},
            **({"side_loaded_users": True} if side else {}),
        )


def envelope(world: World, sideload: bytes = b"") -> ApiPage:
    return ApiPage("tickets", site.page(world), "generated", f"{site.API}/incremental/tickets.json", sideload)


def _sideload(world: World, state: pl.DataFrame) -> bytes:
    """A few of the requesters, as the page's second array."""
    people = world.desk_profiles.filter(pl.col("profile").is_in(state["profile"].head(5).to_list()))
    users = people.select(
        id=site.user_ids(world, people["profile"].to_numpy()), name="name", email="email", role=pl.lit("end-user")
    )
    return files.glued(encode.json_texts(users), ",")[:-1]


def ticket_records(world: World, state: pl.DataFrame, *, broken: bool, extra_tag: str | None = None) -> pl.DataFrame:
    """Tickets as JSON with what is known of them, and `generated`, the vendor's clock in seconds.

    Args:
        state: tickets as of some moment.
        broken: whether damage may be done.
        extra_tag: a tag that another version of the ticket does not have.
    """
    trap = allot(world.dice, "zendesk/tickets", state["number"].to_numpy(), world.tickets.count, TRAPS)
    people = world.desk_profiles[state["profile"].to_numpy()]
    frame, cells = dirt.soil(_frame(world, state, people, trap, extra_tag), state["number"], trap, _CELLS)
    cells = unsaid.note(frame, cells, _UNSAID)
    hurt = pl.select(pl.when(met(trap, "broken_json_element") & broken).then(pl.lit("broken_json_element"))).to_series()
    lines = damage.damaged_texts(encode.json_texts(frame), hurt, "broken_json_element", damage.broken_element)
    gone, test = state["state"] == "deleted", met(trap, "test_record")
    noted = records(
        lines, frame["id"], state["updated"], deleted=gone, test=test, damage=hurt, cells=cells, trap=_kind(state, trap)
    )
    return noted.with_columns(generated=frame["generated_timestamp"])


def _kind(state: pl.DataFrame, trap: pl.Series) -> pl.Series:
    gone = pl.col("state") == "deleted"
    return state.select(
        pl.when(met(trap, "clock_inversion", "test_record"))
        .then(trap)
        .when(gone & pl.col("scrubbed"))
        .then(pl.lit("scrubbed_tombstone"))
        .when(gone)
        .then(pl.lit("tombstone_with_text"))
        .when((pl.col("agent") == 2) & (pl.col("replied") < FOREVER))
        .then(pl.lit("dangling_assignee"))
    ).to_series()


def _said(world: World, state: pl.DataFrame, people: pl.DataFrame, trap: pl.Series) -> Iterator[pl.Series]:
    """Subject and description."""
    numbers, language = state["number"].to_numpy(), people["language"].to_numpy()
    test = met(trap, "test_record")
    scrubbed = (state["state"] == "deleted") & state["scrubbed"]
    for text, for_test, for_scrubbed in (
        (texts.subjects(world.dice, numbers, language), "Test ticket - please ignore", "SCRUBBED"),
        (texts.descriptions(world.dice, numbers, language, site.signatures(people)), "test", "X"),
    ):
        yield text.zip_with(~test, pl.Series([for_test])).zip_with(~scrubbed, pl.Series([for_scrubbed]))


def _custom_fields(order: pl.Series, product: pl.Series) -> pl.Expr:
    values: tuple[pl.Series | pl.Expr, ...] = (order, product, pl.lit(None, pl.String))
    return pl.concat_list(pl.struct(id=site.internal(41_000_001 + at), value=value) for at, value in enumerate(values))


def _via(state: pl.DataFrame, people: pl.DataFrame) -> pl.Expr:
    sender = pl.struct(address=people["email"], name=site.signatures(people))
    receiver = pl.struct(address=pl.lit(site.MAILBOX), name=pl.lit("Quenloria Home"))
    return pl.struct(
        channel=site.channels(state), source=pl.struct(sender.alias("from"), receiver.alias("to"), rel=pl.lit(None, pl.String))
    )


def _frame(world: World, state: pl.DataFrame, people: pl.DataFrame, trap: pl.Series, extra_tag: str | None) -> pl.DataFrame:
    numbers = state["number"].to_numpy()
    ids = site.ticket_ids(numbers)
    order, product = texts.orders(numbers), texts.products(world.dice, numbers)
    subject, description = _said(world, state, people, trap)
    requester = site.user_ids(world, state["profile"].to_numpy())
    fields = _custom_fields(order, product)
    language = pl.Series([f"lang_{item.language}" for item in LOCALES]).gather(people["locale"].to_numpy())
    test = pl.when(met(trap, "test_record")).then(pl.lit("test"))
    no_ids, no = pl.lit([], pl.List(pl.Int64)), pl.lit(value=False)
    on_hold = (pl.col("state") == "pending") & (pl.col("number") % 9 == 0)
    due = met(trap, "impossible_date", "open_date") | pl.Series(numbers % 11 == 0)
    solved = pl.col("solved") < FOREVER
    return state.select(
        url=pl.concat_str(pl.lit(f"{site.API}/tickets/"), ids.cast(pl.String), pl.lit(".json")),
        id=ids,
        external_id=pl.when(met(trap, "placeholder") | pl.Series(numbers % 3 == 0)).then(order),
        via=_via(state, people),
        created_at=iso(pl.when(met(trap, "clock_inversion")).then(pl.col("updated") + 180).otherwise("opened")),
        updated_at=iso(pl.col("updated")),
        generated_timestamp=pl.col("updated") + 1 + pl.col("number") % 60,
        type=pl.Series(("question", "incident", "problem", None)).gather(numbers % 4),
        subject=subject,
        raw_subject=subject,
        description=description,
        priority=pl.Series(("low", "normal", "high", "urgent")).gather(state["priority"].to_numpy()),
        status=pl.when(on_hold).then(pl.lit("hold")).otherwise("state"),
        recipient=pl.lit(site.MAILBOX),
        requester_id=requester,
        submitter_id=requester,
        assignee_id=site.agent_ids(np.where((state["replied"] < FOREVER).to_numpy(), state["agent"].to_numpy(), -1)),
        organization_id=site.organization_ids(people["organization"]),
        group_id=site.internal(pl.col("agent") % 5),
        collaborator_ids=no_ids,
        follower_ids=no_ids,
        problem_id=pl.lit(None, pl.Int64),
        has_incidents=no,
        is_public=pl.lit(value=True),
        due_at=pl.when(due).then(iso(pl.col("opened") + 3 * DAY)),
        tags=pl.concat_list(language, test, pl.lit(extra_tag, pl.String)).list.drop_nulls(),
        custom_fields=fields,
        satisfaction_rating=pl.struct(score=pl.when(solved).then(pl.lit("offered")).otherwise(pl.lit("unoffered"))),
        fields=fields,
        followup_ids=no_ids,
        brand_id=site.internal(77),
        ticket_form_id=site.internal(42),
        allow_attachments=pl.lit(value=True),
        from_messaging_channel=pl.col("channel") == 2,
    )
