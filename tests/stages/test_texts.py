"""Texts on their way into the published file: whose values are looked for where, and what is counted."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.stages import texts as module
from cx_pipeline.stages.build import published_form
from cx_pipeline.stages.run import Run
from cx_pipeline.stages.texts import Texts
from tests.stages.clean_tables import Row, clean_folder, clean_frame, identity
from tests.stages.pipeline import NOW

RUN = Run("run1", NOW)
BUG = "Zoltan Nagy at zoltan.nagy@example.org, handle nagy77, C-0000013, order 77001"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two customers known to several silos, two agents, one of them an automation, and what they wrote."""
    return clean_folder(
        tmp_path / "tables",
        customer_identities=[
            identity("k1_z", "zendesk.users:1", "name", "Zoltan Nagy"),
            identity("k1_z", "salesforce.Contact:9", "email", "zoltan.nagy@example.org"),
            identity("k1_z", "salesforce.Contact:9", "phone", "+36301234567"),
            identity("k1_z", "shopify.customers:4", "address", "Fő utca 12, Budapest"),
            identity("k1_z", "twitter.users:7", "handle", "nagy77"),
            identity("k1_z", "delighted.people:5", "external_id", "C-0000013"),
            identity("k1_z", "hubspot.contacts:6", "name", "Nobody Atall", is_placeholder=True),
            identity("k1_m", "zendesk.users:2", "name", "Mirjam Stein"),
            identity("k1_m", "zendesk.users:3", "name", "Caller +36301234500"),
        ],
        agents=[
            {"agent_id": "zendesk.users:90", "name": "Ada Kingsley", "is_bot": False},
            {"agent_id": "zendesk.users:91", "name": "Boris Hale", "is_bot": None},
            {"agent_id": "zendesk.users:92", "name": "Helper Bot", "is_bot": True},
        ],
        orders=[{"order_id": "shopify.orders:77001", "customer_id": "k1_z"}],
        interactions=[
            {"interaction_id": "zendesk.tickets:1", "customer_id": "k1_z", "agent_id": "zendesk.users:90"},
            {"interaction_id": "zendesk.tickets:2", "customer_id": "k1_m", "agent_id": "zendesk.users:92"},
        ],
        messages=[
            {"message_id": "a", "interaction_id": "zendesk.tickets:2", "author_id": "zendesk.users:91", "text": "x"},
            {"message_id": "b", "interaction_id": "zendesk.tickets:2", "author_id": "zendesk.users:1", "text": "x"},
        ],
        survey_responses=[{"response_id": "typeform.responses:3", "customer_id": "k1_z"}],
    )


def publish(folder: Path, tokeniser: Tokeniser, name: str, rows: list[Row]) -> tuple[list[Row], pl.DataFrame]:
    """Published rows of a table, and the counts."""
    texts = Texts(folder, tokeniser)
    made = published_form(clean_frame(name, rows).lazy(), tables()[name], RUN, tokeniser, texts).collect()
    assert made.schema == tables()[name].published_schema
    return made.to_dicts(), texts.counts.frame("run1")


def said(folder: Path, tokeniser: Tokeniser, text: str, interaction: str | None = "zendesk.tickets:1", **more: str) -> Row:
    [row], _ = publish(folder, tokeniser, "messages", [{"text": text, "interaction_id": interaction, **more}])
    return row


def test_what_all_silos_know_of_the_customer_goes(folder: Path, tokeniser: Tokeniser) -> None:
    row = said(folder, tokeniser, f"{BUG}, Fő utca 12, call 06 30 123 4567.")
    token = tokeniser.token
    assert row["text_masked"] == (
        f"[CUSTOMER_NAME] at [EMAIL], handle [HANDLE], [ACCOUNT], order [ORDER:{token('77001', 'id')}], [ADDRESS], call [PHONE]."
    )
    assert row["text_tokenised"] == (
        f"[CUSTOMER_NAME:{token('Zoltan Nagy', 'name')}] at [EMAIL:{token('zoltan.nagy@example.org', 'email')}], "
        f"handle [HANDLE:{token('nagy77', 'handle')}], [ACCOUNT:{token('C-0000013', 'external_id')}], "
        f"order [ORDER:{token('77001', 'id')}], [ADDRESS:{token('Fő utca 12, Budapest', 'address')}], "
        f"call [PHONE:{token('+36301234567', 'phone')}]."
    )
    assert row["pii_counts"] == [
        {"kind": kind, "count": 1} for kind in ("ACCOUNT", "ADDRESS", "CUSTOMER_NAME", "EMAIL", "HANDLE", "ORDER", "PHONE")
    ]


