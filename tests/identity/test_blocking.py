"""Which pairs are compared, and which key found them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest

from cx_pipeline.identity import blocking
from cx_pipeline.identity.blocking import Candidates, candidates
from cx_pipeline.identity.keys import KEYS, Hashed, Key, phonetic
from tests.identity.persons import Row, compared, crowd

ADA: Row = {
    "given_name": "Ada",
    "family_name": "Quennell",
    "date_of_birth": "1984-03-17",
    "email": "ada.quennell84@lark.example.net",
    "phone": "+353 86 555 0123",
    "street": "12 Harbour Street",
    "city": "Dunmore",
    "postcode": "48213",
    "external_ids": "crm:A-77120",
}


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few records are paired by keys as many are."""
    monkeypatch.setattr(blocking, "_ALL_PAIRS_UP_TO", 0)


def pairs(found: Candidates) -> list[tuple[int, int]]:
    return list(zip(found.left.tolist(), found.right.tolist(), strict=True))


@pytest.mark.parametrize("size", [0, 1, 2, 7])
def test_few_records_give_all_pairs(size: int) -> None:
    found = candidates(compared(*crowd(size)))
    assert pairs(found) == list(combinations(range(size), 2))
    assert found.report.rows() == [("all pairs", len(found.left), len(found.left))]


def test_more_than_few_do_not() -> None:
    size = blocking._ALL_PAIRS_UP_TO
    assert len(candidates(compared(*crowd(size))).left) == size * (size - 1) // 2
    found = candidates(compared(*crowd(size + 1)))
    assert 0 < len(found.left) < size * (size - 1) // 4


def test_pairs_are_named_by_node_and_none_is_made_inside_a_group() -> None:
    told = compared(*crowd(6))[[1, 3, 5]]
    assert pairs(candidates(told)) == [(1, 3), (1, 5), (3, 5)]
    assert pairs(candidates(told, np.array([9, 4, 9]))) == [(1, 3), (3, 5)]
    assert candidates(told, np.array([9, 9, 9])).report["pairs"].to_list() == [0]


@pytest.mark.usefixtures("keyed")
def test_pairs_of_a_group_are_in_no_report() -> None:
    told = compared(ADA, ADA, ADA)
    found = candidates(told, np.array([0, 0, 1]))
    assert pairs(found) == [(0, 2), (1, 2)]
    assert set(found.report["pairs"].to_list()) == {2}


OTHER: Row = {
    "given_name": "Marcus",
    "family_name": "Thorne",
    "date_of_birth": "1951-12-29",
    "email": "thorne.m@brook.example.org",
    "phone": "+44 7700 900987",
    "street": "3 Mill Lane",
    "city": "Norwood",
    "postcode": "90077",
    "external_ids": "crm:Z-00314",
}


def keeping(*columns: str, **changed: str) -> Row:
    """Somebody else's record but for the columns kept, and those that are a slip away."""
    return {**OTHER, **{column: ADA[column] for column in columns}, **changed}


SLIPS: dict[str, Row] = {
    "email": keeping("email"),
    "phone": keeping("phone"),
    "external id": keeping("external_ids"),
    "names and birth date sounds": keeping(given_name="Quenel", family_name="Ada", date_of_birth="1984-07-30"),
    "birth date": keeping("date_of_birth", given_name="Amelie"),
    "names in either order": keeping(given_name="Quennell", family_name="Ada"),
    "names by sound": keeping(given_name="Adda", family_name="Quenell"),
    "birth date and family name": keeping("date_of_birth", family_name="Quorn"),
    "family name and birth year": keeping("family_name", date_of_birth="1984-07-30"),
    "given name and birth year": keeping("given_name", date_of_birth="1984-07-30"),
    "family name, birth month and day": keeping("family_name", date_of_birth="1948-03-17"),
    "given name, birth month and day": keeping("given_name", date_of_birth="1948-03-17"),
    "family sound, birth year and month": keeping(family_name="Quenel", date_of_birth="1984-03-29"),
    "family sound, birth year and day": keeping(family_name="Quenel", date_of_birth="1984-11-17"),
    "given sound, birth year and month": keeping(given_name="Adda", date_of_birth="1984-03-29"),
    "given sound, birth year and day": keeping(given_name="Adda", date_of_birth="1984-11-17"),
    "mailbox": keeping(email="ada.quennell84@brook.example.org"),
    "mailbox without its end": keeping(email="ada.quennell99@brook.example.org"),
    "mailbox without its beginning": keeping(email="oda.quennell84@lark.example.net"),
    "phone without its beginning": keeping(phone="5550123"),
    "phone without its end": keeping(phone="+353 86 555 01 99"),
    "id without its end": keeping(external_ids="crm:A-77199"),
    "id without its beginning": keeping(external_ids="crm:B-77120"),
    "family name and postcode": keeping("family_name", "postcode"),
    "given name and postcode": keeping("given_name", "postcode"),
    "family name and postal area": keeping("family_name", postcode="48999"),
    "given name and postal area": keeping("given_name", postcode="48999"),
    "postcode and birth year": keeping("postcode", date_of_birth="1984-07-30"),
    "family name and city": keeping("family_name", "city"),
    "given name and city": keeping("given_name", "city"),
    "postcode and street": keeping("postcode", "street"),
    "street": keeping("street"),
    "family name": keeping("family_name"),
    "city and birth year": keeping("city", date_of_birth="1984-07-30"),
    "street and given name": keeping("street", given_name="Adelheid"),
    "street and family name": keeping("street", family_name="Quorn"),
}


