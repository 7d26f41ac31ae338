"""Records of people as a table, and who was put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from cx_pipeline.identity.profiles import PEOPLE, complete, profiles
from cx_pipeline.identity.resolution import Resolution

Row = Mapping[str, str | None]


def people(*rows: Row) -> pl.DataFrame:
    """Rows as `resolve` takes them; a row without a `record_id` is named by its place."""
    told = [{name: {"record_id": f"r{place:03}", **row}.get(name) for name in PEOPLE} for place, row in enumerate(rows)]
    return pl.DataFrame(told, schema=dict.fromkeys(PEOPLE, pl.String))


def compared(*rows: Row) -> pl.DataFrame:
    """What is compared of rows."""
    return profiles(complete(people(*rows)))


def groups(found: Resolution) -> set[frozenset[str]]:
    """The records of each customer."""
    return {frozenset(records) for records in found.membership.group_by("customer_id").agg("record_id")["record_id"].to_list()}


def customer_ids(found: Resolution) -> dict[str, str]:
    return dict(found.membership.select("record_id", "customer_id").rows())


def of_records(*records: Iterable[str]) -> set[frozenset[str]]:
    return {frozenset(group) for group in records}


# A place full of people, so that records are scored among others, not as if they were all there is.
_GIVEN = (
    *("olivia", "noah", "amelia", "arthur", "isla", "george", "ava", "leo", "freya", "oscar"),
    *("mia", "theo", "ivy", "luca", "elsie", "felix", "rosa", "hugo", "clara", "emil"),
)
_FAMILY = ["marsh", "okafor", "lindqvist", "barros", "whelan", "petrov", "sandhu", "moreau", "keane", "fuchs"]
_CITY = ["norwood", "eastmere", "kilbride", "salter", "dunmore"]


def crowd(size: int) -> list[dict[str, str]]:
    """People of whom no two are one: names, birthdays, homes, mailboxes and phones of their own."""
    return [
        {
            "record_id": f"crowd{number:04}",
            "source": "shop",
            "given_name": _GIVEN[number % len(_GIVEN)],
            "family_name": _FAMILY[number // len(_GIVEN) % len(_FAMILY)] + chr(97 + number // 200) * (number >= 200),
            "date_of_birth": f"{1940 + number * 7 % 63}-{1 + number * 5 % 12:02}-{1 + number * 11 % 28:02}",
            "email": f"p{number * 7919 % 100_003}@mail{number % 7}.net",
            "phone": f"+4477{(number * 7_654_321 + 1_234_567) % 10**8:08}",
            "street": f"{1 + number * 13 % 97} {_FAMILY[number * 3 % 10]} lane",
            "city": _CITY[number % 5],
            "postcode": f"{10_000 + number * 7_919 % 89_999}",
        }
        for number in range(size)
    ]
