"""Whose features may be cut: asked of the consents as they are published, at the time of building and not at the cut-off."""

from __future__ import annotations

from typing import NamedTuple

import duckdb
import polars as pl

from cx_pipeline.ai.facts import ConsentFact, Withheld
from cx_pipeline.identity.permissions import Permits, gate, stated
from cx_pipeline.privacy.outputs import PurposeBound
from cx_pipeline.settings import Consent

PURPOSE = "train_ai_system"
OUTPUT = "features"
_PEOPLE = """
SELECT c.customer_id, coalesce(bool_and(i.is_test), false) AS is_test, coalesce(bool_and(i.is_deleted), false) AS is_deleted
FROM main.customers c LEFT JOIN main.customer_identities i USING (customer_id)
GROUP BY c.customer_id ORDER BY c.customer_id
"""
_WORDS = "SELECT kind, word, stands_for FROM main.consent_words WHERE mapped_by = 'settings' ORDER BY kind, word"


class Permitted(NamedTuple):
    """`customers`: `customer_id` of those who may be in an output. The others are counted by reason."""

    customers: pl.DataFrame
    withheld: tuple[Withheld, ...]
    consent: ConsentFact


def permitted(connection: duckdb.DuckDBPyConnection, purpose: str = PURPOSE, output: str = OUTPUT) -> Permitted:
    """Customers whose data may be used for a purpose; who was never asked is not one of them.

    Args:
        connection: on the published file.
        purpose: data use of the fideslang taxonomy.
        output: whose counts these are.
    """
    declared = _declared(connection)
    consents = connection.sql("SELECT * FROM main.consents").pl().lazy()
    events = connection.sql("SELECT event_id, state FROM main.consent_events").pl().lazy()
    people = connection.sql(_PEOPLE).pl()
    gated = gate(people.lazy(), PurposeBound(output, purpose=purpose), Permits(stated(consents, events, declared), declared))
    customers = gated.rows.select("customer_id").sort("customer_id").collect()
    withheld = tuple(
        Withheld(output, "customer", reason, rows) for reason, rows in gated.withheld.select("reason", "rows").rows()
    )
    subjects = people.filter(~pl.col("is_test") & ~pl.col("is_deleted")).height
    return Permitted(customers, withheld, ConsentFact(output, purpose, subjects, customers.height))


def _declared(connection: duckdb.DuckDBPyConnection) -> Consent:
    """The settings of consent that the published file was made under."""
    words: dict[str, dict[str, str]] = {"purpose": {}, "channel": {}}
    for kind, word, stands_for in connection.execute(_WORDS).fetchall():
        if stands_for is not None:
            words[kind][word] = stands_for
    bases = dict(connection.execute("SELECT purpose, basis FROM quality.consent_bases").fetchall())
    return Consent.model_validate({"purposes": words["purpose"], "channels": words["channel"], "other_basis": bases})
