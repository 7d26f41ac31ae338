"""What is compared of a record: its fields in one comparable form, what says nothing set aside."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from string import ascii_lowercase, digits

import polars as pl

from cx_pipeline.errors import ConfigError
from cx_pipeline.identity.birth import birth_digits
from cx_pipeline.identity.nicknames import NICKNAMES
from cx_pipeline.scrub.email import domain_of, is_role_mailbox
from cx_pipeline.scrub.folding import match_form
from cx_pipeline.scrub.placeholders import Role, is_hash_of_nothing, is_placeholder

PEOPLE = (
    "record_id",
    "source",
    "given_name",
    "family_name",
    "full_name",
    "date_of_birth",
    "email",
    "phone",
    "street",
    "city",
    "region",
    "postcode",
    "country",
    "external_ids",
    "updated_at",
)
"""Columns of the people that `resolve` takes, all text and nullable but for `record_id`, one row a source record.

`external_ids` is `kind:value` pairs joined by `;`.
"""

_TITLES = r"^(?:(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|dame|herr|frau|mme|mlle|sig|sra)\s+)+"
_SUFFIXES = r"\s+(?:jr|sr|ii|iii|iv|phd|md|esq)$"
_STREET_WORDS = {
    r"\bstreet\b": "st",
    r"\broad\b": "rd",
    r"\bavenue\b": "ave",
    r"\bdrive\b": "dr",
    r"\blane\b": "ln",
    r"\bcourt\b": "ct",
    r"\bplace\b": "pl",
    r"\bstra(?:ss|s)e\b": "str",
}
_SHORTEST_PHONE = 6  # digits; anything shorter is an extension or a slip
_PHONE_DIGITS = 10  # of the end: what spellings with and without country and trunk code have in common
_SHORTEST_ID = 3
_WORKERS = 2
_LETTERS = f"{ascii_lowercase}{digits}"


def complete(people: pl.DataFrame) -> pl.DataFrame:
    """The people with every column of `PEOPLE`, as text.

    Raises:
        ConfigError: without `record_id`, with an empty one, or with one twice.
    """
    if "record_id" not in people.columns:
        raise ConfigError("the people have no column record_id", expected="one row a source record, named by record_id")
    whole = people.select(
        pl.col(name).cast(pl.String) if name in people.columns else pl.lit(None, dtype=pl.String).alias(name) for name in PEOPLE
    )
    if whole["record_id"].null_count():
        raise ConfigError("a record has no record_id", expected="every record named")
    if whole["record_id"].n_unique() != whole.height:
        raise ConfigError("a record_id comes more than once", expected="one row a source record")
    return whole


def profiles(people: pl.DataFrame, mailboxes: Collection[str] = ()) -> pl.DataFrame:
    """The comparable form of people: `compared` of what they `said`."""
    return compared(said(people, mailboxes))


def said(people: pl.DataFrame, mailboxes: Collection[str] = ()) -> pl.DataFrame:
    """What people say of themselves, in comparable form.

    Args:
        people: as from `complete`.
        mailboxes: role mailboxes beyond the usual ones.

    Returns:
        One row a record, in the same order. Placeholders, role mailboxes and hashes of nothing are null.

        - `node` (its place), `source`, `given`, `family`, `rest` (further names),
        - `birth` (eight digits),
        - `email`, `phone` (its last digits),
        - `street`, `city`, `region`, `postcode`,
        - `ids` (list of `kind:value`).
    """
    with ThreadPoolExecutor(_WORKERS) as pool:
        made = pool.map(lambda name: _COMPARABLE[name](people[name], mailboxes), _COMPARABLE)
        known = people.with_columns(cells.alias(name) for name, cells in zip(_COMPARABLE, made, strict=True))
    told = known.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("node"),
        pl.col("source").fill_null("").alias("source"),
        pl.col("given_name").alias("given"),
        pl.col("family_name").alias("family"),
        pl.col("full_name").alias("whole"),
        birth_digits(people["date_of_birth"]).alias("birth"),
        "email",
        "phone",
        "street",
        "city",
        "region",
        "postcode",
        pl.col("external_ids").str.split(";").list.drop_nulls().alias("ids"),
    )
    return told.with_columns(_given(), _family()).with_columns(_rest()).drop("whole")


def compared(told: pl.DataFrame) -> pl.DataFrame:
    """What people said, with what follows from it and is compared.

    Args:
        told: rows as from `said`.

    Returns:
        The same rows, and beside their columns:

        - `formal` (what the given name is short for), `names` (both, in alphabetical order), `is_latin` (whether the names are),
        - `email_letters` (which letters and digits it is made of, a bit each), `domain`, `local` (what stands before the @),
          `local_number` (its digits, empty without), `local_tells` (whether it says more than the name),
        - `place` (the first of street, postcode, city and region that is known), `id_kinds`.
    """
    return told.with_columns(pl.col("email").str.extract("^([^@]+)").alias("local")).with_columns(
        pl.col("given").replace(NICKNAMES).alias("formal"),
        pl.concat_str(pl.min_horizontal("given", "family"), pl.max_horizontal("given", "family"), separator="|").alias("names"),
        pl.concat_str(pl.col("given").fill_null(""), pl.col("family").fill_null(""))
        .str.contains("^[a-z0-9 ]*$")
        .alias("is_latin"),
        _letters(pl.col("email")).alias("email_letters"),
        domain_of(pl.col("email")).alias("domain"),
        pl.col("local").str.replace_all("[^0-9]", "").alias("local_number"),
        _tells_more().alias("local_tells"),
        pl.coalesce("street", "postcode", "city", "region").alias("place"),
        pl.col("ids").list.eval(pl.element().str.extract("^([^:]*):")).list.unique().alias("id_kinds"),
    )


_CELL = pl.col("cell")


def _distinctly(cells: pl.Series, rule: pl.Expr) -> pl.Series:
    """A rule over `cell` applied once to every distinct cell."""
    distinct = cells.drop_nulls().unique()
    if distinct.is_empty():
        return cells
    made = distinct.alias("cell").to_frame().select(rule.alias("made"))
    return cells.replace_strict(distinct, made["made"], default=None, return_dtype=pl.String)


def _cleared(role: Role) -> pl.Expr:
    text = _CELL.str.strip_chars()
    return pl.when((text != "") & ~is_placeholder(text, role)).then(text)


def _folded(role: Role) -> Callable[[Collection[str]], pl.Expr]:
    return lambda _: match_form(_cleared(role))


def _whole_name(_: Collection[str]) -> pl.Expr:
    listed = _cleared(Role.NAME).str.replace(r"^([^,]+?)\s*,\s*(\p{L}[^,]*)$", "$2 $1")
    bare = match_form(listed).str.replace(_TITLES, "").str.replace(_SUFFIXES, "")
    return pl.when(bare != "").then(bare)


def _given() -> pl.Expr:
    first = pl.when(pl.col("family").is_null() | pl.col("whole").str.contains(" ")).then(pl.col("whole").str.extract(r"^(\S+)"))
    return pl.coalesce("given", first).alias("given")


def _family() -> pl.Expr:
    return pl.coalesce("family", pl.col("whole").str.extract(r" (\S+)$")).alias("family")


def _rest() -> pl.Expr:
    """What a full name holds beyond the first and the last name."""
    words = pl.col("whole").str.split(" ")
    named = pl.concat_str(pl.col("given").fill_null(""), pl.col("family").fill_null(""), separator=" ").str.split(" ")
    left = words.list.set_difference(named).list.sort().list.join(" ")
    return pl.when(left != "").then(left).alias("rest")


def _email(mailboxes: Collection[str]) -> pl.Expr:
    """An address as it was written, in lower case: one that lost its @ or its domain can still be recognised."""
    address = _cleared(Role.EMAIL).str.to_lowercase()
    is_role = is_role_mailbox(address, frozenset(mailboxes)).fill_null(value=False)
    return pl.when(~is_role & ~is_hash_of_nothing(address)).then(address)


def _tells_more() -> pl.Expr:
    """Whether a mailbox holds a number, or is not made of the family name."""
    bare = pl.col("family").str.replace_all(" ", "", literal=True)
    made_of_name = pl.col("local").str.replace_all("[._-]", "").str.contains(bare, literal=True).fill_null(value=False)
    return pl.col("local").str.contains("[0-9]") | ~made_of_name


def _letters(text: pl.Expr) -> pl.Expr:
    """The letters and digits of a text as bits, those of any number of times once."""
    held = [text.str.contains(letter, literal=True).cast(pl.UInt64) * (1 << place) for place, letter in enumerate(_LETTERS)]
    return pl.when(text.is_not_null()).then(pl.sum_horizontal(held))


def _phone(_: Collection[str]) -> pl.Expr:
    number = _cleared(Role.PHONE).str.replace_all("[^0-9]", "").str.strip_chars_start("0")
    return pl.when(number.str.len_chars() >= _SHORTEST_PHONE).then(number.str.tail(_PHONE_DIGITS))


def _street(_: Collection[str]) -> pl.Expr:
    street = match_form(_cleared(Role.WORD))
    for spelt, short in _STREET_WORDS.items():
        street = street.str.replace(spelt, short)
    return street


def _postcode(_: Collection[str]) -> pl.Expr:
    return match_form(_cleared(Role.WORD)).str.replace_all(" ", "", literal=True)


def _ids(cells: pl.Series, _: Collection[str]) -> pl.Series:
    """The pairs that say something, in order."""
    cell = pl.col("cell").str.strip_chars()
    value = cell.str.extract(":(.*)$").str.strip_chars()
    says = (
        cell.str.contains(r"^[^:]+:.+$")
        & (value.str.len_chars() >= _SHORTEST_ID)
        & ~is_placeholder(value, Role.ID)
        & ~is_hash_of_nothing(value)
    )
    distinct = cells.drop_nulls().unique()
    each = pl.DataFrame({"whole": distinct, "cell": distinct.str.split(";")}).explode("cell")
    told = each.filter(says).group_by("whole").agg(cell.unique().sort().str.join(";").alias("told"))
    return cells.replace_strict(told["whole"], told["told"], default=None, return_dtype=pl.String)


def _each(rule: Callable[[Collection[str]], pl.Expr]) -> Callable[[pl.Series, Collection[str]], pl.Series]:
    return lambda cells, mailboxes: _distinctly(cells, rule(mailboxes))


_COMPARABLE: dict[str, Callable[[pl.Series, Collection[str]], pl.Series]] = {
    # The longest first, so that two at a time end together.
    "email": _each(_email),
    "full_name": _each(_whole_name),
    "external_ids": _ids,
    "phone": _each(_phone),
    "street": _each(_street),
    "family_name": _each(_folded(Role.NAME)),
    "given_name": _each(_folded(Role.NAME)),
    "city": _each(_folded(Role.WORD)),
    "region": _each(_folded(Role.WORD)),
    "postcode": _each(_postcode),
}
