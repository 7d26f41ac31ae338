"""What is known of the people in a conversation, as phrases to look for, in all their spellings.

A profile frame has one row a person and shares at least one column with the texts (`customer_id`, `interaction_id`, …). Columns
are known by their names; lists are several values. A column `role` that says `agent` makes the names an agent's.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from cx_pipeline.privacy.entity import Entity
from cx_pipeline.privacy.folded import fold
from cx_pipeline.privacy.person_names import NAME_PARTS, name_words
from cx_pipeline.privacy.spellings import spelled

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
    "account": ("account_number", "account_id", "account_numbers", "customer_number", "username", "user_name"),
    "handle": ("handle", "handles"),
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
    "handle": Entity.HANDLE,
    "birth": Entity.DATE_OF_BIRTH,
    "iban": Entity.IBAN,
    "card": Entity.CARD,
    "national_id": Entity.NATIONAL_ID,
    "ip": Entity.IP,
}
_WORKERS = 2
#: A phrase shorter than this says nothing by itself.
_SHORTEST = {"email": 5, "street": 5, "postcode": 4, "order": 4, "account": 4, "loyalty": 4, "handle": 4, "birth": 8}

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
        phrases: as `SCHEMA`; of names their words only.
        names: what `person_names` makes more phrases of, where one of the words was found.
    """

    people: pl.DataFrame
    phrases: pl.DataFrame
    names: pl.DataFrame


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
    names = _names(values)
    with ThreadPoolExecutor(_WORKERS) as pool:  # names are worked out in Python, the rest in Polars
        jobs = [pool.submit(name_words, names), pool.submit(_phones, values)]
        jobs += [pool.submit(_exact, values, kind) for kind in _ENTITIES]
        parts = [job.result() for job in jobs]
    phrases = pl.concat([part.select(pl.col(column).cast(dtype) for column, dtype in SCHEMA.items()) for part in parts])
    return Known(people, phrases.filter(pl.col("phrase").str.len_chars() > 0).unique(maintain_order=True), names)


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
    folded = told.select("person", "kind", pl.col("value").alias("known"), fold(told["value"]).alias("folded"))
    return (
        spelled(folded, kind)
        .filter(pl.col("phrase").str.len_chars() >= _SHORTEST.get(kind, 7))
        .select("person", "kind", "phrase", pl.lit(_ENTITIES[kind].value).alias("entity"), "known")
    )


_PHONE_TAIL = 7


def _phones(values: pl.DataFrame) -> pl.DataFrame:
    """The last seven digits, or as many as there are: all spellings of a number share them."""
    digits = pl.col("value").str.replace(r"(?i)\s*(?:x|ext\.?|extension|#)\s*[0-9]+$", "").str.replace_all(r"[^0-9]", "")
    return (
        values.filter(pl.col("kind") == "phone")
        .select(
            "person",
            "kind",
            digits.str.tail(_PHONE_TAIL).alias("phrase"),
            pl.lit(Entity.PHONE.value).alias("entity"),
            pl.col("value").alias("known"),
        )
        .filter(pl.col("phrase").str.len_chars() >= _PHONE_TAIL - 1)
    )


def _names(values: pl.DataFrame) -> pl.DataFrame:
    """What is known of names: person, entity, and lists of given, family and full names; one row for each row of profiles."""
    entity = pl.when("_agent").then(pl.lit(Entity.AGENT_NAME.value)).otherwise(pl.lit(Entity.CUSTOMER_NAME.value))
    return (
        values.filter(pl.col("kind").is_in(NAME_PARTS))
        .with_columns(entity.alias("entity"))
        .group_by("_row", "person", "entity", maintain_order=True)
        .agg(*(pl.col("value").filter(pl.col("kind") == kind).alias(kind) for kind in NAME_PARTS))
        .drop("_row")
    )


def shared_keys(profiles: pl.DataFrame, texts: pl.DataFrame, column: str) -> list[str]:
    """Columns by which profiles belong to texts: those of both that hold nothing to look for; else the ids among them."""
    both = [name for name in profiles.columns if name in texts.columns and name not in (column, "role")]
    return [name for name in both if name.lower() not in _KIND_OF] or [name for name in both if name.lower().endswith("_id")]
