"""Whom a request to be forgotten means: one resolved person, with every record key and identifier that is theirs alone."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import polars as pl

from cx_pipeline.errors import ConfigError
from cx_pipeline.identity.registry import Assignment
from cx_pipeline.identity.rules import IDENTITIES, usable
from cx_pipeline.layout import Layout
from cx_pipeline.scrub.email import is_role_mailbox, is_valid, reshape
from cx_pipeline.scrub.names import match_form
from cx_pipeline.scrub.phone import e164
from cx_pipeline.settings import Settings
from cx_pipeline.stages.forgetting.blanking import Blanks
from cx_pipeline.stages.forgetting.suppressed import (
    EMAIL,
    EXTERNAL_ID,
    JOINT,
    PERSON,
    PHONE,
    PHONE_DIGITS,
    PHONE_NAME,
    Seeds,
)
from cx_pipeline.stages.forgetting.traces import digit_forms

_RECORD = pl.concat_str("source_system", pl.lit("."), "source_entity", pl.lit(":"), "source_id")
_JOINING = ("email", "phone", "external_id")


class Selector(NamedTuple):
    """What the request names the person by; one of them."""

    customer: str | None = None
    email: str | None = None
    phone: str | None = None
    record: str | None = None

    @property
    def told(self) -> tuple[str, str]:
        """The kind and the value that are given.

        Raises:
            ConfigError: none is, or several are.
        """
        given = [(kind, value) for kind, value in self._asdict().items() if value is not None]
        if len(given) != 1:
            raise ConfigError("one person is named in one way", expected="one of --customer, --email, --phone and --record")
        kind, value = given[0]
        return str(kind), str(value)


class Subject(NamedTuple):
    """The person.

    Attributes:
        customers: their ids, retired ones included.
        records: keys of their person records.
        identifiers: kind to values that identify nobody else.
        names: in the form names are compared in.
        shared: how many of their identifiers other people carry as well: these stay with those.
    """

    customers: frozenset[str]
    records: frozenset[str]
    identifiers: dict[str, frozenset[str]]
    names: frozenset[str]
    shared: int

    def of(self, kind: str) -> frozenset[str]:
        return self.identifiers.get(kind, frozenset())

    @property
    def blanks(self) -> Blanks:
        """What is blanked wherever it stands."""
        return Blanks(self.of("email"), digit_forms(sorted(self.of("phone"))))

    @property
    def seeds(self) -> Seeds:
        """What nothing may bring back."""
        phones = self.of("phone")
        return Seeds(
            {
                PERSON: set(self.records),
                EMAIL: set(self.of("email")),
                EXTERNAL_ID: set(self.of("external_id")),
                PHONE: set(phones),
                PHONE_DIGITS: digit_forms(sorted(phones)),
                PHONE_NAME: {f"{phone}{JOINT}{name}" for phone in phones | self.of("shared_phone") for name in self.names},
            }
        )


def find(selector: Selector, registry: Assignment, settings: Settings, layout: Layout) -> Subject:
    """The person that a request names.

    Args:
        selector: as given.
        registry: in force.
        settings: caps of the rules, role mailboxes, the country of bare numbers.
        layout: of the data folder.

    Raises:
        ConfigError: nobody, or more than one, is named by it.
    """
    kind, value = selector.told
    identities = _identities(layout, settings)
    wanted = _normal(kind, value, settings)
    if kind in ("email", "phone"):
        carried = identities.filter(pl.col("kind") == kind, pl.col("value") == wanted)
        customers = set(carried.get_column("customer_id").drop_nulls())
    elif kind == "record":
        customers = set(registry.membership.filter(pl.col("record") == wanted).get_column("customer_id"))
        customers |= set(identities.filter(pl.col("record") == wanted).get_column("customer_id").drop_nulls())
    else:
        followed = dict(registry.retired.select("customer_id", "survivor").iter_rows())
        customers = {followed.get(wanted, wanted)}
        if registry.membership.filter(pl.col("customer_id").is_in(list(customers))).is_empty():
            raise ConfigError("no customer has this id", next_step="cx-pipeline explain --customer ID")
    if len(customers) > 1:
        raise ConfigError(
            f"{len(customers)} people carry this {kind}",
            expected=f"one of them, by --customer: {', '.join(sorted(customers))}",
            happened="nothing was changed",
        )
    if not customers and kind == "record":
        customers = set()
    return _subject(customers, {wanted} if kind == "record" else set(), _own(kind, wanted), identities, registry, settings)


def _own(kind: str, value: str) -> dict[str, str]:
    return {kind: value} if kind in ("email", "phone") else {}


def _normal(kind: str, value: str, settings: Settings) -> str:
    """The form under which the lake keeps what was given."""
    given = pl.Series([value.strip()])
    if kind == "email":
        shaped = reshape(given)
        made = shaped.alias("email").to_frame().filter(is_valid(pl.col("email"))).to_series().first()
    elif kind == "phone":
        made = e164(given, None, settings.default_country)[0]
    else:
        made = value.strip()
    if not made:
        raise ConfigError(f"this is no {kind}", expected="one as in the data", happened="nothing was changed")
    return str(made)


def _identities(layout: Layout, settings: Settings) -> pl.DataFrame:
    """Every identifier of the clean layer: columns of `rules.IDENTITIES`, `customer_id` and `is_shared`."""
    path = layout.lake_clean / "tables" / "customer_identities.parquet"
    schema = {**IDENTITIES, "customer_id": pl.String, "is_shared": pl.Boolean}
    if not path.exists():
        return pl.DataFrame(schema=schema)
    role = (pl.col("kind") == "email") & is_role_mailbox(pl.col("value"), frozenset(settings.mailboxes))
    return (
        pl.scan_parquet(path, glob=False)
        .filter(pl.col("value").is_not_null())
        .select(
            _RECORD.alias("record"),
            "kind",
            pl.when(pl.col("kind") == "name").then(match_form(pl.col("value"))).otherwise("value").alias("value"),
            (pl.col("is_placeholder") | pl.col("is_null_hash")).fill_null(value=False).alias("is_placeholder"),
            role.fill_null(value=False).alias("is_role"),
            pl.lit(value=False).alias("is_test"),
            pl.lit(value=False).alias("is_contact"),
            pl.concat_str("source_system", pl.lit("."), "source_entity").alias("export"),
            "customer_id",
            pl.col("is_shared").fill_null(value=False),
        )
        .collect()
    )


def _subject(
    customers: Collection[str],
    records: set[str],
    given: dict[str, str],
    identities: pl.DataFrame,
    registry: Assignment,
    settings: Settings,
) -> Subject:
    ids = pl.Series(sorted(customers), dtype=pl.String)
    retired = registry.retired.filter(pl.col("survivor").is_in(ids.implode())).get_column("customer_id")
    members = registry.membership.filter(pl.col("customer_id").is_in(ids.implode())).get_column("record")
    own = identities.filter(
        pl.col("customer_id").is_in(ids.implode()) | pl.col("record").is_in(pl.Series(sorted(records), dtype=pl.String).implode())
    )
    crowded = identities.filter("is_shared").select("kind", "value").unique()
    joins = usable(own.select(*IDENTITIES), crowded, settings.identity).filter(pl.col("kind").is_in(list(_JOINING)))
    mine = joins.select("kind", "value").unique()
    others = identities.join(own.select("record").unique(), on="record", how="anti").select("kind", "value").unique()
    alone = mine.join(others, on=["kind", "value"], how="anti")
    found = {kind: frozenset(alone.filter(kind=kind).get_column("value")) for kind in _JOINING}
    both = mine.join(others, on=["kind", "value"], how="semi")
    for kind, value in given.items():
        if both.filter(kind=kind, value=value).is_empty() and crowded.filter(kind=kind, value=value).is_empty():
            found[kind] = found[kind] | {value}
    found["shared_phone"] = frozenset(both.filter(kind="phone").get_column("value"))
    names = own.filter(kind="name").get_column("value").drop_nulls()
    return Subject(frozenset(customers) | frozenset(retired), frozenset(members) | records, found, frozenset(names), both.height)
