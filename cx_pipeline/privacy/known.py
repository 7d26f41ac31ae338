"""What is known of the people in a conversation, as phrases to look for, in all their spellings.

A profile frame has one row a person and shares at least one column with the texts (`customer_id`, `interaction_id`, …). Columns
are known by their names; lists are several values. A column `role` that says `agent` makes the names an agent's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from cx_pipeline.privacy.entity import Entity
from cx_pipeline.privacy.folded import fold_text
from cx_pipeline.privacy.person_names import name_phrases
from cx_pipeline.scrub.phone import e164

_COLUMNS: dict[str, tuple[str, ...]] = {
    "given": ("given_name", "first_name", "firstname", "given", "nickname", "preferred_name", "middle_name"),
    "family": ("family_name", "last_name", "lastname", "surname", "family", "maiden_name", "former_name"),
    "full": ("full_name", "name", "display_name", "customer_name", "agent_name", "names", "former_names"),
    "email": ("email", "emails", "e_mail", "email_address", "other_emails"),
    "phone": (
        "phone",
        "phones",
        "mobile",
        "telephone",
        "phone_number",
        "mobile_number",
        "mobile_phone",
        "home_phone",
        "other_phones",
    ),
    "street": ("street", "streets", "address", "addresses", "address1", "address_line1", "address_line_1", "street_address"),
    "street2": ("address2", "address_line2", "address_line_2", "full_address", "address_lines"),
    "postcode": ("postcode", "postcodes", "postal_code", "zip", "zip_code", "zipcode"),
    "order": ("order_id", "order_ids", "order_number", "order_numbers", "orders", "order_name"),
    "account": ("account_number", "account_id", "account_numbers", "customer_number", "username", "handle", "user_name"),
    "loyalty": ("loyalty_id", "loyalty_number", "loyalty_ids", "member_id", "membership_number"),
    "birth": ("date_of_birth", "dob", "birth_date", "birthday"),
    "iban": ("iban", "ibans"),
    "card": ("card", "card_number", "credit_card", "credit_card_number"),
    "national_id": ("ssn", "national_id", "tax_id", "passport_number"),
    "ip": ("ip", "ip_address", "ipv4"),
}
_KIND_OF = {name: kind for kind, names in _COLUMNS.items() for name in names}
_ENTITIES = {
    "email": Entity.EMAIL,
    "street": Entity.ADDRESS,
    "postcode": Entity.ADDRESS,
    "order": Entity.ORDER,
    "account": Entity.ACCOUNT,
    "loyalty": Entity.LOYALTY,
    "birth": Entity.DATE_OF_BIRTH,
    "iban": Entity.IBAN,
    "card": Entity.CARD,
    "national_id": Entity.NATIONAL_ID,
    "ip": Entity.IP,
}
#: A phrase shorter than this says nothing by itself.
_SHORTEST = {"email": 5, "street": 5, "postcode": 4, "order": 4, "account": 4, "loyalty": 4, "birth": 8}

SCHEMA = {
    "person": pl.UInt32,
    "kind": pl.String,  # name, full, form, phone, or what the entity is
    "phrase": pl.String,  # folded; digits for a phone
    "entity": pl.String,
    "known": pl.String,  # what the token is made of
}


@dataclass(frozen=True)
class Known:
    """Phrases by person.

    Attributes:
        people: the columns shared with the texts, and `person`, a number for each of their combinations.
        phrases: as `SCHEMA`.
    """

    people: pl.DataFrame
    phrases: pl.DataFrame


def known_values(profiles: pl.DataFrame, keys: Iterable[str]) -> Known:
    """Phrases of every person in a profile frame.

    Args:
        profiles: see the module.
        keys: the columns shared with the texts.
    """
    by = list(keys)
    people = profiles.select(by).unique(maintain_order=True).with_row_index("person")
    numbered = profiles.join(people, on=by, how="left", nulls_equal=True, maintain_order="left")
    agent = pl.col("role").cast(pl.String).str.to_lowercase() == "agent" if "role" in profiles.columns else pl.lit(value=False)
    values = _values(
        numbered.with_columns(agent.fill_null(value=False).alias("_agent"), pl.int_range(pl.len()).alias("_row")), by
    )
    parts = [_names(values), _phones(values), *(_exact(values, kind) for kind in _ENTITIES)]
    return Known(people, pl.concat(parts).filter(pl.col("phrase").str.len_chars() > 0).unique(maintain_order=True))


def _values(numbered: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Every filled cell: _row, person, _agent, kind, value."""
    parts = []
    for name, dtype in numbered.schema.items():
        kind = _KIND_OF.get(name.lower())
        if kind is None or name in keys:
            continue
        column = pl.col(name).cast(pl.List(pl.String) if isinstance(dtype, pl.List) else pl.String)
        cells = numbered.select(
            "_row", "person", "_agent", pl.lit("street" if kind == "street2" else kind).alias("kind"), column.alias("value")
        )
        parts.append(cells.explode("value") if isinstance(dtype, pl.List) else cells)
    empty = pl.DataFrame(
        schema={"_row": pl.Int64, "person": pl.UInt32, "_agent": pl.Boolean, "kind": pl.String, "value": pl.String}
    )
    told = pl.concat([empty, *parts], how="vertical_relaxed").with_columns(pl.col("value").str.strip_chars())
    return told.filter(pl.col("value").is_not_null() & (pl.col("value") != ""))


