"""Keys and names shared by assets, checks and jobs."""

from __future__ import annotations

import dagster as dg

from checks.names import STAGED

__all__ = ["STAGED"]

JOB = "nightly"
OWNERS = ["team:data-engineering"]
WRITER_POOL = "duckdb_writer"
AI_CANDIDATE = dg.AssetKey(["ai", "ai_candidate"])
AI_DATASET = dg.AssetKey(["ai", "ai_dataset"])
PUBLISHED = dg.AssetKey(["warehouse", "cx_published"])
VULNERABILITY = dg.AssetKey(["warehouse", "vulnerability"])
CX_AUDIT = dg.AssetKey(["reports", "cx_audit"])
DELIVERIES = dg.AssetKey(["raw", "deliveries"])


def raw_key(source: str, export: str) -> dg.AssetKey:
    return dg.AssetKey(["raw", f"raw_{source}_{export}"])


def scrubbed_key(source: str, export: str) -> dg.AssetKey:
    return dg.AssetKey(["scrubbed", f"scrubbed_{source}_{export}"])


def clean_key(table: str) -> dg.AssetKey:
    return dg.AssetKey(["clean", table])


def mart_key(name: str) -> dg.AssetKey:
    return dg.AssetKey(["marts", name])
