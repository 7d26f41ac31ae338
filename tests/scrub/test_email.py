# ruff: noqa: RUF001 - odd characters are the subject here
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.scrub.email import ADDRESS, FORM, domain_of, is_role_mailbox, is_test_address, local_part_of
from cx_pipeline.scrub.engine import apply_rules


def scrub(*values: str | None) -> list[str | None]:
    return apply_rules(pl.Series("email", values, dtype=pl.String), ADDRESS).values.to_list()


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("Ada.King@Shop.COM", "ada.king@shop.com"),
        ("  ada@shop.com \n", "ada@shop.com"),
        ("mailto:ada@shop.com", "ada@shop.com"),
        ("MAILTO:ada@shop.com?subject=Hi", "ada@shop.com"),
        ("Ada King <ada@shop.com>", "ada@shop.com"),
        ('"King, Ada" <Ada@shop.com>', "ada@shop.com"),
        ("<ada@shop.com>", "ada@shop.com"),
        ("ada@shop.com.", "ada@shop.com"),
        ("ada@shop.com;", "ada@shop.com"),
        ("'ada@shop.com'", "ada@shop.com"),
        ("ada (at) shop.com", "ada@shop.com"),
        ("ada [at] shop [dot] com", "ada@shop.com"),
        ("ada＠shop．com", "ada@shop.com"),
        ("ada@shop。com", "ada@shop.com"),
        ("ada @ shop.com", "ada@shop.com"),
        ("\u200bada@shop.com\u00a0", "ada@shop.com"),
        ("ada+orders@shop.com", "ada+orders@shop.com"),
        ("dummy_1940+3000@example.org", "dummy_1940+3000@example.org"),
        ("ada@müller.de", "ada@xn--mller-kva.de"),
        ("ada@MÜLLER.de", "ada@xn--mller-kva.de"),
        ("ada@xn--mller-kva.de", "ada@xn--mller-kva.de"),
        ("o'brien@shop.co.uk", "o'brien@shop.co.uk"),
        ("jörg@shop.de", "jörg@shop.de"),
        ("noreply@shop.com", "noreply@shop.com"),
        ("_ada_@shop.com", "_ada_@shop.com"),
        ("example@email.com", None),
        ("N/A", None),
        (None, None),
    ],
)
def test_addresses(raw: str | None, address: str | None) -> None:
    assert scrub(raw) == [address]


@pytest.mark.parametrize(
    "raw",
    [
        *(
            "ada",
            "ada@",
            "@shop.com",
            "ada@shop",
            "ada@@shop.com",
            "ada@shop..com",
            ".ada@shop.com",
            "ada.@shop.com",
            "a da@shop.com",
        ),
        *("ada@shop.c", "ada@-shop.com", "ada@shop.com, bob@shop.com", "+15551230000", "ada@1.2.3.4", '"ada king"@shop.com'),
        *("a" * 65 + "@shop.com", "ada@" + "a." * 130 + "com", "meet me at shop.com", "ada@sh_op.com"),
    ],
)
def test_what_is_no_address_is_null_and_flagged(raw: str) -> None:
    result = apply_rules(pl.Series("email", [raw, "ada@shop.com"]), ADDRESS)
    assert result.values.to_list() == [None, "ada@shop.com"]
    assert {name: mask.to_list() for name, mask in result.flags.items()} == {"email_invalid": [True, False]}


def test_hostile_cells_are_cut_off_first() -> None:
    result = apply_rules(pl.Series("email", ["," * 2_000_000, "\t" * 500_000 + "@"]), ADDRESS)
    assert result.values.to_list() == [None, None]
    assert "email_too_long" in result.flags


_PIECES = st.sampled_from(
    [
        "ada",
        "@",
        ".",
        "shop",
        "com",
        "<",
        ">",
        "mailto:",
        "(at)",
        "[dot]",
        " ",
        "'",
        '"',
        ",",
        ";",
        "＠",
        "。",
        "ü",
        "İ",
        "ﬁ",
        "?subject=",
        "A",
        "+",
        "_",
        "!",
        "xn--",
    ]
)


@settings(max_examples=60, deadline=None)
@given(batch=st.lists(st.lists(_PIECES, max_size=9).map("".join), min_size=1, max_size=40))
def test_the_chain_and_the_form_are_idempotent(batch: list[str]) -> None:
    once = scrub(*batch)
    assert scrub(*once) == once
    values = pl.Series("x", batch)
    formed = values.to_frame().select(FORM.transform(pl.col("x"))).to_series()
    assert formed.to_frame().select(FORM.transform(pl.col("x"))).to_series().equals(formed)
    untouched = ~FORM.touched(values)
    assert formed.filter(untouched).equals(values.filter(untouched))


def test_parts() -> None:
    frame = pl.DataFrame({"x": ["ada+1@shop.com", None, "none"]})
    assert frame.select(domain_of(pl.col("x"))).to_series().to_list() == ["shop.com", None, None]
    assert frame.select(local_part_of(pl.col("x"))).to_series().to_list() == ["ada+1", None, None]


def test_role_mailboxes() -> None:
    roles = [
        "info@shop.com",
        "support+de@shop.com",
        "no-reply@shop.com",
        "noreply@shop.com",
        "donotreply@shop.com",
        "team@shop.com",
        "postmaster@shop.com",
    ]
    people = ["ada@shop.com", "sales.king@shop.com", "info.ada@shop.com", "teamwork@shop.com"]
    extra = ["kundendienst@shop.com", "boss@shop.com"]
    frame = pl.DataFrame({"x": [*roles, *people, *extra, None]})
    found = frame.select(is_role_mailbox(pl.col("x"), extra=("Kundendienst", "Boss@shop.com"))).to_series().to_list()
    assert found == [True] * 7 + [False] * 4 + [True] * 2 + [None]


def test_test_addresses() -> None:
    tests = ["ada@test.com", "ada@localhost.localdomain", "test@shop.com", "dummy_1940+3@shop.com", "qa1@shop.com"]
    # Reserved domains are where anonymised exports write real customers.
    people = ["ada@shop.com", "contest@shop.com", "ada@testing.com", "ada@example.com", "a@sub.example.org", "x@shop.test"]
    frame = pl.DataFrame({"x": [*tests, *people, "ada@corp.internal", None]})
    found = frame.select(is_test_address(pl.col("x"), ("corp.internal",))).to_series().to_list()
    assert found == [True] * 5 + [False] * 6 + [True, None]
