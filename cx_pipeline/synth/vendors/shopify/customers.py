"""Customers: by the API of one shop what changed, out of the admin of the other one all of them every night."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, dirt, encode
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.buyers import details
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.layouts import answers
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY
from cx_pipeline.synth.vendors.shopify import buyers, site
from cx_pipeline.synth.vendors.shopify.site import NONE
from cx_pipeline.synth.world import World

TRAPS = {
    "mojibake": 1,
    "nfd": 1,
    "white_space": 1,
    "email_capitals": 1,
    "placeholder": 1,
    "test_person": 1,
    "redacted": 1,
    "edited": 2,
}
_LOST = {site.CSV: ("field_missing", "field_too_many"), site.API: ("broken_json_element",)}
_API_CELLS = {
    "mojibake": (CellTrap("last_name", dirt.name_mojibake),),
    "nfd": (CellTrap("last_name", dirt.decomposed),),
    "white_space": (CellTrap("last_name", dirt.spaced),),
    "email_capitals": (CellTrap("email", dirt.shouted),),
    "placeholder": (CellTrap("first_name", dirt.always("N/A", None)),),
}
_COLUMNS = {"last_name": "Last Name", "first_name": "First Name", "email": "Email"}
_CSV_CELLS = {
    name: tuple(CellTrap(_COLUMNS[cell.column], cell.spoil) for cell in options) for name, options in _API_CELLS.items()
}
_DIALECT = encode.Dialect(encoding="utf-8", newline="\n")
_EXPORT = "shopify.customers"
_OVERLAP = 3 * DAY


def write(world: World, folder: Delivery) -> None:
    """Both shops' customers of tonight."""
    _write_api(world, folder)
    _write_csv(world, folder)


def trapped(world: World, market: int) -> pl.DataFrame:
    """Customers of a shop, as `buyers.first_bought` gives them, with `trap`."""
    bought = buyers.first_bought(world, market)
    traps = {**TRAPS, **dict.fromkeys(_LOST[market], 1)}
    places = np.arange(len(bought), dtype=np.int64)
    return bought.with_columns(allot(world.dice, f"shopify/customers/{market}", places, len(bought), traps))


def _known(world: World, folder: Delivery, market: int) -> pl.DataFrame:
    """Who has bought by now, with the person's own columns, `trap`, and `updated`, which an edit of tonight moves."""
    cut = world.timeline.cut(folder.night)
    bought = trapped(world, market).filter(pl.col("since") <= cut)
    trap = bought["trap"]
    own = details(world, bought["person"]).drop("person")
    edited = met(trap, "edited", "redacted") & (folder.night > 0)
    known = pl.concat([bought, own], how="horizontal").with_columns(is_edited=edited)
    seen = pl.when(pl.col("last") <= cut).then("last").otherwise("since")
    test, gone = met(trap, "test_person"), met(trap, "redacted") & edited
    return known.with_columns(
        updated=pl.when("is_edited").then(cut - 3600).otherwise(seen + 5),
        email=pl.when(test).then(pl.lit("test@test.com")).when(~gone).then("email"),
        phone=pl.when(~test & ~gone).then("phone"),
        given=pl.when(test).then(pl.lit("Test")).when(~gone).then("given"),
        family=pl.when(test).then(pl.lit("Test")).when(~gone).then("family"),
    )


def _kind() -> pl.Expr:
    return pl.when(pl.col("trap") == "test_person").then(pl.lit("test_person")).when("is_edited").then("trap")


def _write_api(world: World, folder: Delivery) -> None:
    known = _known(world, folder, site.API)
    known = known.filter(pl.col("updated") > world.timeline.cut(folder.night - 1) - _OVERLAP).sort("updated", "person")
    if not len(known):
        return
    trap = known["trap"]
    frame, cells = dirt.soil(_api_frame(world, known), known["person"], trap, _API_CELLS)
    kind = "broken_json_element"
    hurt = known.select(pl.when((pl.col("trap") == kind) & pl.lit(value=folder.night == 0)).then("trap")).to_series()
    written = damage.damaged_texts(encode.json_texts(frame), hurt, kind, lambda text: damage.broken_element(text, "state"))
    told = known.select(_kind()).to_series()
    test = met(trap, "test_person")
    noted = records(written, frame["id"], known["updated"], test=test, damage=hurt, cells=cells, trap=told)
    folder.json(_EXPORT, f"customers_{folder.day}.json.gz", noted, answers("customers", site.page(world.customers)))


