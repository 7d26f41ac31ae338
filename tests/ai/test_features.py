"""Features are of the cut-off: exact, and blind to everything after it."""

import json
import shutil
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cx_pipeline.ai import features
from cx_pipeline.ai import published as tables
from cx_pipeline.ai.consent import permitted_customers, withheld_counts
from cx_pipeline.ai.features_groups import FEATURES, LABELS
from cx_pipeline.privacy.outputs import FEATURES as FEATURES_OF
from cx_pipeline.warehouse.reader import open_read_only
from tests.ai.paper import CUT_OFF, NOW, PEOPLE, Rows, add, agreed, contact, day, message, order, permits, survey, world, write

DAY = 86_400_000


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("untouched") / "cx.duckdb", world())


@pytest.fixture
def published(untouched: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(untouched, tmp_path))


def cut(published: Path, as_of: datetime = CUT_OFF) -> tuple[pl.DataFrame, pl.DataFrame]:
    features.write(published, published.parent, agreed(published), as_of, as_of)
    return pl.read_parquet(published.parent / "features.parquet"), pl.read_parquet(published.parent / "labels.parquet")


def row(frame: pl.DataFrame, customer: str) -> dict[str, object]:
    return frame.row(by_predicate=pl.col("customer_id") == customer, named=True)


def test_it_is_a_row_for_each_customer_who_agreed(published: Path) -> None:
    found, labels = cut(published)
    assert found["customer_id"].to_list() == list(PEOPLE)
    assert labels["customer_id"].to_list() == list(PEOPLE)
    assert found["cut_off_at"].unique().to_list() == [CUT_OFF]


ANN = {
    "days_known": 151.0, "days_since_last_act": 2.0, "days_since_last_contact": 2.0, "days_since_last_order": 61.0,
    "days_since_last_survey": 11.0, "days_since_last_visit": 7.0,
    "contacts_total": 3, "contacts_90d": 2, "contacts_30d": 2, "contacts_open": 1, "departments_total": 0,
    "days_between_contacts": 45.0, "messages_total": 4, "messages_90d": 3, "calls_abandoned_total": 1, "hold_ms_mean_90d": 4500.0,
    "channels_total": 2, "channel_main": "phone", "channel_last": "phone", "voice_share": 2 / 3, "written_share": 1 / 3,
    "messaging_share": 0.0,
    "solved_total": 2, "solved_share": 2 / 3, "resolution_ms_median": 2.5 * DAY, "first_reply_ms_median": 0.25 * DAY,
    "days_oldest_open": 2.0,
    "surveys_total": 2, "surveys_90d": 2, "nps_last": 3.0, "detractor_total": 1, "csat_last": 0.75, "score_mean_90d": 0.525,
    "orders_total": 2, "orders_90d": 1, "orders_cancelled_total": 0, "order_value_total": Decimal("30.5000"),
    "order_currency": "EUR", "returns_total": 1, "deliveries_late_total": 1,
    "visits_30d": 1, "web_events_30d": 2, "poor_page_metrics_30d": 1, "emails_opened_90d": 0, "emails_clicked_90d": 0,
    "emails_refused_total": 0, "unsubscribes_total": 0,
    "sentiment_messages_90d": 1, "sentiment_negative_share_90d": 0.0,
}  # fmt: skip


@pytest.mark.parametrize("name", ANN)
def test_every_figure_is_exact(ann: dict[str, object], name: str) -> None:
    assert ann[name] == (pytest.approx(ANN[name]) if isinstance(ANN[name], float) else ANN[name])


@pytest.fixture(scope="module")
def ann(untouched: Path) -> dict[str, object]:
    found, _ = cut(untouched)
    return row(found, "ann")


def test_every_column_of_a_customer_is_looked_at(ann: dict[str, object]) -> None:
    beside = {"feature_id", "customer_id", "cut_off_at", "sentiment_mean_90d", "sentiment_lowest_90d", "sentiment_last"}
    assert set(ann) == {column.name for column in FEATURES} == set(ANN) | beside
    assert ann["sentiment_mean_90d"] == ann["sentiment_lowest_90d"] == ann["sentiment_last"]


