"""On which level a pair stands, and which pairs may be one person at all."""

from __future__ import annotations

import random

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.identity.comparisons import COMPARISONS, SUPPORTED
from tests.identity.persons import Row, compared

_JOINED = 'SELECT COLUMNS(a.*) AS "\\0_l", COLUMNS(b.*) AS "\\0_r" FROM told a, told b WHERE a.node = 0 AND b.node = 1'


def asked(expression: str, one: Row, other: Row) -> object:
    with duckdb.connect() as connection:
        connection.register("told", compared(one, other).to_arrow())
        return connection.execute(f"SELECT {expression} FROM ({_JOINED})").fetchall()[0][0]


def level(name: str, one: Row, other: Row) -> str:
    comparison = next(item for item in COMPARISONS if item.name == name)
    place = asked(comparison.ladder(), one, other)
    assert isinstance(place, int)
    return "unknown" if place < 0 else comparison.names[len(comparison.levels) - place]


HOME = {"street": "12 Harbour Street", "city": "Dunmore", "postcode": "48213"}


@pytest.mark.parametrize(
    ("name", "one", "other", "expected"),
    [
        ("given", {"given_name": "Ada"}, {"given_name": "ADA"}, "same"),
        ("given", {"given_name": "Liz"}, {"given_name": "Elizabeth"}, "short"),
        ("given", {"full_name": "Ada Quennell"}, {"full_name": "Quennell Ada"}, "swapped"),
        ("given", {"given_name": "Ada"}, {"given_name": "Siobhan"}, "else"),
        ("given", {"given_name": "Ada"}, {}, "unknown"),
        ("given", {"full_name": "山田 花子"}, {"full_name": "Hanako Yamada"}, "unknown"),
        ("family", {"family_name": "Quennell"}, {"family_name": "Quennell"}, "same"),
        ("family", {"full_name": "Ada Quennell"}, {"full_name": "Quennell Ada"}, "unknown"),
        ("family", {"family_name": "Quennell"}, {"family_name": "Thorne"}, "else"),
        ("birth", {"date_of_birth": "1984-03-17"}, {"date_of_birth": "19840317"}, "same"),
        ("birth", {"date_of_birth": "1984-03-17"}, {"date_of_birth": "1984-03-18"}, "slip"),
        ("birth", {"date_of_birth": "1984-03-12"}, {"date_of_birth": "1984-12-03"}, "slip"),
        ("birth", {"date_of_birth": "1984-03-17"}, {"date_of_birth": "1975-03-17"}, "two_parts"),
        ("birth", {"date_of_birth": "1984-03-17"}, {"date_of_birth": "1951-12-29"}, "else"),
        ("birth", {"date_of_birth": "1984-03-17"}, {}, "unknown"),
        ("email", {"email": "ada84@lark.io"}, {"email": "Ada84@lark.io"}, "same"),
        ("email", {"email": "ada84@lark.io"}, {"email": "ada84@brook.org"}, "mailbox"),
        ("email", {"email": "adab84@lark.io"}, {"email": "adba84@lark.io"}, "slip"),
        ("email", {"email": "ada84@lark.io"}, {"email": "thorne@lark.io"}, "domain"),
        ("email", {"email": "ada84@lark.io"}, {"email": "thorne@brook.org"}, "else"),
        ("email", {"email": "support@lark.io"}, {"email": "support@lark.io"}, "unknown"),
        ("phone", {"phone": "+353 86 555 0123"}, {"phone": "00353865550123"}, "same"),
        ("phone", {"phone": "+353 86 555 0123"}, {"phone": "086 555 0123"}, "slip"),
        ("phone", {"phone": "+353 86 555 0123"}, {"phone": "+353 86 555 0124"}, "slip"),
        ("phone", {"phone": "+353 86 555 0123"}, {"phone": "+44 7700 900987"}, "else"),
        ("place", HOME, HOME, "home"),
        ("place", HOME, {**HOME, "postcode": "99999"}, "street"),
        ("place", HOME, {**HOME, "street": "1 Mill Lane"}, "postcode"),
        ("place", HOME, {"city": "Dunmore"}, "city"),
        ("place", HOME, {"street": "1 Mill Lane", "city": "Norwood", "postcode": "99999"}, "else"),
        ("place", HOME, {"region": "Westshire"}, "unknown"),
        ("ids", {"external_ids": "crm:A-77120;desk:551"}, {"external_ids": "crm:A-77120"}, "same"),
        ("ids", {"external_ids": "crm:A-77120"}, {"external_ids": "crm:A-77210"}, "slip"),
        ("ids", {"external_ids": "crm:A-77120"}, {"external_ids": "crm:Z-00314"}, "else"),
        ("ids", {"external_ids": "crm:A-77120"}, {"external_ids": "desk:A-77120"}, "unknown"),
    ],
)
def test_levels(name: str, one: Row, other: Row, expected: str) -> None:
    assert level(name, one, other) == expected
    assert level(name, other, one) == expected


ADA: Row = {"given_name": "Ada", "family_name": "Quennell"}
BORN: Row = {"date_of_birth": "1984-03-17"}


