"""Numbers by which states know people: by shape and ranges where those suffice, else by check digit and a word."""

from __future__ import annotations

import re
from collections.abc import Callable

from stdnum import verhoeff
from stdnum.au import tfn
from stdnum.be import nn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.es import nif
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.ie import pps
from stdnum.in_ import pan
from stdnum.iso7064 import mod_11_2
from stdnum.it import codicefiscale
from stdnum.mx import curp
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.ro import cnp
from stdnum.se import personnummer
from stdnum.tr import tckimlik
from stdnum.za import idnr as za_idnr

from cx_pipeline.privacy.detector import NumberDetector, Sort
from cx_pipeline.privacy.detectors import words
from cx_pipeline.privacy.entity import Entity

_FREE = r"(?<![\w])(?<!\w[-_/#.,])(?<!\d[ .\-])"
_END = r"(?![\w])(?![-./]\w)(?! \d)"
_SSN_WORDS = (
    "ssn",
    "ssns",
    "social security",
    "social security number",
    "social security no",
    "social",
    "ss#",
    "ssn#",
    "itin",
    "tin",
)
_TAX_WORDS = ("taxpayer id", "taxpayer identification", "taxpayer identification number", "tax id", "tax number", "tax id number")
_AREA = r"(?!000|666|9\d\d)\d{3}"

SSN_DASHES = NumberDetector(
    id="national_id.ssn",
    entity=Entity.NATIONAL_ID,
    title="A social security number of the United States, with dashes or blanks, in the ranges that are issued.",
    pattern=rf"{_FREE}(?P<value>{_AREA}([- ])(?!00)\d\d\2(?!0000)\d{{4}}){_END}",
    context=(*_SSN_WORDS, *_TAX_WORDS),
    against=words.THINGS,
    score=0.93,
    digits=(9, 60),
)
SSN_SAID = NumberDetector(
    id="national_id.ssn_context",
    entity=Entity.NATIONAL_ID,
    title="Nine digits behind a word that says social security or taxpayer number, however they are grouped.",
    pattern=r"(?<![\w])(?P<value>\d{3}[ .\-\n]{0,3}\d\d[ .\-\n]{0,3}\d{4})(?!\d)(?![-.]\d)",
    context=(*_SSN_WORDS, *_TAX_WORDS),
    needs_context=True,
    score=0.93,
    digits=(9, 60),
)
ITIN = NumberDetector(
    id="national_id.itin",
    entity=Entity.NATIONAL_ID,
    title="A taxpayer number of the United States for people without a social security number.",
    pattern=rf"{_FREE}(?P<value>9\d\d-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-\d{{4}}){_END}",
    against=words.THINGS,
    score=0.9,
    digits=(9, 60),
    sign="-",
)
NINO = NumberDetector(
    id="national_id.nino",
    entity=Entity.NATIONAL_ID,
    title="A National Insurance number of the United Kingdom.",
    pattern=(
        r"(?i)(?<![\w])(?<!\w[-_/#.])(?P<value>(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
        r"([ -]?)\d\d\2\d\d\2\d\d\2[A-D])(?![\w])(?![-/]\w)"
    ),
    context=("national insurance", "national insurance number", "ni number", "nino", "ni no"),
    against=words.THINGS,
    score=0.9,
    reads=frozenset({Sort.CODE}),
    digits=(6, 60),
    gate=r"(?i)[A-Z]{2}[ -]?\d\d[ -]?\d\d[ -]?\d\d[ -]?[A-D]",
)


