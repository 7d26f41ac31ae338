from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cx_pipeline.extract.refusal import FileRefused
from cx_pipeline.settings.reading import Limits

Read = Callable[..., Any]
BLOCKS = (32, 150, 4 << 20)

RECORDS: list[dict[str, Any]] = [
    {"id": 9007199254740993, "subject": "Grüße, {world}", "tags": ["a", "b c"], "via": {"channel": "web", "x": None}},
    {"id": 2, "subject": None, "tags": [], "via": {}},
    {"id": 3, "subject": 'say "hi"\n\\ \U0001f600', "extra": True},
]
EXPECTED: list[dict[str, Any]] = [
    {"id": "9007199254740993", "subject": "Grüße, {world}", "tags": '["a","b c"]', "via": '{"channel":"web","x":null}'},
    {"id": "2", "subject": None, "tags": "[]", "via": "{}"},
    {"id": "3", "subject": 'say "hi"\n\\ \U0001f600', "extra": "true"},
]


def rows(result: Any) -> list[dict[str, str | None]]:
    return result.rows  # type: ignore[no-any-return]


def full(expected: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = dict.fromkeys(name for row in expected for name in row)
    return [{name: row.get(name) for name in names} for row in expected]


def layouts() -> dict[str, tuple[str, str]]:
    compact = [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in RECORDS]
    ascii_only = [json.dumps(record) for record in RECORDS]
    pretty = [json.dumps(record, indent=2, ensure_ascii=False) for record in RECORDS]
    page = {"count": 3, "tickets": RECORDS, "next_page": None}
    pages = [{"tickets": RECORDS[:2], "next_page": "x"}, {"tickets": RECORDS[2:], "meta": {"has_more": False}}, {"tickets": []}]
    return {
        "array": (json.dumps(RECORDS), "json_array"),
        "array, compact": ("[" + ",".join(compact) + "]", "json_array"),
        "array, pretty": (json.dumps(RECORDS, indent=4), "json_array"),
        "array, a line each": ("[\n" + ",\n".join(compact) + "\n]\n", "json_array"),
        "array, Windows": ("[\r\n" + ",\r\n".join(pretty) + "\r\n]\r\n", "json_array"),
        "array, trailing comma": ("[" + ",".join(compact) + ",]", "json_array"),
        "lines": ("\n".join(compact) + "\n", "ndjson"),
        "lines, ascii, no end": ("\n".join(ascii_only), "ndjson"),
        "lines, Windows, blank": ("\r\n\r\n".join(compact) + "\r\n\r\n", "ndjson"),
        "lines, commas": (",\n".join(compact) + "\n", "ndjson"),
        "back to back": ("".join(compact), "json_objects"),
        "pretty, one after another": ("\n".join(pretty), "json_objects"),
        "page": (json.dumps(page), "json_pages"),
        "page, pretty": (json.dumps(page, indent=2), "json_pages"),
        "pages, a line each": ("\n".join(map(json.dumps, pages)), "json_pages"),
        "pages back to back": ("".join(json.dumps(page, separators=(",", ":")) for page in pages), "json_pages"),
        "pages, pretty": ("\n".join(json.dumps(page, indent=2) for page in pages), "json_pages"),
        "pages in an array": (json.dumps(pages), "json_pages"),
    }


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("page_keys", [(), ("tickets",)])
@pytest.mark.parametrize("layout", list(layouts()))
def test_every_layout_gives_the_same_records(read: Read, layout: str, block: int, page_keys: tuple[str, ...]) -> None:
    text, name = layouts()[layout]
    result = read(text.encode(), name="tickets.json", block_bytes=block, page_keys=page_keys)
    assert rows(result) == full(EXPECTED)
    assert (result.facts.format, result.facts.damaged, result.facts.is_truncated) == (name, 0, False)
    assert result.good["_record"].to_list() == [1, 2, 3]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("layout", ["array", "lines", "page"])
def test_encodings(read: Read, layout: str, encoding: str) -> None:
    assert rows(read(layouts()[layout][0].encode(encoding), name="x.json")) == full(EXPECTED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"a":1.50,"b":1e5,"c":-0.0,"d":12345678901234567890123}',
            {"a": "1.50", "b": "1e5", "c": "-0.0", "d": "12345678901234567890123"},
        ),
        ('{"a":NaN,"b":-Infinity}', {"a": "NaN", "b": "-Infinity"}),
        ('{"a":1,"a":2}', {"a": "2"}),
        ('{"a":"","b":"null","c":null}', {"a": "", "b": "null", "c": None}),
        ('{"a":"x\\u0000y","b":"\\ud83d\\ude00","c":"\\\\ud83d"}', {"a": "x\0y", "b": "\U0001f600", "c": "\\ud83d"}),
        ('{"a":"cut \\ud83d"}', {"a": "cut \ufffd"}),
        ('{"a":"cut \\ude00 x \\ud83d\\ude00"}', {"a": "cut \ufffd x \U0001f600"}),
        ('{"a":"tab\there"}', {"a": "tab\there"}),
        ('{"a":[1, 2 , {"b" : " x  y "}]}', {"a": '[1,2,{"b":" x  y "}]'}),
        ('{"a" : 1 , "b" : { } }', {"a": "1", "b": "{}"}),
        ('{"a":1,"b":[1,],}', {"a": "1", "b": "[1]"}),
        ('{"":1,"_record":2,"é\\n":3}', {"column_1": "1", "_record__2": "2", "é\n": "3"}),
        ("{}", {}),
    ],
)
def test_values_keep_their_text(read: Read, text: str, expected: dict[str, str | None]) -> None:
    for data in (text, f'{text}\n{{"z":1}}\n', f"[{text}]"):
        result = read(data.encode(), name="x.json")
        found = {name: value for name, value in rows(result)[0].items() if name != "z"} if result.good.height else {}
        assert found == expected, data
        assert result.facts.damaged == 0


