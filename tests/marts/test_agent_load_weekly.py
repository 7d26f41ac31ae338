"""The work of teams: every number by hand, against minutes counted one by one, and nobody told of alone."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from cx_pipeline.settings.marts import Load, Marts
from cx_pipeline.synth.shifts import shifts as synthetic_shifts
from cx_pipeline.synth.timeline import DAY, FOREVER
from cx_pipeline.synth.world import World as Made
from tests.marts.world import World, at

HOUR = 3_600_000
MINUTE = 60_000
MONDAY = date(2026, 6, 1)
ROW = "FROM marts.agent_load_weekly"


def crew(made: World, team: str, size: int, *, first: int = 0, since: datetime | None = None) -> list[str]:
    """So many people of the roster."""
    ids = [f"workforce.roster:{number}" for number in range(first, first + size)]
    made.add_all(
        "agents",
        [
            {"agent_id": one, "source_system": "workforce", "team": team, "name_token": f"n{one}", "valid_from": since}
            for one in ids
        ],
    )
    return ids


def leg(made: World, agent: str, begins: datetime, minutes: float, **values: Any) -> None:
    made.add(
        "call_legs",
        leg_id=f"l:{agent}:{begins}:{minutes}",
        agent_id=agent,
        connected_at=begins,
        disconnected_at=begins + timedelta(minutes=minutes),
        **values,
    )


def shift(made: World, agent: str, begins: datetime, hours: float, **values: Any) -> None:
    plain = {"planned_start_at": begins, "planned_end_at": begins + timedelta(hours=hours), "started_at": begins}
    plain["ended_at"] = plain["planned_end_at"]
    made.add("shifts", **{"shift_id": f"s:{agent}:{begins}", "source_system": "workforce", "agent_id": agent, **plain, **values})


def test_overlapping_contacts_are_counted_once() -> None:
    made = World()
    for agent in crew(made, "Care", 5):
        shift(made, agent, at("06-01 09:00"), 8, break_ms=HOUR)
        leg(made, agent, at("06-01 10:00"), 60, wrap_up_ms=30 * MINUTE)  # busy until 11:30
        leg(made, agent, at("06-01 11:00"), 60)  # until 12:00: half an hour at once with the one before
        leg(made, agent, at("06-01 11:10"), 10)  # within both
        chat = f"c:{agent}"
        made.add("interactions", interaction_id=chat, channel="chat", opened_at=at("06-01 15:00"))
        for number, minute in enumerate((0, 8, 16, 40, 45)):  # 16 minutes, a pause that is too long, 5 minutes
            made.add(
                "messages",
                message_id=f"{chat}:{number}",
                interaction_id=chat,
                author_kind="agent",
                author_id=agent,
                is_public=True,
                sent_at=at("06-01 15:00") + timedelta(minutes=minute),
            )
    row = made.build(only="agent_load_weekly").one(f"SELECT * {ROW}")
    busy = 120 + 16 + 5
    assert (row["week"], row["team"], row["teams"], row["agents"]) == (MONDAY, "Care", 1, 5)
    assert (row["busy_ms"], row["shift_ms"]) == (5 * busy * MINUTE, 5 * 7 * HOUR)
    assert row["concurrency"] == (90 + 60 + 10 + 21) / busy
    assert row["several_share"] == 30 / busy
    assert row["occupancy"] == busy / (7 * 60)
    assert row["outside_shift_share"] == 0
    assert (row["legs"], row["acts"], row["cases"]) == (15, 15 + 25, 5)
    assert row["wrap_up_mean_ms"] == 30 * MINUTE
    assert row["risks"] == []


def test_a_shift_that_nobody_signed_off_ends_as_planned() -> None:
    made = World()
    for number, agent in enumerate(crew(made, "Care", 5)):
        forgotten: dict[str, Any] = {"ended_at": None} if number < 3 else {"ended_at": at("06-04 09:00")}
        shift(made, agent, at("06-01 09:00"), 8, **forgotten)
        shift(made, agent, at("06-02 09:00"), 8, activity="Sick", started_at=None, ended_at=None)  # never begun
        shift(made, agent, at("06-03 09:00"), 8)
        shift(made, agent, at("06-03 12:00"), 1, activity="Lunch", shift_id=f"lunch:{agent}")
        shift(made, agent, at("06-03 14:00"), 8, shift_id=f"late:{agent}")  # overlaps the one before
    row = made.build(only="agent_load_weekly").one(f"SELECT shift_ms, shifts_without_end {ROW}")
    assert row == {"shift_ms": 5 * (8 + 12) * HOUR, "shifts_without_end": 5}


def test_a_shift_that_goes_on_lasts_until_the_runs_clock() -> None:
    made = World(now=at("06-01 12:00"))
    for agent in crew(made, "Care", 5):
        shift(made, agent, at("06-01 09:00"), 8, ended_at=None)
    assert made.build(only="agent_load_weekly").rows(f"SELECT shift_ms {ROW}") == [(5 * 3 * HOUR,)]


def test_a_tool_that_keeps_only_the_plan_is_believed_once_it_is_over() -> None:
    made = World(now=at("06-02 12:00"))
    for agent in crew(made, "Care", 5):
        for day in ("06-01", "06-02"):
            shift(made, agent, at(f"{day} 09:00"), 8, started_at=None, ended_at=None)
    row = made.build(only="agent_load_weekly").one(f"SELECT shift_ms, shifts_without_end {ROW}")
    assert row == {"shift_ms": 5 * 8 * HOUR, "shifts_without_end": 0}


def test_shifts_over_midnight_weeks_and_clock_changes() -> None:
    """Saturday 22:00 to Sunday 06:00 when the clocks go forward; Sunday 22:00 to Monday 06:00, in two weeks."""
    made = World(timezone="Europe/Berlin")
    for agent in crew(made, "Night", 5):
        shift(made, agent, at("03-28 21:00"), 7, break_ms=HOUR)
        shift(made, agent, at("03-29 20:00"), 8)
        leg(made, agent, at("03-29 21:30"), 60)  # half of it before midnight in Berlin
    rows = made.build(only="agent_load_weekly").rows(
        f"SELECT week, shift_ms, busy_ms, weekend_share, after_hours_share {ROW} ORDER BY 1"
    )
    assert rows == [
        (date(2026, 3, 23), 5 * (6 + 2) * HOUR, 5 * 30 * MINUTE, 1.0, 1.0),
        (date(2026, 3, 30), 5 * 6 * HOUR, 5 * 30 * MINUTE, None, None),
    ]


def test_people_bots_and_moves() -> None:
    made = World()
    ids = crew(made, "Care", 5)
    made.add("agents", agent_id="zendesk.users:1", source_system="zendesk", name_token=f"n{ids[0]}")
    made.add("agents", agent_id="zendesk.users:2", source_system="zendesk", name_token="n", is_bot=True)
    made.add(
        "agents", agent_id=ids[4], source_system="workforce", team="Sales", name_token=f"n{ids[4]}", valid_from=at("06-03 00:00")
    )
    others = crew(made, "Sales", 5, first=10)
    for agent in [*ids[1:], "zendesk.users:1", "zendesk.users:2", *others]:
        for day in ("06-01", "06-04"):
            leg(made, agent, at(f"{day} 10:00"), 6)
    rows = made.build(only="agent_load_weekly").rows(f"SELECT team, agents, legs {ROW} ORDER BY 1")
    assert rows == [("Care", 5, 9), ("Sales", 6, 11)]


def test_hours_weekends_transfers_and_difficult_cases() -> None:
    made = World(timezone="America/New_York")
    for number, agent in enumerate(crew(made, "Care", 5)):
        case = f"t:{number}"
        made.add("interactions", interaction_id=case, channel="phone", opened_at=at("06-01 14:00"), agent_id=agent)
        leg(made, agent, at("06-01 14:00"), 5, interaction_id=case, is_transferred=number < 2)  # Monday 10:00
        leg(made, agent, at("06-01 22:00"), 5, interaction_id=case, is_transferred=number == 0)  # 18:00, after hours
        leg(made, agent, at("06-07 15:00"), 5, interaction_id=case)  # Sunday
        leg(made, agent, at("06-08 03:00"), 5, interaction_id=case)  # Sunday night, still the same week there
    made.add("interactions", interaction_id="t:9", channel="email", opened_at=at("06-02 15:00"), agent_id="workforce.roster:0")
    made.add(
        "interactions",
        interaction_id="t:x",
        channel="email",
        opened_at=at("06-02 15:00"),
        agent_id="workforce.roster:0",
        is_test=True,
    )
    made.add(
        "survey_responses",
        response_id="r:9",
        interaction_id="t:9",
        audience="customer",
        metric="csat",
        score=1,
        scale_min=1,
        scale_max=5,
    )
    row = made.build(only="agent_load_weekly").one(f"SELECT * {ROW}")
    assert (row["after_hours_share"], row["weekend_share"]) == (0.75, 0.5)
    assert (row["legs"], row["transferred_share"]) == (20, 3 / 20)
    assert (row["cases"], row["cases_per_agent"], row["difficult_share"]) == (6, 6 / 5, 2 / 6)
    assert row["risks"] == ["after_hours", "difficult", "weekend"]
    assert made.rows("SELECT interaction_id, why FROM marts.difficult_contacts ORDER BY 1") == [
        ("t:0", ["transferred"]),
        ("t:9", ["unhappy"]),
    ]


def test_scores_of_employees_by_team_never_of_a_few() -> None:
    made = World()
    crew_ids = [*crew(made, "Care", 5), *crew(made, "Sales", 6, first=10)]
    for agent in crew_ids:
        leg(made, agent, at("06-01 10:00"), 6)
    said = [("Care", score) for score in (0, 2, 4, 6, 8)] + [("sales ", score) for score in (9, 9, 9, 9)]
    for number, (team, score) in enumerate(said):
        name = f"r:{number}"
        made.add(
            "survey_responses", response_id=name, audience="employee", metric="nps", score=score, scale_min=0, scale_max=10,
            submitted_at=at("06-03 09:00"),
        )  # fmt: skip
        made.add(
            "survey_answers",
            response_id=name,
            question_key="q7",
            question_label="Team",
            answer_code=team,
            answer_state="answered",
        )
    rows = made.build(only="agent_load_weekly").rows(f"SELECT team, survey_answers, survey_score, risks {ROW} ORDER BY 1")
    assert rows == [("Care", 5, 40.0, ["survey"]), ("Sales", None, None, [])]


def test_a_measure_that_few_took_part_in_is_kept_back() -> None:
    made = World()
    for number, agent in enumerate(crew(made, "Care", 6)):
        shift(made, agent, at("06-01 09:00"), 8)
        if number < 4:
            leg(made, agent, at("06-01 10:00"), 6)
    row = made.build(only="agent_load_weekly").one(f"SELECT agents, shift_ms, acts, legs, busy_ms, occupancy, cases, risks {ROW}")
    nothing = dict.fromkeys(("acts", "legs", "busy_ms", "occupancy", "cases"))
    assert row == {"agents": 6, "shift_ms": 6 * 8 * HOUR, **nothing, "risks": []}


def test_nobody_can_be_told_alone_not_by_subtraction_either() -> None:
    """Sixty weeks of teams of any sizes: what is not told by itself is in a row with enough others, or nowhere."""
    dice, smallest = random.Random(7), 5
    made, sizes = World(), dict[date, dict[str, int]]()
    rows: list[dict[str, Any]] = []
    for number in range(6):
        crew(made, f"T{number}", 12, first=100 * number)
    for week in range(60):
        monday = date(2025, 1, 6) + timedelta(weeks=week)
        sizes[monday] = {f"T{team}": dice.choice([0, 0, 1, 2, 4, 5, 6, 12]) for team in range(6)}
        for team, size in sizes[monday].items():
            for number in range(size):
                begins = datetime.combine(monday, datetime.min.time()) + timedelta(hours=10 + number)
                agent = f"workforce.roster:{100 * int(team[1]) + number}"
                rows.append(
                    {
                        "leg_id": f"{week}{agent}",
                        "agent_id": agent,
                        "connected_at": begins,
                        "disconnected_at": begins + timedelta(minutes=5),
                    }
                )
    made.add_all("call_legs", rows)
    told: dict[date, dict[str, tuple[int, int, int]]] = defaultdict(dict)
    for week_of, team, teams, agents, legs in made.build(only="agent_load_weekly").rows(
        f"SELECT week, team, teams, agents, legs {ROW}"
    ):
        told[week_of][team] = (teams, agents, legs)
    together = 0
    for week_of, all_sizes in sizes.items():
        there = {team: size for team, size in all_sizes.items() if size}
        alone = {team for team in told[week_of] if team in there}
        hidden = {team: size for team, size in there.items() if team not in alone}
        assert all(there[team] >= smallest and told[week_of][team] == (1, there[team], there[team]) for team in alone)
        if hidden and sum(hidden.values()) >= smallest:
            assert told[week_of]["(several teams)"] == (len(hidden), sum(hidden.values()), sum(hidden.values()))
            assert len(hidden) > 1
            together += 1
        else:
            assert set(told[week_of]) == alone
            assert not hidden or not alone  # where somebody is left out, there is nothing to subtract from
    assert together > 20


def test_ids_of_two_tools_may_be_one_person_and_make_no_team() -> None:
    made = World()
    for tool in ("genesys.users", "amazon_connect.users"):
        for number in range(4):
            leg(made, f"{tool}:{number}", at("06-01 10:00"), 6)
    for number in range(5):
        leg(made, f"twilio.users:{number}", at("06-01 10:00"), 6)
    assert made.build(only="agent_load_weekly").rows(f"SELECT team, agents {ROW}") == [("unknown in twilio", 5)]


def test_it_is_what_the_made_up_world_worked() -> None:
    """Every shift of a synthetic company, second by second; its chats and calls as random ones that overlap."""
    synthetic = Made(400, 2, 5, date(2026, 4, 3))
    zone = ZoneInfo("Europe/Berlin")
    made = World(timezone="Europe/Berlin", marts=Marts(load=Load(smallest_team=2)))
    roster = synthetic.roster.filter(~pl.col("bot"))
    made.add_all(
        "agents",
        [
            {
                "agent_id": f"workforce.roster:{row['staff']}",
                "source_system": "workforce",
                "team": row["team"],
                "valid_from": _time(row["since"]),
            }
            for row in roster.iter_rows(named=True)
        ],
    )
    day = synthetic.timeline.cut(0) // DAY
    dice, worked, busy = random.Random(3), defaultdict(set), defaultdict(set)
    shifts: list[dict[str, Any]] = []
    legs: list[dict[str, Any]] = []
    breaks: dict[tuple[date, str], int] = defaultdict(int)
    for row in synthetic_shifts(synthetic, day - 10, 10).iter_rows(named=True):
        agent = f"workforce.roster:{row['staff']}"
        begins, ends = _time(row["started"]), _time(row["ended"])
        shifts.append(
            {
                "shift_id": str(row["shift"]), "source_system": "workforce", "agent_id": agent, "activity": row["activity"],
                "planned_start_at": _time(row["start"]), "planned_end_at": _time(row["end"]),
                "started_at": begins, "ended_at": ends, "break_ms": row["break_minutes"] * MINUTE,
            }
        )  # fmt: skip
        if begins is None or ends is None:
            continue
        team = roster.filter((pl.col("staff") == row["staff"]) & (pl.col("since") <= row["started"])).sort("since")["team"][-1]
        breaks[_monday(begins, zone), team] += row["break_minutes"]
        for moment in _minutes(begins, ends):
            worked[_monday(moment, zone), team].add((agent, moment))
        for _ in range(6):
            start = begins.replace(second=0) + timedelta(minutes=dice.randrange(400))
            end = start + timedelta(minutes=dice.randrange(1, 90))
            legs.append({"leg_id": str(len(legs)), "agent_id": agent, "connected_at": start, "disconnected_at": end})
            for moment in _minutes(start, end):
                busy[_monday(moment, zone), team].add((agent, moment))
    made.add_all("shifts", shifts)
    made.add_all("call_legs", legs)
    found = made.build(only="agent_load_weekly").rows(
        f"SELECT week, team, shift_ms, busy_ms, occupancy {ROW} WHERE teams = 1 AND busy_ms > 0"
    )
    assert len(found) > 5
    for week, team, shift_ms, busy_ms, occupancy in found:
        key = (week, team)
        assert (shift_ms, busy_ms) == ((len(worked[key]) - breaks[key]) * MINUTE, len(busy[key]) * MINUTE), key
        assert abs(occupancy - len(busy[key] & worked[key]) * MINUTE / shift_ms) < 1e-12


def _time(seconds: int) -> datetime | None:
    return None if seconds == FOREVER else datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def _monday(moment: datetime, zone: ZoneInfo) -> date:
    local = moment.replace(tzinfo=UTC).astimezone(zone).date()
    return local - timedelta(days=local.weekday())


def _minutes(begins: datetime, ends: datetime) -> list[datetime]:
    return [begins + timedelta(minutes=number) for number in range(int((ends - begins) / timedelta(minutes=1)))]
