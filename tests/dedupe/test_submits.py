"""Double submits: what repeats an earlier response, and what only looks like it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.dedupe.submits import double_submits

START = datetime(2026, 3, 1, 12)
RESPONSES = {
    **{name: dtype for name, dtype in tables()["survey_responses"].lake_schema.items() if name != "customer_record"},
    "customer_id": pl.String(),
}


def response(name: str, minute: float = 0, **given: Any) -> dict[str, Any]:
    return {
        "response_id": name,
        "source_system": "typeform",
        "survey_id": "s1",
        "submitted_at": START + timedelta(minutes=minute),
        "score_original": "9",
        "network": "n1",
        "is_deleted": False,
        "answers": {"q1": "yes", "q2": "no"},
        **given,
    }


def found(*given: dict[str, Any]) -> dict[str, str]:
    responses = pl.DataFrame([{name: row.get(name) for name in RESPONSES} for row in given], schema=RESPONSES)
    answers = [
        {
            "response_id": row["response_id"],
            "question_key": key,
            "sub_question": None,
            "answer_code": told,
            "answer_state": "answered",
        }
        for row in given
        for key, told in (row["answers"] or {}).items()
    ]
    schema = {**tables()["survey_answers"].lake_schema}
    told = pl.DataFrame([{name: row.get(name) for name in schema} for row in answers], schema=schema)
    origins = pl.DataFrame(
        [{"response_id": row["response_id"], "network": row["network"]} for row in given if row["network"]],
        schema={"response_id": pl.String, "network": pl.String},
    )
    return dict(double_submits(responses.lazy(), told.lazy(), origins.lazy()).rows())


def test_the_earliest_of_equal_responses_from_one_network_stays() -> None:
    assert found(response("b", 5), response("a"), response("c", 9)) == {"b": "a", "c": "a"}


@pytest.mark.parametrize(
    "other",
    [
        {"minute": 11},
        {"survey_id": "s2"},
        {"network": "n2"},
        {"network": None},
        {"score_original": "8"},
        {"text_comment": "and more"},
        {"answers": {"q1": "yes", "q2": "yes"}},
        {"answers": {"q1": "yes"}},
        {"interaction_id": "zendesk.tickets:1"},
        {"is_deleted": True},
        {"source_system": "delighted"},
        {"submitted_at": None},
    ],
)
def test_what_differs_in_anything_is_none(other: dict[str, Any]) -> None:
    assert found(response("a"), response("b", **{"minute": 5, **other})) == {}


def test_silent_responses_repeat_nothing() -> None:
    assert found(*(response(name, score_original=None, answers=None) for name in "ab")) == {}


def test_a_score_alone_is_an_answer() -> None:
    assert found(*(response(name, answers=None) for name in "ab")) == {"b": "a"}


def test_the_same_person_on_another_network() -> None:
    first, second = (response(name, customer_id="k1", network=network) for name, network in (("a", "n1"), ("b", "n2")))
    assert found(first, second) == {"b": "a"}


def test_several_people_on_one_network_are_several_people() -> None:
    assert found(response("a", customer_id="k1"), response("b", 1, customer_id="k2")) == {}


def test_an_unknown_one_on_the_network_of_one_person() -> None:
    assert found(response("a", customer_id="k1"), response("b", 1)) == {"b": "a"}


def test_somebody_else_in_between_parts_nothing() -> None:
    assert found(response("a"), response("x", 2, answers={"q1": "other"}), response("b", 4)) == {"b": "a"}


def test_repetitions_of_repetitions_name_the_first() -> None:
    made = found(
        response("a", 0, network="n1", customer_id="k1"),
        response("b", 5, network="n2", customer_id="k1"),
        response("c", 10, network="n2"),
    )
    assert made == {"b": "a", "c": "a"}


def test_later_than_ten_minutes_a_new_one_begins() -> None:
    assert found(response("a"), response("b", 30), response("c", 33)) == {"c": "b"}


_ROWS = st.lists(
    st.tuples(
        st.integers(0, 40), st.sampled_from(["n1", "n2", None]), st.sampled_from(["k1", "k2", None]), st.sampled_from("89")
    ),
    max_size=12,
)


@settings(max_examples=30, deadline=None)
@given(_ROWS, st.randoms(use_true_random=False))
def test_order_changes_nothing_and_what_is_repeated_repeats_nothing(rows: list[tuple[Any, ...]], shuffler: random.Random) -> None:
    given_rows = [
        response(f"r{number:02}", minute, network=network, customer_id=person, score_original=score)
        for number, (minute, network, person, score) in enumerate(rows)
    ]
    made = found(*given_rows)
    assert found(*shuffler.sample(given_rows, len(given_rows))) == made
    assert not set(made.values()) & set(made)
    at = {row["response_id"]: (row["submitted_at"], row["response_id"]) for row in given_rows}
    assert all(at[first] < at[later] for later, first in made.items())
