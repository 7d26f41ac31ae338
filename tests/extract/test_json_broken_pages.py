"""A break in one record of a page costs that record alone, however few pages there are to learn from."""

from __future__ import annotations

import json

import pytest

from tests.extract.conftest import Read

PAGES, A_PAGE = 9, 12
TOTAL = PAGES * A_PAGE


def ticket(number: int) -> str:
    return json.dumps(
        {
            "id": number,
            "subject": f"about {number}",
            "via": {"channel": "email", "source": {"from": {}}},
            "fields": [{"id": 1, "value": "x"}, {"id": 2, "value": None}],
        }
    )


def broken(text: str, kind: str) -> str:
    """The text of a ticket with one character gone."""
    where = {"outer brace": len(text) - 1, "inner brace": text.index("}}") + 1, "quote": text.index('", "via"')}[kind]
    return text[:where] + text[where + 1 :]


def pages(breaks: dict[int, str]) -> str:
    texts = [broken(ticket(number), breaks[number]) if number in breaks else ticket(number) for number in range(1, TOTAL + 1)]
    bodies = (", ".join(texts[start : start + A_PAGE]) for start in range(0, TOTAL, A_PAGE))
    return "".join(f'{{"tickets": [{body}], "next_page": null, "count": {TOTAL}}}\n' for body in bodies)


@pytest.mark.parametrize("kind", ["outer brace", "inner brace", "quote"])
@pytest.mark.parametrize("page", [0, 2, 8])
@pytest.mark.parametrize("place", [0, 4, 10])
@pytest.mark.parametrize("block", [600, 1 << 20])
def test_a_broken_record_costs_itself(read: Read, kind: str, page: int, place: int, block: int) -> None:
    number = page * A_PAGE + place + 1
    result = read(pages({number: kind}).encode(), name="x.json", page_keys=("tickets",), block_bytes=block)
    assert result.good["id"].to_list() == [str(other) for other in range(1, TOTAL + 1) if other != number]
    assert result.rejects["_record"].to_list() == [number]


def test_every_page_may_be_broken(read: Read) -> None:
    kinds = ("outer brace", "inner brace", "quote")
    breaks = {page * A_PAGE + 3 + page % 5: kinds[page % 3] for page in range(PAGES)}
    result = read(pages(breaks).encode(), name="x.json", page_keys=("tickets",))
    assert result.good["id"].to_list() == [str(number) for number in range(1, TOTAL + 1) if number not in breaks]
    assert result.rejects["_record"].to_list() == sorted(breaks)
