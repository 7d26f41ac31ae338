# ruff: noqa: RUF001 - odd characters are the subject here
import importlib.resources

import phonenumbers
import polars as pl
import pytest

from cx_pipeline.scrub.country import CODES, COUNTRIES, COUNTRY
from cx_pipeline.scrub.engine import apply_rules


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        *(
            ("US", "US"),
            ("USA", "US"),
            ("U.S.A.", "US"),
            ("United States", "US"),
            ("united  states of america", "US"),
            ("UK", "GB"),
        ),
        *(
            ("Great Britain", "GB"),
            ("Deutschland", "DE"),
            ("DEU", "DE"),
            ("germany ", "DE"),
            ("Österreich", "AT"),
            ("Cote d'Ivoire", "CI"),
        ),
        *(
            ("Côte d’Ivoire", "CI"),
            ("Réunion", "RE"),
            ("Türkiye", "TR"),
            ("Korea, Republic of", "KR"),
            ("Na", "NA"),
            ("España", "ES"),
        ),
    ],
)
def test_countries(raw: str, code: str) -> None:
    assert apply_rules(pl.Series("c", [raw]), [COUNTRY]).values.to_list() == [code]


def test_unknown_countries_are_null_and_flagged() -> None:
    result = apply_rules(pl.Series("c", ["Atlantis", "ZZ", "FR", None]), [COUNTRY])
    assert result.values.to_list() == [None, None, "FR", None]
    assert result.flags["c_unknown"].to_list() == [True, True, False, False]


def test_every_code_and_name_of_iso_3166_is_known() -> None:
    table = importlib.resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    result = apply_rules(pl.Series("c", [name for _, name in rows]), [COUNTRY]).values.to_list()
    assert [(name, got) for (code, name), got in zip(rows, result, strict=True) if got != code] == []
    assert {code for code, _ in rows} | {"XK"} == CODES


def test_alpha_3_codes_are_all_there_and_distinct() -> None:
    alpha3 = [
        spelling
        for spelling in COUNTRIES
        if len(spelling) == 3 and spelling not in {"uae", "drc", "prc", "ksa", "rsa", "brd", "ger"}
    ]
    assert len(alpha3) >= 250
    assert {COUNTRIES[spelling] for spelling in alpha3} == CODES


def test_phone_regions_have_a_country() -> None:
    assert set(phonenumbers.SUPPORTED_REGIONS) - CODES <= {"AC", "TA"}  # Ascension and Tristan da Cunha belong to SH
