"""A person's consent at a moment: the latest under one identifier, the strictest over all of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.words import CONSENT_STATE
from cx_pipeline.identity.consents import STATES, carriers_of, consent_at

JANUARY, MARCH, MAY, JULY = (datetime(2026, month, 1) for month in (1, 3, 5, 7))
EVENTS = pl.Schema({"customer_id": pl.String(), **tables()["consent_events"].lake_schema})
IDENTITIES = pl.Schema({"customer_id": pl.String(), "is_shared": pl.Boolean(), **tables()["customer_identities"].lake_schema})
MAIL, OTHER, PHONE = "ada@king.io", "king@ada.io", "+4915112345678"


def event(state: str, at: datetime | None = JANUARY, who: str | None = "k1_a", under: str = MAIL, **given: Any) -> dict[str, Any]:
    kind = "email" if "@" in under else "phone"
    number = f"{state}-{at}-{who}-{under}"
    plain = {"channel": "email", "purpose": "marketing", "is_test": False, "is_deleted": False, "event_id": f"a.b:1#{number}"}
    told = {"customer_id": who, "state": state, "occurred_at": at, "identity": {"kind": kind, "token": under}}
    return {**plain, **told, **given}


def carries(who: str, value: str, **given: Any) -> dict[str, Any]:
    plain = {"kind": "email" if "@" in value else "phone", "is_placeholder": False, "is_null_hash": False, "is_test": False}
    return {"customer_id": who, "value": value, "is_shared": False, **plain, **given}


def frame(rows: list[dict[str, Any]], schema: pl.Schema) -> pl.LazyFrame:
    return pl.LazyFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def consents(*events: dict[str, Any], carried: tuple[dict[str, Any], ...] = (), now: datetime = JULY) -> pl.DataFrame:
    carriers = carriers_of(frame(list(carried), IDENTITIES))
    return consent_at(frame(list(events), EVENTS), carriers, now).collect().sort("customer_id", "channel", "purpose")


def state(*events: dict[str, Any], carried: tuple[dict[str, Any], ...] = (), now: datetime = JULY) -> tuple[str, datetime | None]:
    """What holds for the one person, channel and purpose that some events are about, and since when."""
    [row] = consents(*events, carried=carried, now=now).select("state", "since").rows()
    return row


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([event("granted")], ("granted", JANUARY), id="one grant"),
        pytest.param([event("granted"), event("withdrawn", MARCH)], ("withdrawn", MARCH), id="the latest wins"),
        pytest.param([event("withdrawn"), event("granted", MARCH)], ("granted", MARCH), id="also when it is a grant"),
        pytest.param([event("granted"), event("withdrawn")], ("withdrawn", JANUARY), id="withdrawal wins a tie"),
        pytest.param([event("granted"), event("denied")], ("denied", JANUARY), id="so does a denial"),
        pytest.param([event("denied"), event("withdrawn")], ("withdrawn", JANUARY), id="withdrawn over denied"),
        pytest.param([event("granted"), event("pending")], ("pending", JANUARY), id="and what is pending"),
        pytest.param(
            [event("withdrawn"), event("granted", MARCH, under=OTHER)], ("withdrawn", JANUARY), id="strictest over identifiers"
        ),
        pytest.param(
            [event("pending", MARCH), event("denied", under=OTHER), event("granted", MAY, under=PHONE)],
            ("denied", JANUARY),
            id="strictest of three",
        ),
        pytest.param(
            [event("withdrawn", source_system="klaviyo"), event("granted", MARCH, source_system="shopify")],
            ("withdrawn", JANUARY),
            id="strictest over tools",
        ),
        pytest.param(
            [event("granted", source_system="klaviyo"), event("withdrawn", source_system="klaviyo")],
            ("withdrawn", JANUARY),
            id="within a tool too",
        ),
        pytest.param([event("not_given"), event("granted", under=OTHER)], ("not_given", JANUARY), id="no answer is no grant"),
        pytest.param([event("unknown"), event("granted", under=OTHER)], ("unknown", JANUARY), id="unknown is no grant"),
        pytest.param([event("unknown"), event("not_given", under=OTHER)], ("not_given", JANUARY), id="an answer over none"),
        pytest.param([event("denied", MARCH), event("denied", under=OTHER)], ("denied", JANUARY), id="held since the first"),
        pytest.param([event("granted", expires_at=MAY)], ("not_given", MAY), id="an expired grant is none"),
        pytest.param([event("granted", expires_at=datetime(2027, 1, 1))], ("granted", JANUARY), id="one that has not expired"),
        pytest.param([event("granted", expires_at=JULY)], ("not_given", JULY), id="it ends at the moment it names"),
        pytest.param(
            [event("granted", expires_at=MAY), event("withdrawn", MARCH)], ("withdrawn", MARCH), id="withdrawn before it expired"
        ),
        pytest.param([event("granted", expires_at=MARCH), event("granted", MAY)], ("granted", MAY), id="given again"),
        pytest.param([event("denied", None), event("granted", MAY)], ("denied", None), id="an undated denial is not outdated"),
        pytest.param(
            [event("denied", None, source_updated_at=MARCH), event("granted", MAY)],
            ("granted", MAY),
            id="unless its record is older",
        ),
        pytest.param(
            [event("denied", None, source_updated_at=MAY), event("granted", MARCH)],
            ("denied", None),
            id="it stood when last seen",
        ),
        pytest.param(
            [event("granted", MARCH, is_deleted=True), event("denied")], ("denied", JANUARY), id="a deleted record's grant"
        ),
        pytest.param(
            [event("granted"), event("denied", MARCH, is_deleted=True)], ("denied", MARCH), id="a deleted record's denial"
        ),
        pytest.param(
            [event("granted"), event("withdrawn", MARCH, is_test=True)], ("granted", JANUARY), id="tests decide nothing"
        ),
    ],
)
def test_what_holds(events: list[dict[str, Any]], expected: tuple[str, datetime | None]) -> None:
    assert state(*events) == expected
    assert state(*reversed(events)) == expected


@pytest.mark.parametrize(("now", "expected"), [(MARCH, "granted"), (datetime(2026, 4, 1), "granted"), (MAY, "withdrawn")])
def test_as_of_a_moment_only_what_was_decided_by_then_counts(now: datetime, expected: str) -> None:
    assert state(event("granted"), event("withdrawn", MAY), now=now)[0] == expected
    assert consents(event("granted", MAY), now=MARCH).height == 0


def test_two_customers_that_turn_out_to_be_one_keep_the_strictest() -> None:
    apart = consents(event("granted", MAY), event("withdrawn", who="k1_b", under=OTHER))
    assert apart.select("customer_id", "state").rows() == [("k1_a", "granted"), ("k1_b", "withdrawn")]
    assert state(event("granted", MAY), event("withdrawn", under=OTHER)) == ("withdrawn", JANUARY)


def test_channels_and_purposes_stand_apart() -> None:
    made = consents(
        event("granted"), event("denied", channel="sms"), event("denied", purpose="profiling"), event("pending", channel=None)
    )
    assert made.select("channel", "purpose", "state").rows() == [
        ("any", "marketing", "pending"),
        ("email", "marketing", "granted"),
        ("email", "profiling", "denied"),
        ("sms", "marketing", "denied"),
    ]


def test_what_is_refused_for_any_channel_is_refused_for_each() -> None:
    made = consents(event("granted", MAY), event("withdrawn", channel="any"), event("granted", purpose="profiling"))
    assert made.select("channel", "purpose", "state").rows() == [
        ("any", "marketing", "withdrawn"),
        ("email", "marketing", "withdrawn"),
        ("email", "profiling", "granted"),
    ]
    assert consents(event("granted"), event("pending", channel="any"))["state"].to_list() == ["pending", "granted"]


def test_a_refusal_follows_its_identifier_and_a_grant_does_not() -> None:
    household = (carries("k1_a", PHONE), carries("k1_b", PHONE), carries("k1_c", MAIL))
    made = consents(event("denied", under=PHONE), event("granted", purpose="profiling", under=PHONE), carried=household)
    assert made.select("customer_id", "purpose", "state").rows() == [
        ("k1_a", "marketing", "denied"),
        ("k1_a", "profiling", "granted"),
        ("k1_b", "marketing", "denied"),
    ]
    again = consents(event("denied", under=PHONE), event("granted", MAY, under=PHONE), carried=household)
    assert again.select("customer_id", "state").rows() == [("k1_a", "granted")]


@pytest.mark.parametrize(
    ("carried", "customers"),
    [
        ((carries("k1_a", MAIL),), ["k1_a"]),
        ((carries("k1_a", MAIL), carries("k1_b", MAIL)), []),
        ((carries("k1_a", MAIL, is_shared=True),), []),
        ((carries("k1_a", MAIL, is_test=True),), []),
        ((carries("k1_a", MAIL, is_placeholder=True),), []),
        ((carries("k1_a", OTHER),), []),
    ],
)
def test_a_grant_of_nobody_is_of_the_one_who_alone_carries_the_identifier(
    carried: tuple[dict[str, Any], ...], customers: list[str]
) -> None:
    assert consents(event("granted", who=None), carried=carried)["customer_id"].to_list() == customers
    role = event("granted", who=None, under="support@king.io")
    assert consents(role, carried=(carries("k1_a", "support@king.io"),)).height == 0


def test_the_event_that_decided_is_named() -> None:
    first, second = event("granted"), event("denied", MARCH, under=OTHER)
    assert consents(first, second)["decided_by"].to_list() == [second["event_id"]]
    assert consents(first, second).schema == tables()["consents"].lake_schema


def test_no_events_are_no_consents() -> None:
    assert consents().height == 0


_DECIDED = st.builds(
    event,
    st.sampled_from(CONSENT_STATE),
    st.sampled_from([None, JANUARY, MARCH, MAY, datetime(2026, 9, 1)]),
    st.sampled_from(["k1_a", "k1_b", None]),
    st.sampled_from([MAIL, OTHER, PHONE]),
    channel=st.sampled_from(["any", "email", None]),
    expires_at=st.sampled_from([None, MAY, datetime(2027, 1, 1)]),
    is_deleted=st.booleans(),
)
_CARRIED = (carries("k1_a", MAIL), carries("k1_b", PHONE), carries("k1_a", PHONE))


@settings(max_examples=30)
@given(st.lists(_DECIDED, max_size=8), st.randoms(use_true_random=False))
def test_order_and_copies_decide_nothing(events: list[dict[str, Any]], chance: Any) -> None:
    mixed = [*events, *chance.choices(events, k=3)] if events else []
    chance.shuffle(mixed)
    assert_frame_equal(consents(*mixed, carried=_CARRIED), consents(*events, carried=_CARRIED))


@settings(max_examples=30)
@given(st.lists(_DECIDED.filter(lambda row: row["customer_id"] is not None), min_size=1, max_size=8))
def test_a_merge_never_turns_a_no_into_a_yes(events: list[dict[str, Any]]) -> None:
    # Two people share no identifier; what each decided is under their own.
    apart = [
        {**row, "identity": {"kind": "handle", "token": f"{row['customer_id']} {row['identity']['token']}"}} for row in events
    ]
    strictness = pl.col("state").replace_strict(STATES, range(len(STATES)), return_dtype=pl.Int64)
    before = consents(*apart).with_columns(strictness.alias("before"))
    merged = consents(*({**row, "customer_id": "k1_a"} for row in apart)).with_columns(strictness.alias("after"))
    both = before.join(merged, on=["channel", "purpose"], how="left")
    assert both.height == before.height
    assert (both["after"] >= both["before"]).all()


def test_every_state_has_its_place() -> None:
    assert sorted(STATES) == sorted(CONSENT_STATE)
