"""Who permits what: the strictest of all that was said of a purpose, and only a grant is a yes."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.data_uses import line
from cx_pipeline.identity.permissions import Gated, Permits, allowed, gate, permits_at
from cx_pipeline.privacy.outputs import PurposeBound
from cx_pipeline.privacy.purposes import Question
from cx_pipeline.settings.privacy import Consent
from tests.identity.test_consents import EVENTS, IDENTITIES, JANUARY, JULY, MAIL, MARCH, MAY, OTHER, PHONE, carries, event, frame

Event = dict[str, Any]
USES = {
    "marketing": "marketing",
    "m.c": "marketing.communications",
    "newsletter": "marketing.communications.email",
    "ads": "marketing.advertising",
    "analytics": "analytics",
}
DECLARED = Consent(purposes=USES)


def permits(*events: Event, carried: tuple[Event, ...] = (), now: datetime = JULY, declared: Consent = DECLARED) -> Permits:
    numbered = [{**row, "event_id": f"{row['event_id']}-{number}"} for number, row in enumerate(events)]
    return permits_at(frame(numbered, EVENTS), frame(list(carried), IDENTITIES), declared, now)


def reason(*events: Event, purpose: str = "marketing", channel: str = "email", **given: Any) -> str | None:
    """What decides on the one person of some events."""
    rows = permits(*events, **given).answers(Question(purpose, channel)).collect()
    return rows.select("reason").item() if len(rows) else None


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([event("granted")], "granted", id="granted"),
        pytest.param([event("granted"), event("withdrawn", MARCH)], "withdrawn", id="withdrawn after the grant"),
        pytest.param([event("withdrawn"), event("granted", MARCH)], "granted", id="granted anew"),
        pytest.param([event("granted"), event("withdrawn")], "withdrawn", id="a tie"),
        pytest.param([event("unknown")], "unknown", id="unknown is no yes"),
        pytest.param([event("pending")], "pending", id="pending is no yes"),
        pytest.param([event("not_given")], "not_given", id="no choice is no yes"),
        pytest.param([event("granted", expires_at=MAY)], "expired", id="expired"),
        pytest.param([event("granted", expires_at=JULY)], "expired", id="expired at this very moment"),
        pytest.param([event("granted", expires_at=datetime(2026, 7, 1, 0, 0, 0, 1))], "granted", id="a microsecond is left"),
        pytest.param([event("granted", datetime(2026, 7, 2))], None, id="a grant of the future"),
        pytest.param([event("granted"), event("withdrawn", datetime(2026, 7, 2))], "withdrawn", id="a refusal of the future"),
        pytest.param([event("granted", is_test=True)], None, id="tests decide nothing"),
        pytest.param([event("granted", is_deleted=True)], None, id="nor do grants of deleted records"),
        pytest.param([event("granted", purpose="newsletter")], "granted", id="marketing e-mails are the newsletter"),
        pytest.param([event("granted", channel="any")], "granted", id="any channel is each"),
        pytest.param([event("granted", channel="sms")], None, id="another channel is none"),
        pytest.param([event("granted"), event("denied", purpose="m.c", channel=None)], "denied", id="refused for any channel"),
        pytest.param([event("granted"), event("denied", channel="sms")], "granted", id="refused elsewhere"),
        pytest.param([event("granted"), event("pending", purpose="newsletter")], "pending", id="the strictest of two silos"),
        pytest.param([event("granted"), event("denied", purpose="ads")], "granted", id="a refusal of something else"),
        pytest.param([event("granted", purpose="Campaigns 2026")], None, id="a word that stands for nothing is no grant"),
        pytest.param(
            [event("granted"), event("denied", purpose="Campaigns 2026")], "denied", id="but somebody asked to be left alone"
        ),
        pytest.param(
            [event("granted"), event("denied", purpose="Campaigns 2026", channel="any")], "granted", id="nobody knows of what"
        ),
        pytest.param(
            [
                event("granted"),
                event("granted", purpose="Campaigns 2026"),
                event("denied", purpose="Campaigns 2026", channel="any"),
            ],
            "denied",
            id="but in a channel they were asked about the same",
        ),
        pytest.param([event("granted", channel="pigeon")], None, id="an unknown channel is none"),
        pytest.param([event("granted"), event("denied", channel="pigeon")], "denied", id="a refusal there holds in each"),
    ],
)
def test_whom_one_may_write_to(events: list[Event], expected: str | None) -> None:
    for order in itertools.permutations(events):
        assert reason(*order) == expected
    yes = allowed(permits(*events), "marketing", "email").collect()["customer_id"].to_list()
    assert yes == (["k1_a"] if expected == "granted" else [])


@pytest.mark.parametrize(
    ("granted", "refused", "asked", "expected"),
    [
        ("marketing", None, "marketing.advertising", "granted"),
        ("marketing", None, "analytics", None),
        ("ads", None, "marketing", None),
        ("marketing", "ads", "marketing.advertising.profiling", "denied"),
        ("marketing", "ads", "marketing", "denied"),
        ("marketing", "ads", "marketing.communications", "granted"),
        ("ads", "marketing", "marketing.advertising", "denied"),
        ("analytics", None, "analytics.reporting.system", "granted"),
    ],
)
def test_a_whole_covers_its_parts(granted: str, refused: str | None, asked: str, expected: str | None) -> None:
    said = [event("granted", channel="any", purpose=granted)]
    said += [event("denied", channel="any", purpose=refused)] if refused else []
    assert reason(*said, purpose=asked, channel="any") == expected


def test_who_asks_for_no_channel_asks_for_all() -> None:
    assert reason(event("granted"), channel="any") is None
    assert reason(event("granted", channel="any"), event("denied", channel="sms"), channel="any") == "denied"


def test_a_merge_takes_the_stricter_and_a_split_gives_back() -> None:
    ada, other = event("granted", MAY), event("withdrawn", under=OTHER)
    assert reason(ada, other) == "withdrawn"
    apart = permits(ada, {**other, "customer_id": "k1_b"}).answers(Question("marketing", "email")).collect()
    assert sorted(apart.select("customer_id", "reason").rows()) == [("k1_a", "granted"), ("k1_b", "withdrawn")]


def test_a_refusal_follows_its_address_to_all_who_carry_it() -> None:
    both = (carries("k1_a", MAIL), carries("k1_b", MAIL))
    made = permits(event("granted", MARCH, under=PHONE), event("denied", MAY, who="k1_b"), carried=both)
    found = made.answers(Question("marketing", "email")).collect().sort("customer_id")
    assert found.select("customer_id", "reason").rows() == [("k1_a", "denied"), ("k1_b", "denied")]


@pytest.mark.parametrize("now", [JANUARY, MARCH, MAY, JULY])
def test_permission_is_as_of_a_moment(now: datetime) -> None:
    said = [event("granted", MARCH, expires_at=MAY), event("pending", JANUARY)]
    expected = {JANUARY: "pending", MARCH: "granted", MAY: "expired", JULY: "expired"}
    assert reason(*said, now=now) == expected[now]


_STATES = ("granted", "unknown", "not_given", "pending", "denied", "withdrawn")
_ORDER = ("granted", "unknown", "not_given", "expired", "pending", "denied", "withdrawn")
_NO_CHOICE: dict[str | None, str | None] = {"expired": "not_given"}
_SAID = st.lists(
    st.tuples(
        st.sampled_from(_STATES),
        st.sampled_from([JANUARY, MARCH, MAY, datetime(2026, 8, 1)]),
        st.sampled_from([MAIL, OTHER]),
        st.sampled_from(["email", "sms", "any"]),
        st.sampled_from([*USES, "stands for nothing"]),
        st.sampled_from([None, MAY, JULY, datetime(2027, 1, 1)]),
    ),
    max_size=7,
)


@given(_SAID, st.sampled_from(["marketing", "marketing.advertising", "analytics"]), st.sampled_from(["email", "sms", "any"]))
def test_permission_is_what_the_rules_say_in_any_order(said: list[Any], purpose: str, channel: str) -> None:
    events = [
        event(state, at, under=under, channel=where, purpose=what, expires_at=end) for state, at, under, where, what, end in said
    ]
    # A grant that ended and no choice, said at one moment, are equally strict: which of them is told is not promised.
    expected = _NO_CHOICE.get(told := _by_hand(said, purpose, channel), told)
    for order in (events, events[::-1]):
        assert _NO_CHOICE.get(found := reason(*order, purpose=purpose, channel=channel), found) == expected


def _by_hand(said: list[Any], purpose: str, channel: str) -> str | None:
    """The rules over again, one statement at a time."""
    latest: dict[tuple[str, str, str], tuple[datetime, str]] = {}
    for state, at, under, where, what, end in said:
        is_refusal = state in ("denied", "withdrawn")
        if at > JULY and not is_refusal:
            continue
        told = "expired" if state == "granted" and end is not None and end <= JULY else state
        key, entry = (under, where, what), (min(at, JULY), told)
        if key not in latest or (entry[0], _ORDER.index(told)) > (latest[key][0], _ORDER.index(latest[key][1])):
            latest[key] = entry
    # A refusal in any channel holds in each that the person was asked about the same.
    everywhere = [
        (what, told) for (_, where, what), told in latest.items() if where == "any" and told[1] in ("denied", "withdrawn")
    ]
    for word, told_once in everywhere:
        for _, where, what in [*latest]:
            if what == word and where != "any":
                latest["", where, word] = max(
                    latest.get(("", where, word), told_once), told_once, key=lambda at: _ORDER.index(at[1])
                )
    asked, by = _form(purpose, channel)
    counting = []
    for (_, where, what), (_, state) in latest.items():
        is_refusal = state in ("denied", "withdrawn")
        use = USES.get(what) or ("marketing.communications" if is_refusal and where != "any" else None)
        if use is None:
            continue
        use, via = _form(use, where)
        covers = use in line(asked) and via in ("any", by)
        forbids = is_refusal and (use in line(asked) or asked in line(use)) and (via == by or "any" in (via, by))
        counting += [state] if covers or forbids else []
    return max(counting, key=_ORDER.index, default=None)


def _form(use: str, channel: str) -> tuple[str, str]:
    if channel == "any":
        return use, "email" if use.endswith(".email") else "any"
    use = "marketing.communications" if use == "marketing" else use
    return (f"{use}.{channel}", channel) if use == "marketing.communications" else (use, channel)


ROWS = pl.LazyFrame(
    {
        "customer_id": ["k1_a", "k1_a", "k1_b", "k1_c", None, "k1_a", "k1_a"],
        "is_test": [False, False, False, False, False, True, False],
        "is_deleted": [False, False, False, False, False, False, True],
        "said": ["one", "two", "three", "four", "five", "six", "seven"],
    }
)
SAID = (event("granted", channel="any", purpose="analytics"), event("withdrawn", who="k1_b", channel="any", purpose="analytics"))


def _gated(declared: Consent = DECLARED, **given: Any) -> Gated:
    return gate(ROWS, PurposeBound("main.facts", purpose="analytics", **given), permits(*SAID, declared=declared))


def test_rows_are_withheld_with_the_reason() -> None:
    made = _gated()
    assert made.rows.collect().equals(ROWS.collect().head(2))
    assert made.withheld.select("reason", "subjects", "rows").rows() == [
        ("is_deleted", 1, 1),
        ("is_test", 1, 1),
        ("never_asked", 1, 1),
        ("nobody_known", 0, 1),
        ("withdrawn", 1, 1),
    ]
    assert made.withheld["rows"].sum() + made.rows.collect().height == ROWS.collect().height
    assert set(made.withheld.select("output", "purpose", "channel").rows()) == {("main.facts", "analytics", "any")}


@pytest.mark.parametrize(
    ("basis", "kept"),
    [("legitimate_interests", ["one", "two", "four"]), ("contract", ["one", "two", "three", "four"])],
)
def test_another_basis_needs_no_consent_and_some_can_be_objected_to(basis: Any, kept: list[str]) -> None:
    made = _gated(DECLARED.model_copy(update={"other_basis": {"analytics": basis}}))
    assert made.rows.collect()["said"].to_list() == kept


def test_rows_may_say_themselves_what_they_are_for() -> None:
    rows = pl.LazyFrame(
        {
            "customer_id": ["k1_a", "k1_a", "k1_b"],
            "purpose": ["analytics", "sales", "analytics"],
            "channel": ["any"] * 3,
        }
    )
    made = gate(rows, PurposeBound("main.x", purpose_column="purpose", channel_column="channel"), permits(*SAID))
    assert made.rows.collect().rows() == [("k1_a", "analytics", "any")]
    assert made.withheld.select("purpose", "reason", "rows").rows() == [
        ("analytics", "withdrawn", 1),
        ("sales", "never_asked", 1),
    ]
    assert gate(
        rows.clear(), PurposeBound("main.x", purpose_column="purpose", channel_column="channel"), permits()
    ).withheld.is_empty()
