"""E-mail addresses: one spelling for each mailbox, null for what is no address.

Domains are kept in their ASCII form (`xn--…`), everything is lower case, and `+tags` stay: they may tell people apart.
A quoted local part ("john smith"@…) is legal and refused: in exports it is always damage. A cell holds one address.
"""

from __future__ import annotations

from collections.abc import Iterable

import idna
import polars as pl

from cx_pipeline.scrub.characters import CONTROL, INVISIBLE, LINE_ENDS, non_ascii
from cx_pipeline.scrub.fixpoint import as_step, until_stable
from cx_pipeline.scrub.length import SHORT
from cx_pipeline.scrub.placeholders import EMAIL as PLACEHOLDER
from cx_pipeline.scrub.rule import Kind, Rule, Severity, on_unique
from cx_pipeline.scrub.text import EMPTY
from cx_pipeline.scrub.whitespace import ODD_SPACES, ONE_LINE, TABS, TRIM

_ATOM = r"[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
SYNTAX = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{1,59}})$"
_MAX_ADDRESS, _MAX_LOCAL = 254, 64
_DOTS = r"[\x{3002}\x{ff0e}\x{ff61}]"


def _reshape(column: pl.Expr) -> pl.Expr:
    return (
        column.str.replace_all(_DOTS, ".")
        .str.normalize("NFKC")
        .str.to_lowercase()
        .str.strip_chars()
        .str.replace(r"^(?:e-?mail|mailto)\s*:\s*", "")
        .str.replace(r"^[^<>]*<\s*([^<>\s]+)\s*>[^<>]*$", "$1")
        .str.replace(r"\?(?:subject|body|cc|bcc)=.*$", "")
        .str.replace(r"^([^\s@]+)\s*[\(\[{]\s*at\s*[\)\]}]\s*([^\s@]+(?:\s+[^\s@]+)*)$", "$1@$2")
        .str.replace_all(r"\s*[\(\[{]\s*(?:dot|punkt)\s*[\)\]}]\s*", ".")
        .str.replace(r"\s*@\s*", "@")
        .str.strip_chars_start("<([{\"'`,;: ")
        .str.strip_chars_end(">)]}\"'`.,;:!? ")
    )


_reshaped = as_step(_reshape)


def _give_up(values: pl.Series) -> pl.Series:
    """What still changes after eight rounds is no address; a lone dash is stable and fails the syntax check."""
    return pl.Series(values.name, ["-"] * values.len(), dtype=pl.String)


def reshape(values: pl.Series) -> pl.Series:
    """Addresses out of the wrappings people and programs put around them, in lower case."""
    return until_stable(values, _reshaped, _give_up)


def _ascii_domains(addresses: list[str]) -> list[str | None]:
    return [_ascii_domain(address) for address in addresses]


def _ascii_domain(address: str) -> str:
    local, at, domain = address.rpartition("@")
    if not at:
        return address
    try:
        return local + at + idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return address  # the syntax check refuses it


FORM = Rule(
    id="email.form",
    version=1,
    title="Takes the address out of `Name <…>`, `mailto:`, quotes, brackets and `(at)`, and writes it in lower case.",
    reads="e-mail address",
    guards="matching: the same mailbox in two spellings is two people",
    transform=lambda column: column.map_batches(reshape, return_dtype=pl.String, is_elementwise=True),
    touches=r"[^a-z0-9._+@-]|^[^a-z0-9_+@-]|[^a-z0-9_+@-]$|^[^@]*$",
)
ASCII_DOMAIN = Rule(
    id="email.ascii_domain",
    version=1,
    title="Writes international domains in their ASCII form.",
    reads="e-mail address",
    guards="matching: müller.example and xn--mller-kva.example are one domain",
    transform=on_unique(_ascii_domains),
    touches=r"@[^@]*[^\x00-\x7f][^@]*$",
    gate=non_ascii,
)
VALID = Rule(
    id="email.valid",
    version=1,
    title="Nulls what is no e-mail address.",
    reads="e-mail address",
    guards="matching and mailing: a phone number or a word in an e-mail column joins strangers",
    transform=lambda column: pl.when(is_valid(column)).then(column),
    kind=Kind.NULL,
    severity=Severity.WARNING,
    flag="invalid",
)

