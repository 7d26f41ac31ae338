"""One partition a delivery date; the run of the small hours takes in the folder of its own day."""

from __future__ import annotations

import dagster as dg

from cx_pipeline.settings import load

DELIVERY_DATES = dg.DailyPartitionsDefinition(start_date=load().start_date.isoformat(), timezone=load().timezone, end_offset=1)
