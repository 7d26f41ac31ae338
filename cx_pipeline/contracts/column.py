"""What a column of a canonical table is: its name, type and meaning, and how it may leave the lake."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cx_pipeline.contracts.dtypes import TEXT

FREE_TEXT = "text"
BY = "by:"
BY_OWN_KIND = "by:.kind"
_TOKEN = "_token"  # noqa: S105  # a suffix of column names


@dataclass(frozen=True)
class Column:
    """One column, in the lake and as published.

    Attributes:
        name: as published.
        dtype: as published and in the lake.
        description: what it means, in plain words.
        unit: `ms`, `count`, a currency's column, …; empty where there is none.
        nullable: False: a row without it (for text, also an empty one) breaks the contract.
        words: the closed vocabulary of an enum; empty for any value.
        secret: how the value may be published. None: as it is. `text`: free text, published redacted. `by:<column>`: a
            keyed token whose domain is the word in that column. `by:.<field>`: the same for the field `token` of this
            struct, the domain being another field. Anything else is the domain of the keyed token, such as `email`.
        plain: for `by:`, the words whose values are not personal and are published as they are.
        record_key: the text is a record key, `<source>.<export>:<id>`: the row's own id, or that of another row.
        stored_as: name in the lake where it differs from what `lake_name` would give.
        in_lake: False: made after the scrub and null, or absent, before that.
        resolved: what the clean stage replaces the stored value by; `customer`: a person record's key becomes the customer_id.
    """

    name: str
    dtype: pl.DataType
    description: str
    unit: str = ""
    nullable: bool = True
    words: tuple[str, ...] = ()
    secret: str | None = None
    plain: tuple[str, ...] = ()
    record_key: bool = False
    stored_as: str | None = None
    in_lake: bool = True
    resolved: str | None = None

    @property
    def lake_name(self) -> str:
        """Name in the lake: a token column holds the readable value there, under its own name."""
        if self.stored_as is not None:
            return self.stored_as
        return self.name.removesuffix(_TOKEN) if self.is_token else self.name

    @property
    def is_token(self) -> bool:
        """True where personal values are published as keyed tokens."""
        return self.secret is not None and self.secret != FREE_TEXT

    @property
    def is_free_text(self) -> bool:
        return self.secret == FREE_TEXT

    @property
    def domain(self) -> str | None:
        """The fixed domain of the token; None where it differs by row or nothing is tokenised."""
        return self.secret if self.is_token and not str(self.secret).startswith(BY) else None

    @property
    def domain_by(self) -> str | None:
        """The column (or, with a leading dot, the struct's field) that names the domain of each row's token."""
        return str(self.secret).removeprefix(BY) if self.is_token and str(self.secret).startswith(BY) else None


def enum(name: str, words: tuple[str, ...], description: str, *, nullable: bool = True) -> tuple[Column, Column]:
    """A normalised enum and its twin that keeps the vendor's word."""
    return (
        Column(name, TEXT, description, nullable=nullable, words=words),
        Column(f"{name}_raw", TEXT, f"The word for {name} as the vendor wrote it."),
    )


def customer(description: str) -> Column:
    """The reference to a person: a record key `<source>.<export>:<id>` until people are resolved, then a customer_id."""
    return Column("customer_id", TEXT, description, stored_as="customer_record", resolved="customer")


def free_text(name: str, description: str, *, stored_as: str | None = None, in_lake: bool = True) -> Column:
    """Text that a person wrote: readable in the lake, redacted as published."""
    return Column(name, TEXT, description, secret=FREE_TEXT, stored_as=stored_as, in_lake=in_lake)


def token(name: str, description: str, domain: str, *, plain: tuple[str, ...] = ()) -> Column:
    """A personal value: readable in the lake, a keyed token as published. `domain` as in `Column.secret`."""
    return Column(name, TEXT, description, secret=domain, plain=plain)


def record_id(name: str, record: str, *, several: bool = False) -> Column:
    """The row's own id, made of its record's key. `several`: a record may hold more than one such row."""
    suffix = ", with a suffix where a record holds several" if several else ""
    return Column(name, TEXT, f"The {record}'s record key, <source>.<export>:<id>{suffix}.", nullable=False, record_key=True)
