# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Cells that hold a placeholder instead of a value become null: 'N/A', 'testUser', '555-555-5555', the hash of nothing.

Only a whole cell is a placeholder, never a word in a text, and what counts depends on what the column is for: 'test' is no
name, but it can be all a customer wrote. Two choices for names, because Null, Na and None are surnames: written as a name
('Null') they stay, in any other case ('null', 'NULL', 'NA', 'N/A') they go; 'Test' goes in any case. A role mailbox
(noreply@…) is a value; whether it may identify a person is decided where people are matched.
"""

from __future__ import annotations

import base64
import hashlib
from enum import StrEnum
from itertools import product

import polars as pl

from cx_pipeline.scrub.rule import Kind, Rule, Severity


class Role(StrEnum):
    """What a column is for."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    ID = "id"
    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    WORD = "word"  # categories, countries, product names


_SURNAMES = frozenset({"Null", "Na", "None", "Nan", "Nil"})
_NOTHING = frozenset(
    {
        *("", "null", "none", "nan", "nil", "na", "n/a", "n.a.", "n.a", "n\\a", "#n/a", "<na>", "<null>", "(null)", "[null]"),
        *("undefined", "empty", "(empty)", "<empty>", "[empty]", "blank", "(blank)", "not available", "not applicable"),
        *("unspecified", "missing", "nat", "\\n", "scrubbed", "redacted", "[redacted]", "not provided", "(not set)"),
    }
)
_WORDS: dict[Role, frozenset[str]] = {
    Role.NAME: frozenset(
        {
            *("test", "testuser", "test user", "user test", "testing", "test test", "dummy", "dummy user"),
            *("unknown", "anonymous", "no name", "noname", "first name", "last name", "firstname lastname", "first last"),
            *("asdf", "qwerty", "foo bar", "lorem ipsum", "not given", "name", "xyz", "abc"),
        }
    ),
    Role.EMAIL: frozenset(
        {
            *("example@email.com", "abc@abc.com", "test@test.com", "email@email.com", "a@a.com", "x@x.com", "a@b.com", "a@b.c"),
            *("none@none.com", "na@na.com", "no@no.com", "no@email.com", "noemail@noemail.com", "noemail@email.com"),
            *("none@email.com", "email@example.com", "user@example.com", "name@example.com", "your@email.com", "me@me.com"),
            *("unknown@unknown.com", "asdf@asdf.com", "abc@xyz.com", "abc@gmail.com", "test@gmail.com", "test@email.com"),
            *("unknown", "test", "noemail", "no email", "no"),
        }
    ),
    Role.PHONE: frozenset({"unknown", "test", "private", "anonymous", "withheld", "restricted", "unavailable", "no phone"}),
    Role.ID: frozenset({"unknown", "00000000-0000-0000-0000-000000000000", "000000000000000aaa"}),
    Role.TEXT: frozenset(),
    Role.DATE: frozenset(
        {
            *("unknown", "never", "invalid date", "tbd", "0", "00:00:00", "00/00/0000", "1/0/1900", "01/00/1900", "0000-00-00"),
            *("0000-00-00 00:00:00", "0000-00-00t00:00:00z", "0001-01-01", "0001-01-01 00:00:00", "0001-01-01t00:00:00"),
            *("0001-01-01t00:00:00z", "1753-01-01", "1753-01-01 00:00:00"),
        }
    ),
    Role.NUMBER: frozenset(
        {"unknown", "varies with device", "#value!", "#ref!", "#div/0!", "#name?", "#num!", "#null!", "inf", "-inf", "infinity"}
    ),
    Role.WORD: frozenset({"unknown", "varies with device", "select", "please select", "-none-", "--none--", "- none -"}),
}
_LONGEST = 100  # characters
_PUNCTUATION = r"^[-–—_.?*/\\#~+=:;,!]{1,12}$"  # a cell of nothing but dashes, dots or question marks
_MASK = r"^x{1,64}$"
_SAID_NOTHING = r"^(?:unspecified|unknown|not specified|to be determined)"
_LONGEST_ADDITION = 41  # characters behind that, such as ' country of origin'; a bound in the expression would be costly
_UNSPECIFIED = rf"{_SAID_NOTHING}(?: [\p{{L}}' ]+)?$"
_UNSPECIFIED_IN = frozenset({Role.NAME, Role.WORD})
_SAME_DIGIT = "|".join(f"{digit}{{4,}}" for digit in range(10))
_SAME_PAIR = "|".join(f"(?:{a}{b}){{3,}}{a}?" for a, b in product(range(10), repeat=2) if a != b)
_SHAPES: dict[Role, tuple[str, ...]] = {
    Role.NAME: (
        _PUNCTUATION,
        _MASK,
        r"^test[ _-]?(?:user|customer|account|contact|name)?[ _-]?(?:[0-9]{1,6}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})?$",
        r"^dummy[ _.-].{0,80}$",
    ),
    Role.EMAIL: (_PUNCTUATION, _MASK, r"^x+@x+\.[a-z]{1,8}$"),
    Role.PHONE: (_PUNCTUATION, _MASK),
    Role.ID: (_PUNCTUATION, _MASK, r"^0+$"),
    Role.TEXT: (_PUNCTUATION, _MASK),
    Role.DATE: (_PUNCTUATION, _MASK),
    Role.NUMBER: (_PUNCTUATION, _MASK),
    Role.WORD: (_PUNCTUATION, r"^x{2,64}$"),
}
_PHONES = frozenset(
    {
        *("0", "1", "12345", "123456", "1234567", "12345678", "123456789", "1234567890", "0123456789", "01234567890"),
        *("11234567890", "9876543210", "987654321", "5551234", "5551212", "5555551212", "15555551212", "5553218967"),
        *("5551234567", "15551234567"),
    }
)