GOOD = [{"id": number, "name": f"person {number}", "note": {"id": number, "text": "x"}} for number in range(12)]


def damaged_at(place: int, text: str) -> list[str]:
    lines = [json.dumps(record, separators=(",", ":")) for record in GOOD]
    lines[place] = text
    return lines


DAMAGE = {
    "missing brace": '{"id":5,"name":"p","note":{"id":5,"text":"x"}',
    "missing inner brace": '{"id":5,"name":"p","note":{"id":5,"text":"x"',
    "unterminated string": '{"id":5,"name":"p,"note":{"id":5,"text":"x"}}',
    "unterminated last string": '{"id":5,"name":"p","note":{"id":5,"text":"x}}',
    "missing colon": '{"id" 5,"name":"p","note":{"id":5,"text":"x"}}',
    "bad word": '{"id":5,"name":tru,"note":{"id":5,"text":"x"}}',
    "single quotes": "{'id':5,'name':'p'}",
    "extra brace": '{"id":5,"name":tru,"note":{}}}',
    "no opening brace": '"id":5,"name":"p","note":{"id":5,"text":"x"}}',
    "stray text": "<html>error</html>",
}


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("place", [0, 5, 11])
@pytest.mark.parametrize("separator", ["\n", ",\n", ","])
@pytest.mark.parametrize("damage", list(DAMAGE))
def test_a_damaged_element_costs_only_itself(read: Read, damage: str, separator: str, place: int, block: int) -> None:
    lines = damaged_at(place, DAMAGE[damage])
    text = "\n".join(lines) + "\n" if separator == "\n" else "[" + separator.join(lines) + "]"
    result = read(text.encode(), name="x.json", block_bytes=block)
    assert result.good["id"].to_list() == [str(record["id"]) for record in GOOD if record["id"] != place]
    assert result.good["name"].to_list() == [record["name"] for record in GOOD if record["id"] != place]
    assert result.facts.damaged == 1


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("damage", list(DAMAGE))
def test_a_damaged_record_of_a_page_costs_only_itself(read: Read, damage: str, block: int) -> None:
    first, second = damaged_at(5, DAMAGE[damage]), [json.dumps({"id": number, "name": "y", "note": {}}) for number in (20, 21)]
    pages = f'{{"users":[{",".join(first)}],"next":1}}\n{{"users":[{",".join(second)}]}}\n'
    result = read(pages.encode(), name="x.json", block_bytes=block, page_keys=("users",))
    assert result.good["id"].to_list() == [str(number) for number in range(12) if number != 5] + ["20", "21"]
    assert result.facts.damaged == 1


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("damage", ["missing colon", "bad word", "single quotes", "extra brace", "stray text"])
def test_whole_pages_between_damaged_ones_are_read(read: Read, damage: str, block: int) -> None:
    whole = [f'{{"users":[{",".join(damaged_at(0, json.dumps(GOOD[0])))}]}}' for _ in range(2)]
    broken = f'{{"users":[{",".join(damaged_at(5, DAMAGE[damage]))}],"count":12}}'
    result = read("\n".join([*whole, broken, *whole, broken, broken, *whole]).encode(), block_bytes=block, page_keys=("users",))
    all_of_them, but_one = [str(number) for number in range(12)], [str(number) for number in range(12) if number != 5]
    assert result.good["id"].to_list() == 2 * all_of_them + but_one + 2 * all_of_them + 2 * but_one + 2 * all_of_them
    assert result.facts.damaged == 3
    assert result.good["_line"].to_list() == [
        line for line, height in enumerate((12, 12, 11, 12, 12, 11, 11, 12, 12), start=1) for _ in range(height)
    ]


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("kept", [60, 100, 137, 290])
def test_truncated_files(read: Read, kept: int, block: int) -> None:
    lines = [json.dumps(record, separators=(",", ":")) for record in GOOD]
    for text in ("[" + ",".join(lines) + "]", "\n".join(lines), '{"users":[' + ",".join(lines) + "]}"):
        result = read(text.encode()[:kept], name="x.json", block_bytes=block, page_keys=("users",))
        assert result.facts.is_truncated
        assert result.rules in (["json.truncated"], [])
        assert [row["id"] for row in rows(result)] == [str(number) for number in range(result.good.height)]
        assert abs(result.good.height - kept // 58) <= 1


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ('[1,{"a":1},null,"x, y",[2],{"a":2}]', ["json.not_an_object"] * 4),
        ('{"a":1}\n7\n{"a":2}\n[1]\n', ["json.not_an_object"] * 2),
        ('{"a":1}\n{"a":' + "[" * 100_000 + "]" * 100_000 + '}\n{"a":2}\n', ["json.too_deep"]),
        ('[{"a":1},{"a":' + "[" * 100_000 + "]" * 100_000 + '},{"a":2}]', ["json.too_deep"]),
        ('{"a":1}\n{"a":' + "[" * 100_000 + '\n{"a":2}\n', ["json.too_deep"]),
    ],
)
def test_what_is_no_record(read: Read, text: str, rules: list[str]) -> None:
    result = read(text.encode(), name="x.json")
    assert result.good["a"].to_list() == ["1", "2"]
    assert result.rules == rules


