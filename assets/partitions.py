"""One partition a delivery date; the run of the small hours takes in the folder of its own day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

import dagster as dg
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.instance import DynamicPartitionsStore

from cx_pipeline.settings import load


class DeliveryDates(dg.DailyPartitionsDefinition):
    """Days as Dagster counts them, told at once.

    A run asks for all of them for each export that the clean tables are made of. Dagster walks through a cron schedule
    each time, which takes as long as everything else that a step with little to do costs.
    """

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> Sequence[str]:
        with partition_loading_context(current_time, dynamic_partitions_store):
            first, last = self.get_first_partition_key(), self.get_last_partition_key()
        return list(_days(first, last)) if first is not None and last is not None else []


@lru_cache(maxsize=1)
def _days(first: str, last: str) -> tuple[str, ...]:
    start = date.fromisoformat(first)
    return tuple((start + timedelta(days)).isoformat() for days in range((date.fromisoformat(last) - start).days + 1))


DELIVERY_DATES = DeliveryDates(start_date=load().start_date.isoformat(), timezone=load().timezone, end_offset=1)
"""Every date of a delivery that there can be, until today."""

__all__ = ["DELIVERY_DATES", "DeliveryDates"]