def _api_frame(world: World, known: pl.DataFrame) -> pl.DataFrame:
    agrees = pl.lit(buyers.agrees(world, known["person"]))
    number = site.customer_id(pl.col("person"), site.API)
    state = pl.when(agrees).then(pl.lit("subscribed")).when(pl.col("person") % 3 == 0).then(pl.lit("unsubscribed"))
    consent = pl.struct(
        state=state.otherwise(pl.lit("not_subscribed")),
        opt_in_level=pl.lit("single_opt_in"),
        consent_updated_at=site.api_time(pl.col("since")),
    )
    address = pl.struct(
        address1="street",
        city="city",
        zip="postal",
        province="state",
        country_code="country",
        phone="phone",
        default=pl.lit(value=True),
    )
    return known.select(
        id=number,
        email="email",
        created_at=site.api_time(pl.col("since") - 60),
        updated_at=site.api_time(pl.col("updated")),
        first_name="given",
        last_name="family",
        orders_count="orders",
        state=pl.lit("enabled"),
        total_spent=site.money(pl.col("cents")),
        note=NONE,
        verified_email=pl.lit(value=True),
        tax_exempt=pl.lit(value=False),
        tags=pl.when("is_edited").then(pl.lit("vip")).otherwise(pl.lit("")),
        currency=pl.lit(site.CURRENCY),
        phone="phone",
        default_address=address,
        email_marketing_consent=consent,
        admin_graphql_api_id=pl.concat_str(pl.lit("gid://shopify/Customer/"), number),
    )


def _write_csv(world: World, folder: Delivery) -> None:
    """No time in this export says which version is newer: that of the later night counts."""
    known = _known(world, folder, site.CSV)
    if not len(known):
        return
    trap = known["trap"]
    frame, cells = dirt.soil(_csv_frame(world, known), known["person"], trap, _CSV_CELLS)
    first = pl.lit(value=folder.night == 0)
    hurt = known.select(pl.when(met(trap, *_LOST[site.CSV]) & first).then("trap")).to_series()
    written = damage.damaged_rows(frame, encode.csv_texts(frame, _DIALECT), hurt, "Tags")
    key = frame["Customer ID"].str.strip_chars_start("'")
    never = pl.Series([0]).new_from_index(0, len(frame))
    test = met(trap, "test_person")
    noted = records(written, key, never, test=test, damage=hurt, cells=cells, trap=known.select(_kind()).to_series())
    before = int((known["since"] <= world.timeline.cut(folder.night - 1)).sum())
    traps = {"cumulative_export": before} if before else {}
    folder.table(_EXPORT, "customers_export.csv", frame.columns, noted, dialect=_DIALECT, traps=traps)


def _csv_frame(world: World, known: pl.DataFrame) -> pl.DataFrame:
    agrees = pl.lit(buyers.agrees(world, known["person"]))
    return known.select(
        pl.concat_str(pl.lit("'"), site.customer_id(pl.col("person"), site.CSV)).alias("Customer ID"),
        pl.col("given").alias("First Name"),
        pl.col("family").alias("Last Name"),
        pl.col("email").alias("Email"),
        pl.when(agrees).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("Accepts Email Marketing"),
        NONE.alias("Default Address Company"),
        pl.col("street").alias("Default Address Address1"),
        NONE.alias("Default Address Address2"),
        pl.col("city").alias("Default Address City"),
        NONE.alias("Default Address Province Code"),
        pl.col("country").alias("Default Address Country Code"),
        pl.concat_str(pl.lit("'"), "postal").alias("Default Address Zip"),
        pl.concat_str(pl.lit("'"), "phone").alias("Default Address Phone"),
        pl.concat_str(pl.lit("'"), "phone").alias("Phone"),
        pl.lit("no").alias("Accepts SMS Marketing"),
        site.money(pl.col("cents")).alias("Total Spent"),
        pl.col("orders").cast(pl.String).alias("Total Orders"),
        NONE.alias("Note"),
        pl.lit("no").alias("Tax Exempt"),
        pl.when("is_edited").then(pl.lit("vip")).otherwise(pl.lit("regular")).alias("Tags"),
    )
