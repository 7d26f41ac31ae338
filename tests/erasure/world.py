"""A small world of two nights: a person in two tools, one known from a survey only, a buyer in a shop, and their neighbours."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.stages import shop
from tests.stages.shop import NIGHT_1, NIGHT_2, Row, lines, pages, sheet

ANN = ("ann.hale@hale-mail.io", "+14155550171")
"""In Zendesk and in Salesforce."""
SUE = ("sue.only@survey-mail.io",)
"""Known from a survey only."""
BOB = ("bob.buyer@buyer-mail.io", "+14155550172")
"""Ordered in the shop."""
HOME_PHONE = "+14155550199"
"""Of a household: carried by two people."""
ANN_MARKS = ("ann.hale", "4155550171", "415-555-0171", "(415) 555-0171", "Annabel Hale")
SUE_MARKS = ("sue.only", "Susan Only")
BOB_MARKS = ("bob.buyer", "4155550172", "415.555.0172", "Bobby Buyer")


def user(number: int, name: str, email: str | None, phone: str | None = None, **given: Any) -> Row:
    return {
        "id": number,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-02-01T00:00:00Z",
        "name": name,
        "email": email,
        "phone": phone,
        "external_id": None,
        "role": "end-user",
        "active": True,
        **given,
    }


def users() -> list[Row]:
    return [
        *shop.users(),
        user(501, "Annabel Hale", ANN[0], "(415) 555-0171"),
        user(502, "Carl Home", "carl@home-mail.io", HOME_PHONE),
        user(503, "Dora Home", "dora@home-mail.io", HOME_PHONE),
    ]


def tickets() -> list[Row]:
    own = shop.tickets([601, 602], "2026-02-25T00:00:00Z", requester_id=501, submitter_id=501)
    own[0]["description"] = "I am Annabel Hale, call 415-555-0171"
    mentions = shop.tickets([603], "2026-02-25T00:00:00Z", requester_id=502, submitter_id=502)
    mentions[0]["description"] = f"Please ask my friend {ANN[0].upper()} or 415-555-0171, and not joann.hale@hale-mail.io"
    carls = shop.tickets([604], "2026-02-25T00:00:00Z", requester_id=502, submitter_id=502)
    doras = shop.tickets([605], "2026-02-25T00:00:00Z", requester_id=503, submitter_id=503)
    return [*shop.tickets(range(10), "2026-02-25T00:00:00Z"), *own, *mentions, *carls, *doras]


def comments() -> list[Row]:
    def comment(number: int, ticket: int, author: int, body: str) -> Row:
        return {
            "id": number,
            "ticket_id": ticket,
            "author_id": author,
            "created_at": "2026-02-21T10:00:00Z",
            "public": True,
            "body": body,
            "attachments": [],
        }

    return [
        *shop.comments()[:10],
        comment(7001, 1601, 501, "my order please, Annabel Hale"),
        comment(7002, 1601, 90, f"we wrote to {ANN[0]}"),
        comment(7003, 1604, 501, "I live next door"),
        comment(7004, 1604, 502, "thank you"),
    ]


def contacts() -> list[Row]:
    ann = shop.contacts([8], Name="Annabel Hale", Email=ANN[0], Phone="415-555-0171")
    return [*shop.contacts(range(6)), *ann, *shop.contacts([9], Name="Carl Home", Email="carl@home-mail.io", Phone="")]


def responses() -> list[Row]:
    def response(number: int, person: int, email: str, name: str) -> Row:
        return {
            "id": str(number),
            "person": {"id": str(person), "email": email, "name": name, "created_at": 1767225600},
            "survey_type": "nps",
            "score": 9,
            "comment": f"from {name}",
            "permalink": f"https://delighted.example/r/{number}",
            "created_at": 1771500000,
            "updated_at": 1771500000,
            "person_properties": {},
            "notes": [],
            "tags": [],
            "additional_answers": [],
        }

    return [response(31, 41, SUE[0], "Susan Only"), response(32, 42, "tim@other-mail.io", "Tim Other")]


def orders() -> list[Row]:
    def order(number: int, email: str, phone: str, name: str) -> Row:
        first, last = name.split()
        person = {"id": 9000 + number, "email": email, "phone": phone, "first_name": first, "last_name": last}
        return {
            "id": 8000 + number,
            "name": f"#{number}",
            "order_number": number,
            "email": email,
            "phone": phone,
            "created_at": "2026-02-10T10:00:00Z",
            "updated_at": "2026-02-11T10:00:00Z",
            "processed_at": "2026-02-10T10:00:00Z",
            "currency": "USD",
            "total_price": "10.00",
            "financial_status": "paid",
            "fulfillment_status": None,
            "customer": person,
            "line_items": [{"id": 100 + number, "sku": "A-1", "quantity": 1, "price": "10.00", "title": "Lamp"}],
            "refunds": [],
            "fulfillments": [],
        }

    return [order(1, BOB[0], "415.555.0172", "Bobby Buyer"), order(2, "eva@other-mail.io", "+14155550198", "Eva Other")]


@dataclass(frozen=True)
class World:
    """The folder of deliveries."""

    raw: Path

    def put(self, name: str, data: bytes) -> Path:
        path = self.raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path


def write_world(raw: Path) -> World:
    world = World(raw)
    world.put(f"{NIGHT_1}/zendesk/users.ndjson", lines(users()))
    world.put(f"{NIGHT_1}/zendesk/tickets.json", pages("tickets", tickets()))
    world.put(f"{NIGHT_1}/zendesk/comments.ndjson.gz", gzip.compress(lines(comments()), mtime=0))
    world.put(f"{NIGHT_1}/salesforce/Contact.csv", sheet(contacts(), bom=True))
    world.put(f"{NIGHT_1}/delighted/responses.json", array(responses()))
    world.put(f"{NIGHT_1}/shopify/orders.json", pages("orders", orders()))
    changed = shop.tickets([601], "2026-03-01T00:00:00Z", requester_id=501, submitter_id=501, status="solved")
    others = shop.tickets([1], "2026-03-01T00:00:00Z", status="solved")
    world.put(f"{NIGHT_2}/zendesk/tickets.json", pages("tickets", [*changed, *others]))
    torn = lines([user(503, "Dora Home", "dora@home-mail.io", HOME_PHONE)]) + b'{"id": 501, "name": "Annabel Hale", "email": "'
    world.put(f"{NIGHT_2}/zendesk/users.ndjson", torn + ANN[0].encode() + b'", \n')
    world.put(f"{NIGHT_2}/salesforce/Contact_no_id.csv", sheet([{"Name": "Annabel Hale", "Email": ANN[0], "Phone": ""}] * 2))
    return world


def array(rows: Iterable[Row]) -> bytes:
    return json.dumps(list(rows)).encode()
