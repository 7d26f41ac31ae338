"""Pages that lost a bracket cost what is damaged, never the pages behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.extract.conftest import Read

RECORDS, PAGES = 6, 5
Edit = Callable[[str], str]


def page(number: int, **more: Any) -> str:
    first = number * RECORDS
    records = [
        {"id": key, "name": f"n{key}", "tags": ["a", {"x": key}], "who": {"mail": f"{key}@x.example"}, **more}
        for key in range(first, first + RECORDS)
    ]
    return json.dumps({"items": records, "next": f"p{number + 1}", "count": RECORDS})


def without(old: str, new: str = "") -> Edit:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


def cut(text: str) -> str:
    """Behind a whole record."""
    return text[: text.index(', {"id": 15')]


EDITS: dict[str, tuple[Edit, set[int], int]] = {
    "]": (without('}], "next"', '}, "next"'), set(), 1),
    "}": (lambda text: text[:-1], set(), 0),
    "]}": (lambda text: without('}], "next"', '}, "next"')(text)[:-1], set(), 1),
    "all behind a record": (cut, {15, 16, 17}, 0),
    "half a record": (lambda text: text[: text.index('"n15"')], {15, 16, 17}, 1),
    "} of a record": (without('x.example"}}, {"id": 14', 'x.example"}, {"id": 14'), {13}, 1),
    "} of the last record": (without('x.example"}}], "next"', 'x.example"}], "next"'), {17}, 2),
    "] of a record": (without('{"x": 13}]', '{"x": 13}'), {13}, 1),
    "quote": (without('"n14"', '"n14'), {14}, 1),
}


@pytest.mark.parametrize("apart", ["\n", "", ",\n", " "])
@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("keys", [("items",), ()])
def test_a_bracket_that_is_missing_costs_no_page_behind(read: Read, name: str, apart: str, keys: tuple[str, ...]) -> None:
    edit, lost, damaged = EDITS[name]
    pages = [page(number) for number in range(PAGES)]
    pages[2] = edit(pages[2])
    result = read(apart.join(pages).encode(), name="export.json", page_keys=keys)
    assert result.good["id"].to_list() == [str(key) for key in range(RECORDS * PAGES) if key not in lost]
    assert result.facts.damaged >= damaged
    # a cut of whole records leaves nothing to keep back, so the file itself must tell
    assert result.facts.is_truncated or result.facts.damaged


@pytest.mark.parametrize("block", [256, 4 << 20])
def test_so_do_all_of_them(read: Read, block: int) -> None:
    pages = [EDITS["]"][0](page(number)) if number != 2 else page(number) for number in range(PAGES)]
    result = read("\n".join(pages).encode(), name="export.json", page_keys=("items",), block_bytes=block)
    assert result.good["id"].to_list() == [str(key) for key in range(RECORDS * PAGES)]


def test_a_record_with_a_list_of_that_name_is_no_page(read: Read) -> None:
    """In blocks smaller than a page, each is read record by record."""
    inner = [{"items": [{"id": 900, "name": "n", "tags": [], "who": {}}]}] * 2
    pages = [page(number, more=inner) for number in range(PAGES)]
    for block in (200, 700):
        result = read("\n".join(pages).encode(), name="export.json", page_keys=("items",), block_bytes=block)
        assert result.good["id"].to_list() == [str(key) for key in range(RECORDS * PAGES)]
        assert result.rules == []