@pytest.mark.parametrize(
    ("one", "other", "is_supported"),
    [
        pytest.param(ADA, ADA, False, id="a name alone"),
        pytest.param(HOME, HOME, False, id="an address alone"),
        pytest.param({"date_of_birth": "1984-03-17"}, {"date_of_birth": "1984-03-17"}, False, id="a birthday alone"),
        pytest.param({}, {}, False, id="nothing"),
        pytest.param({**ADA, **HOME}, {**ADA, **HOME}, True, id="name and address"),
        pytest.param({"email": "a.q84@lark.io"}, {"email": "a.q84@lark.io"}, True, id="a mailbox"),
        pytest.param({"external_ids": "crm:A-77120"}, {"external_ids": "crm:A-77120"}, True, id="an id"),
        pytest.param(
            {**HOME, "full_name": "Pauline Egan", "phone": "+353865550123"},
            {**HOME, "full_name": "Marcus Egan", "phone": "+353865550123"},
            False,
            id="another given name in the household",
        ),
        pytest.param(
            {**HOME, **BORN, "full_name": "Pauline Egan", "phone": "+353865550123"},
            {**HOME, **BORN, "full_name": "Marcus Egan", "phone": "+353865550123"},
            False,
            id="twins",
        ),
        pytest.param(
            {**HOME, **BORN, "full_name": "Pauline Egan", "phone": "+353865550123"},
            {**HOME, **BORN, "full_name": "Paulina Egan", "phone": "+353865550123"},
            True,
            id="one name in two spellings",
        ),
        pytest.param(
            {**HOME, **BORN, "given_name": "Pauline", "family_name": "Egan", "phone": "+353865550123"},
            {**HOME, **BORN, "full_name": "Maria Pauline Egan", "phone": "+353865550123"},
            True,
            id="called by the second name",
        ),
        pytest.param(
            {**HOME, **BORN, "full_name": "Pauline Egan"},
            {**HOME, **BORN, "full_name": "Marcus Egan"},
            True,
            id="a wrong first name, taken down by others",
        ),
        pytest.param(
            {"full_name": "Pauline Egan", "email": "egans@lark.io"},
            {"full_name": "Marcus Egan", "email": "egans@lark.io"},
            False,
            id="a couple's mailbox",
        ),
        pytest.param(
            {**ADA, **HOME, "date_of_birth": "1951-02-03", "email": "q@lark.io"},
            {**ADA, **HOME, "date_of_birth": "1984-11-26", "email": "q@lark.io"},
            False,
            id="mother and daughter of one name",
        ),
        pytest.param(
            {**ADA, **HOME, "date_of_birth": "1951-03-17"},
            {**ADA, **HOME, "date_of_birth": "1984-03-17"},
            True,
            id="a year that was mistyped",
        ),
    ],
)
def test_which_pairs_may_be_one_person(one: Row, other: Row, is_supported: bool) -> None:
    assert asked(SUPPORTED, one, other) is is_supported
    assert asked(SUPPORTED, other, one) is is_supported


def odd_people(count: int) -> list[Row]:
    """People out of few names, mailboxes, numbers and homes, so that of two much agrees and much is nearly the same."""
    dice = random.Random(7)

    def some(*values: str | None) -> str | None:
        return dice.choice(values)

    return [
        {
            "given_name": some("Ann", "Anna", "Jon", "Jonathan", "Marta", "Martha", "Li", "Lin", "Smith", None),
            "family_name": some("Smith", "Smyth", "Lee", "Leigh", "Quenby", "Quenbie", "King", "Kingsley", "Anna", None),
            "email": f"{some('smith', 'anna.smith', 'quenby', 'king', 'info4', 'asmith', 'ana.smith')}@{some('a.com', 'b.org')}",
            "phone": some("+14155550123", "+14155550124", "4155550123", "155550123", None),
            "date_of_birth": some("1980-01-02", "1980-02-01", "1981-01-02", "1960-03-04", None),
            "street": some("12 Main Street", "12 Maine Street", "99 Oak Road", None),
            "postcode": some("90210", "9021", "90211", None),
            "city": some("Boston", "Bostn", "Austin", None),
        }
        for _ in range(count)
    ]


@pytest.mark.parametrize("name", [*(item.name for item in COMPARISONS if item.name not in {"rest", "ids"}), "supported"])
def test_a_pair_is_compared_alike_from_both_sides(name: str) -> None:
    question = next((item.ladder() for item in COMPARISONS if item.name == name), SUPPORTED)
    pairs = 'SELECT a.node AS a, b.node AS b, COLUMNS(a.*) AS "\\0_l", COLUMNS(b.*) AS "\\0_r" FROM told a, told b'
    with duckdb.connect() as connection:
        connection.register("told", compared(*odd_people(250)).to_arrow())
        found = {(a, b): answer for a, b, answer in connection.execute(f"SELECT a, b, {question} FROM ({pairs})").fetchall()}
    assert len(found) == 250**2
    assert len(set(found.values())) > 1
    assert [(a, b) for (a, b), answer in found.items() if answer != found[b, a]] == []


_SIGNS = st.sampled_from("abcfmoz._-")


@settings(max_examples=40, deadline=None)
@given(st.text(st.sampled_from("abcfmoz"), min_size=4, max_size=9), st.data())
def test_an_address_two_slips_away_is_a_slip(mailbox: str, data: st.DataObject) -> None:
    spoilt = list(mailbox)
    for _ in range(2):
        place, kind = (
            data.draw(st.integers(0, len(spoilt) - 1)),
            data.draw(st.sampled_from(("wrong", "missing", "added", "swap"))),
        )
        if kind == "swap":
            spoilt[place : place + 2] = spoilt[place : place + 2][::-1]
        else:
            spoilt[place : place + (kind != "added")] = [] if kind == "missing" else [data.draw(_SIGNS)]
    one, other = (f"q.{''.join(name)}.x@lark.io" for name in (mailbox, spoilt))
    assert level("email", {"email": one}, {"email": other}) in {"same", "slip"}
