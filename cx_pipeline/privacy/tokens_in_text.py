"""Tags with tokens: the same value has the same token here as in the columns, so texts and tables join."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from cx_pipeline.privacy.entity import TOKEN_DOMAINS, Entity
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.scrub import email, names
from cx_pipeline.scrub.fixpoint import as_step
from cx_pipeline.scrub.phone import EXTENSION, e164

_extension_off = as_step(EXTENSION.transform)
_compact = as_step(lambda column: column.str.replace_all(r"[\s.\-]+", "").str.to_uppercase())
_bare_code = as_step(lambda column: column.str.strip_chars("# "))


def _email(values: pl.Series) -> pl.Series:
    return as_step(email.ASCII_DOMAIN.transform)(email.reshape(values))


def _phone(values: pl.Series) -> pl.Series:
    numbers = e164(_extension_off(values), None, "US")
    return numbers.zip_with(numbers.is_not_null(), values.str.replace_all(r"[^0-9+]", ""))


def _name(values: pl.Series) -> pl.Series:
    tidy = values
    for rule in (names.HONORIFIC, names.ORDER, names.CASE):
        tidy = as_step(rule.transform)(tidy)
    return tidy


_FORMS: dict[Entity, Callable[[pl.Series], pl.Series]] = {
    Entity.EMAIL: _email,
    Entity.PHONE: _phone,
    **dict.fromkeys((Entity.CUSTOMER_NAME, Entity.AGENT_NAME, Entity.OTHER_NAME), _name),
    **dict.fromkeys((Entity.IBAN, Entity.NATIONAL_ID), _compact),
    **dict.fromkeys((Entity.ORDER, Entity.ACCOUNT, Entity.LOYALTY), _bare_code),
}


def normal_form(values: pl.Series, entity: Entity) -> pl.Series:
    """Values as the columns hold them before they become tokens."""
    return _FORMS[entity](values) if entity in _FORMS else values


def token_tags(entities: pl.Series, values: pl.Series, tokeniser: Tokeniser) -> pl.Series:
    """A tag for each finding: `[EMAIL:k1_…]`, or without a token where the entity has none."""
    tags = pl.select(pl.concat_str(pl.lit("["), entities, pl.lit("]"))).to_series()
    for entity, domain in TOKEN_DOMAINS.items():
        rows = (entities == entity.value).arg_true()
        if not rows.is_empty():
            tokens = tokeniser.tokens(normal_form(values.gather(rows), entity), domain)
            tags = tags.scatter(rows, pl.select(pl.concat_str(pl.lit(f"[{entity}:"), tokens, pl.lit("]"))).to_series())
    return tags