@pytest.mark.usefixtures("keyed")
@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_each_key_finds_its_kind_of_slip(key: Key) -> None:
    found = candidates(compared(ADA, SLIPS[key.name]))
    assert pairs(found) == [(0, 1)]
    assert found.report.filter(key=key.name)["pairs"].to_list() == [1]
    assert candidates(compared(ADA, OTHER)).report["pairs"].sum() == 0


def test_every_key_has_its_slip() -> None:
    assert [key.name for key in KEYS] == list(dict.fromkeys(key.name for key in KEYS))
    assert set(SLIPS) == {key.name for key in KEYS}


@pytest.mark.usefixtures("keyed")
def test_what_is_not_known_is_no_key() -> None:
    assert pairs(candidates(compared({}, {}, {"source": "crm"}))) == []


@pytest.mark.usefixtures("keyed")
def test_a_pair_comes_once_with_left_before_right() -> None:
    found = candidates(compared(*(ADA for _ in range(6))))
    assert pairs(found) == list(combinations(range(6), 2))
    assert set(found.report["pairs"].to_list()) == {15}
    assert set(found.report["only_here"].to_list()) == {0}


@pytest.mark.usefixtures("keyed")
def test_the_report_tells_what_each_key_gave_and_what_it_alone_gave() -> None:
    told = compared(*crowd(300))
    found = candidates(told)
    report = found.report
    assert report.schema == {"key": pl.String, "pairs": pl.Int64, "only_here": pl.Int64}
    assert report["key"].to_list() == [key.name for key in KEYS]
    assert (report["only_here"] <= report["pairs"]).all()
    assert report["only_here"].sum() <= len(found.left) <= report["pairs"].sum()
    family = told["family"].to_list()
    same = [(left, right) for left, right in pairs(found) if family[left] == family[right]]
    assert report.filter(key="family name")["pairs"].to_list() == [len(same)]


@pytest.mark.usefixtures("keyed")
@pytest.mark.parametrize("window", [1, 3])
def test_a_huge_block_gives_each_record_its_next_neighbours(monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    monkeypatch.setattr(blocking, "_WINDOW", window)
    names = ["delta", "alpha", "echo", "bravo", "charlie", "foxtrot"]
    place = sorted(range(6), key=lambda row: names[row])
    # Of one family name they share the key of the family, and are ranked by their given names.
    found = candidates(compared(*({"given_name": name, "family_name": "marsh"} for name in names)))
    expected = {tuple(sorted((place[one], place[other]))) for one, other in combinations(range(6), 2) if other - one <= window}
    assert set(pairs(found)) == expected


@pytest.mark.usefixtures("keyed")
def test_of_many_records_one_key_alone_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two_weak, with_a_strong_one = SLIPS["street"], SLIPS["family name and city"], SLIPS["email"]
    for slip in (one, two_weak, with_a_strong_one):
        assert pairs(candidates(compared(ADA, slip))) == [(0, 1)]
    monkeypatch.setattr(blocking, "_MANY", 2)
    assert pairs(candidates(compared(ADA, one))) == []
    assert pairs(candidates(compared(ADA, two_weak))) == []
    assert pairs(candidates(compared(ADA, with_a_strong_one))) == [(0, 1)]


@pytest.mark.parametrize(("one", "other"), [("smith", "smyth"), ("meyer", "meier"), ("robert", "rupert"), ("quennell", "quenel")])
def test_names_that_sound_alike_share_a_key(one: str, other: str) -> None:
    sounds = pl.DataFrame({"family": [one, other]}).select(phonetic("family")).to_series()
    assert sounds[0] == sounds[1]


@pytest.mark.parametrize(("one", "other"), [("smith", "jones"), ("smith", "kmith"), ("baker", "barber")])
def test_names_that_do_not_sound_alike_do_not(one: str, other: str) -> None:
    sounds = pl.DataFrame({"family": [one, other]}).select(phonetic("family")).to_series()
    assert sounds[0] != sounds[1]


JANE: Row = {"given_name": "Jane", "family_name": "Quennell", "date_of_birth": "1984-03-17", "postcode": "48213"}


@pytest.mark.parametrize(
    ("other", "are_strangers"),
    [
        ({}, False),
        ({"given_name": "Janet"}, False),
        ({"given_name": "Tobias", "date_of_birth": None}, True),  # somebody of the family
        ({"given_name": "Tobias", "date_of_birth": "1984-03-18"}, False),  # born the same month: a twin, or another first name
        ({"given_name": "Tobias", "date_of_birth": "1951-08-18"}, True),
        (
            {"given_name": "Tobias", "date_of_birth": None, "email": "quennell@lark.example.net"},
            False,
        ),  # one mailbox: to be weighed
        ({"given_name": "Quennell", "family_name": "Jane", "date_of_birth": None}, False),  # names that changed places
        ({"given_name": None, "date_of_birth": None}, False),
        ({"date_of_birth": "1951-08-18"}, False),  # at one place: father and son, or a slip
        ({"date_of_birth": "1951-08-18", "postcode": "90210"}, True),
        ({"date_of_birth": "1985-03-17", "postcode": "90210"}, False),  # a slip of the year
        ({"date_of_birth": None, "postcode": "90210"}, False),
    ],
)
def test_who_plainly_contradicts_another_is_a_stranger(other: Row, are_strangers: bool) -> None:
    told = compared({**JANE, "email": "quennell@lark.example.net"}, {**JANE, **other})
    hashed = Hashed(told)
    keys = [hashed.key(key) for key in KEYS]
    bits = np.array([sum(1 << place for place, key in enumerate(keys) if key[0] == key[1] != 0)], dtype=np.uint64)
    one, two = np.array([0]), np.array([1])
    assert hashed.strangers(one, two, bits).tolist() == hashed.strangers(two, one, bits).tolist() == [are_strangers]
