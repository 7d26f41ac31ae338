"""What the business declares for its metrics: when it works, what it promised, what it aims at, how it names reasons."""

from __future__ import annotations

import itertools
import re
import zoneinfo
from datetime import date
from typing import Literal

import holidays
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cx_pipeline.loop_settings import Loops

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OPENING = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")
_LONG_AGO = date(1990, 1, 1)


class Schedule(BaseModel):
    """Working hours of some teams, from a day on. Several of one name: each holds until the next begins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="default", min_length=1, description="of the schedule; `default` is for whom no other names")
    valid_from: date = Field(default=_LONG_AGO, description="first local day on which it holds")
    timezone: str | None = Field(default=None, description="IANA zone of its hours; the setting timezone when not set")
    hours: dict[Weekday, tuple[str, ...]] = Field(
        default=dict.fromkeys(WEEKDAYS[:5], ("09:00-17:00",)), description="opening hours by weekday, such as 09:00-17:00"
    )
    country: str | None = Field(default=None, description="country whose public holidays are closed; none when not set")
    subdivision: str | None = Field(default=None, description="part of the country, as the library holidays names it")
    closed: tuple[date, ...] = Field(default=(), description="further closed days")
    teams: tuple[str, ...] = Field(default=(), description="teams, queues or departments that it is for")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None and value not in zoneinfo.available_timezones():
            raise ValueError("not an IANA time zone, such as Europe/Berlin")
        return value

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Schedule:
        for spans in self.hours.values():
            if not all(_OPENING.fullmatch(span) and span[:5] < span[6:] for span in spans):
                raise ValueError("opening hours are written as 09:00-17:00, and end later than they begin")
            ordered = sorted(spans)
            if any(later[:5] < earlier[6:] for earlier, later in itertools.pairwise(ordered)):
                raise ValueError("opening hours of a day do not overlap")
        known = holidays.list_supported_countries(include_aliases=True)
        if self.country is not None and self.country not in known:
            raise ValueError("not a country that the library holidays knows, such as DE")
        if self.subdivision is not None and self.subdivision not in known.get(self.country or "", []):
            raise ValueError("not a subdivision of the country that the library holidays knows")
        return self


class Promise(BaseModel):
    """A service level: how soon something is due, for what was asked from a day on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: Literal["first_reply", "next_reply", "resolution"] = Field(description="what is due")
    minutes: float = Field(gt=0, description="how soon, in minutes")
    clock: Literal["calendar", "business"] = Field(default="business", description="which clock counts")
    priority: str | None = Field(default=None, description="only this priority")
    channel: str | None = Field(default=None, description="only this channel")
    valid_from: date = Field(default=_LONG_AGO, description="first day (UTC) on which it holds")


class Target(BaseModel):
    """What a metric should reach."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str = Field(min_length=1, description="name as in cx_metrics_daily")
    value: float = Field(description="in the metric's unit")


class Marts(BaseModel):
    """What the marts count by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schedules: tuple[Schedule, ...] = Field(default=(Schedule(),), min_length=1, description="working hours")
    promises: tuple[Promise, ...] = Field(default=(), description="service levels")
    targets: tuple[Target, ...] = Field(default=(), description="targets of metrics")
    reasons: dict[str, tuple[str, ...]] = Field(
        default={}, description="reason for contact to the categories it stands for; a category may end in *"
    )
    repeat_days: int = Field(default=7, gt=0, description="days within which another contact is a repeat")
    active_days: int = Field(default=90, gt=0, description="days after the last touch that a customer counts as active")
    churned_days: int = Field(default=365, gt=0, description="days after the last touch that a customer counts as churned")
    amber_share: float = Field(
        default=0.01, ge=0, le=1, description="share of rows kept back or unclear that makes a metric amber"
    )
    red_share: float = Field(default=0.05, ge=0, le=1, description="the same, red")
    least_rows: int = Field(default=30, ge=1, description="rows below which a metric is amber")
    loops: Loops = Field(default=Loops(), description="closed loops")

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    @model_validator(mode="after")
    def _is_whole(self) -> Marts:
        if "default" not in {schedule.name for schedule in self.schedules}:
            raise ValueError("one schedule is named default")
        if self.churned_days <= self.active_days:
            raise ValueError("churned_days is more than active_days")
        if self.red_share < self.amber_share:
            raise ValueError("red_share is not below amber_share")
        versions = [(schedule.name, schedule.valid_from) for schedule in self.schedules]
        if len(versions) != len(set(versions)):
            raise ValueError("no two schedules have the same name and valid_from")
        return self
