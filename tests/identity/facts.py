"""Identifiers of records, as rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

import polars as pl

from cx_pipeline.identity.rules import IDENTITIES


@dataclass(frozen=True)
class Fact:
    """An identifier that a record carries."""

    record: str
    kind: str
    value: str | None
    is_placeholder: bool = False
    is_role: bool = False
    is_test: bool = False
    is_contact: bool = False
    export: str = ""


def _fact(kind: str, record: str, value: str | None, **flags: bool) -> Fact:
    chosen = {"is_placeholder": False, "is_role": False, "is_test": False, "is_contact": False, **flags}
    return Fact(
        record,
        kind,
        value,
        is_placeholder=chosen["is_placeholder"],
        is_role=chosen["is_role"],
        is_test=chosen["is_test"],
        is_contact=chosen["is_contact"],
    )


def email(record: str, value: str | None, **flags: bool) -> Fact:
    return _fact("email", record, value, **flags)


def phone(record: str, value: str | None, **flags: bool) -> Fact:
    return _fact("phone", record, value, **flags)


def external_id(record: str, value: str | None, **flags: bool) -> Fact:
    return _fact("external_id", record, value, **flags)


def name(record: str, value: str | None, **flags: bool) -> Fact:
    return _fact("name", record, value, **flags)


def identities(*facts: Fact) -> pl.DataFrame:
    return pl.DataFrame([astuple(fact) for fact in facts], schema=IDENTITIES, orient="row")


def merges(merged: Mapping[str, str]) -> pl.DataFrame:
    rows = [(record, survivor) for record, survivor in merged.items()]
    return pl.DataFrame(rows, schema={"record": pl.String, "survivor": pl.String}, orient="row")