@pytest.mark.parametrize("block", BLOCKS)
def test_invalid_bytes_damage_their_element(read: Read, block: int) -> None:
    parts = ['{"a":"é"}'.encode(), b'{"a":"\xff"}', b'{"a":"z"}']
    for data in (b"[" + b",".join(parts) + b"]", b"\n".join(parts)):
        result = read(data, name="x.json", block_bytes=block)
        assert result.good["a"].to_list() == ["é", "z"]
        assert result.rules == ["encoding.invalid_bytes"]


@pytest.mark.parametrize("block", BLOCKS)
def test_records_and_cells_over_the_limit(read: Read, block: int) -> None:
    limits = Limits(max_record_bytes=400, max_cell_bytes=200)
    parts = ['{"a":"1"}', '{"a":"' + "x" * 500 + '"}', '{"a":"2"}', '{"a":"' + "x" * 300 + '"}', '{"a":"3"}']
    for text in ("\n".join(parts), "[" + ",".join(parts) + "]"):
        result = read(text.encode(), name="x.json", limits=limits, block_bytes=block)
        assert result.good["a"].to_list() == ["1", "2", "3"]
        assert result.rules == ["limit.record_bytes", "limit.cell_bytes"]


def test_too_many_keys_refuse_the_file(read: Read) -> None:
    text = json.dumps({f"k{number}": 1 for number in range(20)})
    with pytest.raises(FileRefused) as refused:
        read(text.encode(), name="x.json", limits=Limits(max_columns=10))
    assert refused.value.rule == "limit.columns"


