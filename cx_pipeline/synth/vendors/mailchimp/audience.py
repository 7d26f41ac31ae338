"""The audience: a zip of subscribed, unsubscribed, cleaned and never subscribed members, whole every night."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, dirt, encode, subscribers
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.consents import DENIED, GRANTED, NOT_ASKED, PENDING, WITHDRAWN
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.locales import LOCALES
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, HOUR
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.mailchimp.site import hexadecimal
from cx_pipeline.synth.world import World

_EXPORT = "mailchimp.audience"
_STATES = {GRANTED: "subscribed", WITHDRAWN: "unsubscribed", DENIED: "nonsubscribed", PENDING: "nonsubscribed"}
_FILES = ("subscribed", "unsubscribed", "cleaned", "nonsubscribed")
TRAPS = {
    "mojibake": 2,
    "nfd": 1,
    "white_space": 1,
    "control_character": 1,
    "email_capitals": 2,
    "placeholder": 2,
    "impossible_date": 1,
    "area_codes_as_zone": 6,
    "sent_twice": 1,
    "edited_member": 5,
    "cleaned": 4,
    "field_too_many": 1,
    "unterminated_quote": 1,
}
_CELLS = {
    "mojibake": (CellTrap("Last Name", dirt.name_mojibake),),
    "nfd": (CellTrap("Last Name", dirt.decomposed),),
    "white_space": (CellTrap("First Name", dirt.spaced),),
    "control_character": (CellTrap("First Name", dirt.control),),
    "email_capitals": (CellTrap("Email Address", dirt.shouted),),
    "placeholder": (CellTrap("First Name", dirt.always("-", None)),),
    "impossible_date": (CellTrap("OPTIN_TIME", dirt.always("2026-02-30 10:00:00", None)),),
}
_DAMAGE = ("field_too_many", "unterminated_quote")


def members(world: World, when: int) -> pl.DataFrame:
    """Members at a moment: the columns of `subscribers.known`, trap and state (the document they stand in)."""
    known = subscribers.known(world, "mailchimp", when)
    every = world.consents.members("mailchimp")
    places = np.searchsorted(every, known["person"].to_numpy())
    state = pl.col("newsletter").replace_strict(_STATES, default="nonsubscribed", return_dtype=pl.String)
    return known.with_columns(trap=allot(world.dice, "mailchimp/members", places, len(every), TRAPS)).with_columns(
        state=pl.when((pl.col("trap") == "cleaned") & (pl.col("newsletter") == GRANTED)).then(pl.lit("cleaned")).otherwise(state)
    )


def write(world: World, folder: Delivery) -> None:
    """Everybody, every night; what was damaged on the first night is whole on the second."""
    cut, first = world.timeline.cut(folder.night), world.timeline.cut(0)
    known = members(world, cut)
    edited = met(known["trap"], "edited_member") & (known["asked"] <= first) & pl.Series([folder.night > 0] * len(known))
    known = known.with_columns(
        edited=edited,
        updated=pl.when(edited).then(pl.lit(world.timeline.cut(min(1, folder.night)) - 3 * HOUR)).otherwise("changed"),
    )
    if not len(known):
        return
    documents = {
        f"{state}_members_export_3f1c.csv": _document(world, known.filter(pl.col("state") == state), folder.night)
        for state in _FILES
    }
    repeated = int((known["updated"] <= world.timeline.cut(folder.night - 1)).sum()) if folder.night else 0
    traps = {"cumulative_export": repeated} if repeated else {}
    folder.archive(_EXPORT, f"audience_{folder.day}.zip", documents, encode.Dialect(encoding="utf-8", newline="\n"), traps=traps)


def note(world: World, book: TruthBook) -> None:
    """Note whose members there are by the end."""
    subscribers.note(book, members(world, world.timeline.end), pl.lit(f"{_EXPORT}:") + _leid())


def _leid() -> pl.Expr:
    return (pl.col("person") * 53 + 148_370_985).cast(pl.String)


def _clock(seconds: pl.Expr) -> pl.Expr:
    return pl.from_epoch(seconds, "s").dt.strftime("%Y-%m-%d %H:%M:%S")


def _frame(world: World, known: pl.DataFrame) -> pl.DataFrame:
    locale = known["locale"].to_numpy()
    zone = pl.Series([item.zone for item in LOCALES]).gather(locale)
    left = pl.col("state") == "unsubscribed"
    came = pl.col("state").is_in(["subscribed", "unsubscribed", "cleaned"])
    sms = pl.col("sms").replace_strict(
        {GRANTED: "subscribed", WITHDRAWN: "unsubscribed", DENIED: "nonsubscribed", NOT_ASKED: None},
        default=None,
        return_dtype=pl.String,
    )
    campaign = hexadecimal(world.dice, "campaign", (known["newsletter_at"].to_numpy() - world.timeline.start) // DAY)
    return known.select(
        pl.col("email").alias("Email Address"),
        pl.col("given").alias("First Name"),
        pl.col("family").alias("Last Name"),
        pl.col("own_phone").alias("SMS Phone Number"),
        pl.when(pl.col("own_phone").is_not_null()).then(sms).alias("SMS Marketing Status"),
        pl.when("edited").then(pl.lit("5")).otherwise(pl.lit("2")).alias("MEMBER_RATING"),
        pl.when(came).then(_clock(pl.col("asked") - 300)).alias("OPTIN_TIME"),
        pl.when(came).then(_clock(pl.col("asked"))).alias("CONFIRM_TIME"),
        pl.when(left).then(_clock(pl.col("newsletter_at"))).alias("UNSUB_TIME"),
        pl.when(left).then(campaign).alias("UNSUB_CAMPAIGN_ID"),
        pl.when(pl.col("state") == "cleaned").then(_clock(pl.col("changed"))).alias("CLEAN_TIME"),
        pl.col("country").str.to_lowercase().alias("CC"),
        pl.when(pl.col("trap") == "area_codes_as_zone").then(pl.lit("212/332/646/917")).otherwise(zone).alias("TIMEZONE"),
        _clock(pl.col("updated")).alias("LAST_CHANGED"),
        _leid().alias("LEID"),
        hexadecimal(world.dice, "person", known["person"].to_numpy()).alias("EUID"),
        pl.when(pl.col("person") % 3 == 0).then(pl.lit("imported, came by itself")).otherwise(pl.lit("shop")).alias("NOTES"),
        pl.when(pl.col("person") % 4 == 0).then(pl.lit('"vip","spring"')).alias("TAGS"),
    )


def _document(world: World, known: pl.DataFrame, night: int) -> tuple[list[str], pl.DataFrame]:
    frame = _frame(world, known)
    spoilt, cells = dirt.soil(frame, known["person"], known["trap"], _CELLS)
    hurt = known.select(pl.when(met(known["trap"], *_DAMAGE) & pl.lit(night == 0)).then("trap")).to_series()
    texts = damage.damaged_rows(spoilt, encode.csv_texts(spoilt, encode.PLAIN), hurt, "NOTES")
    kind = known.select(
        pl.when(pl.col("edited") | pl.col("trap").is_in(["area_codes_as_zone"])).then("trap")
        .when(pl.col("state") == "cleaned").then(pl.lit("cleaned"))
    ).to_series()  # fmt: skip
    noted = records(
        texts, frame["LEID"], known["updated"], test=known["quirk"] == "test_person", damage=hurt, cells=cells, trap=kind
    )
    twice = np.flatnonzero(met(known["trap"], "sent_twice").to_numpy())
    return frame.columns, pl.concat([noted, noted[twice].with_columns(trap=pl.lit("sent_twice"))])
