"""Which texts are JSON objects, and what can be saved of those that are not quite."""

from __future__ import annotations

import json
import re
from functools import cache

import duckdb
import numpy as np
import pyarrow as pa

from cx_pipeline.extract import text_views
from cx_pipeline.extract.text_views import Flags, Ints

MOST_DEPTH = 500
_FEW, _FEW_BYTES = 40, 64 * 1024
_ESCAPES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\.", re.DOTALL
)
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x1f]")
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+")|,(?=\s*[}\]])', re.DOTALL)
_DECODER = json.JSONDecoder()


class Checker:
    """Validates many or long texts with DuckDB, a few short ones with Python; both accept the same."""

    def __init__(self) -> None:
        self._connection: duckdb.DuckDBPyConnection | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = _engine().cursor()
        return self._connection

    def valid(self, data: bytes, starts: Ints, ends: Ints) -> Flags:
        """Which spans of `data` are valid JSON; NaN and Infinity as some writers have them are accepted."""
        if len(starts) <= _FEW and int((ends - starts).sum()) <= _FEW_BYTES:
            spans = zip(starts.tolist(), ends.tolist(), strict=True)
            return np.array([is_json(data[start:end]) for start, end in spans], dtype=np.bool_)
        texts = pa.table({"text": text_views.columns(data, starts[None], ends[None])[0].to_arrow()})
        connection = self._connect()
        connection.register("texts", texts)
        answers = connection.sql("SELECT json_valid(text) AS is_valid FROM texts").pl()
        connection.unregister("texts")
        result: Flags = answers["is_valid"].fill_null(False).to_numpy().astype(np.bool_)
        return result


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One engine for the whole process: starting one takes longer than most files."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "enable_external_access": "false",
    }
    return duckdb.connect(":memory:", config=settings)


def is_json(text: bytes) -> bool:
    """Valid JSON that needs no repair."""
    try:
        decoded = text.decode()
        json.loads(decoded)
    except (ValueError, RecursionError):
        return False
    return "\\" not in decoded or _mended_escapes(decoded) == decoded


def objects_in(text: bytes) -> list[bytes] | None:
    """The objects in a text that is not valid JSON as it stands; None when it cannot be read without guessing.

    Half a surrogate pair (from texts cut in the middle of an emoji) becomes U+FFFD, raw control characters in strings become
    escapes, trailing commas go, and several objects in a row are told apart.
    """
    try:
        mended = _STRINGS.sub(_escape_controls, _mended_escapes(text.decode()))
    except UnicodeDecodeError:
        return None
    mended = _TRAILING_COMMA.sub(lambda match: match.group(1) or "", mended)
    found: list[bytes] = []
    at, end = 0, len(mended)
    while True:
        while at < end and mended[at] in " \t\r\n,":
            at += 1
        if at >= end:
            return found or None
        try:
            value, after = _DECODER.raw_decode(mended, at)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, dict):
            return None
        found.append(mended[at:after].encode())
        at = after


def _mended_escapes(text: str) -> str:
    return _ESCAPES.sub(_mend_escape, text)


def _mend_escape(match: re.Match[str]) -> str:
    escape = match.group()
    return "\\ufffd" if len(escape) == 6 else escape


def _escape_controls(match: re.Match[str]) -> str:
    return _CONTROLS.sub(lambda found: f"\\u{ord(found.group()):04x}", match.group())


def is_cut(text: bytes) -> bool:
    """Does the text only lack its end?"""
    decoded = text.decode(errors="replace").rstrip("\ufffd \t\r\n")
    try:
        json.loads(decoded)
    except json.JSONDecodeError as error:
        rest = decoded[error.pos :]
        is_word = any(word.startswith(rest) for word in ("true", "false", "null", "-"))
        return is_word or error.msg.startswith(("Unterminated string", "Invalid \\u")) or decoded.endswith("\\")
    except RecursionError:
        return False
    return False


def is_too_deep(text: bytes) -> bool:
    """Nested deeper than can be read without recursion."""
    if text.count(b"[") + text.count(b"{") <= MOST_DEPTH:
        return False
    try:
        json.loads(text.decode(errors="replace"))
    except RecursionError:
        return True
    except ValueError:
        return False
    return False
