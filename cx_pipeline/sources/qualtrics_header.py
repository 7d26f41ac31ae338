"""Header rows of Qualtrics exports: tags, wordings, and in newer exports the vendor's own ids.

Columns are named by the id of the question, as tags repeat and may be edited between two exports; where the file has no ids,
by the tag. What the vendor itself records of a response keeps one name, however the export of the day calls it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cx_pipeline.extract.header import Header

# The same fact under the names of ten years of exports, in small letters.
_RECORDED = {
    "responseid": "ResponseId",
    "_recordid": "ResponseId",
    "responseset": "ResponseSet",
    "name": "Name",
    "externalreference": "ExternalReference",
    "externaldatareference": "ExternalReference",
    "emailaddress": "RecipientEmail",
    "recipientemail": "RecipientEmail",
    "recipientfirstname": "RecipientFirstName",
    "recipientlastname": "RecipientLastName",
    "ipaddress": "IPAddress",
    "status": "Status",
    "startdate": "StartDate",
    "enddate": "EndDate",
    "recordeddate": "RecordedDate",
    "finished": "Finished",
    "progress": "Progress",
    "duration": "Duration (in seconds)",
    "duration (in seconds)": "Duration (in seconds)",
    "distributionchannel": "DistributionChannel",
    "userlanguage": "UserLanguage",
    "locationlatitude": "LocationLatitude",
    "locationlongitude": "LocationLongitude",
    "locationaccuracy": "LocationAccuracy",
}
RECORDED = frozenset(_RECORDED.values())
# Ids stand in JSON in newer exports and in Python's notation in those of 2016.
_IMPORT_ID = re.compile(r"""['"]ImportId['"]\s*:\s*['"]([^'"]+)['"]""")
_NUMBERED = re.compile(r"V\d+$")
_RESPONSE = re.compile(r"(?:R|FS)_[A-Za-z0-9]{6,}$")
_TIME = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_ENOUGH = 3


def read(rows: Sequence[tuple[str, ...]]) -> Header | None:
    """Names and labels of the columns; None where the first row names no response."""
    tags = rows[0]
    depth, ids = _depth(rows)
    wording = rows[1] if depth > 1 else ()
    names = tuple(_name(place, tags, wording, ids) for place in range(len(tags)))
    if "ResponseId" not in names:
        return None
    labels = tuple(wording[place].strip() if place < len(wording) else "" for place in range(len(tags)))
    return Header(depth, names, labels)


def _depth(rows: Sequence[tuple[str, ...]]) -> tuple[int, tuple[str, ...]]:
    """How many rows are header, and the ids that the last of them holds, if it does."""
    for place in (1, 2):
        found = tuple(_import_id(cell) for cell in rows[place]) if place < len(rows) else ()
        if 2 * sum(map(bool, found)) > sum(map(bool, rows[place] if place < len(rows) else ())):
            return place + 1, found
    return (2 if len(rows) > 1 and _is_wording(rows[0], rows[1]) else 1), ()


def _import_id(cell: str) -> str:
    found = _IMPORT_ID.search(cell)
    return found.group(1).removeprefix("panel-") if found else ""


def _is_wording(tags: tuple[str, ...], row: tuple[str, ...]) -> bool:
    """Names again, maybe translated, where a record has the id of a response and times."""
    if sum(cell.strip().lower() in _RECORDED for cell in row) >= _ENOUGH:
        return True
    cells = {_RECORDED.get(tag.strip().lower(), ""): cell.strip() for tag, cell in zip(tags, row, strict=False)}
    response, start = cells.get("ResponseId", ""), cells.get("StartDate", "")
    return bool(response) and not _RESPONSE.match(response) and bool(start) and not _TIME.match(start)


def _name(place: int, tags: tuple[str, ...], wording: tuple[str, ...], ids: tuple[str, ...]) -> str:
    tag = tags[place].strip()
    told = wording[place].strip() if place < len(wording) else ""
    own = ids[place] if place < len(ids) else ""
    for known in (tag, told if _NUMBERED.match(tag) else "", own):
        if known.lower() in _RECORDED:
            return _RECORDED[known.lower()]
    return own or tag
