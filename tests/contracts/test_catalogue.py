"""The published columns of every table, spelled out: a change to the canonical model must be made here too."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.contracts import tables as folder
from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.table import Table

COMMON = "source_system source_entity source_id source_updated_at is_deleted is_test dq_flags row_id run_id"
DERIVED = {"customers", "customer_attributes", "consents", "consent_words", "contactable_customers"}
OWN = {
    "customers": """
        customer_id country language first_seen_at last_seen_at source_count record_count resolution_rule
        resolution_confidence profile_updated_at
    """,
    "customer_identities": """
        customer_id kind value_token value_domain is_placeholder is_shared is_null_hash merged_into_source_id
        valid_from valid_to
    """,
    "customer_attributes": """
        customer_id attribute value source_system rule confirmed_at is_stale source_values is_conflicting
    """,
    "organizations": "organization_id domain parent_id region",
    "agents": "agent_id name_token role team department manager_id is_bot is_active timezone valid_from valid_to",
    "interactions": """
        interaction_id source_number kind kind_raw channel channel_raw direction direction_raw customer_id
        organization_id agent_id team department queue category status status_raw priority priority_raw opened_at
        first_reply_at solved_at closed_at reopen_count first_reply_ms resolution_ms merged_into_interaction_id
        parent_interaction_id order_id language text_subject
    """,
    "interaction_events": "event_id interaction_id occurred_at field old_value new_value actor_kind actor_kind_raw actor_id",
    "messages": """
        message_id interaction_id position author_kind author_kind_raw author_id is_public is_auto_reply sent_at
        language text_masked text_tokenised pii_counts is_truncated_history attachment_count
    """,
    "call_legs": """
        leg_id interaction_id initial_leg_id previous_leg_id next_leg_id initiation direction direction_raw queue
        agent_id enqueued_at dequeued_at connected_at disconnected_at ivr_ms queue_ms ring_ms talk_ms hold_ms
        hold_count wrap_up_ms is_abandoned is_transferred disconnect_reason
    """,
    "survey_responses": """
        response_id survey_id audience metric metric_raw score_original score scale_min scale_max nps_group started_at
        submitted_at recorded_at completion is_preview is_speeder duplicate_of distribution_channel customer_id
        interaction_id order_id language text_comment
    """,
    "survey_answers": "response_id question_key question_label sub_question answer_code text_answer answer_state",
    "reviews": """
        review_id platform product territory app_version rating author_token created_at updated_at replied_at
        version_number is_current text_title text_body
    """,
    "feedback_actions": "action_id feedback_table feedback_id tag department opened_at done_at notified_at status",
    "orders": """
        order_id customer_id financial_status fulfilment_status ordered_at paid_at cancelled_at total currency channel
    """,
    "order_lines": "line_id order_id sku quantity price currency",
    "fulfilments": """
        fulfilment_id order_id method method_raw location_id promised_at ready_at shipped_at delivered_at collected_at
        delay_notified_at status
    """,
    "fulfilment_events": "event_id fulfilment_id order_id kind kind_raw occurred_at promised_at",
    "returns": "return_id order_id kind kind_raw opened_at received_at credited_at amount currency",
    "shifts": """
        shift_id agent_id activity team queue location_id planned_start_at planned_end_at started_at ended_at break_ms status
    """,
    "marketing_events": "event_id customer_id campaign kind kind_raw occurred_at",
    "opportunities": """
        opportunity_id customer_id organization_id kind kind_raw stage amount currency opened_at closed_at is_won
    """,
    "consent_events": """
        event_id identity customer_id channel purpose state state_raw legal_basis occurred_at expires_at receipt_id
    """,
    "consents": "customer_id channel purpose state since decided_by",
    "consent_words": "kind word stands_for mapped_by persons",
    "contactable_customers": "customer_id purpose channel basis since decided_by",
    "web_events": """
        event_key user_token web_session_id customer_id event_name occurred_at page_path device_kind metric_name
        metric_id metric_value metric_rating metric_rating_raw is_timeout is_cut_off is_final
    """,
}
# A part of a key may be unknown where unknown is itself an answer: no history, a plain question, a placeholder.
NULLABLE_IN_KEY = {("agents", "valid_from"), ("survey_answers", "sub_question"), ("customer_identities", "value_token")}
SUFFIXES = {"_at": pl.Datetime("us"), "_ms": pl.Int64(), "_count": pl.Int64(), "_id": pl.String(), "_raw": pl.String()}


def test_the_catalogue_is_the_canonical_model() -> None:
    assert {name for name, table in tables().items() if not table.internal} == set(OWN)


def test_what_stays_in_the_lake_is_declared() -> None:
    assert {name for name, table in tables().items() if table.internal} == {"people", "response_origins"}


@pytest.mark.parametrize("name", OWN)
def test_the_published_columns_are_those_of_the_model(name: str) -> None:
    expected = OWN[name].split() + ([] if name in DERIVED else COMMON.split())
    assert list(tables()[name].published_schema) == expected


@pytest.mark.parametrize("table", tables().values(), ids=lambda table: table.name)
def test_types_follow_names(table: Table) -> None:
    for column in table.columns:
        for suffix, dtype in SUFFIXES.items():
            if column.name.endswith(suffix):
                assert column.dtype == dtype, column.name
        assert column.dtype == pl.Boolean() or not column.name.startswith("is_"), column.name
        assert (column.unit == "ms") == column.name.endswith("_ms"), column.name
        if column.dtype == pl.Decimal(18, 4):
            assert "currency" in table.published_schema, column.name


@pytest.mark.parametrize("table", tables().values(), ids=lambda table: table.name)
def test_keys_are_known_and_times_are_times(table: Table) -> None:
    nullable = {(table.name, name) for name in table.key if table.column(name).nullable}
    assert nullable <= NULLABLE_IN_KEY
    assert set(table.lake_key) <= set(table.lake_schema)
    assert table.time is None or table.published_schema[table.time] == pl.Datetime("us")


@pytest.mark.parametrize("table", tables().values(), ids=lambda table: table.name)
def test_every_column_and_rule_says_what_it_means(table: Table) -> None:
    assert table.description.endswith(".")
    assert [column.name for column in table.columns if not column.description.endswith(".")] == []
    assert [rule.id for rule in table.rules if not rule.title or rule.version < 1] == []


def test_one_file_a_table() -> None:
    files = {path.stem for path in Path(next(iter(folder.__path__))).glob("*.py")} - {"__init__"}
    assert files == {import_module(f"{folder.__name__}.{stem}").TABLE.name for stem in files} == set(tables())
