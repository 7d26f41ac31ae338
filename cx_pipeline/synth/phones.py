"""Phone numbers that parse as valid: reserved for fiction where a regulator set some aside, then patterned ones.

Ranges set aside for drama: US 555-01xx, UK 496 0xxx and 020 7946 0xxx, Germany (Bundesnetzagentur), France (ARCEP
01 99 00 and sisters), Sweden (PTS 08-465 00 4x and 031-390 06 xx). Other countries have none that parses as valid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from cx_pipeline.synth.dice import Ints


@dataclass(frozen=True)
class Plan:
    """Prefixes in E.164 with the number of free digits behind them: for fiction first, then the wide ones."""

    calling_code: str
    trunk: str
    fiction: tuple[str, ...]
    fiction_digits: int
    wide: tuple[str, ...]
    wide_digits: int


_US_AREAS = (201, 202, 203, 206, 207, 208, 212, 213, 214, 215, 216, 217, 303, 305, 307, 312, 313, 314, 401, 404, 406, 412, 415,
             503, 505, 512, 513, 602, 603, 605, 612, 614, 617, 701, 702, 713, 801, 802, 804, 808, 901, 907, 916, 919)  # fmt: skip
_NONE: tuple[str, ...] = ()
_STEP, _START = 7_919, 2_345_678  # the step shares no factor with ten: no number comes twice

PLANS = {
    "US": Plan("1", "", tuple(f"+1{area}55501" for area in _US_AREAS), 2, tuple(f"+1{area}4" for area in _US_AREAS), 6),
    "GB": Plan("44", "0", ("+442079460", "+441134960", "+441144960", "+441164960", "+441174960", "+441184960",
                           "+441214960", "+441314960", "+441414960", "+441514960", "+441614960"), 3,
               ("+447400", "+447401", "+447402", "+447403"), 6),
    "IE": Plan("353", "0", _NONE, 0, ("+35387", "+35386"), 7),
    "DE": Plan("49", "0", ("+493023125", "+496990009", "+494066969", "+492214710", "+498999998"), 3, ("+49151",), 8),
    "FR": Plan("33", "0", ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649"), 4, ("+3361", "+3362"), 7),
    "ES": Plan("34", "", _NONE, 0, ("+3461", "+3462", "+3465"), 7),
    "IT": Plan("39", "", _NONE, 0, ("+39347", "+39348"), 7),
    "NL": Plan("31", "0", _NONE, 0, ("+3161", "+3162"), 7),
    "BR": Plan("55", "", _NONE, 0, ("+551191", "+551192", "+552197"), 7),
    "PL": Plan("48", "", _NONE, 0, ("+4860", "+4850"), 7),
    "SE": Plan("46", "0", ("+463139006",), 2, ("+4670", "+4673"), 7),
    "JP": Plan("81", "0", _NONE, 0, ("+81901", "+81902", "+81803"), 7),
    "CN": Plan("86", "", _NONE, 0, ("+86135", "+86138"), 8),
    "UA": Plan("380", "0", _NONE, 0, ("+38067", "+38050"), 7),
    "AE": Plan("971", "0", _NONE, 0, ("+97150", "+97155"), 7),
    "IN": Plan("91", "0", _NONE, 0, ("+91980", "+91981"), 7),
}  # fmt: skip


def _numbers(prefixes: tuple[str, ...], digits: int, places: Ints) -> pl.Series:
    """Prefixes take turns and digits are scattered, so that neighbours differ in more than their last digit."""
    frame = pl.DataFrame({"p": places % len(prefixes), "d": (places // len(prefixes) * _STEP + _START) % 10**digits})
    tail = pl.col("d").cast(pl.String).str.zfill(digits)
    return frame.select(pl.lit(pl.Series(prefixes)).gather("p") + tail).to_series()


def e164(country: str, places: Ints) -> pl.Series:
    """The number of each place in a country's plan; different places give different numbers."""
    plan = PLANS[country]
    room = len(plan.fiction) * 10**plan.fiction_digits
    wide = _numbers(plan.wide, plan.wide_digits, places)
    if not plan.fiction:
        return wide
    fiction = _numbers(plan.fiction, plan.fiction_digits, np.minimum(places, room - 1))
    return pl.select(pl.when(pl.Series(places < room)).then(fiction).otherwise(wide)).to_series()


def national(phone: pl.Expr, country: pl.Expr) -> pl.Expr:
    """As people at home write it: `(212) 555-0123`, otherwise trunk digit and groups."""
    codes = {name: len(plan.calling_code) + 1 for name, plan in PLANS.items()}
    rest = phone.str.slice(country.replace_strict(codes, default=1, return_dtype=pl.Int64))
    trunk = country.replace_strict({name: plan.trunk for name, plan in PLANS.items()}, default="")
    american = pl.concat_str(
        pl.lit("("), rest.str.slice(0, 3), pl.lit(") "), rest.str.slice(3, 3), pl.lit("-"), rest.str.slice(6)
    )
    elsewhere = pl.concat_str(trunk, rest.str.slice(0, 3), pl.lit(" "), rest.str.slice(3))
    return pl.when(country == "US").then(american).otherwise(elsewhere)
