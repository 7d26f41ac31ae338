"""Deliveries of a help desk whose customers have said whether models may be trained on what they wrote, made by the tests."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

from tests.stages.shop import Row, lines, pages

_TEXT = """
parcel chair lamp kettle desk carrier promised Friday invoice amount twice charged delivery broken corner scratched colour wrong
size return label printer money voucher account password reset screen blank update battery warm noise cable missing manual
"""
_WORDS = _TEXT.split()
PEOPLE = 24
AGENT = 900


def person(number: int) -> str:
    return f"visitor{number:02}@quiet-lake.org"


def sentence(number: int, place: int) -> str:
    """A text that no other one is like."""
    dice = random.Random(number * 100 + place)
    return " ".join(dice.choices(_WORDS, k=25)) + "."


def write_talks(raw: Path, night: str, people: Iterable[int] = range(PEOPLE)) -> None:
    """Users, solved tickets of some days and their comments."""
    numbers = list(people)
    users: list[Row] = [
        {
            "id": 20 + number,
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-02-01T00:00:00Z",
            "name": f"Visitor Nr{chr(65 + number)}",
            "email": person(number),
            "role": "end-user",
            "active": True,
        }
        for number in numbers
    ]
    users.append(
        {"id": AGENT, "updated_at": "2026-02-01T00:00:00Z", "name": "Eve Agent", "email": "eve@shop.io", "role": "agent"}
    )
    tickets: list[Row] = [
        {
            "id": 1000 + number,
            "created_at": f"2026-02-{1 + number:02}T10:00:00Z",
            "updated_at": f"2026-02-{1 + number:02}T12:00:00Z",
            "status": "solved",
            "via": {"channel": "email"},
            "subject": f"Matter {number}",
            "description": sentence(number, 0),
            "requester_id": 20 + number,
            "submitter_id": 20 + number,
            "assignee_id": AGENT,
        }
        for number in numbers
    ]
    comments: list[Row] = [
        {
            "id": 5000 + 10 * number + place,
            "ticket_id": 1000 + number,
            "author_id": AGENT if place else 20 + number,
            "created_at": f"2026-02-{1 + number:02}T10:{10 * place:02}:00Z",
            "public": True,
            "body": sentence(number, place),
        }
        for number in numbers
        for place in range(2)
    ]
    _put(raw, night, "zendesk/users.ndjson", lines(users))
    _put(raw, night, "zendesk/tickets.json", pages("tickets", tickets))
    _put(raw, night, "zendesk/comments.ndjson", lines(comments))


def write_receipts(raw: Path, night: str, at: str, decided: dict[int, tuple[str, str]]) -> None:
    """What people decided, by number: on AI training and on the improvement of the service."""
    receipts: list[Row] = [
        {
            "receiptId": f"00000000-0000-4000-8000-{number:06}{night.replace('-', '')[2:]}",
            "identifier": person(number),
            "identifierType": "Email",
            "interactionDate": at,
            "purposes": [_purpose("AI training", ai, at), _purpose("Service improvement", improvement, at)],
            "test": False,
        }
        for number, (ai, improvement) in decided.items()
    ]
    _put(raw, night, "onetrust/receipts.json", pages("content", receipts))


def _purpose(name: str, state: str, at: str) -> Row:
    return {
        "Name": name,
        "TransactionType": state,
        "ConsentDate": at if state == "CONFIRMED" else None,
        "WithdrawnDate": at if state == "WITHDRAWN" else None,
    }


def _put(raw: Path, night: str, name: str, data: bytes) -> None:
    path = raw / night / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