def _exact(values: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Phrases looked for as they are, in every spelling of the kind."""
    told = values.filter(pl.col("kind") == kind)
    distinct = told["value"].unique()
    spellings = _SPELLINGS.get(kind, _as_is)
    spelled = [spellings(fold_text(value)) for value in distinct]
    flat = [phrase for phrases in spelled for phrase in phrases]
    counts = pl.Series([len(phrases) for phrases in spelled], dtype=pl.UInt32)
    table = pl.DataFrame(
        {"value": distinct.repeat_by(counts).explode(empty_as_null=False), "phrase": pl.Series(flat, dtype=pl.String)}
    )
    return (
        told.join(table, on="value", maintain_order="left")
        .filter(pl.col("phrase").str.len_chars() >= _SHORTEST.get(kind, 7))
        .select(
            "person",
            "kind",
            "phrase",
            pl.lit(_ENTITIES[kind].value).alias("entity"),
            pl.col("value").alias("known"),
        )
    )


def _as_is(folded: str) -> list[str]:
    return [folded]


_SUFFIXES = (
    *(
        ("street", "st"),
        ("avenue", "ave"),
        ("road", "rd"),
        ("boulevard", "blvd"),
        ("lane", "ln"),
        ("drive", "dr"),
        ("court", "ct"),
    ),
    *(("place", "pl"), ("square", "sq"), ("terrace", "ter"), ("highway", "hwy"), ("parkway", "pkwy"), ("apartment", "apt")),
    *(
        ("circle", "cir"),
        ("crescent", "cres"),
        ("straße", "str."),
        ("strasse", "str."),
        ("suite", "ste"),
        ("north", "n"),
        ("south", "s"),
    ),
)


def _streets(folded: str) -> list[str]:
    lines = [folded, *re.split(r"\s*[\n,]\s*", folded)]
    spelled = {" ".join(line.split()) for line in lines if re.search(r"[0-9]", line) and re.search(r"[^\W\d]{2}", line)}
    for long, short in _SUFFIXES:
        spelled |= {re.sub(rf"{long}\b", short, line) for line in spelled}
        spelled |= {re.sub(rf"\b{re.escape(short)}(?!\w)", long, line) for line in spelled if long not in line}
    return sorted(spelled)


def _postcodes(folded: str) -> list[str]:
    bare = re.sub(r"[\s\-]+", "", folded)
    spelled = {folded, bare}
    if re.fullmatch(r"[a-z]{1,2}[0-9][0-9a-z]?[0-9][a-z]{2}", bare):
        spelled.add(f"{bare[:-3]} {bare[-3:]}")
    return sorted(spelled)


def _codes(folded: str) -> list[str]:
    return sorted({folded, folded.lstrip("#"), re.sub(r"[\s\-]+", "", folded.lstrip("#"))})


_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"),
)


def _births(folded: str) -> list[str]:
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)", folded)
    if found is None:
        return [folded]
    year, month, day = found.groups()
    name, number = _MONTHS[int(month) - 1], str(int(day))
    words = [f"{number} {each} {year}" for each in (name, name[:3])] + [f"{each} {number}, {year}" for each in (name, name[:3])]
    words += [f"{each} {number} {year}" for each in (name, name[:3])]
    digits = [sign.join(parts) for sign in "/.-" for parts in ((day, month, year), (month, day, year), (year, month, day))]
    short = [sign.join(parts) for sign in "/.-" for parts in ((number, str(int(month)), year), (str(int(month)), number, year))]
    return [*words, *digits, *short]


def _grouped(folded: str) -> list[str]:
    bare = re.sub(r"[\s\-]+", "", folded)
    return sorted({folded, bare, *(sign.join(bare[at : at + 4] for at in range(0, len(bare), 4)) for sign in " -")})


_SPELLINGS = {
    "street": _streets,
    "postcode": _postcodes,
    "order": _codes,
    "account": _codes,
    "loyalty": _codes,
    "birth": _births,
    "iban": _grouped,
    "card": _grouped,
}


def _phones(values: pl.DataFrame) -> pl.DataFrame:
    """The last nine digits, or as many as there are: all spellings of a number share them."""
    told = values.filter(pl.col("kind") == "phone")
    numbers = e164(told["value"], None, "US")
    digits = pl.col("value").str.replace(r"(?i)\s*(?:x|ext\.?|extension|#)\s*[0-9]+$", "").str.replace_all(r"[^0-9]", "")
    return (
        told.with_columns(numbers.alias("_number"), digits.str.tail(_PHONE_TAIL).alias("phrase"))
        .filter(pl.col("phrase").str.len_chars() >= 6)
        .select(
            "person",
            pl.lit("phone").alias("kind"),
            "phrase",
            pl.lit(Entity.PHONE.value).alias("entity"),
            pl.coalesce("_number", "value").alias("known"),
        )
    )


_PHONE_TAIL = 7


def _names(values: pl.DataFrame) -> pl.DataFrame:
    """Words of names (kind `name`), names in full and other forms (`full`, `form`), those of one row of profiles together."""
    told = values.filter(pl.col("kind").is_in(["given", "family", "full"]))
    rows = told.group_by("_row", "person", "_agent", maintain_order=True).agg(
        *(pl.col("value").filter(pl.col("kind") == kind).alias(kind) for kind in ("given", "family", "full"))
    )
    keys = ["given", "family", "full"]
    distinct = rows.select(keys).unique(maintain_order=True)
    made = [name_phrases(given, family, full) for given, family, full in distinct.iter_rows()]
    table = distinct.with_columns(
        pl.Series("made", [[{"kind": kind, "phrase": phrase} for kind, phrase in each[0]] for each in made], dtype=_MADE),
        pl.Series("known", [each[1] for each in made], dtype=pl.String),
    )
    named = rows.join(table, on=keys, nulls_equal=True, maintain_order="left").explode("made").unnest("made")
    entity = pl.when("_agent").then(pl.lit(Entity.AGENT_NAME.value)).otherwise(pl.lit(Entity.CUSTOMER_NAME.value))
    return named.filter(pl.col("phrase").is_not_null()).select("person", "kind", "phrase", entity.alias("entity"), "known")


_MADE = pl.List(pl.Struct({"kind": pl.String, "phrase": pl.String}))


def shared_keys(profiles: pl.DataFrame, texts: pl.DataFrame, column: str) -> list[str]:
    """Columns by which profiles belong to texts: those of both that hold nothing to look for; else the ids among them."""
    both = [name for name in profiles.columns if name in texts.columns and name not in (column, "role")]
    return [name for name in both if name.lower() not in _KIND_OF] or [name for name in both if name.lower().endswith("_id")]
