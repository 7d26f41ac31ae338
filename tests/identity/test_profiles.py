"""What is compared of a record."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from cx_pipeline.errors import ConfigError
from cx_pipeline.identity.profiles import PEOPLE, complete, profiles
from tests.identity.persons import Row, compared, people

EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"


def one(row: Row) -> dict[str, Any]:
    return compared(row).row(0, named=True)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"given_name": " Zoë ", "family_name": "O\u2019Brien"}, ("zoe", "obrien", None)),
        ({"full_name": "Zoë Marie O'Brien"}, ("zoe", "obrien", "marie")),
        ({"full_name": "O'Brien, Zoë Marie"}, ("zoe", "obrien", "marie")),
        ({"full_name": "Dr. Zoe Brien PhD"}, ("zoe", "brien", None)),
        ({"full_name": "Prof Dr Zoe Brien"}, ("zoe", "brien", None)),
        ({"full_name": "Mr & Brien"}, ("brien", None, None)),
        ({"full_name": "Zoe"}, ("zoe", None, None)),
        ({"given_name": "Zoe", "full_name": "Zoe Brien"}, ("zoe", "brien", None)),
        ({"family_name": "Brien", "full_name": "Zoe Brien"}, ("zoe", "brien", None)),
        ({"family_name": "Brien", "full_name": "Brien"}, (None, "brien", None)),
        ({"given_name": "Zoe", "family_name": "Brien", "full_name": "Zoe Ada Brien"}, ("zoe", "brien", "ada")),
        ({"full_name": "山田 花子"}, ("山田", "花子", None)),
        ({"given_name": "Юлия", "family_name": "Иванова"}, ("юлия", "иванова", None)),
    ],
)
def test_names(row: Row, expected: tuple[str | None, ...]) -> None:
    found = one(row)
    assert (found["given"], found["family"], found["rest"]) == expected


@pytest.mark.parametrize("text", ["test user", "Test", "N/A", "null", "Unknown", "---", "  ", "", "asdf"])
def test_placeholders_are_no_names(text: str) -> None:
    found = one({"given_name": text, "family_name": text, "full_name": text})
    assert (found["given"], found["family"], found["rest"], found["names"], found["formal"]) == (None,) * 5


def test_a_surname_that_looks_like_nothing_is_one() -> None:
    assert one({"given_name": "Ada", "family_name": "Null"})["family"] == "null"


@pytest.mark.parametrize(("given_name", "formal"), [("Liz", "elizabeth"), ("BOB", "robert"), ("Ada", "ada"), (None, None)])
def test_short_forms_stand_beside_the_name(given_name: str | None, formal: str | None) -> None:
    found = one({"given_name": given_name})
    assert found["formal"] == formal
    assert found["given"] == (given_name.lower() if given_name else None)


def test_names_stand_in_one_order() -> None:
    there, back = {"given_name": "Ada", "family_name": "Brien"}, {"given_name": "Brien", "family_name": "Ada"}
    assert one(there)["names"] == one(back)["names"] == "ada|brien"


@pytest.mark.parametrize(
    ("row", "is_latin"),
    [
        ({"full_name": "Zoë Brien"}, True),
        ({"full_name": "山田 花子"}, False),
        ({"given_name": "Ada", "family_name": "花子"}, False),
        ({}, True),
    ],
)
def test_the_script_of_a_name_is_told(row: Row, is_latin: bool) -> None:
    assert one(row)["is_latin"] is is_latin


@pytest.mark.parametrize(
    ("address", "email", "domain", "local"),
    [
        (" Ada.B@Lark.example.NET ", "ada.b@lark.example.net", "lark.example.net", "ada.b"),
        ("adalark.example.net", "adalark.example.net", None, "adalark.example.net"),
        ("test@test.com", None, None, None),
        ("support@lark.example.net", None, None, None),
        ("noreply@lark.example.net", None, None, None),
        ("No-Reply@lark.example.net", None, None, None),
        ("team@lark.example.net", None, None, None),
        (EMPTY_MD5, None, None, None),
        ("n/a", None, None, None),
        ("", None, None, None),
        (None, None, None, None),
    ],
)
def test_addresses(address: str | None, email: str | None, domain: str | None, local: str | None) -> None:
    found = one({"email": address})
    assert (found["email"], found["domain"], found["local"]) == (email, domain, local)


def test_mailboxes_of_ones_own_that_are_roles_are_nobodys() -> None:
    known = complete(people({"email": "frontoffice@lark.example.net"}))
    assert profiles(known)["email"].to_list() == ["frontoffice@lark.example.net"]
    assert profiles(known, {"frontoffice"})["email"].to_list() == [None]


@pytest.mark.parametrize(
    ("local", "number", "tells"),
    [("ada.brien", "", False), ("ada.brien84", "84", True), ("sunny", "", True), ("a-brien", "", False), ("7ada9", "79", True)],
)
def test_what_a_mailbox_tells_beyond_the_name(local: str, number: str, tells: bool) -> None:
    found = one({"given_name": "Ada", "family_name": "Brien", "email": f"{local}@lark.example.net"})
    assert (found["local_number"], found["local_tells"]) == (number, tells)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+353 86 555 0123", "3865550123"),
        ("086 555 0123", "865550123"),
        ("(415) 867-5309", "4158675309"),
        ("+1 415 867 5309", "4158675309"),
        ("00353865550123", "3865550123"),
        ("12345", None),
        ("000123", None),
        ("555-555-5555", None),
        ("unknown", None),
        (None, None),
    ],
)
def test_phones(number: str | None, expected: str | None) -> None:
    assert one({"phone": number})["phone"] == expected


def test_places() -> None:
    found = one({"street": "12 Harbour Street", "city": " DÚNMORE ", "region": "n/a", "postcode": "D06 W2X4"})
    assert [found[name] for name in ("street", "city", "region", "postcode")] == ["12 harbour st", "dunmore", None, "d06w2x4"]
    assert found["place"] == "12 harbour st"
    assert one({"city": "Dunmore", "region": "Westshire"})["place"] == "dunmore"
    assert one({})["place"] is None


@pytest.mark.parametrize(
    ("cell", "ids", "kinds"),
    [
        ("crm:A-771; desk:9931", ["crm:A-771", "desk:9931"], {"crm", "desk"}),
        ("crm:A-771;crm:A-771", ["crm:A-771"], {"crm"}),
        (f"crm:{EMPTY_MD5};desk:9931", ["desk:9931"], {"desk"}),
        ("crm:12", None, None),
        ("crm:000000", None, None),
        ("crm:null;desk:", None, None),
        ("no kind at all", None, None),
        (";;", None, None),
        (None, None, None),
    ],
)
def test_external_ids(cell: str | None, ids: list[str] | None, kinds: set[str] | None) -> None:
    found = one({"external_ids": cell})
    assert found["ids"] == ids
    assert (None if found["id_kinds"] is None else set(found["id_kinds"])) == kinds


def test_rows_stay_in_their_order_and_are_numbered() -> None:
    found = compared({"full_name": "B"}, {}, {"full_name": "A"}, {"source": "crm"})
    assert found["node"].to_list() == [0, 1, 2, 3]
    assert found["given"].to_list() == ["b", None, "a", None]
    assert found["source"].to_list() == ["", "", "", "crm"]


def test_what_is_not_there_is_not_known() -> None:
    found = complete(pl.DataFrame({"record_id": [2, 1], "phone": [353865550123, None], "colour": ["red", "blue"]}))
    assert tuple(found.columns) == PEOPLE
    assert set(found.dtypes) == {pl.String}
    assert found.select("record_id", "phone", "email").rows() == [("2", "353865550123", None), ("1", None, None)]


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (pl.DataFrame({"id": ["a"]}), "no column record_id"),
        (pl.DataFrame({"record_id": ["a", None]}), "has no record_id"),
        (pl.DataFrame({"record_id": ["a", "b", "a"]}), "more than once"),
    ],
)
def test_people_without_a_name_for_each_record_are_refused(known: pl.DataFrame, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        complete(known)
