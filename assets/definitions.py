"""The code location: everything Dagster knows of the pipeline."""

from __future__ import annotations

import dagster as dg

from assets.ai import ai_candidate, ai_dataset
from assets.cx_audit import cx_audit
from assets.jobs import nightly, nightly_schedule
from assets.resources import Pipeline
from assets.sensors import late_deliveries
from assets.tables import clean_tables, cx_published, cx_staged
from assets.vendors import VENDORS
from assets.vulnerability import vulnerability
from checks.gate import audit_checks

defs = dg.Definitions(
    assets=[*VENDORS, clean_tables, cx_staged, ai_candidate, cx_published, ai_dataset, vulnerability, cx_audit],
    asset_checks=[audit_checks],
    jobs=[nightly],
    schedules=[nightly_schedule],
    sensors=[late_deliveries],
    resources={"pipeline": Pipeline()},
)
