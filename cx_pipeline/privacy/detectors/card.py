"""Payment cards: the issuer's first digits and length, and the check digit (ISO/IEC 7812, Luhn)."""

from __future__ import annotations

import re

from stdnum import luhn

from cx_pipeline.privacy.detector import NumberDetector
from cx_pipeline.privacy.detectors import words
from cx_pipeline.privacy.entity import Entity

_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-59]|[689]\d)\d{11}(?:\d{2})?"  # Diners Club
    r"|(?:6011|64[4-9]\d|65\d{2})\d{12}(?:\d{3})?"  # Discover
    r"|35(?:2[89]|[3-8]\d)\d{12}|(?:2131|1800)\d{11}"  # JCB
    r"|62\d{14,17}"  # UnionPay
    r"|(?:5018|5020|5038|5[678]\d{2}|6304|6390|67\d{2}|0604)\d{8,15}"  # Maestro
)
_NOT_DIGITS = re.compile(r"\D+")
_ANY = r"(?<![\w])(?<!\w[-./])(?<!\d )(?P<value>\d(?:[ .\n-]{0,2}\d){11,18})(?![\w])(?![-.]\w)(?! \d{3})"
_GROUPED = re.compile(
    r"\d{4}([ .-])\d{4}(?:\1\d{4}){0,2}\1\d{1,4}(?:\1\d{1,3})?|\d{4}([ .-])\d{6}\2\d{4,5}|\d+(?:\s*\n\s*\d+)?|"
    r"\d{4}(?:[ .\n-]{1,2}\d{4}){3}"
)


def is_card(text: str) -> bool:
    """Whether the digits are of an issuer's length and begin as its cards do, and the check digit fits."""
    digits = _NOT_DIGITS.sub("", text)
    return bool(_ISSUERS.fullmatch(digits)) and len(set(digits)) > 1 and bool(luhn.is_valid(digits))


def _is_written_as_card(text: str) -> bool:
    return bool(_GROUPED.fullmatch(text)) and is_card(text)


CARD = NumberDetector(
    id="card.luhn",
    entity=Entity.CARD,
    title="A payment card: an issuer's number, a valid check digit, written in one piece or in the groups of cards.",
    pattern=_ANY,
    check=_is_written_as_card,
    context=words.CARD,
    against=words.THINGS,
    score=0.96,
    digits=(12, 60),
)
CARD_SAID = NumberDetector(
    id="card.context",
    entity=Entity.CARD,
    title="A payment card behind a word that says so, however its digits are grouped.",
    pattern=_ANY,
    check=is_card,
    context=words.CARD,
    needs_context=True,
    score=0.95,
    digits=(12, 60),
)
