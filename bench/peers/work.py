"""The work that peers do, said once, so that all of them do the same: which columns hold what, what is null, what is valid.

Patterns are RE2's, which Arrow (below pandas) and DuckDB both speak. Imports nothing of the library.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

SPACE = " \t\r\n\u00a0\u200b\ufeff"
"""What is trimmed from both ends of a cell."""
PLACEHOLDERS = ("", "null", "none", "nil", "n/a", "na", "nan", "-", "--", "unknown", "not provided", "unspecified", "undefined")
"""What stands for nothing, in lower case."""
EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
"""The whole of a valid address."""
FEWEST_DIGITS, MOST_DIGITS = 7, 15
"""Of a phone number (E.164); others are null."""
LOCAL_TIMES = ("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M")
"""Beside ISO 8601, the first that fits; a day that could be either is taken for the first."""
REDACTED = (
    ("URL", r"https?://[^\s<>\"')\]]+"),
    ("EMAIL", r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"),
    ("IBAN", r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),
    ("CARD", r"\b[0-9](?:[ -]?[0-9]){12,18}\b"),
    ("IP", r"\b(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\b"),
    ("PHONE", r"(?:\+|\b0|\()[0-9][0-9 ()./-]{5,16}[0-9]\b"),
)
"""What is replaced in free text, in this order: a tag, and its pattern."""


@dataclass(frozen=True)
class Work:
    """What is done to one export; a name may be a pattern of names.

    Attributes:
        id: names a record; rows without it are quarantined.
        version: time of a version; the latest counts, of equals the one that was delivered last. Rows without it are quarantined.
        emails: in lower case; a row with an invalid one is quarantined.
        phones: digits only.
        times: UTC; null where they are no time.
        texts: free text, redacted.
        nested: JSON that people's words may stand in, redacted like a text.
        dropped: copies of other columns.
        endpoint: a JSON object with an `Address` that is a phone number or an e-mail address; becomes `phone` and `email`.
    """

    id: str
    version: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    endpoint: str = ""


_FORCE_TIMES = ("CreatedDate", "LastModifiedDate", "SystemModstamp")


def _salesforce(
    *,
    emails: tuple[str, ...] = (),
    phones: tuple[str, ...] = (),
    times: tuple[str, ...] = (),
    texts: tuple[str, ...] = (),
) -> Work:
    return Work("Id", "SystemModstamp", emails, phones, (*_FORCE_TIMES, *times), texts)


WORK = {
    "amazon_connect.contact_records": Work(
        "ContactId",
        "LastUpdateTimestamp",
        ("email",),
        ("phone",),
        ("*Timestamp",),
        nested=("Attributes",),
        endpoint="CustomerEndpoint",
    ),
    "qualtrics.responses": Work(
        "ResponseId", "EndDate", ("RecipientEmail",), (), ("StartDate", "EndDate", "RecordedDate"), ("Q*_TEXT",)
    ),
    "salesforce.Account": _salesforce(phones=("Phone",)),
    "salesforce.Case": _salesforce(
        times=("ClosedDate", "SlaStartDate", "SlaExitDate"),
        emails=("SuppliedEmail", "ContactEmail"),
        phones=("SuppliedPhone", "ContactPhone"),
        texts=("Subject", "Description"),
    ),
    "salesforce.Contact": _salesforce(
        times=("EmailBouncedDate", "Birthdate"), emails=("Email",), phones=("Phone", "MobilePhone")
    ),
    "salesforce.Lead": _salesforce(
        times=("ConvertedDate", "LastActivityDate"), emails=("Email",), phones=("Phone", "MobilePhone"), texts=("Description",)
    ),
    "salesforce.Opportunity": _salesforce(times=("CloseDate",), texts=("Description",)),
    "salesforce.User": _salesforce(emails=("Email",)),
    "zendesk.comments": Work("id", "created_at", times=("created_at",), texts=("body",), dropped=("html_body", "plain_body")),
    "zendesk.satisfaction_ratings": Work("id", "updated_at", times=("created_at", "updated_at"), texts=("comment",)),
    "zendesk.tickets": Work(
        "id",
        "updated_at",
        emails=("recipient",),
        times=("created_at", "updated_at", "due_at"),
        texts=("subject", "description"),
        nested=("via", "custom_fields"),
        dropped=("raw_subject", "fields"),
    ),
    "zendesk.users": Work(
        "id",
        "updated_at",
        emails=("email",),
        phones=("phone",),
        times=("created_at", "updated_at", "last_login_at"),
        texts=("notes", "details"),
    ),
}
# Headers that surveys of the legacy format have in place of others.
LEGACY = {
    "V1": "ResponseId",
    "V3": "RecipientLastName",
    "V4": "ExternalReference",
    "V5": "RecipientEmail",
    "V6": "IPAddress",
    "V8": "StartDate",
    "V9": "EndDate",
}


def among(columns: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """The columns that names or patterns of names mean."""
    patterns = tuple(wanted)
    return [column for column in columns if any(fnmatchcase(column, pattern) for pattern in patterns)]
