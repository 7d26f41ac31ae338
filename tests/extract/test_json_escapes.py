"""Escapes of all strings of a block at once say what `json` says of each of them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.extract.json_escapes import unescape


def unescaped(texts: list[bytes]) -> list[bytes]:
    joined, sizes = unescape(b"".join(texts), np.array([len(text) for text in texts], dtype=np.int64))
    ends = np.cumsum(sizes).tolist()
    return [joined[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (rb"plain", "plain"),
        (rb"", ""),
        (rb"\n\t\r\b\f", "\n\t\r\b\f"),
        (rb"\"\\\/", '"\\/'),
        (rb"\\n", "\\n"),
        (rb"\\\n", "\\\n"),
        (rb"\\\\u0041", "\\\\u0041"),
        (rb"\u0041\u007f\u0080\u07FF\u0800\uffff", "A\x7f\x80\u07ff\u0800\uffff"),
        (rb"\ud83d\ude00 \uD800\uDC00", "\U0001f600 \U00010000"),
        (rb"\u005cn", "\\n"),
    ],
)
def test_each_escape(written: bytes, meant: str) -> None:
    assert unescaped([written]) == [meant.encode()]
    assert unescaped([rb"\\", written, rb"\\", written]) == [b"\\", meant.encode(), b"\\", meant.encode()]


@given(st.lists(st.tuples(st.text(st.sampled_from('a\\"/\n\t\x01é漢😀𐀀u0d8'), max_size=12), st.booleans()), max_size=8))
def test_the_same_as_json(said: list[tuple[str, bool]]) -> None:
    texts = [json.dumps(text, ensure_ascii=is_ascii)[1:-1].encode() for text, is_ascii in said]
    assert unescaped(texts) == [text.encode() for text, _ in said]
