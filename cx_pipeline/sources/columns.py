"""The vocabulary of source files: a column by what it is, with the chain of rules that goes with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import polars as pl

from cx_pipeline.scrub import (
    booleans,
    decimals,
    durations,
    email,
    enums,
    ids,
    language,
    phone,
    placeholders,
    text,
    timestamps,
)
from cx_pipeline.scrub.country import COUNTRY
from cx_pipeline.scrub.names import PERSON
from cx_pipeline.scrub.placeholders import Role, is_hash_of_nothing, is_placeholder
from cx_pipeline.scrub.rule import Rule
from cx_pipeline.scrub.salesforce_id import SALESFORCE_ID
from cx_pipeline.scrub.time_formats import FORMATS
from cx_pipeline.sources.export import Context, Field, Rows

_Chain = Callable[[Context], tuple[Rule, ...]]


_SALESFORCE_SHAPE = ids.shaped("Salesforce", "^[A-Za-z0-9]{1,18}$")


def _fixed(*rules: Rule) -> _Chain:
    return lambda _: rules


def identifier(name: str, shape: Rule, *, required: bool = False, alias: str = "", at: str | None = None) -> Field:
    """An id, as text, of the vendor's own shape; scientific notation is refused."""
    return Field(name, _fixed(*ids.IDENTIFIER, shape), alias, required, at)


def salesforce_id(name: str, *, required: bool = False, alias: str = "") -> Field:
    """A Salesforce record id in its 18-character form."""
    return Field(name, _fixed(*ids.IDENTIFIER, _SALESFORCE_SHAPE, SALESFORCE_ID), alias, required)


def external_id(name: str, *, alias: str = "", at: str | None = None) -> Field:
    """An id given by another system; hashes of nothing are no ids, Salesforce ids take their 18-character form."""
    return Field(name, _fixed(*ids.IDENTIFIER, placeholders.HASH_OF_NOTHING, SALESFORCE_ID), alias, at=at)


def line(name: str, *, alias: str = "", at: str | None = None) -> Field:
    """One line of text."""
    return Field(name, _fixed(*text.LINE, placeholders.TEXT), alias, at=at)


def word(name: str, *, alias: str = "", at: str | None = None) -> Field:
    """A word of the vendor's: category, team, region."""
    return Field(name, _fixed(*text.LINE, placeholders.WORD), alias, at=at)


def html(name: str, *, alias: str = "", at: str | None = None) -> Field:
    """A text of several lines that may be HTML."""
    return Field(name, _fixed(*text.HTML, placeholders.TEXT), alias, at=at)


def paragraphs(name: str, *, alias: str = "", at: str | None = None) -> Field:
    """A plain text of several lines."""
    return Field(name, _fixed(*text.PARAGRAPHS, placeholders.TEXT), alias, at=at)


def as_written(name: str, *, alias: str = "", at: str | None = None) -> Field:
    """A column that expressions read as it came, such as JSON lists."""
    return Field(name, _fixed(), alias, at=at)


def email_address(name: str, *, alias: str = "", at: str | None = None) -> Field:
    return Field(name, _fixed(*email.ADDRESS), alias, at=at)


def phone_number(
    name: str, *, country: str | None = None, home: str | None = None, alias: str = "", at: str | None = None
) -> Field:
    """A phone number in E.164.

    Args:
        name: column of the vendor.
        country: column beside it that tells the country of numbers written without one.
        home: ISO country of them where no column tells it, for a vendor of one country; that of the settings when not given.
        alias: name of the scrubbed column.
        at: JSON path of a nested value.
    """
    return Field(name, lambda context: phone.phone(home or context.default_country, country), alias, at=at)


def person_name(name: str, *, alias: str = "", at: str | None = None) -> Field:
    return Field(name, _fixed(*PERSON), alias, at=at)


def country(name: str, *, alias: str = "", at: str | None = None) -> Field:
    """A country as ISO 3166 alpha-2."""
    return Field(name, _fixed(*text.LINE, placeholders.WORD, COUNTRY), alias, at=at)


def language_code(name: str, *, alias: str = "", at: str | None = None) -> Field:
    return Field(name, _fixed(*text.LINE, placeholders.WORD, language.LANGUAGE), alias, at=at)


def timestamp(name: str, declared: str = "iso", *, required: bool = False, alias: str = "", at: str | None = None) -> Field:
    """A time, in the declared format unless the whole column says otherwise."""
    return Field(name, partial(_time_rules, alias or name, declared), alias, required, at, FORMATS[declared])


def _time_rules(column: str, declared: str, context: Context) -> tuple[Rule, ...]:
    chosen = context.time_formats.get(column, FORMATS[declared])
    return (*text.LINE, placeholders.DATE, *timestamps.timestamp(chosen, context.zone))


