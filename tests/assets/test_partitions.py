"""Delivery dates are the days that Dagster itself counts, in every zone."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg
import pytest

from assets.partitions import DELIVERY_DATES, DeliveryDates


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "UTC"])
@pytest.mark.parametrize("now", [datetime(2008, 3, 1, tzinfo=UTC), datetime(2012, 3, 25, 0, 30, tzinfo=UTC)])
def test_the_days_are_dagsters(zone: str, now: datetime) -> None:
    theirs = dg.DailyPartitionsDefinition(start_date="2011-01-01", timezone=zone, end_offset=1)
    ours = DeliveryDates(start_date="2011-01-01", timezone=zone, end_offset=1)
    assert list(ours.get_partition_keys(now)) == list(theirs.get_partition_keys(now))
    assert bool(ours.get_partition_keys(now)) == (now.year > 2011)


def test_a_list_that_somebody_changes_is_theirs_alone() -> None:
    told = DELIVERY_DATES.get_partition_keys()
    assert isinstance(told, list)
    told.clear()
    assert DELIVERY_DATES.get_partition_keys()