@pytest.mark.parametrize(
    ("text", "interaction", "author", "masked"),
    [
        ("Zoltan called", "zendesk.tickets:1", None, "[CUSTOMER_NAME] called"),
        ("Mirjam called", "zendesk.tickets:1", None, "Mirjam called"),
        ("Mirjam called", "zendesk.tickets:2", None, "[CUSTOMER_NAME] called"),
        # Who wrote in the interaction, customer or agent, though it is another's.
        ("Zoltan and Boris called", "zendesk.tickets:2", None, "[CUSTOMER_NAME] and [AGENT_NAME] called"),
        ("Zoltan called", None, "zendesk.users:1", "[CUSTOMER_NAME] called"),
        ("Ada told me", "zendesk.tickets:1", None, "[AGENT_NAME] told me"),
        ("Boris told me", "zendesk.tickets:1", None, "Boris told me"),
        # Of agents who have no part in it, full names only.
        ("Boris Hale told me, Boris did", "zendesk.tickets:1", None, "[AGENT_NAME] told me, Boris did"),
        ("Boris Haleson told me", None, None, "Boris Haleson told me"),
        # Automations and placeholders are nobody.
        ("Helper Bot told me", "zendesk.tickets:2", None, "Helper Bot told me"),
        ("Nobody Atall told me", "zendesk.tickets:1", None, "Nobody Atall told me"),
        ("A caller told me", "zendesk.tickets:2", None, "A caller told me"),
        ("ok", "zendesk.tickets:1", None, "ok"),
        ("", "zendesk.tickets:1", None, ""),
        ("write to x@example.net", None, None, "write to [EMAIL]"),
        ("cc:@ada.example", None, None, "[EMAIL]"),
    ],
)
def test_each_text_is_asked_for_its_own_people(
    folder: Path, tokeniser: Tokeniser, text: str, interaction: str | None, author: str | None, masked: str
) -> None:
    assert said(folder, tokeniser, text, interaction, **({"author_id": author} if author else {}))["text_masked"] == masked


def test_no_text_has_no_counts_and_a_text_of_nothing_has_empty_ones(folder: Path, tokeniser: Tokeniser) -> None:
    rows: list[Row] = [
        {"message_id": "1"},
        {"message_id": "2", "text": "ok"},
        {"message_id": "3", "text": "ok", "is_deleted": True},
    ]
    made, counts = publish(folder, tokeniser, "messages", rows)
    shown = [(row["text_masked"], row["text_tokenised"], row["pii_counts"]) for row in made]
    assert shown == [(None, None, None), ("ok", "ok", []), (None, None, None)]
    assert counts.filter(column_name="text_masked").select("texts", "characters", "spans").rows() == [(1, 2, 0)]


@pytest.mark.parametrize(
    ("table", "column", "row"),
    [
        ("interactions", "text_subject", {"customer_id": "k1_z"}),
        ("survey_responses", "text_comment", {"customer_id": "k1_z"}),
        ("survey_responses", "text_comment", {"interaction_id": "zendesk.tickets:1"}),
        ("survey_answers", "text_answer", {"response_id": "typeform.responses:3"}),
        ("reviews", "text_title", {"author": "Zoltan"}),
        ("reviews", "text_body", {"author": "Zoltan"}),
    ],
)
def test_every_free_text_is_asked_for_its_people(folder: Path, tokeniser: Tokeniser, table: str, column: str, row: Row) -> None:
    [made], counts = publish(folder, tokeniser, table, [{**row, column: "Zoltan said so"}])
    assert made[column] in ("[CUSTOMER_NAME] said so", "[HANDLE] said so")
    assert counts.filter(pl.col("entity").is_null(), column_name=column).select("spans", "characters_masked").rows() == [(1, 6)]


