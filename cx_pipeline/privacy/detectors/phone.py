"""Telephone numbers, by how they are written rather than by whether they are assigned.

Numbers kept for fiction and tests are invalid to numbering plans and look like any other, so a plan's opinion is not asked;
calling codes and the groups people write are.
"""

from __future__ import annotations

import re

import phonenumbers

from cx_pipeline.privacy.detector import NumberDetector
from cx_pipeline.privacy.detectors import words
from cx_pipeline.privacy.entity import Entity

_CODES = tuple(str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
_NOT_DIGITS = re.compile(r"\D+")
_EXTENSION = re.compile(r"(?i)\s*(?:x|ext\.?|extension|#)\s*\.?\s*\d{1,6}$")
_EXT = r"(?:\s?,?\s?(?:[xX]|[eE][xX][tT](?:\.|ension)?|#)\s?\.?\s?\d{1,6}(?!\d))?"
_FREE = r"(?<![\w])(?<!\w[-_/#=@])(?<!\w[.,:])(?<!#)(?<![$€£¥])"
_FREE_OR_COLON = r"(?<![\w])(?<!\w[-_/#=@])(?<!\w[.,])(?<!#)(?<![$€£¥])"
_END = r"(?![\w%°€£$])(?![-./]\w)(?![.,:]\d)"
_SEP = r"[ .\-/\n\u2011]"
# A group begins with a separator or a bracket, so that a run of digits can be read in one way only, at the cost of its length.
_DIGIT_BLOCK = rf"(?:(?:{_SEP}{{1,3}}\(?|\()\d{{1,14}}(?:\)\d{{0,14}})?)"

# Local groups as the world writes them: a leading 0 or brackets, or Brazil's, Spain's, China's and India's without either.
_TRUNK = rf"\(?0\d{{1,5}}\)?(?:{_SEP}{{1,3}}\d{{2,8}}){{1,4}}|\(0\d{{1,5}}\)\d{{4,9}}"
_BRACKETS = r"\(\d{1,5}\) ?\d{2,5}(?:[ .-]?\d{2,5}){1,3}"
_NORTH_AMERICAN = r"(?:\+?1[ .\-]{1,3}|1)?(?:\(\d{3}\) ?[ .\-]?|\d{3}([ .\-])\n?)\d{3}(?:[ .\-]{1,3}\n?)\d{4}"
_BARE_NORTH_AMERICAN = r"1?[2-9]\d{2}[2-9]\d{6}"
_BARE_MOBILE = r"1[3-9]\d{9}|0[1-9]\d{8,9}"


def _digits(text: str) -> str:
    return _NOT_DIGITS.sub("", _EXTENSION.sub("", text))


def _has_calling_code(text: str) -> bool:
    digits = _digits(text)
    return 7 <= len(digits) <= 15 + ("(0)" in text) and digits.startswith(_CODES) and text.count("(") == text.count(")")


def _is_international(text: str) -> bool:
    digits = _digits(text)
    prefix = 3 if digits.startswith("011") else 2
    return 8 <= len(digits) - prefix <= 15 and digits[prefix:].startswith(_CODES)


_COMPACT = re.compile(r"\d+")
_DATE = re.compile(
    r"\d{4}[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ]\d{4}|(?:19|20)\d{2}(?:0[1-9]|"
    r"1[0-2])(?:[0-2]\d|3[01])(?:\d{2}){0,3}"
)
_DATED = re.compile(r"(?<!\d)(?:(?:19|20)\d{2}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d{2})(?!\d)")


def _is_local(text: str) -> bool:
    digits = _digits(text)
    return 8 <= len(digits) <= 12 and _DATED.search(text) is None


def _is_trunk(text: str) -> bool:
    digits = _digits(text)
    dotted = text.count(".")
    return (
        9 <= len(digits) <= 12
        and digits[1] != "0"
        and _DATED.search(text) is None
        and not (dotted and len(text.split(".", maxsplit=1)[0]) < 2)
    )


def _is_any(text: str) -> bool:
    """Behind a word that says phone: any 7 to 15 digits that are neither a date nor a lone amount."""
    digits = _digits(text)
    return 7 <= len(digits) <= 15 and _DATE.fullmatch(text) is None and _DATED.search(text) is None and len(set(digits)) > 1


PLUS = NumberDetector(
    id="phone.plus",
    entity=Entity.PHONE,
    title="A telephone number with a plus sign and a calling code.",
    pattern=rf"(?<![\w+])(?P<value>\(?\+ ?\(?\d{{1,15}}(?:\)\d{{0,14}})?{_DIGIT_BLOCK}{{0,7}}{_EXT}){_END}",
    check=_has_calling_code,
    score=0.95,
    digits=(7, 60),
    sign="+",
)
ZEROS = NumberDetector(
    id="phone.zeros",
    entity=Entity.PHONE,
    title="A telephone number that begins with 00 or 011 and a calling code.",
    pattern=rf"{_FREE}(?P<value>(?:00|011)[ .\-]?[1-9]\d{{0,13}}{_DIGIT_BLOCK}{{0,6}}{_EXT}){_END}",
    check=_is_international,
    context=words.PHONE,
    against=words.THINGS,
    score=0.92,
    digits=(10, 60),
    sign="0",
)
NORTH_AMERICAN = NumberDetector(
    id="phone.north_american",
    entity=Entity.PHONE,
    title="Three, three and four digits with separators or brackets, as numbers of North America are written.",
    pattern=rf"{_FREE_OR_COLON}(?<!\d[ .\-])(?P<value>{_NORTH_AMERICAN}{_EXT}){_END}(?! \d{{4}}(?!\d))",
    context=words.PHONE,
    against=tuple(word for word in words.THINGS if word not in {"id", "code", "size", "home"}),
    score=0.9,
    digits=(10, 60),
)
BRACKETS = NumberDetector(
    id="phone.brackets",
    entity=Entity.PHONE,
    title="A telephone number whose area code stands in brackets.",
    pattern=rf"{_FREE_OR_COLON}(?<!\d[ .\-])(?P<value>{_BRACKETS}{_EXT}){_END}",
    check=_is_local,
    context=words.PHONE,
    against=words.THINGS,
    score=0.88,
    digits=(8, 60),
    sign="(",
)
TRUNK = NumberDetector(
    id="phone.trunk",
    entity=Entity.PHONE,
    title="Nine to twelve digits in groups, with a leading 0.",
    pattern=rf"{_FREE_OR_COLON}(?<!\d[ .\-])(?P<value>(?:{_TRUNK}){_EXT}){_END}",
    check=_is_trunk,
    context=words.PHONE,
    against=words.THINGS,
    score=0.87,
    digits=(9, 60),
    sign="0",
)
BARE = NumberDetector(
    id="phone.bare",
    entity=Entity.PHONE,
    title="Ten or eleven digits in one piece that fit a numbering plan, where no word says that they are something else.",
    pattern=rf"{_FREE}(?<!\d[ .\-])(?P<value>(?:{_BARE_NORTH_AMERICAN}|{_BARE_MOBILE}){_EXT}){_END}(?! \d{{3}})",
    context=words.PHONE,
    against=(*words.THINGS, *words.BANK, *words.CARD),
    score=0.75,
    digits=(10, 60),
)
SAID = NumberDetector(
    id="phone.context",
    entity=Entity.PHONE,
    title="Seven to fifteen digits behind a word that says telephone.",
    pattern=rf"(?<![\w])(?<!\w[-_/@])(?<!\w[.,])(?P<value>\+?\(?\d{{1,15}}(?:\)\d{{0,14}})?{_DIGIT_BLOCK}{{0,7}}{_EXT}){_END}",
    check=_is_any,
    context=words.PHONE,
    needs_context=True,
    score=0.8,
    digits=(7, 60),
)