def boolean(name: str, *, blank: bool | None = None, alias: str = "", at: str | None = None) -> Field:
    return Field(name, _fixed(booleans.parse_boolean(blank)), alias, at=at)


def choice(name: str, enum: str, mapping: Mapping[str, str], *, alias: str = "", at: str | None = None) -> Field:
    """A vendor's word as a canonical one; what the vendor wrote stays in the raw twin."""
    return Field(name, _fixed(*text.LINE, placeholders.WORD, enums.normalise(enum, mapping)), alias, at=at)


def duration(name: str, unit: str, *, alias: str = "", at: str | None = None) -> Field:
    """A duration in whole milliseconds; `unit` is that of plain numbers, or `h:mm` where clocks of two parts are hours."""
    return Field(name, _fixed(*text.LINE, placeholders.NUMBER, *durations.duration(unit)), alias, at=at)


def decimal(name: str, *, alias: str = "", at: str | None = None) -> Field:
    return Field(
        name,
        lambda context: (*text.LINE, placeholders.NUMBER, decimals.parse_decimal(context.locales.get(alias or name, "en"))),
        alias,
        at=at,
    )


def names(text: str) -> frozenset[str]:
    """Column names, apart by white space."""
    return frozenset(text.split())


def written(column: str, at: str | None = None) -> pl.Expr:
    """True where the vendor wrote anything at all into a raw text column, or under a JSON path inside it."""
    text = pl.col(column) if at is None else pl.col(column).str.json_path_match(at)
    return text.fill_null("").str.strip_chars() != ""


def count_of(*columns: str) -> pl.Expr:
    """How many of some raw columns hold anything: the `contains` of mappings that give a row a filled column."""
    return pl.sum_horizontal(written(column).cast(pl.Int64) for column in columns)


def each(column: str | None = None, at: str | None = None) -> pl.Expr:
    """The `contains` of mappings that give a row a record, or a record whose column (or a JSON path in it) holds anything."""
    return pl.lit(1) if column is None else written(column, at).cast(pl.Int64)


def first_message(
    column: str, sent_at: str, *, author: pl.Expr | None = None, is_public: pl.Expr | None = None, suffix: str = "description"
) -> Rows:
    """The text that an interaction was opened with, as its first message; a tombstone's is dropped.

    Args:
        column: raw and scrubbed column of the text.
        sent_at: column of the time.
        author: key of who wrote it.
        is_public: whether the customer can read it; they can by default.
        suffix: what tells the message from the interaction's own key.
    """
    return Rows(
        contains=each(column),
        when=written(f"raw.{column}"),
        columns={
            "message_id": pl.concat_str("record", pl.lit(f"#{suffix}")),
            "interaction_id": pl.col("record"),
            "author_id": author if author is not None else pl.lit(None, dtype=pl.String),
            "is_public": is_public if is_public is not None else pl.lit(value=True),
            "sent_at": pl.col(sent_at),
            "text": pl.when(~pl.col("is_deleted")).then(column),
        },
    )


_ROLES = {"email": Role.EMAIL, "phone": Role.PHONE, "name": Role.NAME, "external_id": Role.ID, "handle": Role.ID}


def identity(
    kind: str, column: str, person: pl.Expr, raw: str, merged_into: pl.Expr | None = None, since: pl.Expr | None = None
) -> Rows:
    """An identifier that a record carries for a person.

    Args:
        kind: email, phone, name, external_id or handle.
        column: the scrubbed column that holds it.
        person: key of the person record it tells of.
        raw: the raw column it comes from, for the count.
        merged_into: id of the surviving record.
        since: from when the record carried it.
    """
    source = pl.col(f"raw.{column}")
    null_hash = is_hash_of_nothing(source.str.strip_chars()).fill_null(value=False)
    placeholder = pl.col(column).is_null() & is_placeholder(source.str.strip_chars(), _ROLES[kind]).fill_null(value=False)
    return Rows(
        when=written(f"raw.{column}"),
        contains=each(raw),
        columns={
            "customer_record": person,
            "kind": pl.lit(kind),
            "value": pl.col(column),
            "value_domain": email.domain_of(pl.col(column)) if kind == "email" else pl.lit(None, dtype=pl.String),
            "is_placeholder": placeholder,
            "is_null_hash": null_hash,
            "merged_into_source_id": merged_into if merged_into is not None else pl.lit(None, dtype=pl.String),
            "valid_from": since if since is not None else pl.lit(None, dtype=pl.Datetime("us")),
        },
    )


def key_of(export: str, column: str | pl.Expr) -> pl.Expr:
    """The record key `<source>.<export>:<id>` of the record that a column refers to; null where it refers to none."""
    return pl.concat_str(pl.lit(f"{export}:"), column)
