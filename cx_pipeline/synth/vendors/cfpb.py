"""Complaints of the public database, downloaded whole every night: answers, narratives and withdrawals come late."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cx_pipeline.synth import complaints, damage, dirt, encode
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.buyers import details
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.known import as_of
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import FOREVER, iso
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.shopify.site import money
from cx_pipeline.synth.world import World

SOURCE = "cfpb"
TRAPS = {
    "double_escaped": 2,
    "zero_width": 1,
    "control_character": 1,
    "impossible_date": 2,
    "masked_postcode": 4,
    "old_product_name": 4,
    "sent_twice": 2,
    "field_missing": 1,
    "field_too_many": 1,
    "unterminated_quote": 1,
    "invalid_bytes": 1,
}
_SUBJECTS = (
    ("Credit card", "Store credit card", "Problem with a purchase shown on your statement", "Charged twice"),
    ("Debt collection", "Other debt", "Attempts to collect debt not owed", "Debt was paid"),
    ("Credit reporting or other personal consumer reports", "Credit reporting", "Incorrect information on your report", "Old"),
    ("Money transfer, virtual currency, or money service", "Refund", "Money was not available when promised", None),
    ("Payday loan, title loan, personal loan, or advance loan", "Installment loan", "Charged fees you didn't expect", None),
)
_OLD_NAME = "Credit reporting, credit repair services, or other personal consumer reports"
_LETTERS = (
    "I am a victim of identity theft.\nPlease block the accounts under XXXX XXXX at once.",
    "Under 15 USC 1681 the company must delete XXXX from my report within XXXX days.",
    "This letter is my formal dispute of account XXXX.\n\nI never signed a contract with XXXX.",
)
_ANSWERS = ("Closed with explanation", "Closed with monetary relief", "Closed with non-monetary relief")
_WAYS = ("Web", "Phone", "Referral", "Postal mail", "Fax")
_TEXT = "Consumer complaint narrative"
_CELLS = {
    # A narrative comes late, and not to every complaint.
    "double_escaped": (CellTrap(_TEXT, dirt.double_escaped), CellTrap("Issue", dirt.double_escaped)),
    "zero_width": (CellTrap("Issue", dirt.zero_width),),
    "control_character": (CellTrap("Issue", dirt.control),),
    "impossible_date": (CellTrap("Date sent to company", dirt.always("2026-02-30", None)),),
}
_DIALECT = encode.Dialect(encoding="utf-8", newline="\n")


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights."""
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        cut = world.timeline.cut(night)
        known = as_of(world.authority_complaints, complaints.AUTHORITY_EVENTS, cut)
        if not len(known):
            continue
        before = int((known["received"] <= world.timeline.cut(night - 1)).sum())
        frame, noted = _records(world, known, damaged=night == 0)
        name = f"complaints-{folder.day}.csv{'.zip' if night % 2 else ''}"
        traps = {"cumulative_export": before} if before else {}
        folder.table("cfpb.complaints", name, frame.columns, noted, dialect=_DIALECT, traps=traps)


def _records(world: World, known: pl.DataFrame, *, damaged: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    trap = allot(world.dice, "cfpb/complaints", known["complaint"].to_numpy(), len(world.authority_complaints), TRAPS)
    frame, cells = dirt.soil(_frame(world, known, trap), known["complaint"], trap, _CELLS)
    hurt = pl.select(pl.when(met(trap, *damage.CSV_DAMAGE) & damaged).then(trap)).to_series()
    lines = damage.damaged_rows(frame, encode.csv_texts(frame, _DIALECT), hurt, _TEXT)
    sent = pl.when((pl.col("sent") < FOREVER) & ~met(trap, "impossible_date")).then("sent")
    clock = known.select(pl.coalesce(sent, "received")).to_series()
    told = known.select(
        pl.when(met(trap, "masked_postcode", "old_product_name", "sent_twice")).then(trap)
        .when(pl.col("withdrawn") < FOREVER).then(pl.lit("narrative_withdrawn"))
        .when((pl.col("template") >= 0) & (pl.col("published") < FOREVER)).then(pl.lit("template_letter"))
    ).to_series()  # fmt: skip
    noted = records(lines, frame["Complaint ID"], clock, damage=hurt, cells=cells, trap=told)
    return frame, pl.concat([noted, noted.filter(met(trap, "sent_twice"))])


def _frame(world: World, known: pl.DataFrame, trap: pl.Series) -> pl.DataFrame:
    people = details(world, known["person"])
    product, sub_product, issue, sub_issue = (
        pl.lit(pl.Series([subject[at] for subject in _SUBJECTS])).gather(pl.col("subject")) for at in range(4)
    )
    answered, shown = pl.col("answered") < FOREVER, pl.col("published") < FOREVER
    gone = pl.col("withdrawn") < FOREVER
    own = pl.concat_str(
        pl.lit("On XX/XX/XXXX I paid {$"),
        money(pl.col("cents")),
        pl.lit("} to XXXX XXXX for my order.\nThey say they never got it & keep sending \"reminders\" about case "),
        pl.col("complaint").cast(pl.String),
        pl.lit("."),
    )  # fmt: skip
    letter = pl.lit(pl.Series(_LETTERS)).gather(pl.col("template").clip(0))
    consent = (
        pl.when(gone).then(pl.lit("Consent withdrawn"))
        .when(shown).then(pl.lit("Consent provided"))
        .when(pl.col("complaint") % 3 == 0).then(pl.lit("Consent not provided"))
        .otherwise(pl.lit("N/A"))
    )  # fmt: skip
    masked = pl.concat_str(people["postal"].str.slice(0, 3), pl.lit("XX"))
    answer = pl.lit(pl.Series(_ANSWERS)).gather(pl.col("complaint") % 3)
    sent = pl.when((pl.col("sent") < FOREVER) | met(trap, "impossible_date")).then(pl.col("sent"))
    return known.select(
        iso(pl.col("received")).str.slice(0, 10).alias("Date received"),
        pl.when(met(trap, "old_product_name")).then(pl.lit(_OLD_NAME)).otherwise(product).alias("Product"),
        sub_product.alias("Sub-product"),
        issue.alias("Issue"),
        sub_issue.alias("Sub-issue"),
        pl.when(shown & ~gone).then(pl.when(pl.col("template") >= 0).then(letter).otherwise(own)).alias(_TEXT),
        pl.when(answered & (pl.col("complaint") % 2 == 0)).then(pl.lit("Company chooses not to provide a public response")).alias(
            "Company public response"
        ),
        pl.lit("QUENLORIA HOME FINANCE, INC.").alias("Company"),
        people["state"].alias("State"),
        pl.when(met(trap, "masked_postcode")).then(pl.lit("XXXXX")).otherwise(masked).alias("ZIP code"),
        pl.when(pl.col("complaint") % 6 == 1).then(pl.lit("Older American")).alias("Tags"),
        consent.alias("Consumer consent provided?"),
        pl.lit(pl.Series(_WAYS)).gather(pl.col("complaint") * 7 % 11 % len(_WAYS)).alias("Submitted via"),
        pl.when(sent < FOREVER).then(iso(sent).str.slice(0, 10)).alias("Date sent to company"),
        pl.when(answered).then(answer).otherwise(pl.lit("In progress")).alias(
            "Company response to consumer"
        ),
        pl.when("timely").then(pl.lit("Yes")).otherwise(pl.lit("No")).alias("Timely response?"),
        # The question is no longer asked.
        pl.lit("N/A").alias("Consumer disputed?"),
        (pl.col("complaint") * 37 + 9_100_203).cast(pl.String).alias("Complaint ID"),
    )  # fmt: skip
