"""Contact records, one a leg: sent when complete, again when attributes change, and sometimes twice for no reason."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, dirt, encode, layouts, unsaid
from cx_pipeline.synth.allot import met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.records import records
from cx_pipeline.synth.vendors.amazon_connect import facts, legs, site
from cx_pipeline.synth.vendors.amazon_connect.fields import NEW_FIELD, WITHHELD, flat, nested
from cx_pipeline.synth.world import World

_CELLS = {
    "mojibake": (CellTrap("Queue.Name", dirt.always(site.COMPLAINTS.encode().decode("cp1252"), site.COMPLAINTS)),),
    "zero_width": (CellTrap("Queue.Name", dirt.zero_width),),
    "white_space": (CellTrap("Queue.Name", dirt.spaced),),
    "impossible_date": (CellTrap("ConnectedToSystemTimestamp", dirt.always("2026-02-30T08:00:00Z", None)),),
    "formatted_phone": (CellTrap("CustomerEndpoint.Address", dirt.grouped),),
}
_UNSAID = {"CustomerEndpoint.Address": (unsaid.EMAIL, unsaid.WITHHELD)}
_EXPORT = "amazon_connect.contact_records"
_RANGE, _PART = 250_000, 50_000
_LAYOUTS = (
    ("json", layouts.back_to_back),
    ("json.gz", layouts.array),
    ("ndjson", layouts.ndjson),
    ("json.zst", layouts.pages("ContactRecords", 100)),
)
_NEW_FIELD = f',"{NEW_FIELD}":null'
_LAST_FIELDS = r',"References":\[.*$'


def write(world: World, folder: Delivery) -> None:
    """What was written or changed since the last cut, and what the stream sent once more; the layouts take turns."""
    at = 0
    for start in range(0, world.calls.count, _RANGE):
        numbers = np.arange(start, min(world.calls.count, start + _RANGE), dtype=np.int64)
        known = legs.trapped(world, world.calls.legs(numbers))
        told = legs.sent(world, known, folder.night)
        size = max(1, min(_PART, -(-len(told) // len(_LAYOUTS))))
        for first in range(0, len(told), size):
            suffix, layout = _LAYOUTS[at % len(_LAYOUTS)]
            at += 1
            noted = contact_records(world, told.slice(first, size), folder.night)
            traps = {"unknown_new_column": 1} if folder.night else {}
            folder.json(_EXPORT, f"contact_records_{at:03}.{suffix}", noted, layout, traps=traps)
        if folder.night == world.nights - 1:
            facts.note(world, folder, known.filter(pl.col("updated") <= world.timeline.end), start // _RANGE)


def contact_records(world: World, sent: pl.DataFrame, night: int) -> pl.DataFrame:
    """Contact records as JSON with what is known of them."""
    trap = sent["trap"]
    frame, cells = dirt.soil(flat(world, sent), legs.own_numbers(sent), trap, _CELLS)
    cells = unsaid.note(frame, cells, _UNSAID)
    whole = encode.json_texts(nested(frame, night)).to_frame("t")
    short = pl.col("t").str.replace(_LAST_FIELDS, "}")
    as_before = pl.col("t").str.replace(_NEW_FIELD, "", literal=True)
    lines = whole.select(
        pl.when(met(trap, "fields_left_out"))
        .then(short)
        .when((sent["why"] == "sent_again_later").fill_null(value=False))
        .then(as_before)
        .otherwise("t")
    ).to_series()
    hurt = sent.select(pl.when("is_damaged").then(pl.lit("broken_json_element"))).to_series()
    kind = sent.select(
        pl.when(pl.col("why").is_not_null())
        .then("why")
        .when(met(trap, "clock_inversion", "fields_left_out"))
        .then("trap")
        .when("is_test")
        .then(pl.lit("test_caller"))
        .when("is_changed")
        .then(pl.lit("attributes_changed"))
        .when(frame["CustomerEndpoint.Address"].eq_missing(pl.Series([WITHHELD])))
        .then(pl.lit("withheld_number"))
    ).to_series()
    lines = damage.damaged_texts(lines, hurt, "broken_json_element", _without_reason)
    return records(lines, frame["ContactId"], sent["clock"], test=sent["is_test"], damage=hurt, cells=cells, trap=kind)


def _without_reason(text: str) -> str:
    return damage.broken_element(text, "DisconnectReason")
