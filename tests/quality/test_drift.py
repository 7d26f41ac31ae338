"""How a delivery's columns differ from the last one's."""

from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.quality.column_profile import Profile, profile
from cx_pipeline.quality.drift import Drift, DriftKind, drift
from cx_pipeline.scrub.ids import shaped
from cx_pipeline.sources.columns import choice, identifier
from cx_pipeline.sources.export import Export

EXPORT = Export(
    source="pulse",
    name="cases",
    title="Cases.",
    formats=("CSV",),
    fields=(
        identifier("id", shaped("Pulse", "^.+$"), required=True),
        choice("state", "pulse_state", {"open": "open", "on-hold": "on_hold"}),
        choice("via", "pulse_via", {"email": "email"}, alias="channel", at="$.channel"),
    ),
    key="id",
    clock=(),
    tables=(),
    known=frozenset({"note"}),
)
COLUMNS = {
    "id": [f"C-{number:05}" for number in range(40)],
    "state": ["open", "On hold"] * 20,
    "amount": [f"{number}.50" for number in range(40)],
    "opened": [f"2026-03-{number % 28 + 1:02}" for number in range(40)],
    "customer_mail": [f"person{number}@king.io" for number in range(40)],
    "via": ['{"channel": "email"}'] * 40,
}


def of(columns: dict[str, list[str | None]] | dict[str, list[str]]) -> Profile:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_row_index("_record", offset=1)
    return profile(frame.lazy(), list(columns), EXPORT)


def found(now: dict[str, list[str]], *, is_delimited: bool = True) -> list[tuple[str, str]]:
    made = drift(of(COLUMNS), of(now), EXPORT, is_delimited=is_delimited)
    assert drift(of(now), of(now), EXPORT, is_delimited=is_delimited) == []
    return [(str(item.kind), item.detail) for item in made]


def without(*names: str) -> dict[str, list[str]]:
    return {name: values for name, values in COLUMNS.items() if name not in names}


def test_the_same_again_is_none() -> None:
    assert found(COLUMNS) == []


def test_a_new_and_a_missing_column() -> None:
    assert found({**without("amount"), "shoe_size": ["43"] * 40}) == [
        ("drift.missing_column", "amount"),
        ("drift.new_column", "shoe_size"),
    ]


def test_a_renamed_column_has_a_name_like_it_and_values_like_it() -> None:
    renamed = {**without("customer_mail"), "CustomerEmail": COLUMNS["customer_mail"]}
    assert found(renamed) == [("drift.renamed_column", "customer_mail -> CustomerEmail")]
    assert drift(of(COLUMNS), of(renamed), EXPORT, is_delimited=True) == [
        Drift(DriftKind.RENAMED, "CustomerEmail", "customer_mail -> CustomerEmail", "customer_mail")
    ]


@pytest.mark.parametrize("values", [["7"] * 40, ["a very long text that no address is as long as, by far " * 3] * 40, [""] * 40])
def test_a_like_name_over_other_values_is_no_renaming(values: list[str]) -> None:
    assert found({**without("customer_mail"), "customer_mail_2": values}) == [
        ("drift.missing_column", "customer_mail"),
        ("drift.new_column", "customer_mail_2"),
    ]


@pytest.mark.parametrize(
    ("column", "values", "detail"),
    [
        ("amount", ["good", "bad"] * 20, "amount: number 100% -> 0%"),
        ("amount", ["1.50", "2.50", "n/a", "?"] * 10, "amount: number 100% -> 50%"),
        ("opened", ["1772359200"] * 40, "opened: time 100% -> 0%"),
        ("id", ["no id at all"] * 40, "id: id 100% -> 0%"),
    ],
)
def test_a_column_of_another_kind(column: str, values: list[str], detail: str) -> None:
    assert ("drift.retyped_column", detail) in found({**COLUMNS, column: values})


def test_seconds_that_become_dates_are_of_another_kind() -> None:
    before, now = of({"at": ["1772359200"] * 10}), of({"at": ["2026-03-01T10:00:00Z"] * 10})
    assert [item.kind for item in drift(before, now, EXPORT, is_delimited=True)] == [DriftKind.RETYPED]


def test_a_few_odd_cells_and_empty_columns_are_no_other_kind() -> None:
    assert found({**COLUMNS, "amount": [*COLUMNS["amount"][:34], *["?"] * 6]}) == []
    assert found({**COLUMNS, "amount": [""] * 40}) == []


def test_columns_in_another_order_are_told_and_harmless() -> None:
    turned = dict(reversed(COLUMNS.items()))
    made = drift(of(COLUMNS), of(turned), EXPORT, is_delimited=True)
    assert [(item.kind, item.is_harmless) for item in made] == [(DriftKind.REORDERED, True)]
    assert found(turned, is_delimited=False) == []


def test_words_that_the_mapping_lacks_are_a_grown_enum() -> None:
    grown = {**COLUMNS, "state": ["open", "ON_HOLD", "escalated", "Escalated", "parked"] * 8}
    assert found(grown) == [("drift.grown_enum", "state: 2 new words without a mapping")]
    assert found({**COLUMNS, "via": ['{"channel": "fax"}', *COLUMNS["via"][1:]]}) == [
        ("drift.grown_enum", "channel: 1 new words without a mapping")
    ]
    assert drift(of(grown), of(grown), EXPORT, is_delimited=True) == []


def test_a_rare_new_word_of_a_long_file_is_found() -> None:
    many: dict[str, list[str]] = {"state": ["open"] * 50_000}
    rare: dict[str, list[str]] = {"state": ["open"] * 49_998 + ["parked", "open"]}
    assert [item.kind for item in drift(of(many), of(rare), EXPORT, is_delimited=True)] == [DriftKind.GROWN_ENUM]


def test_in_json_a_key_that_is_rare_or_documented_is_no_news() -> None:
    rare: dict[str, list[str | None]] = {"id": ["C-00001"] * 40, "extra": ["x"] * 2 + [None] * 38}
    plain: dict[str, list[str | None]] = {"id": ["C-00001"] * 40}
    documented: dict[str, list[str | None]] = {**plain, "note": ["x"] * 40}
    assert drift(of(rare), of(plain), EXPORT, is_delimited=False) == []
    assert drift(of(plain), of(documented), EXPORT, is_delimited=False) == []
    assert [item.kind for item in drift(of(plain), of(rare), EXPORT, is_delimited=False)] == [DriftKind.NEW]
    assert [item.kind for item in drift(of(documented), of(plain), EXPORT, is_delimited=False)] == [DriftKind.MISSING]


def test_a_profile_survives_being_written() -> None:
    assert Profile.of_json(of(COLUMNS).as_json()) == of(COLUMNS)
    assert of({}) == Profile({}, {})
