"""A small company's two nights of exports, dirty as they come, written by the tests themselves."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NIGHT_1, NIGHT_2 = "2026-03-01", "2026-03-02"
CANARY_MAIL, CANARY_PHONE = "canary.bird@leak-test.io", "+1 415 555 0142"
CANARY_MARKS = (CANARY_MAIL, "canary.bird", CANARY_PHONE, "4155550142", "415 555 0142", "555-0142", "555 0142")

Row = dict[str, Any]


@dataclass(frozen=True)
class Shop:
    """The folder of deliveries, and the bytes of damaged records that were put into it, by file."""

    raw: Path
    damaged: dict[str, int]


def tickets(numbers: Iterable[int], updated: str, **given: Any) -> list[Row]:
    return [
        {
            "id": 1000 + number,
            "created_at": "2026-02-20T10:00:00Z",
            "updated_at": updated,
            "generated_timestamp": 1772300000,
            "status": "open",
            "priority": "normal",
            "via": {"channel": "email"},
            "type": "question",
            "subject": f"Order {number}",
            "description": f"Where is order {number}?" if number % 5 else "",
            "requester_id": 20 + number % 10,
            "submitter_id": 20 + number % 10,
            "assignee_id": 90,
            "group_id": 360001234567,
            "tags": ["a", "b"],
            **given,
        }
        for number in numbers
    ]


def users() -> list[Row]:
    customers = [
        {
            "id": 20 + number,
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-02-01T00:00:00Z",
            "name": f"Person {'ABCDEFGHIJ'[number]}",
            "email": f"person{number}@king.io",
            "phone": None,
            "external_id": contact_id(number) if number < 2 else None,
            "role": "end-user",
            "active": True,
        }
        for number in range(10)
    ]
    agents = [{"id": 90, "updated_at": "2026-02-01T00:00:00Z", "name": "Eve Agent", "email": "eve@shop.io", "role": "agent"}]
    return [*customers, *agents]


def contact_id(number: int) -> str:
    return f"003A00000{number:06}IAA"


def contacts(numbers: Iterable[int], **given: str) -> list[Row]:
    return [
        {
            "Id": contact_id(number),
            "IsDeleted": "",
            "MasterRecordId": "",
            "Name": f"Person {'ABCDEFGHIJ'[number]}",
            "Email": f"Person{number}@King.io" if number % 2 else "",
            "Phone": f"415555{2000 + number}",
            "MobilePhone": f"(415) 555-{2000 + number}" if number == 3 else "",
            "CreatedDate": "2025-01-01T00:00:00.000+0000",
            "LastModifiedDate": "2026-01-01T00:00:00.000+0000",
            "SystemModstamp": "2026-01-01T00:00:00.000+0000",
            "HasOptedOutOfEmail": "1" if number == 1 else "",
            "DoNotCall": "",
            **given,
        }
        for number in numbers
    ]


def cases(numbers: Iterable[int], **given: str) -> list[Row]:
    return [
        {
            "Id": f"500A00000{number:06}IAA",
            "IsDeleted": "",
            "CaseNumber": f"{number + 1:08}",
            "ContactId": contact_id(number % 6) if number % 3 else "",
            "AccountId": "",
            "OwnerId": "00GA000001abcde" if number % 2 else "005A00000000001IAA",
            "SuppliedName": "" if number % 3 else f"Supplied {number}",
            "SuppliedEmail": "" if number % 3 else f"supplied{number}@hill.io",
            "SuppliedPhone": "",
            "Status": "Working",
            "Origin": "Phone",
            "Priority": "High",
            "Reason": "Breakdown",
            "Subject": f'Case {number}, "quoted"\nand more',
            "Description": f"It leaks {number}",
            "CreatedDate": "2026-02-10T00:00:00.000+0000",
            "ClosedDate": "2026-02-12T00:00:00.000+0000" if number != 4 else "2026-02-01T00:00:00.000+0000",
            "LastModifiedDate": "2026-02-20T00:00:00.000+0000",
            "SystemModstamp": "2026-02-20T00:00:00.000+0000",
            **given,
        }
        for number in numbers
    ]


def comments() -> list[Row]:
    return [
        {
            "id": 5000 + number,
            "ticket_id": 1000 + number % 12,
            "author_id": 90 if number % 2 else 20 + number % 10,
            "created_at": f"2026-02-21T10:{number:02}:00Z",
            "public": number % 4 != 0,
            "body": f"Comment <b>{number}</b>",
            "attachments": [],
        }
        for number in range(30)
    ]


def ratings() -> list[Row]:
    return [
        {
            "id": 70 + number,
            "ticket_id": 1000 + number,
            "requester_id": 20 + number,
            "score": ["good", "bad", "offered"][number % 3],
            "created_at": "2026-02-22T00:00:00Z",
            "updated_at": "2026-02-23T00:00:00Z",
        }
        for number in range(6)
    ]


def canaries(row: Row, key: str) -> list[Row]:
    """A record whose every cell is an address, one whose every cell is a number, and the same with a key that is good."""
    rows = []
    for number, text in enumerate((CANARY_MAIL, CANARY_PHONE)):
        spoiled: Row = dict.fromkeys(row, text)
        good_key = f"{row[key]}"[:-4] + f"99{number}A" if isinstance(row[key], str) else 990 + number
        rows += [spoiled, {**spoiled, key: good_key}]
    return rows


def write_shop(raw: Path, seed: int | None = None) -> Shop:
    """Write the deliveries; with a seed, the records of each file in another order."""
    shuffler = random.Random(seed)

    def ordered(rows: list[Row]) -> list[Row]:
        return shuffler.sample(rows, len(rows)) if seed is not None else rows

    def put(night: str, name: str, data: bytes) -> None:
        path = raw / night / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    first = tickets(range(20), "2026-02-25T00:00:00Z") + canaries(tickets([0], "")[0], "id")
    # Twice in one file, as overlapping windows give them.
    put(NIGHT_1, "zendesk/tickets_1.json", pages("tickets", ordered(first + first[:4])))
    put(NIGHT_1, "zendesk/users.ndjson", lines(ordered(users() + canaries(users()[0], "id"))))
    put(NIGHT_1, "zendesk/comments.ndjson.gz", gzip.compress(lines(ordered(comments() + canaries(comments()[0], "id"))), mtime=0))
    put(
        NIGHT_1,
        "zendesk/satisfaction_ratings.json",
        pages("satisfaction_ratings", ordered(ratings() + canaries(ratings()[0], "id"))),
    )
    put(NIGHT_1, "salesforce/Case.csv", sheet(ordered(cases(range(12)) + canaries(cases([0])[0], "Id")), bom=True))
    put(NIGHT_1, "salesforce/Contact.csv", sheet(ordered(contacts(range(6)) + canaries(contacts([0])[0], "Id"))))
    put(NIGHT_1, "salesforce/Account.csv", sheet([{"Id": "001A00000000001IAA", "Website": "king.io", "BillingCountry": "US"}]))
    put(NIGHT_1, "salesforce/User.csv", sheet([{"Id": "005A00000000001IAA", "Name": "Bob Agent", "IsActive": "1"}]))

    changed = tickets(range(5), "2026-03-01T20:00:00Z", status="solved")
    gone = tickets([7], "2026-03-01T21:00:00Z", status="deleted")
    late = tickets([8], "2026-02-01T00:00:00Z", status="new")  # an old version that comes late
    same = tickets([9, 10], "2026-02-25T00:00:00Z")
    put(NIGHT_2, "zendesk/tickets_2.json", pages("tickets", ordered(changed + gone + late + same)))
    put(NIGHT_2, "zendesk/users_copy.ndjson", (raw / NIGHT_1 / "zendesk/users.ndjson").read_bytes())
    merged = contacts([5], IsDeleted="1", MasterRecordId=contact_id(4), SystemModstamp="2026-03-01T00:00:00.000+0000")
    put(NIGHT_2, "salesforce/Contact.csv", sheet(ordered(merged + contacts([6]))))
    put(NIGHT_2, "salesforce/Contact_no_id.csv", sheet([{"Name": CANARY_MAIL, "Phone": CANARY_PHONE}] * 3))
    torn = sheet(ordered(cases(range(20, 23)))) + f"500A00000000099IAA,{CANARY_MAIL},{CANARY_PHONE}\r\n".encode()
    put(NIGHT_2, "salesforce/Case.csv", torn)
    put(NIGHT_2, f"salesforce/Case_of_{CANARY_MAIL}.csv", sheet(cases([30])))
    put(NIGHT_2, "salesforce/Invoice.csv", b"a,b\n1,2\n")
    put(NIGHT_2, "zendesk/tickets_cut.json.gz", gzip.compress(pages("tickets", first), mtime=0)[:-40])
    put(NIGHT_2, "zendesk/tickets_none.json", b"")
    return Shop(raw, {f"{NIGHT_2}/salesforce/Case.csv": 1})


def pages(key: str, rows: list[Row]) -> bytes:
    return json.dumps({key: rows, "next_page": None, "count": len(rows)}).encode()


def lines(rows: list[Row]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def sheet(rows: list[Row], bom: bool = False) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return (b"\xef\xbb\xbf" if bom else b"") + text.getvalue().encode()


def read(path: Path) -> list[Row]:
    """The records of a file of the shop, read by nothing of the pipeline's; numbers as text, nested values as they are."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text = data.decode("utf-8-sig")
    if ".csv" in path.name:
        return [row for row in csv.DictReader(io.StringIO(text, newline="")) if None not in row.values() and None not in row]
    if ".ndjson" in path.name:
        return [json.loads(line) for line in text.splitlines()]
    return next(value for value in json.loads(text).values() if isinstance(value, list))
