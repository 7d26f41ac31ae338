"""The published form of a clean table: tokens for identifiers, nothing personal in the plain columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.column import Column, token
from cx_pipeline.contracts.dtypes import TEXT
from cx_pipeline.contracts.table import Table
from cx_pipeline.errors import InternalError
from cx_pipeline.privacy.tokens import TOKEN_SHAPE, Tokeniser
from cx_pipeline.scrub.ids import IDENTIFIER
from cx_pipeline.sources.catalogue import get
from cx_pipeline.sources.export import Context, Export, Field
from cx_pipeline.stages.batch import scrub_batch
from cx_pipeline.stages.build import published_form, without_personal_ids
from cx_pipeline.stages.run import Run
from tests.stages.pipeline import NOW

RUN = Run("run1", NOW)


def publish(table: Table, rows: list[dict[str, Any]], tokeniser: Tokeniser) -> list[dict[str, Any]]:
    """Rows in the form that the clean stage leaves: resolved references under their published names."""
    resolved = {column.lake_name: column.name for column in table.columns if column.resolved}
    schema = {resolved.get(name, name): dtype for name, dtype in table.lake_schema.items()}
    frame = pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
    made = published_form(frame.lazy(), table, RUN, tokeniser).collect()
    assert made.schema == table.published_schema
    return made.to_dicts()


def test_identifiers_become_tokens_of_their_kind(tokeniser: Tokeniser) -> None:
    table = tables()["customer_identities"]
    rows = [{"kind": kind, "value": "ada@king.io"} for kind in ("email", "handle", "email")] + [{"kind": "phone"}, {"value": "x"}]
    made = publish(table, rows, tokeniser)
    assert [row["value_token"] for row in made] == [
        tokeniser.token("ada@king.io", "email"),
        tokeniser.token("ada@king.io", "handle"),
        tokeniser.token("ada@king.io", "email"),
        None,
        None,
    ]
    assert {row["run_id"] for row in made} == {"run1"}


def test_the_identity_of_a_consent_meets_that_of_the_person(tokeniser: Tokeniser) -> None:
    identity = {"kind": "email", "token": "ada@king.io"}
    [event] = publish(tables()["consent_events"], [{"identity": identity, "event_id": "a.b:1"}], tokeniser)
    assert event["identity"] == {"kind": "email", "token": tokeniser.token("ada@king.io", "email")}
    assert publish(tables()["consent_events"], [{"event_id": "a.b:1"}], tokeniser)[0]["identity"] is None


def test_words_that_the_contract_calls_plain_keep_their_values(tokeniser: Tokeniser) -> None:
    table = Table(
        "people_like",
        "A row.",
        (Column("what", TEXT, "What."), token("value", "It.", "by:what", plain=("country",))),
        key=("what",),
        derived=True,
    )
    rows = [{"what": "country", "value": "DE"}, {"what": "name", "value": "DE"}, {"what": "country", "value": "ada@king.io"}]
    assert [row["value"] for row in publish(table, rows, tokeniser)] == ["DE", tokeniser.token("DE", "name"), None]


def test_plain_words_that_look_personal_are_withheld_and_texts_are_null(tokeniser: Tokeniser) -> None:
    rows = [
        {"interaction_id": "a.b:1", "category": "Billing", "team": "zendesk.groups:360001234567", "text_subject": "Hi"},
        {"interaction_id": "a.b:2", "category": "ask ada@king.io", "team": "+1 415 555 2671", "status_raw": "call 4155552671"},
    ]
    one, other = publish(tables()["interactions"], rows, tokeniser)
    assert (one["category"], one["team"], one["text_subject"]) == ("Billing", "zendesk.groups:360001234567", None)
    assert (other["category"], other["team"], other["status_raw"]) == (None, None, None)


def test_personal_ids_become_tokens_that_still_meet(tokeniser: Tokeniser) -> None:
    key = "zendesk.tickets:ada@king.io"
    [interaction] = publish(tables()["interactions"], [{"interaction_id": key, "source_id": "17"}], tokeniser)
    [message] = publish(tables()["messages"], [{"message_id": "zendesk.comments:5", "interaction_id": key}], tokeniser)
    assert interaction["interaction_id"] == message["interaction_id"] == tokeniser.token(key, "id")
    assert (interaction["source_id"], message["message_id"]) == ("17", "zendesk.comments:5")


def test_ids_without_anything_personal_are_left_as_they_are(tokeniser: Tokeniser) -> None:
    frame = pl.LazyFrame({"a": ["1", None], "b": ["x", "+1 415 555 2671"]})
    assert without_personal_ids(frame, [], tokeniser).collect().rows() == [("1", "x"), (None, "+1 415 555 2671")]
    guarded = without_personal_ids(frame, ["a", "b"], tokeniser).collect()
    assert guarded["a"].to_list() == ["1", None]
    assert guarded["b"].str.contains(TOKEN_SHAPE).to_list() == [False, True]


@pytest.mark.parametrize("name", [name for name, table in tables().items() if not table.internal])
def test_every_table_of_no_rows_has_a_published_form(name: str, tokeniser: Tokeniser) -> None:
    assert publish(tables()[name], [], tokeniser) == []


def test_a_text_that_must_be_there_becomes_a_token_where_it_looks_personal(tokeniser: Tokeniser) -> None:
    plain = {
        "customer_id": "k1_a",
        "channel": "email",
        "state": "denied",
        "decided_by": "zendesk.users:7#email-denied-20260101T0900",
    }
    rows: list[dict[str, Any]] = [
        {**plain, "purpose": purpose} for purpose in ("marketing", "call 415 555 2671", "hubspot.subscription_types:10841063")
    ]
    made = publish(tables()["consents"], rows, tokeniser)
    hidden = tokeniser.token("call 415 555 2671", "id")
    assert [row["purpose"] for row in made] == ["marketing", hidden, "hubspot.subscription_types:10841063"]
    # An event is named as it is in the log.
    named: dict[str, Any] = {"event_id": plain["decided_by"]}
    assert {row["decided_by"] for row in made} == {publish(tables()["consent_events"], [named], tokeniser)[0]["event_id"]}
    personal = {**plain, "purpose": "x", "decided_by": "a.b:ada@king.io#email"}
    [row] = publish(tables()["consents"], [personal], tokeniser)
    assert (
        row["decided_by"] == publish(tables()["consent_events"], [{"event_id": personal["decided_by"]}], tokeniser)[0]["event_id"]
    )
    assert row["decided_by"] == tokeniser.token("a.b:ada@king.io#email", "id")


def test_what_each_source_says_becomes_tokens_of_its_attribute(tokeniser: Tokeniser) -> None:
    def said(source: str, value: str | None) -> dict[str, Any]:
        return {"source": source, "value": value, "updated_at": None}

    rows: list[dict[str, Any]] = [
        {"attribute": "email", "source_values": [said("zendesk", "ada@king.io"), said("shopify", "a@b.io")]},
        {"attribute": "country", "source_values": [said("zendesk", "DE"), said("shopify", "+1 415 555 2671")]},
        {"attribute": "phone", "source_values": [said("zendesk", None)]},
        {"attribute": "name", "source_values": []},
        {"attribute": "email", "source_values": None},
        {"attribute": "name", "source_values": [said("zendesk", "ada@king.io")]},
    ]
    made = [row["source_values"] for row in publish(tables()["customer_attributes"], rows, tokeniser)]
    assert made == [
        [said("zendesk", tokeniser.token("ada@king.io", "email")), said("shopify", tokeniser.token("a@b.io", "email"))],
        [said("zendesk", "DE"), said("shopify", None)],
        [said("zendesk", None)],
        [],
        None,
        [said("zendesk", tokeniser.token("ada@king.io", "name"))],
    ]


def test_a_personal_shape_that_has_no_published_form_stops_the_run(tokeniser: Tokeniser) -> None:
    said = pl.List(pl.Struct({"source": TEXT, "text": TEXT}))
    columns = (Column("what", TEXT, "What."), Column("said", said, "It.", secret="by:what"))
    table = Table("people_like", "A row.", columns, key=("what",), derived=True)
    assert publish(table, [{"what": "name"}], tokeniser) == [{"what": "name", "said": None}]
    with pytest.raises(InternalError, match="no published form") as caught:
        publish(table, [{"what": "name", "said": [{"source": "zendesk", "text": "ada@king.io"}]}], tokeniser)
    assert "ada" not in str(caught.value)


def _loose(export: Export, *, personal_key: bool) -> Export:
    """An export whose key may be any text."""
    plain = Field("id", lambda _: IDENTIFIER, required=True)
    fields = tuple(plain if field.column == "id" else field for field in export.fields)
    return replace(export, fields=fields, personal_key=personal_key)


@pytest.mark.parametrize(("personal_key", "rules"), [(False, ["key.personal"] * 2), (True, [])])
def test_an_address_as_a_key_is_kept_back_unless_the_vendor_means_it(personal_key: bool, rules: list[str]) -> None:
    keys = ["ada@king.io", "+1 415 555 2671", "17"]
    batch = pl.DataFrame({"_record": [1, 2, 3], "_line": [1, 2, 3], "id": keys, "ticket_id": ["1"] * 3})
    made = scrub_batch(batch, _loose(get("zendesk.comments"), personal_key=personal_key), "0" * 64, Context())
    assert made.quarantined["rule"].to_list() == rules
    assert made.records.height == 3 - len(rules)
