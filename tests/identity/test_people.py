"""Person records and identifiers in, customers out; references resolved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
import pytest

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.identity.people import Lookups, Resolved, attach, resolve
from cx_pipeline.identity.registry import empty
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.settings.identity import Identity

MAY, JUNE, JULY = datetime(2026, 5, 1), datetime(2026, 6, 1), datetime(2026, 7, 1)
_COMMON = {"source_updated_at": MAY, "is_deleted": False, "is_test": False, "dq_flags": [], "row_id": "x-1"}


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = tables()[table].lake_schema
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def where(record: str) -> dict[str, Any]:
    export, _, source_id = record.partition(":")
    system, _, entity = export.partition(".")
    return {"source_system": system, "source_entity": entity, "source_id": source_id}


def person(record: str, **given: Any) -> dict[str, Any]:
    return {**_COMMON, **where(record), "customer_record": record, **given}


def identifier(record: str, kind: str, value: str | None, **given: Any) -> dict[str, Any]:
    plain = {"customer_record": record, "kind": kind, "value": value, "is_placeholder": False, "is_null_hash": False}
    return {**_COMMON, **where(record), **plain, **given}


def resolved(
    tokeniser: Tokeniser, persons: list[dict[str, Any]], *identifiers: dict[str, Any], mailboxes: frozenset[str] = frozenset()
) -> Resolved:
    known = frame("customer_identities", list(identifiers))
    return resolve(known.lazy(), frame("people", persons).lazy(), Identity(), mailboxes, empty(), tokeniser)


def who(found: Resolved) -> dict[str, str]:
    return dict(found.membership.select("record", "customer_id").rows())


USER, OTHER, CONTACT = "zendesk.users:1", "zendesk.users:2", "salesforce.Contact:003A"


def test_one_customer_a_person_with_the_widest_time(tokeniser: Tokeniser) -> None:
    found = resolved(
        tokeniser,
        [
            person(USER, first_seen_at=JUNE, last_seen_at=None, source_updated_at=JULY),
            person(CONTACT, first_seen_at=MAY, source_updated_at=JUNE),
        ],
        identifier(USER, "email", "ada@king.io"),
        identifier(CONTACT, "email", "ada@king.io"),
    )
    assert found.derived["customers"].to_dicts() == [
        {
            "customer_id": tokeniser.token(CONTACT, "customer"),
            "first_seen_at": MAY,
            "last_seen_at": JULY,
            "source_count": 2,
            "record_count": 2,
            "resolution_rule": "email",
            "resolution_confidence": 0.98,
            "profile_updated_at": JULY,
        }
    ]
    assert found.links.select("left", "right", "rule", "probability").rows() == [(CONTACT, USER, "email", 0.98)]


def test_every_person_record_is_somebody_even_without_identifiers(tokeniser: Tokeniser) -> None:
    found = resolved(tokeniser, [person(USER), person(OTHER)])
    assert len(set(who(found).values())) == 2
    assert found.derived["customers"]["record_count"].to_list() == [1, 1]


def test_no_persons_give_no_customers(tokeniser: Tokeniser) -> None:
    found = resolved(tokeniser, [])
    assert found.derived["customers"].height == found.membership.height == found.links.height == 0


@pytest.mark.parametrize("address", ["support@king.io", "no-reply@king.io", "Info@king.io".lower()])
def test_role_mailboxes_join_nobody(tokeniser: Tokeniser, address: str) -> None:
    found = resolved(
        tokeniser, [person(USER), person(OTHER)], identifier(USER, "email", address), identifier(OTHER, "email", address)
    )
    assert len(set(who(found).values())) == 2


def test_mailboxes_of_the_settings_join_nobody(tokeniser: Tokeniser) -> None:
    facts = [identifier(record, "email", "frontoffice@king.io") for record in (USER, OTHER)]
    persons = [person(USER), person(OTHER)]
    assert len(set(who(resolved(tokeniser, persons, *facts)).values())) == 1
    assert len(set(who(resolved(tokeniser, persons, *facts, mailboxes=frozenset({"frontoffice"}))).values())) == 2


def test_users_without_address_and_with_a_placeholder_name_stay_apart(tokeniser: Tokeniser) -> None:
    records = [f"zendesk.users:{number}" for number in range(30)]
    facts = [identifier(record, "name", None, is_placeholder=True) for record in records]
    facts += [identifier(record, "email", None) for record in records]
    assert len(set(who(resolved(tokeniser, [person(record) for record in records], *facts)).values())) == 30


@pytest.mark.parametrize("survivor_delivered", [True, False])
def test_merged_contacts_follow_their_survivor(tokeniser: Tokeniser, survivor_delivered: bool) -> None:
    merged = [person(f"salesforce.Contact:{name}", merged_into_source_id="00S", is_deleted=True) for name in ("00A", "00B")]
    survivor = [person("salesforce.Contact:00S")] if survivor_delivered else []
    found = resolved(tokeniser, merged + survivor)
    assert len(set(who(found).values())) == 1
    assert set(found.links["rule"]) == {"merged"}


def test_names_are_compared_without_case_and_accents(tokeniser: Tokeniser) -> None:
    facts = [identifier(record, "phone", "+14155552671") for record in (USER, OTHER)]
    names = [identifier(USER, "name", "Zoë O\u2019Brien"), identifier(OTHER, "name", "ZOE OBRIEN")]
    assert len(set(who(resolved(tokeniser, [person(USER), person(OTHER)], *facts, *names)).values())) == 1


def test_a_family_name_alone_goes_with_the_only_person_behind_the_mailbox(tokeniser: Tokeniser) -> None:
    records = [USER, OTHER, CONTACT]
    persons = [person(record) for record in records]
    facts = [identifier(record, "email", "ada@king.io") for record in records]
    names = [identifier(USER, "name", "Ada King"), identifier(OTHER, "name", "King")]
    assert len(set(who(resolved(tokeniser, persons, *facts, *names)).values())) == 1
    several = who(resolved(tokeniser, persons, *facts, *names, identifier(CONTACT, "name", "Eve King")))
    assert several[USER] != several[CONTACT]


def test_weighed_links_tell_what_each_field_adds(tokeniser: Tokeniser) -> None:
    facts = [identifier(record, "name", "Ada Kingsley") for record in (USER, CONTACT)]
    facts += [identifier(USER, "email", "ada.kingsley84@lark.io"), identifier(CONTACT, "email", "ada.kingsly84@lark.io")]
    found = resolved(tokeniser, [person(USER), person(CONTACT)], *facts)
    assert found.links.select("left", "right", "rule").rows() == [(CONTACT, USER, "splink")]
    assert {"bits_given", "bits_family", "bits_email"} <= set(found.links.columns)
    assert found.links["probability"].is_between(0.4, 1.0).all()


_INTERACTIONS = {"interaction_id": pl.String, "is_deleted": pl.Boolean}


def attached(
    table: str,
    row: dict[str, Any],
    found: Resolved,
    agents: list[dict[str, Any]] | None = None,
    interactions: dict[str, bool] | None = None,
    organizations: tuple[str, ...] = (),
) -> dict[str, Any]:
    """One attached row; `interactions` says which there are, and whether they are tombstones."""
    there = interactions or {}
    lookups = Lookups(
        found.membership,
        frame("agents", agents or []),
        pl.DataFrame({"interaction_id": list(there), "is_deleted": list(there.values())}, schema=_INTERACTIONS),
        pl.DataFrame({"organization_id": list(organizations)}, schema={"organization_id": pl.String}),
        Tokeniser(b"k" * 32),
    )
    made = attach(frame(table, [row]).lazy(), tables()[table], lookups, found).collect()
    assert made.height == 1
    return made.to_dicts()[0]


def test_references_to_people_become_customer_ids(tokeniser: Tokeniser) -> None:
    found = resolved(tokeniser, [person(USER)])
    ticket = {**_COMMON, **where("zendesk.tickets:9"), "interaction_id": "zendesk.tickets:9"}
    assert attached("interactions", {**ticket, "customer_record": USER}, found)["customer_id"] == who(found)[USER]
    nobody = attached("interactions", ticket, found)
    assert (nobody["customer_id"], nobody["dq_flags"]) == (None, [])
    lost = attached("interactions", {**ticket, "customer_record": OTHER, "dq_flags": ["zz"]}, found)
    # The id that the person will have when their record comes and joins nobody else.
    assert (lost["customer_id"], lost["dq_flags"]) == (
        Tokeniser(b"k" * 32).token(OTHER, "customer"),
        ["customer_not_delivered", "zz"],
    )
    agent = {**_COMMON, **where(OTHER), "agent_id": OTHER, "is_bot": False}
    own = attached("interactions", {**ticket, "customer_record": OTHER}, found, [agent])
    assert (own["customer_id"], own["dq_flags"]) == (None, ["customer_is_agent"])


def test_references_to_organizations_and_interactions_are_kept_and_flagged(tokeniser: Tokeniser) -> None:
    found = resolved(tokeniser, [])
    ticket = {
        **_COMMON,
        **where("zendesk.tickets:9"),
        "interaction_id": "zendesk.tickets:9",
        "organization_id": "zendesk.organizations:1",
    }
    lost = attached("interactions", ticket, found)
    assert (lost["organization_id"], lost["dq_flags"]) == ("zendesk.organizations:1", ["organization_id_not_delivered"])
    assert attached("interactions", ticket, found, organizations=("zendesk.organizations:1",))["dq_flags"] == []
    comment = {
        **_COMMON,
        **where("zendesk.comments:5"),
        "message_id": "zendesk.comments:5",
        "interaction_id": "zendesk.tickets:9",
    }
    lost = attached("messages", comment, found)
    assert (lost["interaction_id"], lost["dq_flags"]) == ("zendesk.tickets:9", ["interaction_id_not_delivered"])


def test_a_reference_to_an_agent_that_was_not_delivered_is_kept_and_flagged(tokeniser: Tokeniser) -> None:
    found = resolved(tokeniser, [])
    ticket = {**_COMMON, **where("zendesk.tickets:9"), "interaction_id": "zendesk.tickets:9", "agent_id": USER}
    lost = attached("interactions", ticket, found)
    assert (lost["agent_id"], lost["dq_flags"]) == (USER, ["agent_id_not_delivered"])
    agent = {**_COMMON, **where(USER), "agent_id": USER, "is_bot": False}
    assert attached("interactions", ticket, found, [agent])["dq_flags"] == []


@pytest.mark.parametrize(
    ("author", "kind", "flags"),
    [
        (USER, "customer", []),
        ("zendesk.users:7", "agent", []),
        ("zendesk.users:8", "bot", []),
        ("zendesk.users:404", None, ["author_not_delivered"]),
        (None, None, []),
    ],
)
def test_who_wrote_a_message_is_told_from_who_they_are(
    tokeniser: Tokeniser, author: str | None, kind: str | None, flags: list[str]
) -> None:
    found = resolved(tokeniser, [person(USER)])
    agents = [
        {**_COMMON, **where(f"zendesk.users:{number}"), "agent_id": f"zendesk.users:{number}", "is_bot": is_bot}
        for number, is_bot in ((7, False), (8, True))
    ]
    message = {**_COMMON, **where("zendesk.comments:5"), "message_id": "zendesk.comments:5", "author_id": author}
    made = attached("messages", message, found, agents)
    assert (made["author_kind"], made["author_id"], made["dq_flags"]) == (kind, author, flags)


def test_identifiers_that_too_many_share_are_marked(tokeniser: Tokeniser) -> None:
    records = [f"zendesk.users:{number}" for number in range(21)]
    facts = [identifier(record, "email", "front@desk.io") for record in records]
    found = resolved(tokeniser, [person(record) for record in records], *facts)
    assert len(set(who(found).values())) == 21
    assert attached("customer_identities", facts[0], found)["is_shared"] is True
    assert attached("customer_identities", identifier(records[0], "phone", "+14155552671"), found)["is_shared"] is False


def test_what_was_said_in_a_deleted_interaction_goes_with_it(tokeniser: Tokeniser) -> None:
    found = resolved(tokeniser, [])
    ticket = "zendesk.tickets:9"
    comment = {
        **_COMMON,
        **where("zendesk.comments:5"),
        "message_id": "zendesk.comments:5",
        "interaction_id": ticket,
        "text": "hi",
    }
    kept = attached("messages", comment, found, interactions={"zendesk.tickets:8": True, ticket: False})
    assert (kept["text"], kept["dq_flags"]) == ("hi", [])
    gone = attached("messages", comment, found, interactions={"zendesk.tickets:8": True, ticket: True})
    assert (gone["text"], gone["dq_flags"]) == (None, ["text_dropped_with_interaction"])
    silent = attached("messages", {**comment, "text": None}, found, interactions={ticket: True})
    assert (silent["text"], silent["dq_flags"]) == (None, [])