def test_who_did_nothing_has_counts_of_zero_and_no_figures(published: Path) -> None:
    found = row(cut(published)[0], "cy")
    assert (found["contacts_total"], found["surveys_total"], found["visits_30d"]) == (0, 0, 0)
    assert (found["days_since_last_contact"], found["solved_share"], found["nps_last"], found["sentiment_last"]) == (None,) * 4
    assert (found["orders_cancelled_total"], found["order_value_total"], found["order_currency"]) == (1, None, "EUR")
    assert (found["emails_opened_90d"], found["emails_refused_total"]) == (1, 1)


LATER = CUT_OFF + timedelta(microseconds=1)
AFTER: dict[str, dict[str, Rows]] = {
    "contact": {"main.interactions": [contact("p", "ann", LATER, channel="sms", department="billing")]},
    "message": {"main.messages": [message("p", "i1", LATER, "I hate you and your terrible company.")]},
    "call": {"main.call_legs": [{"leg_id": "p", "interaction_id": "i2", "disconnected_at": LATER, "is_abandoned": True}]},
    "survey": {"main.survey_responses": [survey("p", "ann", LATER, metric="nps", score=0.0, nps_group="detractor")]},
    "order": {"main.orders": [order("p", "ann", LATER, "99.00")]},
    "return": {"main.returns": [{"return_id": "p", "order_id": "o1", "received_at": LATER}]},
    "delivery": {"main.fulfilments": [{"fulfilment_id": "p", "order_id": "o1", "promised_at": day(4, 1), "collected_at": LATER}]},
    "visit": {"main.web_events": [{"event_key": "p", "customer_id": "ann", "web_session_id": "z", "occurred_at": LATER}]},
    "e-mail": {"main.marketing_events": [{"event_id": "p", "customer_id": "ann", "kind": "click", "occurred_at": LATER}]},
    "new customer": {
        "main.customers": [{"customer_id": "new", "first_seen_at": LATER}],
        "main.consents": [
            {"customer_id": "new", "channel": "any", "purpose": "Models", "state": "granted", "decided_by": "ann"},
        ],
    },
}


@pytest.mark.parametrize("planted", AFTER)
def test_what_happens_after_the_cut_off_moves_no_feature(published: Path, planted: str) -> None:
    before, _ = cut(published)
    add(published, AFTER[planted])
    after, _ = cut(published)
    assert_frame_equal(before, after)


@pytest.mark.parametrize("planted", AFTER)
def test_the_same_moves_features_once_the_cut_off_is_past_it(published: Path, planted: str) -> None:
    """What is planted above would have been seen."""
    before, _ = cut(published, LATER)
    add(published, AFTER[planted])
    after, _ = cut(published, LATER)
    assert not before.equals(after)


def test_a_solution_after_the_cut_off_is_not_yet_one(published: Path) -> None:
    early, late = cut(published)[0], cut(published, day(6, 3))[0]
    assert (row(early, "ann")["contacts_open"], row(late, "ann")["contacts_open"]) == (1, 0)
    assert (row(early, "ann")["orders_cancelled_total"], row(cut(published, day(6, 5))[0], "ann")["orders_cancelled_total"]) == (
        0,
        1,
    )


def test_whoever_withdraws_is_gone_from_both_files(published: Path) -> None:
    add(published, {"main.consents": [
        {"customer_id": "ann", "channel": "any", "purpose": "Models", "state": "withdrawn", "decided_by": "later"},
    ]})  # fmt: skip
    found, labels = cut(published)
    assert found["customer_id"].to_list() == labels["customer_id"].to_list() == ["ben", "cy"]


def test_the_others_are_counted_by_reason(published: Path) -> None:
    with open_read_only(published) as connection:
        people = permitted_customers(tables.customers(connection), FEATURES_OF, permits(connection))
    assert people.ids.to_list() == list(PEOPLE)
    told = {item.reason: item.count for item in withheld_counts(people, "customer")}
    assert told == {"is_test": 1, "never_asked": 1, "withdrawn": 1}
    assert people.withheld.rows() == [("dee", "withdrawn"), ("eve", "never_asked"), ("tess", "is_test")]
    assert (people.fact.subjects, people.fact.allowed, people.fact.coverage) == (5, 3, 0.6)


def test_labels_tell_what_came_after(published: Path) -> None:
    add(published, {"main.web_events": [{"event_key": "end", "customer_id": "eve", "occurred_at": day(9, 1)}]})
    _, labels = cut(published)
    assert labels["is_window_observed"].to_list() == [True] * 3
    assert labels["contacted_next_90d"].to_list() == [True, False, False]
    assert labels["days_to_next_contact"].to_list() == [30.0, None, None]
    # Ben did nothing in the 90 days before, so there is nothing to lose; cy ordered, and was not heard of again.
    assert labels["churned_next_90d"].to_list() == [False, None, True]