def is_placeholder(column: pl.Expr, role: Role) -> pl.Expr:
    """True for cells that hold no value of this role."""
    text = column.str.strip_chars()
    folded = text.str.to_lowercase()
    words = sorted(_NOTHING | _WORDS[role])
    found = folded.is_in(words) | folded.str.contains("|".join(f"(?:{shape})" for shape in _SHAPES[role]))
    if role in _UNSPECIFIED_IN:
        addition = folded.str.replace(_SAID_NOTHING, "").str.len_chars()
        found = found | (folded.str.contains(_UNSPECIFIED) & (addition <= _LONGEST_ADDITION))
    if role is Role.PHONE:
        digits = folded.str.replace_all(r"[ ().+/-]", "")
        shapes = rf"^(?:[+]?1)?(?:{_SAME_DIGIT})$|^(?:{_SAME_PAIR})$"
        found = found | digits.is_in(sorted(_PHONES)) | digits.str.contains(shapes)
    if role is Role.NAME:
        found = found & ~text.is_in(sorted(_SURNAMES))
    return found


def _is_short_line(column: pl.Expr) -> pl.Expr:
    """No placeholder is longer; longer cells are not looked at."""
    return (column.str.len_chars() <= _LONGEST) & ~column.str.contains("\n", literal=True)


def _nulled(role: Role) -> Rule:
    return Rule(
        id=f"placeholders.{role}",
        version=1,
        title=f"Nulls cells that hold a placeholder where a {role} should be.",
        reads=role.value,
        guards="joins and counts: strangers share a placeholder, and it looks like an answer",
        transform=lambda column: pl.when(~is_placeholder(column, role)).then(column),
        kind=Kind.NULL,
        gate=_is_short_line,
    )


NAME = _nulled(Role.NAME)
EMAIL = _nulled(Role.EMAIL)
PHONE = _nulled(Role.PHONE)
ID = _nulled(Role.ID)
TEXT = _nulled(Role.TEXT)
DATE = _nulled(Role.DATE)
NUMBER = _nulled(Role.NUMBER)
WORD = _nulled(Role.WORD)


def placeholder(role: Role) -> Rule:
    """The placeholder rule of a column role."""
    return {rule.reads: rule for rule in (NAME, EMAIL, PHONE, ID, TEXT, DATE, NUMBER, WORD)}[role.value]


_HASHED = ("", " ", "null", "NULL", "Null", "None", "none", "N/A", "n/a", "NA", "NaN", "nan", "undefined")


def _hashes_of_nothing() -> tuple[frozenset[str], frozenset[str]]:
    """Hex digests (lower case) and base64 digests (with padding, standard and URL alphabet)."""
    digests = [
        digest
        for text in _HASHED
        for digest in (
            hashlib.md5(text.encode(), usedforsecurity=False).digest(),
            hashlib.sha1(text.encode(), usedforsecurity=False).digest(),
            hashlib.sha256(text.encode()).digest(),
        )
    ]
    encoded = {form(digest).decode() for digest in digests for form in (base64.b64encode, base64.urlsafe_b64encode)}
    return frozenset(digest.hex() for digest in digests), frozenset(encoded | {text.rstrip("=") for text in encoded})


HEX_HASHES_OF_NOTHING, BASE64_HASHES_OF_NOTHING = _hashes_of_nothing()


def is_hash_of_nothing(column: pl.Expr) -> pl.Expr:
    """True for the MD5, SHA-1 or SHA-256, in hex or base64, of an empty text or of a word for nothing."""
    text = column.str.strip_chars()
    return text.str.to_lowercase().is_in(sorted(HEX_HASHES_OF_NOTHING)) | text.is_in(sorted(BASE64_HASHES_OF_NOTHING))


HASH_OF_NOTHING = Rule(
    id="placeholders.hash_of_nothing",
    version=1,
    title="Nulls hashes of an empty text or of a word for nothing, such as the MD5 of 'null'.",
    reads="hashed identifiers",
    guards="identity: all customers without an e-mail share one hash",
    transform=lambda column: pl.when(~is_hash_of_nothing(column)).then(column),
    kind=Kind.NULL,
    severity=Severity.WARNING,
    touches=r"^\s*[0-9A-Za-z+/=_-]{22,64}\s*$",
)
