from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.extract import utf8

Read = Callable[..., Any]
TEXT = "id,name,note\n1,José Müller,5 €\n2,Zoë “quoted”,naïve † yes\n"
ROWS = [("1", "José Müller", "5 €"), ("2", "Zoë “quoted”", "naïve † yes")]


@pytest.mark.parametrize(
    ("codec", "mark", "name"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8-sig"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("cp1252", b"", "cp1252"),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_encodings_are_found(read: Read, codec: str, mark: bytes, name: str, ends: str) -> None:
    result = read(mark + TEXT.replace("\n", ends).encode(codec))
    assert result.cells == ROWS
    assert result.facts.columns == ("id", "name", "note")
    assert (result.facts.encoding, result.facts.damaged) == (name, 0)


def test_one_invalid_byte_does_not_turn_utf8_into_something_else(read: Read) -> None:
    result = read(TEXT.encode() + b"3,Jos\xe9,x\n")
    assert (result.facts.encoding, result.rules, result.cells) == ("utf-8", ["encoding.invalid_bytes"], ROWS)


def test_what_windows_1252_does_not_define_damages_its_record(read: Read) -> None:
    text = ("id,name\n" + "".join(f"{number},José\n" for number in range(40))).encode("cp1252")
    result = read(text + b"40,bad\x81\n41,ok\n")
    assert (result.facts.encoding, result.rules) == ("cp1252", ["encoding.invalid_bytes"])
    assert result.good.height == 41


def test_half_a_surrogate_pair_damages_its_record(read: Read) -> None:
    result = read(b"\xff\xfe" + "a,b\n1,x\ud83d\n2,\U0001f600\n".encode("utf-16-le", errors="surrogatepass"))
    assert result.cells == [("2", "\U0001f600")]
    assert result.rules == ["encoding.invalid_bytes"]


def test_utf16_cut_in_the_middle_is_truncated(read: Read) -> None:
    result = read(b"\xff\xfe" + "a,b\n1,x\n2,yz".encode("utf-16-le")[:-1])
    assert result.cells == [("1", "x")]
    assert (result.rules, result.facts.is_truncated) == (["csv.truncated"], True)


@pytest.mark.parametrize("data", [b"a,b\n1,\xfe\xff\n2,x\n", b"a,b\n1,\x81\x8d\n2,x\n"])
def test_bytes_that_are_no_evidence(read: Read, data: bytes) -> None:
    result = read(data)
    assert (result.facts.encoding, result.cells) == ("utf-8", [("2", "x")])


@given(
    st.lists(
        st.one_of(st.binary(max_size=4), st.text(max_size=3).map(lambda text: text.encode("utf-8", "surrogatepass"))), max_size=6
    )
)
def test_validity_agrees_with_the_standard_decoder(parts: list[bytes]) -> None:
    data = b"".join(parts)
    try:
        data.decode()
        valid = True
    except UnicodeDecodeError:
        valid = False
    wrong = utf8.invalid_positions(np.frombuffer(data, dtype=np.uint8))
    assert utf8.is_valid(data) is valid
    assert (len(wrong) == 0) is valid
    kept = np.delete(np.frombuffer(data, dtype=np.uint8), wrong).tobytes()
    assert utf8.is_valid(kept)


@pytest.mark.parametrize(
    ("data", "cut"),
    [
        (b"", 0),
        (b"a", 0),
        ("é".encode(), 0),
        ("é".encode()[:1], 1),
        ("€".encode()[:2], 2),
        ("😀".encode()[:3], 3),
        (b"\x80", 0),
        (b"\xff", 0),
    ],
)
def test_cut_at_end(data: bytes, cut: int) -> None:
    assert utf8.cut_at_end(data) == cut