def _checked(valid: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: valid(re.sub(r"\s+", " ", text)) or valid(re.sub(r"[\s.\-/]+", "", text))


def _aadhaar(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return len(digits) == 12 and digits[0] not in "01" and bool(verhoeff.is_valid(digits))


_CHINESE = re.compile(r"[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]")


def _chinese(text: str) -> bool:
    """A resident's number: a region, a date of birth and a check digit (ISO 7064, modulo 11-2)."""
    return bool(_CHINESE.fullmatch(text)) and bool(mod_11_2.is_valid(text.upper()))


def _said(
    country: str,
    pattern: str,
    check: Callable[[str], bool],
    said: tuple[str, ...],
    *,
    needs_context: bool = True,
    reads: Sort = Sort.NUMBER,
    least: int = 9,
    sign: str = "",
) -> NumberDetector:
    """A number of one country that passes its check, by default only behind a word that names it."""
    return NumberDetector(
        id=f"national_id.{country}",
        entity=Entity.NATIONAL_ID,
        title=f"A personal number ({country}) whose check digits fit{', behind a word for it' if needs_context else ''}.",
        pattern=rf"(?i)(?<![\w])(?P<value>{pattern})(?![\w])",
        check=_checked(check),
        context=said,
        against=words.THINGS,
        needs_context=needs_context,
        score=0.91,
        reads=frozenset({reads}),
        digits=(least, 60),
        sign=sign,
        gate=f"(?i){pattern}",
    )


_ELEVEN = r"\d{2,11}(?:[ .\-/]\d{2,6}){0,4}"
OTHERS = (
    _said("gb_nhs", r"\d{3}[ -]?\d{3}[ -]?\d{4}", nhs.is_valid, ("nhs", "nhs number", "nhs no")),
    _said(
        "es",
        r"[XYZ]?-?\d{7,8}-?[A-Z]",
        nif.is_valid,
        ("dni", "nie", "nif", "documento"),
        needs_context=False,
        reads=Sort.CODE,
        least=4,
    ),
    _said(
        "fr", r"[12](?:[ .]?[\dAB]{2,3}){4,6}[ .]?\d{2}", nir.is_valid, ("nir", "sécurité sociale", "numéro de sécurité sociale")
    ),
    _said(
        "it",
        r"[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]",
        codicefiscale.is_valid,
        ("codice fiscale",),
        needs_context=False,
        reads=Sort.CODE,
        least=4,
    ),
    _said("mx", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z\d]\d", curp.is_valid, ("curp",), needs_context=False, reads=Sort.CODE, least=4),
    _said(
        "fi", r"\d{6}[-+A]\d{3}[A-Z\d]", hetu.is_valid, ("hetu", "henkilötunnus"), needs_context=False, reads=Sort.CODE, least=4
    ),
    _said("br", r"\d{3}\.\d{3}\.\d{3}-\d\d", cpf.is_valid, ("cpf",), needs_context=False, sign="."),
    _said("br_bare", r"\d{11}", cpf.is_valid, ("cpf",)),
    _said("ch", r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d\d", ahv.is_valid, ("ahv", "avs"), needs_context=False, least=13, sign="756"),
    _said("de", _ELEVEN, idnr.is_valid, ("steuer-id", "steueridentifikationsnummer", "steuernummer", "idnr", "steuer id")),
    _said("nl", r"\d{4}[ .]?\d\d[ .]?\d{3}|\d{9}", bsn.is_valid, ("bsn", "burgerservicenummer")),
    _said("be", _ELEVEN, nn.is_valid, ("rijksregisternummer", "numéro national", "national number")),
    _said("pl", r"\d{11}", pesel.is_valid, ("pesel",)),
    _said("se", r"(?:\d\d)?\d{6}[-+]?\d{4}", personnummer.is_valid, ("personnummer", "personal number")),
    _said("dk", r"\d{6}-?\d{4}", cpr.is_valid, ("cpr", "cpr-nummer", "personnummer")),
    _said("no", r"\d{6} ?\d{5}", fodselsnummer.is_valid, ("fødselsnummer", "personnummer")),
    _said("ro", r"\d{13}", cnp.is_valid, ("cnp",)),
    _said("tr", r"\d{11}", tckimlik.is_valid, ("tc kimlik", "kimlik")),
    _said("ie", r"\d{7}[A-W][A-IW]?", pps.is_valid, ("pps", "ppsn", "pps number"), reads=Sort.CODE, least=4),
    _said("ca", r"\d{3}[ -]?\d{3}[ -]?\d{3}", sin.is_valid, ("sin", "social insurance", "social insurance number")),
    _said("au", r"\d{3}[ -]?\d{3}[ -]?\d{2,3}", tfn.is_valid, ("tfn", "tax file number")),
    _said("in_pan", r"[A-Z]{5}\d{4}[A-Z]", pan.is_valid, ("pan", "pan card", "pan number"), reads=Sort.CODE, least=4),
    _said("in_aadhaar", r"\d{4}[ -]?\d{4}[ -]?\d{4}", _aadhaar, ("aadhaar", "aadhar", "uidai")),
    _said("cn", r"\d{17}[\dX]", _chinese, ("身份证", "identity card", "id card", "resident id"), needs_context=False, least=17),
    _said("za", r"\d{6} ?\d{4} ?\d{3}", za_idnr.is_valid, ("sa id", "rsa id", "id number", "identity number")),
)
