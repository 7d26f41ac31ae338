"""Canaries planted into deliveries of several sources, and where their traces are looked for."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import zstandard

from cx_pipeline.privacy.canaries import Canary, disguised, traces
from cx_pipeline.warehouse.catalog import relations
from cx_pipeline.warehouse.quoting import identifier, qualified
from cx_pipeline.warehouse.reader import CATALOG, open_read_only

NIGHT = "2026-11-01"
_CLOCK = "2026-10-30T10:00:00Z"
Rows = list[dict[str, Any]]


def plant(raw: Path, flock: Sequence[Canary]) -> None:
    """Deliveries of four sources: identifiers in the columns made for them, in columns that are not, in texts and in names."""
    night = raw / NIGHT
    users = [
        {
            "id": 700 + one.number,
            "created_at": _CLOCK,
            "updated_at": _CLOCK,
            "name": one.name,
            "email": one.email,
            "phone": one.phone,
        }
        | {"role": "end-user", "external_id": one.member_id, "tags": [one.handle], "details": one.street}
        for one in flock
    ]
    plain = [
        {"id": 100 + number, "updated_at": _CLOCK, "name": f"Plain Person{number}", "role": "end-user"} for number in range(3)
    ]
    said = [(one, text) for one in flock for _, text in disguised(one)]
    # Written by others than those whom they are about: no own record helps.
    tickets: Rows = [_ticket(9_000 + number, 100 + number % 3, text) for number, (_, text) in enumerate(said)]
    tickets += [
        _spoiled(990_000 + place * 10_000 + one.number, spoiled) for one in flock for place, spoiled in enumerate(_cells(one))
    ]
    comments = [
        {"id": 50_000 + number, "ticket_id": 9_000 + number, "author_id": 100, "created_at": _CLOCK, "public": True, "body": text}
        for number, (_, text) in enumerate(said)
    ]
    damaged = [f'{{"id": 990003, "subject": "{one.email} {one.phone}' for one in flock]
    first = flock[0]
    _put(night / "zendesk" / "users.ndjson", _lines(users + plain))
    _put(night / "zendesk" / f"tickets_{first.email}.ndjson", _lines(tickets) + "\n".join(damaged).encode() + b"\n")
    _put(night / "zendesk" / "comments.ndjson.gz", gzip.compress(_lines(comments), mtime=0))
    _put(night / "salesforce" / "Contact.csv", _sheet([_contact(one) for one in flock]))
    _put(
        night / "salesforce" / f"Case_{first.phone}.csv",
        _sheet([_case(number, one, text) for number, (one, text) in enumerate(said)]) + _broken_lines(flock),
    )
    _put(night / "delighted" / "responses.csv", _sheet([_response(number, text) for number, (_, text) in enumerate(said)]))
    _put(night / "shopify" / "customers.csv", _sheet([_shopper(one) for one in flock]))
    _put(night / "unheard_of" / "list.csv", _sheet([{"who": first.name, first.email: first.phone}]))


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _lines(rows: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _sheet(rows: Rows) -> bytes:
    buffer = io.StringIO(newline="")
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(buffer, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


def _ticket(number: int, requester: int, text: str) -> dict[str, Any]:
    return {
        "id": number,
        "created_at": _CLOCK,
        "updated_at": _CLOCK,
        "status": "open",
        "priority": "normal",
        "subject": text,
        "description": text,
        "requester_id": requester,
        "submitter_id": requester,
        "tags": ["a", text],
        "via": {"channel": "email"},
        "type": "question",
    }


def _cells(one: Canary) -> tuple[str, ...]:
    return (one.email, one.phone, f"{one.national[:3]}-555-{one.national[6:]}", one.name)


def _spoiled(number: int, value: str) -> dict[str, Any]:
    """A ticket whose every cell is an identifier, and one whose key is."""
    keys = ("status", "priority", "type", "subject", "description", "via", "tags", "requester_id", "group_id", "external_id")
    return {
        "id": number if number % 2 else value,
        "created_at": _CLOCK,
        "updated_at": value if number % 3 else _CLOCK,
        **dict.fromkeys(keys, value),
    }


def _contact(one: Canary) -> dict[str, Any]:
    return {
        "Id": f"003A00000{one.number:06}IAA",
        "IsDeleted": "",
        "Name": one.name,
        "Email": one.email,
        "Phone": one.phone,
        "MailingStreet": one.street,
        "MailingCity": "Town",
        "MailingCountry": "US",
        "SystemModstamp": _CLOCK,
        "CreatedDate": _CLOCK,
        "LastModifiedDate": _CLOCK,
        "LeadSource": one.email,
        f"Copy {one.email}": one.name,
    }


def _case(number: int, one: Canary, text: str) -> dict[str, Any]:
    return {
        "Id": f"500A{number:011}IAA",
        "IsDeleted": "",
        "CaseNumber": "00000001",
        "Status": text,
        "Origin": "Web",
        "Priority": text,
        "Reason": text,
        "Type": text,
        "Subject": text,
        "Description": text,
        "SuppliedName": one.name,
        "SuppliedEmail": one.email,
        "SuppliedPhone": one.phone,
        "SystemModstamp": _CLOCK,
        "CreatedDate": _CLOCK,
        "LastModifiedDate": _CLOCK,
    }


def _broken_lines(flock: Iterable[Canary]) -> bytes:
    return "".join(
        f'{one.email},{one.phone},"{one.name},unterminated\r\n{one.street},too,{one.email}\r\n' for one in flock
    ).encode()


def _response(number: int, text: str) -> dict[str, Any]:
    return {"ID": 3_000 + number, "Score": number % 11, "Comment": text, "Created at": _CLOCK, "Updated at": _CLOCK, "Name": text}


def _shopper(one: Canary) -> dict[str, Any]:
    return {
        "Customer ID": 4_000_000 + one.number,
        "First Name": one.given,
        "Last Name": one.family,
        "Email": one.email,
        "Phone": one.phone,
        "Default Address Address1": one.street,
        "Tags": one.email,
        "Note": f"{one.name} {one.phone}",
    }


def published_texts(path: Path) -> Iterator[tuple[str, pl.Series]]:
    """Every column of every table and view as text, with its name; comments and names of columns too."""
    with open_read_only(path) as connection:
        for relation in relations(connection, CATALOG):
            told = [relation.comment or "", *(f"{column.name} {column.comment or ''}" for column in relation.columns)]
            yield relation.id, pl.Series(told)
            for column in relation.columns:
                name, source = identifier(column.name), qualified(relation.schema, relation.name)
                yield f"{relation.id}.{column.name}", connection.sql(f"SELECT {name}::VARCHAR FROM {source}").pl().to_series()


def stored_texts(folders: Iterable[Path]) -> Iterator[tuple[Path, pl.Series]]:
    """Every file as bytes read as text, as UTF-16, and decompressed where it is compressed; names of files too."""
    for path in sorted({path for folder in folders for path in folder.rglob("*") if path.is_file()}):
        content = path.read_bytes()
        told = [str(path), content.decode("utf-8", "ignore"), content.decode("latin-1"), content.decode("utf-16-le", "ignore")]
        yield path, pl.Series([*told, *(each.decode("utf-8", "ignore") for each in _unpacked(path, content))])


def _unpacked(path: Path, content: bytes) -> Iterator[bytes]:
    if content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    elif content.startswith(b"\x28\xb5\x2f\xfd"):
        yield zstandard.ZstdDecompressor().stream_reader(content).read()
    elif content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    elif content.startswith(b"PAR1"):
        yield pl.read_parquet(content).write_ndjson().encode()
        yield str(pl.read_parquet_metadata(io.BytesIO(content))).encode()


def marks_in(texts: pl.Series, flock: Sequence[Canary]) -> set[str]:
    """Kinds of marks that texts hold."""
    return set(traces(texts.unique(), flock)["mark"])


def words_in(content: pl.Series, flock: Sequence[Canary]) -> set[str]:
    """Kinds of marks that the bytes of files hold, digits as people write them: in machine bytes any digits can meet."""
    spelled = {
        kind: spellings
        for one in flock
        for kind, spellings in {
            **{kind: (mark,) for kind, mark in one.marks().items() if kind != "phone"},
            "phone": (one.phone, one.national, f"{one.national[:3]}-555-{one.national[6:]}", f"555-{one.national[6:]}"),
        }.items()
        if any(spelling in text.lower() for text in content for spelling in spellings)
    }
    return set(spelled)