def test_other_arrays_of_a_page_are_reported(read: Read) -> None:
    page = {"users": [{"id": 1}, {"id": 2}], "tickets": [{"id": 5, "x": 1}], "tags": [], "count": 1}
    result = read(json.dumps(page).encode(), name="x.json", page_keys=("tickets",))
    assert rows(result) == [{"id": "5", "x": "1"}]
    assert result.facts.ignored == ("users (2)", "tags (0)")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"id":1,"comments":[{"id":2},{"id":3}]}', "json_objects"),
        ('{"order":{"id":1}}', "json_objects"),
        ('{"a":[{"x":1}],"b":[{"y":1}]}', "json_objects"),
        ('{"data":[{"x":1}],"has_more":false,"paging":{"next":null}}', "json_pages"),
    ],
)
def test_an_object_with_an_array_is_not_always_a_page(read: Read, text: str, kind: str) -> None:
    assert read(text.encode(), name="x.json").facts.format == kind


def test_an_object_between_pages_is_kept(read: Read) -> None:
    text = '{"t":[{"id":1,"b":2}]}\n{"error":"rate limit"}\n{"t":[{"id":3,"b":4}]}\n'
    result = read(text.encode(), name="x.json", page_keys=("t",))
    assert result.good["_record"].to_list() == [1, 2, 3]
    assert result.good["error"].to_list() == [None, "rate limit", None]


def test_lines_are_counted(read: Read) -> None:
    result = read(b'[\n  {\n    "a": 1\n  },\n  {"a": tru},\n  {"a": 3}\n]', name="x.json")
    assert result.good.select("_record", "_line").rows() == [(1, 2), (3, 6)]
    assert result.rejects.select("_record", "_line", "_line_end").rows() == [(2, 5, 5)]


@pytest.mark.parametrize("data", [b"[]", b"{}", b"[ ]\n", b'{"tickets":[]}'])
def test_no_records(read: Read, data: bytes) -> None:
    result = read(data, name="x.json", page_keys=("tickets",))
    assert result.facts.records == (1 if data == b"{}" else 0)
    assert result.facts.damaged == 0


texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=st.lists(st.dictionaries(st.sampled_from(["a", "b", 'c"d', "é"]), values, min_size=1), min_size=2, max_size=6),
    indent=st.sampled_from([None, 0, 2]),
    block=st.sampled_from([40, 1 << 20]),
    layout=st.sampled_from(["array", "lines", "pages"]),
)
def test_what_is_written_is_read_back(
    read: Read, records: list[dict[str, object]], indent: int | None, block: int, layout: str
) -> None:
    if layout == "array":
        text = json.dumps(records, indent=indent, ensure_ascii=False)
    elif layout == "lines":
        text = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    else:
        text = "\n".join(
            json.dumps({"n": 1, "page": [record], "next": None}, indent=indent, ensure_ascii=False) for record in records
        )
    result = read(text.encode(), name="x.json", block_bytes=block, page_keys=("page",))
    assert result.facts.damaged == 0
    found = [{key: value for key, value in row.items() if value is not None} for row in rows(result)]
    assert found == [{key: as_text(value) for key, value in record.items() if value is not None} for record in records]