def test_counts_tell_what_was_taken_out_by_rule_and_whose_it_was(folder: Path, tokeniser: Tokeniser) -> None:
    texts = ["Zoltan, Ada", "Zoltan, Ada", "ok", "x@example.net or y@example.net"]
    rows: list[Row] = [
        {"message_id": str(n), "interaction_id": "zendesk.tickets:1", "text": text} for n, text in enumerate(texts)
    ]
    _, counts = publish(folder, tokeniser, "messages", rows)
    told = counts.filter(column_name="text_masked")
    names = ["entity", "rule", "role", "texts", "characters", "texts_with_findings", "spans", "characters_masked", "withheld"]
    assert told.select(names).rows() == [
        (None, None, None, 4, 54, 3, 6, 44, 0),
        ("AGENT_NAME", "own_record.name", "agent", 4, 54, 2, 2, 6, 0),
        ("CUSTOMER_NAME", "own_record.name", "customer", 4, 54, 2, 2, 12, 0),
        ("EMAIL", "email.address", "unknown", 4, 54, 1, 2, 26, 0),
    ]
    assert set(counts["run_id"]) == {"run1"}
    assert "Zoltan" not in str(counts.to_dicts())


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("Billing", "Billing"),
        ("zendesk.groups:360001234567", "zendesk.groups:360001234567"),
        ("Queue of Ada Kingsley", "Queue of [AGENT_NAME]"),
        ("ask ada@king.example", "ask [EMAIL]"),
        ("call back 0171 2345678", "call back [PHONE]"),
        ("call +49 30 2312 5815", "call [PHONE]"),
        ("1321994487", None),
        ("Ada", "Ada"),
    ],
)
def test_words_of_the_vendor_are_redacted_where_that_helps(
    folder: Path, tokeniser: Tokeniser, word: str, shown: str | None
) -> None:
    [first, second], counts = publish(folder, tokeniser, "interactions", [{"category": word}, {"category": word}])
    assert first["category"] == second["category"] == shown
    [total] = counts.filter(pl.col("entity").is_null(), column_name="category").to_dicts()
    assert (total["texts"], total["withheld"]) == (2, 2 if shown is None else 0)
    assert total["spans"] == (0 if shown in (None, word) else 2)


def test_batches_and_order_change_no_text(folder: Path, tokeniser: Tokeniser, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[Row] = [
        {"message_id": f"{number:03}", "interaction_id": f"zendesk.tickets:{number % 3}", "text": text}
        for number, text in enumerate([BUG, "Mirjam", "ok", "Ada Kingsley, Boris Hale", "x@example.net"] * 6)
    ]
    whole, counts = publish(folder, tokeniser, "messages", rows)
    monkeypatch.setattr(module, "_TEXTS_AT_ONCE", 4)
    turned, again = publish(folder, tokeniser, "messages", rows[::-1])
    assert turned[::-1] == whole
    assert again.equals(counts)


def test_a_customer_and_an_agent_of_one_name(folder: Path, tokeniser: Tokeniser) -> None:
    """The customer's it is, however the clean tables lie."""
    for name in ("first", "second"):
        clean_folder(
            folder.parent / name,
            customer_identities=[identity("k1_a", "zendesk.users:1", "name", "Ada Kingsley")],
            agents=[{"agent_id": "zendesk.users:90", "name": "Ada Kingsley", "is_bot": False}],
            interactions=[{"interaction_id": "zendesk.tickets:1", "customer_id": "k1_a", "agent_id": "zendesk.users:90"}],
        )
        assert said(folder.parent / name, tokeniser, "Ada Kingsley wrote")["text_masked"] == "[CUSTOMER_NAME] wrote"


@pytest.mark.parametrize(
    ("owner", "text", "shown"),
    [
        ("Ada King", "May I have the invoice? Ada", "May I have the invoice? [CUSTOMER_NAME]"),
        ("May Ling", "May I have the invoice? Ada", "May I have the invoice? Ada"),
        ("May Ling", "Ada King told me", "[AGENT_NAME] told me"),
    ],
)
def test_the_decisions_examples_are_worked(tmp_path: Path, tokeniser: Tokeniser, owner: str, text: str, shown: str) -> None:
    folder = clean_folder(
        tmp_path / "tables",
        customer_identities=[identity("k1_o", "zendesk.users:1", "name", owner)],
        agents=[{"agent_id": "zendesk.users:90", "name": "Ada King", "is_bot": False}],
        interactions=[{"interaction_id": "zendesk.tickets:1", "customer_id": "k1_o"}],
    )
    assert said(folder, tokeniser, text)["text_masked"] == shown
