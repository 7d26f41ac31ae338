# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Dates of birth: dates behind a word that says so. All other dates stay."""

from __future__ import annotations

from cx_pipeline.privacy.detector import PhraseDetector
from cx_pipeline.privacy.entity import Entity

_MONTH = (
    r"(?i:jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|f[ée]v(?:rier)?|mar(?:ch|s)?|märz|apr(?:il)?|avril|may|mai|june?|juni|juin|"
    r"july?|juli|juillet|aug(?:ust)?|août|sept?(?:ember|embre)?|o[ck]t(?:ober|obre)?|nov(?:ember|embre)?|de[cz](?:ember|embre)?|"
    r"déc(?:embre)?)\.?"
)
DATE = (
    r"[0-9]{1,4}[./\-][0-9]{1,2}[./\-][0-9]{2,4}"
    rf"|[0-9]{{1,2}}(?i:st|nd|rd|th|\.)?(?i:[ ]of)?[ \-]{_MONTH},?[ \-][0-9]{{2,4}}"
    rf"|{_MONTH}[ ][0-9]{{1,2}}(?i:st|nd|rd|th)?,?[ ][0-9]{{2,4}}|(?:19|20)[0-9]{{6}}"
)
BIRTH = PhraseDetector(
    id="date_of_birth.cue",
    entity=Entity.DATE_OF_BIRTH,
    title="A date behind 'born', 'date of birth' and their like.",
    gate="born|birth|dob|d\\.o\\.b|gebor|geburt| nee? |naissance|nacimiento|nacid|nat[oa]|nascita|geboorte",
    cue=(
        r"\b(?i:born|date of birth|birth[ ]?date|birth[ ]?day|dob|d\.o\.b\.?|geboren|geburtsdatum|né|née|date de naissance|"
        r"fecha de nacimiento|nacid[oa]|nato|nata|data di nascita|geboortedatum)\b"
        r"(?i:[\s:=\-–(]*(?:is|was|on|am|le|el|il|the|of|dd/mm/yyyy|mm/dd/yyyy)?\b){0,2}[\s:=\-–()]*"
    ),
    value=DATE,
    score=0.8,
)