def test_a_window_that_is_not_over_is_not_a_no(published: Path) -> None:
    _, labels = cut(published)
    assert labels["is_window_observed"].to_list() == [False] * 3
    assert labels["contacted_next_90d"].to_list() == [True, None, None]
    assert labels["churned_next_90d"].to_list() == [False, None, None]
    assert labels["observed_until"].unique().to_list() == [day(7, 1)]
    assert features.labelled_cut_off(published, NOW) == day(7, 1) - timedelta(days=90)


def test_an_act_dated_after_the_file_was_made_is_no_horizon(published: Path) -> None:
    add(published, {"main.orders": [order("typo", "eve", datetime(2099, 1, 1), "1.00")]})
    assert features.labelled_cut_off(published, NOW) == day(7, 1) - timedelta(days=90)


def test_features_are_cut_to_train_and_to_score_at_and_labels_of_the_earlier_alone(published: Path) -> None:
    add(published, AFTER["contact"] | AFTER["order"])
    early, labels = cut(published)
    late, _ = cut(published, day(8, 30))
    features.write(published, published.parent, agreed(published), day(8, 30), CUT_OFF)
    both = pl.read_parquet(published.parent / "features.parquet")
    assert_frame_equal(both, pl.concat([early, late]).sort("customer_id", "cut_off_at"))
    assert both["feature_id"].is_unique().all()
    assert both.filter(customer_id="ann")["contacts_total"].to_list() == [3, 5]
    assert_frame_equal(pl.read_parquet(published.parent / "labels.parquet"), labels)
    assert set(labels["feature_id"]) == set(both.filter(cut_off_at=CUT_OFF)["feature_id"])


def test_the_cut_off_to_train_at_has_its_window_behind_it(published: Path) -> None:
    at = features.labelled_cut_off(published, day(6, 15))
    assert at == day(6, 15) - timedelta(days=90)
    features.write(published, published.parent, agreed(published), day(6, 15), at)
    labels = pl.read_parquet(published.parent / "labels.parquet")
    assert labels["is_window_observed"].all()
    assert labels["contacted_next_90d"].null_count() == 0
    assert set(labels["customer_id"]) <= set(PEOPLE)


def test_without_an_act_of_anybody_there_is_nothing_to_train_at(tmp_path: Path) -> None:
    published = write(tmp_path / "cx.duckdb", {"quality.runs": world()["quality.runs"]})
    assert features.labelled_cut_off(published, CUT_OFF) is None
    features.write(published, tmp_path, agreed(published), CUT_OFF)
    assert [fact.rows for fact in features.file_facts(tmp_path)] == [0, 0]


def test_every_column_is_documented_with_its_unit(published: Path) -> None:
    cut(published)
    facts = features.file_facts(published.parent)
    assert [fact.name for fact in facts] == ["features.parquet", "labels.parquet"]
    for fact, columns in zip(facts, (FEATURES, LABELS), strict=True):
        schema = pl.read_parquet_schema(published.parent / fact.name)
        assert list(schema) == [column.name for column in fact.columns] == [column.name for column in columns]
        assert [column.name for column in fact.columns if not column.meaning] == []
        assert [column.name for column in fact.columns if column.type in {"BIGINT", "DOUBLE"} and not column.unit] == []
        told = json.loads(pl.read_parquet_metadata(published.parent / fact.name)["columns"])
        assert told == {column.name: {"meaning": column.meaning, "unit": column.unit} for column in columns}
    assert (facts[0].rows, next(column.nulls for column in facts[0].columns if column.name == "nps_last")) == (3, 2)


def test_the_same_input_gives_the_same_bytes(published: Path) -> None:
    cut(published)
    first = [fact.sha256 for fact in features.file_facts(published.parent)]
    cut(published)
    assert [fact.sha256 for fact in features.file_facts(published.parent)] == first


def test_where_nobody_agreed_the_files_are_empty_and_typed(published: Path) -> None:
    features.write(published, published.parent, pl.Series("customer_id", [], pl.String), CUT_OFF, CUT_OFF)
    facts = features.file_facts(published.parent)
    assert [fact.rows for fact in facts] == [0, 0]
    assert pl.read_parquet_schema(published.parent / "features.parquet")["order_value_total"] == pl.Decimal(18, 4)
