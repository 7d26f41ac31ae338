# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Numbers and codes of a person's own that only the words in front of them make recognisable."""

from __future__ import annotations

import re
from collections.abc import Callable

from cx_pipeline.privacy.detector import PhraseDetector
from cx_pipeline.privacy.entity import Entity

_NUMBER = r"(?i:[ \-]*(?:numbers?|no\b\.?|nr\b\.?|num\b\.?|id\b|ids\b|code|ref(?:erence)?\b|#))"
_IS = r"(?i:[ ]*(?:is|was|:|=|#|[-–])){0,2}[ ]*#?"
_CODE = r"[A-Za-z0-9][A-Za-z0-9]*(?:[\-./ ]?[A-Za-z]*[0-9][A-Za-z0-9]*|-[A-Z]{1,4}\b)*"
_DIGITS = re.compile(r"[0-9]")


def _with_digits(least: int, longest: int = 40) -> Callable[[str], int]:
    def keep(text: str) -> int:
        return len(text) if len(_DIGITS.findall(text)) >= least and len(text) <= longest else 0

    return keep


ACCOUNT = PhraseDetector(
    id="account.cue",
    entity=Entity.ACCOUNT,
    title="A number behind 'account number', 'customer number' and their like.",
    gate="account|acct|a/c|customer|client|subscriber|user|patient|policyholder|routing|sort code|kundennummer|kontonummer",
    cue=(
        rf"\b(?i:(?:bank |my |the )?(?:account|acct|a/c|customer|client|subscriber|user|patient|policyholder)){_NUMBER}{_IS}"
        rf"|\b(?i:acct|a/c|account)[ ]?#[ ]?|\b(?i:routing|sort code|kundennummer|kontonummer|numéro de client|"
        rf"número de cliente){_NUMBER}?{_IS}"
    ),
    value=_CODE,
    keep=_with_digits(4),
    score=0.7,
)
LOYALTY = PhraseDetector(
    id="loyalty.cue",
    entity=Entity.LOYALTY,
    title="A number behind 'membership number', 'loyalty card' and their like.",
    gate="loyalty|member|reward|frequent|bonus|club|miles",
    cue=(
        rf"\b(?i:loyalty|membership|member|rewards?|frequent[ -]flyer|bonus|club[ ]?card|miles)"
        rf"(?i:[ ](?:card|account|programme|program))?(?:{_NUMBER}{_IS}|(?i:[ ]card)[ ]*(?i:is|:)[ ]*)|"
        rf"\b(?i:(?:loyalty|club|rewards?) ?card)[ ]+"
    ),
    value=_CODE,
    keep=_with_digits(4),
    score=0.7,
)
ORDER = PhraseDetector(
    id="order.cue",
    entity=Entity.ORDER,
    title="A number behind 'order'.",
    gate="order|bestell|commande|pedido|ordine",
    cue=rf"\b(?i:order|purchase order|bestellung|bestellnummer|commande|pedido|ordine)(?:{_NUMBER})?{_IS}",
    value=_CODE,
    keep=_with_digits(3),
    score=0.7,
)
DOCUMENT = PhraseDetector(
    id="national_id.document",
    entity=Entity.NATIONAL_ID,
    title="The number of a passport, an identity card or a driving licence, behind the word for it.",
    gate="passport|licen|identity card|id card|personalausweis|reisepass|passeport|pasaporte|visa app",
    cue=(
        rf"\b(?i:passport|driver['’]?s? licen[cs]e|driving licen[cs]e|identity card|id card|personalausweis|reisepass|"
        rf"passeport|pasaporte|visa application)(?:{_NUMBER})?{_IS}"
    ),
    value=_CODE,
    keep=_with_digits(5, 20),
    score=0.75,
)
