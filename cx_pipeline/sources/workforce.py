"""Workforce management: who worked for which team from when to when, and the shifts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import address_told, looks_like_test_person
from cx_pipeline.sources.columns import (
    boolean,
    duration,
    each,
    email_address,
    identifier,
    key_of,
    names,
    person_name,
    timestamp,
    word,
    written,
)
from cx_pipeline.sources.export import Context, Export, Rows, TableMap

_ID = shaped("staff", r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")
_KEYED = shaped("staff in a period", r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}(?:/[^@]{0,40})?$")
_BOT = r"(?i)\b(?:bot|chatbot|voicebot|automation|autopilot|integration|system user|service account|api user|virtual agent)\b"
_KEY = "cx key"
_EMPLOYEE = ("employee_number", "worker_id", "agent_id", "staff_id", "user_id", "person_number", "emp_id")
_LEFT = r"(?i)terminat|inactive|left|resign|retired|dismiss|ended|disabled|suspended"


def _is_written(column: str, columns: Sequence[str]) -> list[pl.Expr]:
    """The column stripped, in a list of none or one, as files may lack it."""
    return [pl.col(column).str.strip_chars().replace("", None)] if column in columns else []


def _period_key(columns: Sequence[str], _: Context) -> Mapping[str, pl.Expr]:
    """A row is somebody in a period, so that both tell it from others."""
    if "employee_id" not in columns:
        return {}
    since = [pl.concat_str(pl.lit("/"), text) for text in _is_written("valid_from", columns)]
    (who,) = _is_written("employee_id", columns)
    return {_KEY: pl.concat_str(who, *(text.fill_null("") for text in since))}


def _shift_key(columns: Sequence[str], _: Context) -> Mapping[str, pl.Expr]:
    """Exports without ids tell shifts apart by whose they are and when they begin."""
    if "shift_id" in columns or "employee_id" not in columns:
        return {_KEY: pl.col("shift_id")} if "shift_id" in columns else {}
    parts = [text for name in ("planned_start_at", "started_at") for text in _is_written(name, columns)]
    (who,) = _is_written("employee_id", columns)
    return {_KEY: pl.concat_str(who, pl.lit("/"), pl.coalesce(parts))} if parts else {}


def _test_worker(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.col("raw.whole_name"), address_told("email"), context.test_domains)


ROSTER = Export(
    source="workforce",
    name="roster",
    title="Roster: agents with role, team and manager, a row a period; 9999-12-31 is open.",
    formats=("CSV", "Parquet", "JSON"),
    page_keys=("roster", "workers", "employees"),
    # What staff earn and why they left is nobody's business here.
    known=names(
        """
        salary pay pay_rate annual_pay currency termination_reason termination_date hire_date birth_date gender address
        phone cost_center fte contract_type location site grade worker_type
        """
    ),
    spellings={
        "employee_id": _EMPLOYEE,
        "name": ("full_name", "employee_name", "worker", "agent_name", "display_name"),
        "email": ("work_email", "e-mail"),
        "role": ("title", "job_title", "business_title", "position", "job_profile"),
        "team": ("team_name", "group", "squad"),
        "department": ("department_name", "organization", "supervisory_organization", "division"),
        "manager_id": ("supervisor_id", "reports_to", "manager_employee_id"),
        "timezone": ("time_zone", "iana_time_zone"),
        "is_active": ("active", "active_status"),
        "status": ("employment_status", "worker_status"),
        "is_bot": ("bot", "is_virtual"),
        "valid_from": ("effective_from", "effective_date", "start_date", "from_date", "valid_since"),
        "valid_to": ("effective_to", "end_date", "to_date", "valid_until", "effective_end_date"),
        "updated_at": ("last_modified", "modified_at", "last_updated"),
    },
    derive=_period_key,
    key=_KEY,
    clock=("updated_at", "valid_from"),
    fields=(
        identifier(_KEY, _KEYED),
        identifier("employee_id", _ID, required=True),
        person_name("name"),
        person_name("first_name"),
        person_name("last_name"),
        email_address("email"),
        word("role"),
        word("team"),
        word("department"),
        identifier("manager_id", _ID),
        word("timezone"),
        boolean("is_active"),
        word("status"),
        boolean("is_bot"),
        word("worker_type"),
        timestamp("valid_from"),
        timestamp("valid_to"),
        timestamp("updated_at"),
    ),
    test=_test_worker,
    prepare={
        "whole_name": pl.coalesce(
            "name", pl.concat_str("first_name", "last_name", separator=" ", ignore_nulls=True).replace("", None)
        ),
        "raw.whole_name": pl.coalesce(
            pl.when(written("raw.name")).then("raw.name"),
            pl.concat_str("raw.first_name", "raw.last_name", separator=" ", ignore_nulls=True).replace("", None),
        ),
        "looks_like_bot": pl.any_horizontal(
            pl.col(name).str.contains(_BOT).fill_null(value=False) for name in ("raw.whole_name", "raw.worker_type", "raw.role")
        ),
    },
    tables=(
        TableMap(
            "agents",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "agent_id": key_of("workforce.roster", "employee_id"),
                        "name": pl.col("whole_name"),
                        "role": pl.col("role"),
                        "team": pl.col("team"),
                        "department": pl.col("department"),
                        "manager_id": key_of("workforce.roster", "manager_id"),
                        "is_bot": pl.col("is_bot").fill_null(value=False) | pl.col("looks_like_bot"),
                        "is_active": pl.coalesce("is_active", ~pl.col("status").str.contains(_LEFT)),
                        "timezone": pl.col("timezone"),
                        "valid_from": pl.col("valid_from"),
                        "valid_to": pl.col("valid_to"),
                    },
                ),
            ),
        ),
    ),
)

SHIFTS = Export(
    source="workforce",
    name="shifts",
    title="Shifts of agents, as planned and as worked.",
    formats=("CSV", "Parquet", "JSON"),
    page_keys=("shifts",),
    known=names("name employee_name date note notes created_at"),
    spellings={
        "shift_id": ("id",),
        "employee_id": _EMPLOYEE,
        "activity": ("shift_type", "type", "activity_code", "category"),
        "team": ("team_name", "group"),
        "queue": ("skill", "queue_name"),
        "location_id": ("store_id", "site_id", "location", "site"),
        "planned_start_at": ("starts_at", "start_at", "start_time", "scheduled_start", "shift_start", "planned_start", "start"),
        "planned_end_at": ("ends_at", "end_at", "end_time", "scheduled_end", "shift_end", "planned_end", "end"),
        "started_at": ("actual_start", "clock_in", "clocked_in_at"),
        "ended_at": ("actual_end", "clock_out", "clocked_out_at"),
        "break_minutes": ("unpaid_break_minutes",),
        "status": ("shift_status",),
        "updated_at": ("last_modified", "modified_at", "last_updated"),
    },
    derive=_shift_key,
    key=_KEY,
    clock=("updated_at", "ended_at"),
    fields=(
        identifier(_KEY, _KEYED),
        identifier("shift_id", _ID),
        identifier("employee_id", _ID, required=True),
        word("activity"),
        word("team"),
        word("queue"),
        identifier("location_id", shaped("location", r"^[^@]{1,100}$")),
        timestamp("planned_start_at"),
        timestamp("planned_end_at"),
        timestamp("started_at"),
        timestamp("ended_at"),
        duration("break_minutes", "min"),
        word("status"),
        timestamp("updated_at"),
    ),
    deleted=pl.col("status").str.to_lowercase() == "deleted",
    tables=(
        TableMap(
            "shifts",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "shift_id": pl.col("record"),
                        "agent_id": key_of("workforce.roster", "employee_id"),
                        **{name: pl.col(name) for name in ("activity", "team", "queue", "location_id", "status")},
                        **{name: pl.col(name) for name in ("planned_start_at", "planned_end_at", "started_at", "ended_at")},
                        "break_ms": pl.col("break_minutes"),
                    },
                ),
            ),
        ),
    ),
)
