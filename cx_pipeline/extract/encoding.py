"""Which encoding a document is in, on the evidence of all its bytes, and its way to UTF-8.

A byte order mark decides. Without one, NUL at every other byte means UTF-16. Valid UTF-8 is UTF-8, and so is a document with
valid characters of several bytes and some invalid bytes: there the records with the invalid bytes are damaged, not the encoding
wrong. Only when no such character is found and the high bytes are ones that Windows-1252 defines is it Windows-1252.

Nothing is replaced in silence: what the encoding does not define is carried over as bytes that are no UTF-8, so that the record
that holds it shows up as damaged.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np

from cx_pipeline.disk import put_whole
from cx_pipeline.extract.source import Source
from cx_pipeline.extract.utf8 import Bytes, cut_at_end, is_valid, multibyte

_CHUNK = 1 << 20
_UNFINISHED = b"\xe2"  # the first byte of a character that never comes
_UNDEFINED_1252 = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Encoding:
    """How a document's bytes stand for text.

    Attributes:
        name: a Python codec.
        mark: bytes of the byte order mark in front.
        is_valid: every byte has a meaning; only known for UTF-8.
    """

    name: str
    mark: int = 0
    is_valid: bool = False

    @property
    def is_utf8(self) -> bool:
        return self.name in {"utf-8", "utf-8-sig"}


@dataclass
class _Evidence:
    is_valid: bool = True
    characters: int = 0
    invalid: int = 0
    undefined: int = 0
    plausible: int = 0
    even_nuls: int = 0
    odd_nuls: int = 0
    cut: int = 0


def detect(source: Source) -> Encoding:
    """The encoding of the document; reads it once, in bounded memory."""
    head = source.read(0, 4)
    for mark, name in _MARKS:
        if head.startswith(mark):
            utf8 = name == "utf-8-sig"
            return Encoding(name, len(mark), utf8 and _survey(source.skip(len(mark))).is_valid)
    found = _survey(source)
    if found.is_valid and not found.even_nuls + found.odd_nuls:
        return Encoding("utf-8", is_valid=True)
    wide = _wide(found, source.size)
    if wide:
        return Encoding(wide)
    if found.is_valid:
        return Encoding("utf-8", is_valid=True)
    return Encoding("cp1252" if _is_western(found) else "utf-8")


def _is_western(found: _Evidence) -> bool:
    """Hardly any character of several bytes by chance, high bytes that Windows-1252 defines, and more than a cut end."""
    by_chance = found.characters * 50 <= found.invalid
    return by_chance and found.invalid > found.cut and 0 < found.plausible >= 20 * found.undefined


def _wide(found: _Evidence, size: int) -> str:
    """UTF-16 without a mark: of Latin text nearly every other byte is NUL."""
    pairs = max(size // 2, 1)
    if found.odd_nuls > 0.4 * pairs and found.even_nuls < 0.05 * pairs:
        return "utf-16-le"
    if found.even_nuls > 0.4 * pairs and found.odd_nuls < 0.05 * pairs:
        return "utf-16-be"
    return ""


def _survey(source: Source) -> _Evidence:
    found = _Evidence()
    for position, chunk in _whole_characters(source):
        _count_nuls(found, chunk, position)
        found.is_valid = found.is_valid and is_valid(chunk)
    if not found.is_valid:
        for _, chunk in _whole_characters(source):
            _weigh(found, chunk)
        found.cut = cut_at_end(source.read(source.size - 3, 3) if source.size > 3 else source.read(0, 3))
    return found


def _whole_characters(source: Source) -> Iterator[tuple[int, bytes]]:
    """Chunks with their positions that end between characters, but for the last."""
    position = 0
    while position < source.size:
        chunk = source.read(position, _CHUNK)
        cut = cut_at_end(chunk[-3:]) if position + len(chunk) < source.size else 0
        if cut:
            chunk = chunk[:-cut]
        yield position, chunk
        position += len(chunk)


def _count_nuls(found: _Evidence, chunk: bytes, position: int) -> None:
    if b"\0" not in chunk:
        return
    nul = np.frombuffer(chunk, dtype=np.uint8) == 0
    odd = int(nul[1 - position % 2 :: 2].sum())
    found.odd_nuls += odd
    found.even_nuls += int(nul.sum()) - odd


def _weigh(found: _Evidence, chunk: bytes) -> None:
    if chunk.isascii():
        return
    block: Bytes = np.frombuffer(chunk, dtype=np.uint8)
    if is_valid(chunk):
        found.characters += int((block >= 0xC0).sum())
        return
    invalid, characters = multibyte(block)
    wrong = block[invalid]
    found.characters += characters
    found.invalid += len(wrong)
    undefined = int(np.isin(wrong, _UNDEFINED_1252).sum())
    found.undefined += undefined
    found.plausible += int((wrong < 0xFE).sum()) - undefined


def to_utf8(source: Source, encoding: Encoding, target: IO[bytes]) -> int:
    """Write the document as UTF-8 and return its size in bytes; what has no meaning is written as bytes that are no UTF-8."""
    written = 0
    decoder = codecs.getincrementaldecoder(encoding.name)(errors=_ERRORS)
    for chunk in source.skip(encoding.mark).chunks(size=_CHUNK):
        text = _encode(decoder.decode(chunk))
        put_whole(target, text)
        written += len(text)
    if decoder.decode(b"", final=True):
        put_whole(target, _UNFINISHED)
        written += len(_UNFINISHED)
    target.flush()
    return written


def _encode(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogatepass")


def _keep_undefined(error: UnicodeError) -> tuple[str, int]:
    """A lone surrogate in place of what cannot be decoded: it becomes bytes that are no UTF-8."""
    assert isinstance(error, UnicodeDecodeError)
    return "\udc81", error.end


_ERRORS = "cx_pipeline.keep_undefined"
codecs.register_error(_ERRORS, _keep_undefined)
