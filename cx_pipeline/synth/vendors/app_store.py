"""Reviews as App Store Connect answers: edited in place with the date of the first writing, so that only the words tell."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cx_pipeline.synth import damage, dirt, editions, encode, ids, texts
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.layouts import listed
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, FOREVER
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.world import World

SOURCE, APP = "app_store", "1321994487"
REACH = 25 * DAY
TRAPS = {"sent_twice": 4, "mojibake": 2, "zero_width": 2, "double_escaped": 2, "broken_json_element": 2}
_CELLS = {
    "mojibake": (CellTrap("body", dirt.mojibake),),
    "zero_width": (CellTrap("title", dirt.zero_width),),
    "double_escaped": (CellTrap("body", dirt.double_escaped),),
}
_TEXTS, _PAGE = 700_000_000, 20
_TWO = "US GB IE DE FR ES IT NL BR PL SE JP CN UA AE IN"
_THREE = "USA GBR IRL DEU FRA ESP ITA NLD BRA POL SWE JPN CHN UKR ARE IND"
_TERRITORIES = dict(zip(_TWO.split(), _THREE.split(), strict=True))


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights: reviews written, edited or answered since the last cut and weeks before; ratings without words are not told."""
    every = world.reviews(SOURCE)
    around = f'"links":{{"self":"https://api.appstoreconnect.apple.com/v1/apps/{APP}/customerReviews"}},'
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        for name, numbers in editions.numbers(every.count):
            trap = allot(world.dice, "app_store/reviews", numbers, every.count, TRAPS)
            known = every.of(numbers).with_columns(trap=trap).filter("has_text")
            told = editions.sent(known, world.timeline, night, REACH)
            if len(told):
                layout = listed("data", _PAGE, around, ',"meta":{"paging":{"total":{total},"limit":20}}')
                noted = _records(world, told, night)
                folder.json("app_store.reviews", f"reviews_{APP}{name}.json", noted, layout)


def _records(world: World, told: pl.DataFrame, night: int) -> pl.DataFrame:
    flat, trap = _flat(world, told, night), told["trap"]
    spoilt, cells = dirt.soil(flat, told["number"], trap, _CELLS)
    hurt = pl.select(pl.when(met(trap, "broken_json_element") & (night == 0)).then(pl.lit("broken_json_element"))).to_series()
    lines = damage.damaged_texts(
        encode.json_texts(_nested(spoilt)), hurt, "broken_json_element", lambda text: damage.broken_element(text, "territory")
    )
    kind = told.select(
        pl.coalesce(
            "why",
            pl.when("is_changed").then(pl.lit("edited_review")),
        )
    ).to_series()
    key = pl.concat_str(flat["id"], pl.lit("_"), flat["createdDate"].str.replace_all(r"\D", ""))
    return records(lines, pl.select(key).to_series(), told["made"], damage=hurt, cells=cells, trap=kind)


def _flat(world: World, told: pl.DataFrame, night: int) -> pl.DataFrame:
    """What is said of each review, a column a value; times are those of California."""
    numbers = told["number"].to_numpy()
    people = world.people[told["person"].to_numpy()]
    language = people["language"].to_numpy()
    first = texts.descriptions(world.dice, numbers + _TEXTS, language, people["given"])
    later = texts.answers(world.dice, "thanks", numbers + _TEXTS, language)
    replied = pl.col("replied") <= world.timeline.cut(night)
    return told.select(
        id=ids.uuids(world.dice, "app_store/review", numbers),
        rating=pl.when("is_changed").then("edited_rating").otherwise("rating"),
        title=texts.subjects(world.dice, numbers + _TEXTS, language),
        body=pl.when("is_changed").then(pl.concat_str(later, pl.lit("\n"), first)).otherwise(first),
        reviewerNickname=pl.concat_str(people["given"], (pl.col("person") % 90 + 10).cast(pl.String)),
        createdDate=_local("made"),
        territory=people["country"].replace_strict(_TERRITORIES, return_dtype=pl.String),
        replied=pl.when(replied & (pl.col("replied") < FOREVER)).then(_local("replied")),
    )


def _local(moment: str) -> pl.Expr:
    """`2017-11-15T08:10:34-08:00`."""
    return pl.from_epoch(pl.col(moment) - 8 * 3_600, "s").dt.strftime("%Y-%m-%dT%H:%M:%S-08:00")


def _nested(flat: pl.DataFrame) -> pl.DataFrame:
    attributes = ("rating", "title", "body", "reviewerNickname", "territory", "createdDate")
    answer = pl.struct(data=pl.struct(type=pl.lit("customerReviewResponses")), attributes=pl.struct(lastModifiedDate="replied"))
    return flat.select(
        type=pl.lit("customerReviews"),
        id="id",
        attributes=pl.struct(*attributes),
        relationships=pl.struct(response=pl.when(pl.col("replied").is_not_null()).then(answer)),
    )