#: The standard chain of an e-mail column.
ADDRESS: tuple[Rule, ...] = (
    *(SHORT, CONTROL, INVISIBLE, LINE_ENDS, ODD_SPACES, TABS, ONE_LINE, TRIM, EMPTY),
    *(FORM, ASCII_DOMAIN, PLACEHOLDER, VALID),
)


def is_valid(column: pl.Expr) -> pl.Expr:
    """True for an address in the form this room gives it, within the length limits of RFC 5321."""
    short = (column.str.len_chars() <= _MAX_ADDRESS) & (local_part_of(column).str.len_chars() <= _MAX_LOCAL)
    return column.str.contains(SYNTAX) & short


def domain_of(column: pl.Expr) -> pl.Expr:
    """What follows the last @; null where there is none."""
    return column.str.extract(r"@([^@]+)$")


def local_part_of(column: pl.Expr) -> pl.Expr:
    """What precedes the last @; null where there is none."""
    return column.str.extract(r"^(.+)@[^@]*$")


ROLE_MAILBOXES = frozenset(
    {
        *(
            "abuse",
            "account",
            "accounting",
            "accounts",
            "admin",
            "administrator",
            "all",
            "billing",
            "bounce",
            "bounces",
            "careers",
        ),
        *(
            "chat",
            "complaints",
            "contact",
            "contactus",
            "customercare",
            "customerservice",
            "customersupport",
            "daemon",
            "enquiries",
        ),
        *("feedback", "finance", "frontdesk", "hello", "help", "helpdesk", "hostmaster", "hr", "info", "inquiries", "invoice"),
        *("invoices", "it", "jobs", "kontakt", "legal", "mail", "mailer-daemon", "marketing", "media", "news", "newsletter"),
        *("notification", "notifications", "office", "operations", "orders", "payments", "postmaster", "press", "privacy"),
        *("purchasing", "reception", "recruiting", "returns", "root", "sales", "security", "service", "services", "shop", "spam"),
        *("support", "team", "tech", "technical", "webmaster", "welcome"),
    }
)
_NO_REPLY = r"^(?:do[._-]?not|no|never)[._-]?(?:reply|respond|response|answer)s?(?:[._+-].*)?$"

# The domains reserved for examples (RFC 2606) are no evidence: anonymised exports write everybody's address there.
TEST_DOMAINS = frozenset({"test.com", "localhost", "localhost.localdomain"})
_TEST_LOCAL = r"^(?:test|tester|testing|testuser|test[._-]?user|dummy|fake|qa|sandbox)[0-9]*(?:[._+-].*)?$"


def is_role_mailbox(column: pl.Expr, extra: Iterable[str] = ()) -> pl.Expr:
    """True for mailboxes of a function, not a person: info@, support@, noreply@ …; null stays null.

    Args:
        column: addresses in the form this room gives them.
        extra: further local parts ('helpcentre') or whole addresses, in any case.
    """
    more = {text.strip().lower() for text in extra}
    local = local_part_of(column)
    base = local.str.replace(r"\+.*$", "")
    found = base.is_in(sorted(ROLE_MAILBOXES | {text for text in more if "@" not in text})) | local.str.contains(_NO_REPLY)
    return found | column.is_in(sorted(text for text in more if "@" in text))


def is_test_address(column: pl.Expr, extra_domains: Iterable[str] = ()) -> pl.Expr:
    """True for addresses that are no customer's: test@…, dummy_…@…, the domains named; null stays null."""
    domain = domain_of(column)
    more = {text.strip().lower() for text in extra_domains}
    return domain.is_in(sorted(TEST_DOMAINS | more)) | local_part_of(column).str.contains(_TEST_LOCAL)
