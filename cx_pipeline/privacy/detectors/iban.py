"""International bank account numbers (ISO 13616): the country's length, and modulo 97."""

from __future__ import annotations

import re
from functools import cache

from stdnum import iban as registry

from cx_pipeline.privacy.detector import NumberDetector, Sort
from cx_pipeline.privacy.entity import Entity

# Length by country, from the registry of SWIFT.
_LENGTHS = {
    "AD": 24,
    "AE": 23,
    "AL": 28,
    "AT": 20,
    "AZ": 28,
    "BA": 20,
    "BE": 16,
    "BG": 22,
    "BH": 22,
    "BI": 27,
    "BR": 29,
    "BY": 28,
    "CH": 21,
    "CR": 22,
    "CY": 28,
    "CZ": 24,
    "DE": 22,
    "DJ": 27,
    "DK": 18,
    "DO": 28,
    "EE": 20,
    "EG": 29,
    "ES": 24,
    "FI": 18,
    "FK": 18,
    "FO": 18,
    "FR": 27,
    "GB": 22,
    "GE": 22,
    "GI": 23,
    "GL": 18,
    "GR": 27,
    "GT": 28,
    "HN": 28,
    "HR": 21,
    "HU": 28,
    "IE": 22,
    "IL": 23,
    "IQ": 23,
    "IS": 26,
    "IT": 27,
    "JO": 30,
    "KW": 30,
    "KZ": 20,
    "LB": 28,
    "LC": 32,
    "LI": 21,
    "LT": 20,
    "LU": 20,
    "LV": 21,
    "LY": 25,
    "MC": 27,
    "MD": 24,
    "ME": 22,
    "MK": 19,
    "MN": 20,
    "MR": 27,
    "MT": 31,
    "MU": 30,
    "NI": 28,
    "NL": 18,
    "NO": 15,
    "OM": 23,
    "PK": 24,
    "PL": 28,
    "PS": 29,
    "PT": 25,
    "QA": 29,
    "RO": 24,
    "RS": 22,
    "RU": 33,
    "SA": 24,
    "SC": 31,
    "SD": 18,
    "SE": 24,
    "SI": 19,
    "SK": 24,
    "SM": 27,
    "SO": 23,
    "ST": 25,
    "SV": 28,
    "TL": 23,
    "TN": 24,
    "TR": 26,
    "UA": 29,
    "VA": 22,
    "VG": 24,
    "XK": 20,
    "YE": 30,
}


@cache
def _written(country: str) -> str:
    """The country, and as many letters and digits as its numbers have, with single separators between them."""
    return rf"{country}\d\d(?:[ .\n-]{{0,2}}[A-Z0-9]){{{_LENGTHS[country] - 4}}}"


_SEPARATORS = re.compile(r"[\W_]+")


def is_iban(text: str) -> bool:
    """Whether the length fits the country and the number is 1 modulo 97."""
    plain = _SEPARATORS.sub("", text).upper()
    if _LENGTHS.get(plain[:2]) != len(plain):
        return False
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1 or registry.is_valid(plain)


IBAN = NumberDetector(
    id="iban.mod97",
    entity=Entity.IBAN,
    title="A bank account number of a country's length that passes the check of its digits.",
    pattern=rf"(?i)(?<![\w])(?P<value>{'|'.join(_written(country) for country in sorted(_LENGTHS))})(?!\w)",
    check=is_iban,
    score=0.98,
    reads=frozenset({Sort.CODE}),
    digits=(6, 60),
    gate=rf"(?i)[A-Z]{{2}}\d\d(?:[ .\n-]{{0,2}}[A-Z0-9]){{{min(_LENGTHS.values()) - 4}}}",
)
