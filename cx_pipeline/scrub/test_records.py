# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Whether a record is a test or comes from a sandbox.

Careful on purpose: a whole cell that says test counts, a sentence about a test does not ('test results for my meter').
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from cx_pipeline.scrub.email import is_test_address
from cx_pipeline.scrub.names import match_form

_TESTER = r"(?:test|tester|testing|testuser|dummy|fake)"
_ROLE = r"(?:user|customer|account|contact|client|person|name|agent)"
_PERSON = (
    rf"^{_TESTER}(?: ?(?:{_ROLE}|test))?(?: ?[0-9]{{1,6}}| ?[0-9a-f]{{40}})?$|^{_ROLE} ?test(?: ?[0-9]{{1,6}})?$|"
    rf"^(?:sample|sandbox|demo) {_ROLE}(?: [0-9]{{1,6}})?$|^(?:asdf|qwerty|qwertz|lorem ipsum|dummy \S.*)$"
)
_THING = r"(?:ticket|case|e-?mail|message|request|submission|subject|call|chat|conversation|issue|test|only|please ignore|ignore)"
_SUBJECT = (
    r"(?i)^\s*(?:"
    r"[\[(<{]\s*(?:test|testing|sandbox|qa|do not reply test|ignore)\s*[\])>}].*"
    r"|(?:this is (?:just |only )?)?(?:an? )?(?:test|testing|tests|testticket|testcase)"
    rf"(?:[ _,:–-]{{0,3}}{_THING})*[ _#:-]*[0-9]{{0,6}}[\s.!]*"
    r"|(?:please )?ignore(?: this)?(?: test)?[\s.!]*"
    r"|(?:asdf|asdfg|asdfgh|asdfghjkl|qwerty|lorem ipsum)\b[a-z ]{0,20}[\s.!]*"
    r")$"
)
_TAGS = frozenset(
    {"test", "testing", "test_ticket", "test-ticket", "testticket", "sandbox", "qa_test", "internal_test", "is_test", "dummy"}
)


def looks_like_test_name(name: pl.Expr) -> pl.Expr:
    """True for names nobody has: 'testUser', 'Test Customer 3', 'Dummy …'; never null."""
    return match_form(name).str.contains(_PERSON).fill_null(value=False)


def looks_like_test_person(name: pl.Expr, email: pl.Expr, test_domains: Iterable[str] = ()) -> pl.Expr:
    """True when the name or the address is a test's; never null.

    Args:
        name: raw or scrubbed name.
        email: address in the form the e-mail rules give it, see `address_told`.
        test_domains: further domains of test records, from the settings.
    """
    return looks_like_test_name(name) | is_test_address(email, test_domains).fill_null(value=False)


def address_told(column: str) -> pl.Expr:
    """The scrubbed address of a column, and what was written where the rules nulled it.

    An address such as test@test.com is a placeholder, so no value; that somebody wrote it still says that this is a test.
    """
    written = pl.col(f"raw.{column}").str.strip_chars().str.to_lowercase()
    return pl.coalesce(pl.col(column), pl.when(written.str.contains("@", literal=True)).then(written))


def looks_like_test_subject(subject: pl.Expr) -> pl.Expr:
    """True for a subject that says nothing but test ('test ticket 2', 'asdf') or begins with a mark ('[TEST] …'); never null."""
    return subject.str.contains(_SUBJECT).fill_null(value=False)


def has_test_tag(tags: pl.Expr, extra: Iterable[str] = ()) -> pl.Expr:
    """True when one of a record's tags marks it as a test; never null.

    Args:
        tags: tags as one text, as a JSON list, or apart by space, comma, semicolon or bar.
        extra: further tags, in any case.
    """
    words = sorted(_TAGS | {tag.strip().lower() for tag in extra})
    pieces = tags.str.to_lowercase().str.extract_all(r'[^\s,;|"\[\]]+')
    return pieces.list.eval(pl.element().is_in(words)).list.any().fill_null(value=False)


def looks_like_test_ticket(
    subject: pl.Expr, tags: pl.Expr, requester_email: pl.Expr, test_domains: Iterable[str] = ()
) -> pl.Expr:
    """True when the subject, a tag or the requester's address says test; never null."""
    return (
        looks_like_test_subject(subject)
        | has_test_tag(tags)
        | is_test_address(requester_email, test_domains).fill_null(value=False)
    )
