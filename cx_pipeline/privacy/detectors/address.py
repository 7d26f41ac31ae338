# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Postal addresses, as far as their shape gives them away; those of known people are found as known values."""

from __future__ import annotations

from cx_pipeline.privacy.detector import PhraseDetector
from cx_pipeline.privacy.entity import Entity
from cx_pipeline.privacy.letters import CAPITALS, LETTERS

_STREETS = (
    "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Circle|Cir|Place|Pl|Terrace|Ter|Way|Parkway|Pkwy|"
    "Highway|Hwy|Square|Sq|Crescent|Cres|Close|Gardens|Grove|Mews|Row|Hill|Walk|Trail|Trl|Alley|Plaza|Loop|Ridge|Turnpike|Pike|"
    "Expressway|Freeway|Motorway|Crossing|Point|Heights|Esplanade|Parade"
)
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|"
    "SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR|AE|AP|AA"
)
_AREAS = (
    "AB|AL|B|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|E|EC|EH|EN|EX|FK|FY|G|GL|GU|HA|"
    "HD|HG|HP|HR|HS|HU|HX|IG|IP|IV|KA|KT|KW|KY|L|LA|LD|LE|LL|LN|LS|LU|M|ME|MK|ML|N|NE|NG|NN|NP|NR|NW|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|"
    "RM|S|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|W|WA|WC|WD|WF|WN|WR|WS|WV|YO|ZE"
)
_CAP = rf"(?:[{CAPITALS}][{LETTERS}'’.\-]*|[0-9]{{1,3}}(?:st|nd|rd|th))"
_UNIT = r"(?:,?[ \n](?i:apt|apartment|suite|ste|unit|flat|room|floor|fl|#)\.?[ ]?#?[0-9A-Za-z\-]{1,6})"
_CITY_STATE = rf"(?:,?[ \n]{_CAP}(?:[ ]{_CAP}){{0,3}},?[ ](?:{_STATES})\.?[ ,]+[0-9]{{5}}(?:-[0-9]{{4}})?)"
_UK_CODE = rf"(?:{_AREAS})[0-9][0-9A-Z]?[ ][0-9][A-Z]{{2}}\b"
_UK_CITY = rf"(?:,[ \n]?{_CAP}(?:[ ]{_CAP}){{0,2}})?(?:,?[ \n]{_UK_CODE})"

STREET = PhraseDetector(
    id="address.street",
    entity=Entity.ADDRESS,
    title="A house number, capitalised words and a word for street, with what follows of the address.",
    gate="[0-9]+[a-z]?,? [a-z]",
    cue=r"\b|^",
    value=rf"[0-9]{{1,6}}[A-Za-z]?,?[ ](?:{_CAP}[ ]){{1,4}}(?:{_STREETS})\b\.?{_UNIT}?(?:{_CITY_STATE}|{_UK_CITY})?",
    score=0.75,
)
TOWN = PhraseDetector(
    id="address.town",
    entity=Entity.ADDRESS,
    title="A town with a state of the United States and its code, with the line in front where that is a house.",
    gate=", [a-z][a-z] +[0-9]{5}",
    cue=r"\b|^",
    value=(
        rf"(?:[0-9]{{1,6}}[ ](?:{_CAP}[ ]?){{1,4}}{_UNIT}?[,\n][ ]?)?{_CAP}(?:[ ]{_CAP}){{0,3}},[ ](?:{_STATES})[ "
        rf"]+[0-9]{{5}}(?:-[0-9]{{4}})?\b"
    ),
    score=0.75,
)
UK_CODE = PhraseDetector(
    id="address.uk_postcode",
    entity=Entity.ADDRESS,
    title="A postcode of the United Kingdom, with its blank and a known area.",
    gate="[0-9a-z] [0-9][a-z][a-z]",
    cue=r"\b|^",
    value=_UK_CODE,
    score=0.7,
)
CONTINENTAL = PhraseDetector(
    id="address.continental",
    entity=Entity.ADDRESS,
    title="A street of the European continent with its house number, and the code and town behind it.",
    gate="strase?|str\\.|weg|platz|allee|gas?se|ring|ufer|damm|straat|laan|gracht|plein|vej|gade|gatan|via|calle|rua|avenida|plaza|viale|corso|piazza|rue|avenue|boulevard|place|chemin|impasse|quai",
    cue=r"\b|^",
    value=(
        r"(?:[A-Z\x{c0}-\x{de}][A-Za-z\x{c0}-\x{24f}\-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|ufer|damm|straat|laan|gracht|plein|vej|gade|gatan)|"
        r"(?:Via|Calle|Rua|Avenida|Plaza|Viale|Corso|Piazza)(?:[ ][A-Za-z\x{c0}-\x{24f}][A-Za-z\x{c0}-\x{24f}'’.]*){1,4},?)"
        r"[ ][0-9]{1,4}[ ]?[a-z]?\b"
        r"(?:,?[ \n](?:[A-Z]{1,2}-)?[0-9]{4,5}(?:[ ][A-Z]{2})?[ ][A-Z\x{c0}-\x{de}][A-Za-z\x{c0}-\x{24f}\-]+)?"
        r"|[0-9]{1,4}(?:[ ](?:bis|ter))?,?[ ](?i:rue|avenue|boulevard|place|chemin|impasse|allée|"
        r"quai)[ ](?:(?i:de|du|des|la|le|les|l['’]|d['’])[ ]?){0,2}[A-Z\x{c0}-\x{de}][A-Za-z\x{c0}-\x{24f}\-]+"
        r"(?:[ ][A-Za-z\x{c0}-\x{24f}][A-Za-z\x{c0}-\x{24f}\-]+){0,2}"
        r"(?:,?[ ][0-9]{5}[ ][A-Z\x{c0}-\x{de}][A-Za-z\x{c0}-\x{24f}\-]+)?"
    ),
    score=0.72,
)
BOX = PhraseDetector(
    id="address.box",
    entity=Entity.ADDRESS,
    title="A post office box.",
    gate="box|postfach",
    cue=r"\b",
    value=r"(?i:p\.? ?o\.? ?box|postfach)[ ][0-9]{1,8}\b",
    score=0.75,
)
