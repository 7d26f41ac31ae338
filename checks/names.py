"""Names shared by the checks and the assets they guard."""

from __future__ import annotations

import dagster as dg

STAGED = dg.AssetKey(["warehouse", "cx_staged"])
BOOKS = "ledger_balances"
MARTS = "marts_keep_their_keys"
PRIVACY = "nothing_personal"
ANONYMITY = "anonymity"
IMPACT = "identity_impact"
CONSENT = "permitted_by_consent"
TOKENS = "tokens_of_one_key"


def suite_check(table: str) -> str:
    """Name of the check that runs a table's Great Expectations suite."""
    return f"expectations_{table}"
