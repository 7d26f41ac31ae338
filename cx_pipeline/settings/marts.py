"""What the business declares for its metrics: when it works, what it promised, what it aims at, how it names reasons."""

from __future__ import annotations

import itertools
import re
from datetime import date
from typing import Literal

import holidays
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cx_pipeline.settings.loops import Loops
from cx_pipeline.zones import zone_names

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
        if value is not None and value not in zone_names():
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


class Load(BaseModel):
    """How agents' work is measured, from where on it is a risk, and how few people are too few to tell of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    smallest_team: int = Field(default=5, ge=2, description="fewer agents than this are never told of by themselves")
    longest_pause_minutes: int = Field(
        default=10, gt=0, description="a chat is work from a message of the agent's to the next, if that is not longer"
    )
    longest_shift_hours: int = Field(default=16, gt=0, description="a shift, call or chat longer than this was not signed off")
    away_activities: tuple[str, ...] = Field(
        default=("absence", "break", "holiday", "leave", "lunch", "sick", "vacation"),
        description="activities of shifts that are no time at work",
    )
    team_questions: tuple[str, ...] = Field(
        default=("team", "your team", "which team do you work in?"),
        description="keys or wordings of the question of employee surveys that asks for the team",
    )
    difficult_touches: int = Field(default=10, gt=0, description="messages and legs that make a contact difficult")
    difficult_transfers: int = Field(default=2, gt=0, description="transfers that make a contact difficult")
    max_occupancy: float = Field(default=0.85, gt=0, description="busy share of shifts that is a risk beyond")
    max_several: float = Field(default=0.5, ge=0, le=1, description="share of busy time with several contacts at once")
    max_after_hours: float = Field(default=0.25, ge=0, le=1, description="share of acts outside working hours")
    max_weekend: float = Field(default=0.25, ge=0, le=1, description="share of acts on Saturdays and Sundays")
    max_difficult: float = Field(default=0.3, ge=0, le=1, description="share of difficult cases")
    max_transferred: float = Field(default=0.2, ge=0, le=1, description="share of legs that end in a transfer")
    max_outside_shift: float = Field(default=0.1, ge=0, le=1, description="share of busy time outside shifts")
    min_survey_score: float = Field(default=50.0, ge=0, le=100, description="score of employees, 0 to 100, that is a risk below")


Stage = Literal["attract", "browse", "buy", "receive", "visit", "ask", "complain", "return", "tell"]
_JOURNEY: dict[Stage, tuple[str, ...]] = {
    "attract": ("email",),
    "browse": ("web", "mobile_app"),
    "buy": ("web", "in_store"),
    "receive": ("delivery", "in_store"),
    "visit": ("in_store",),
    "ask": ("email", "phone", "chat", "messenger", "web", "social"),
    "complain": ("web", "phone"),
    "return": ("web", "in_store"),
    "tell": ("email", "web", "reviews"),
}


class Journey(BaseModel):
    """The ways that customers go, and from where on a stretch of them counts as unseen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stages: dict[Stage, tuple[str, ...]] = Field(default=_JOURNEY, description="stage to the channels that customers take there")
    outcome_days: int = Field(default=14, gt=0, description="days after which it should be known how a step ended")
    feedback_days: int = Field(default=14, gt=0, description="days within which an answer is about a step")
    stale_days: int = Field(default=14, gt=0, description="days without a step after which a stretch is stale")
    least_known: float = Field(default=0.5, ge=0, le=1, description="share of steps whose customer is known")
    least_outcomes: float = Field(default=0.5, ge=0, le=1, description="share of steps whose outcome is known")
    least_feedback: float = Field(default=0.02, ge=0, le=1, description="share of steps that somebody said something about")

    def __hash__(self) -> int:
        return hash(self.model_dump_json())


class Marts(BaseModel):
    """What the marts count by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schedules: tuple[Schedule, ...] = Field(default=(Schedule(),), min_length=1, description="working hours")
    promises: tuple[Promise, ...] = Field(default=(), description="service levels")
    targets: tuple[Target, ...] = Field(default=(), description="targets of metrics")
    reasons: dict[str, tuple[str, ...]] = Field(
        default={}, description="reason for contact to the categories it stands for; a category may end in *"
    )
    sentiment: bool = Field(default=True, description="score how the customer's words sound")
    repeat_days: int = Field(default=7, gt=0, description="days within which another contact is a repeat")
    active_days: int = Field(default=90, gt=0, description="days after the last touch that a customer counts as active")
    churned_days: int = Field(default=365, gt=0, description="days after the last touch that a customer counts as churned")
    amber_share: float = Field(
        default=0.01, ge=0, le=1, description="share of rows kept back or unclear that makes a metric amber"
    )
    red_share: float = Field(default=0.05, ge=0, le=1, description="the same, red")
    least_rows: int = Field(default=30, ge=1, description="rows below which a metric is amber")
    load: Load = Load()
    journey: Journey = Journey()
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
