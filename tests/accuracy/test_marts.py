"""The marts over the checked-in sample, against what its generator knows: counts exact, times to the second."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import date, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cx_pipeline.marts import sentiment
from cx_pipeline.quality.check_result import CheckStatus
from cx_pipeline.quality.mart_audit import audit_marts
from cx_pipeline.synth import ids
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.journeys import Journeys, as_of
from cx_pipeline.synth.timeline import FOREVER, MINUTE
from cx_pipeline.synth.vendors import servicenow
from cx_pipeline.synth.vendors.salesforce import cases
from cx_pipeline.synth.vendors.zendesk import ratings
from cx_pipeline.synth.world import World
from tests.accuracy.sample import BERLIN, TRUTH
from tests.accuracy.talk import Wait, WorkingMinutes, waits, world_of


@pytest.fixture(scope="module")
def data(sample_data: Path) -> Path:
    return sample_data


@pytest.fixture(scope="module")
def world() -> World:
    return world_of(TRUTH)


@pytest.fixture(scope="module")
def told(world: World) -> list[Wait]:
    return list(waits(world))


@pytest.fixture(scope="module")
def work() -> WorkingMinutes:
    return WorkingMinutes(datetime(2026, 7, 25), datetime(2026, 11, 25), *BERLIN.values())


def asked(data: Path, sql: str) -> pl.DataFrame:
    with duckdb.connect(str(data / "clean" / "cx.duckdb"), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        answer: pl.DataFrame = connection.sql(sql).pl()
    return answer


def rows(data: Path, sql: str) -> list[tuple[Any, ...]]:
    return asked(data, sql).rows()


def test_every_reply_of_the_help_desk_is_that_of_the_world(data: Path, told: list[Wait]) -> None:
    found = rows(
        data,
        """SELECT interaction_id, reply_number, CAST(epoch(waiting_since) AS BIGINT), CAST(epoch(replied_at) AS BIGINT), wait_ms
           FROM marts.replies WHERE interaction_id LIKE 'zendesk%'""",
    )
    counted = {ticket for (ticket,) in rows(data, "SELECT interaction_id FROM marts.counted_interactions")}
    expected = {
        (wait.ticket, wait.number, wait.since, wait.until, 1_000 * (wait.until - wait.since))
        for wait in told
        if wait.ticket in counted
    }
    moved = {row[0] for row in _moved_openings(data)}
    assert {row for row in found if row[0] not in moved} == {row for row in expected if row[0] not in moved}
    assert len(expected) > 500
    assert len(moved) <= 3


def _moved_openings(data: Path) -> list[tuple[Any, ...]]:
    """Tickets whose export says that they were opened after they were last changed: the vendor's clock is wrong, not ours."""
    return rows(
        data,
        """SELECT interaction_id FROM marts.reply_times JOIN main.messages USING (interaction_id)
           WHERE interaction_id LIKE 'zendesk%' GROUP BY interaction_id, opened_at
           HAVING opened_at > min(sent_at) + INTERVAL 1 MINUTE""",
    )


def test_business_time_is_what_walking_over_every_minute_gives(data: Path, work: WorkingMinutes) -> None:
    """Every reply and every resolution of the sample, over a clock change, holidays and a new schedule."""
    found = rows(
        data,
        """SELECT epoch_ms(waiting_since), epoch_ms(replied_at), wait_business_ms FROM marts.replies
           UNION ALL
           SELECT epoch_ms(opened_at), epoch_ms(fully_resolved_at), full_resolution_business_ms
           FROM marts.reply_times WHERE full_resolution_ms IS NOT NULL AND opened_at > '2026-07-26'""",
    )
    assert len(found) > 1_500
    assert [row for row in found if row[2] != work.between(row[0], row[1])] == []
    assert sum(row[2] < row[1] - row[0] for row in found) > 1_000


def test_service_levels_are_judged_by_what_was_in_force(data: Path, work: WorkingMinutes) -> None:
    found = rows(
        data,
        """SELECT i.priority, epoch_ms(r.waiting_since), epoch_ms(r.replied_at), reply_number, r.due_ms,
                  r.is_breached
           FROM marts.replies r JOIN marts.counted_interactions i USING (interaction_id)""",
    )
    seen = Counter[tuple[float, bool]]()
    for priority, since, until, number, due, breached in found:
        taken = until - since
        if number > 1:
            minutes = 480
        elif priority == "urgent":
            minutes = 60
        else:
            minutes = 120 if since < 1_000 * datetime.fromisoformat("2026-09-15T00:00Z").timestamp() else 240
            taken = work.between(since, until)
        assert (due, breached) == (minutes * 60_000, taken > minutes * 60_000)
        seen[minutes, breached] += 1
    assert {minutes for minutes, _ in seen} == {60, 120, 240, 480}
    assert min(seen.values()) >= 3


def _unreadable_dates() -> list[str]:
    cells = pl.read_parquet(TRUTH / "cells.parquet").filter(pl.col("file").str.contains("salesforce/Case"), column="ClosedDate")
    return cells.filter(pl.col("clean").is_null())["key"].to_list()


def _resolved(journeys: Journeys, world: World, keys: pl.Series) -> pl.DataFrame:
    state = as_of(journeys.of(np.arange(journeys.count)).with_columns(_id=keys), world.timeline.end)
    done = pl.when(pl.col("solved") < FOREVER).then("solved")
    return state.select("_id", "opened", done.alias("solved"))


def test_resolutions_are_those_of_the_world_to_the_second(data: Path, world: World) -> None:
    for source, journeys in (("intercom", world.chats), ("servicenow", servicenow.incidents(world))):
        found = asked(
            data,
            f"""SELECT CAST(epoch(opened_at) AS BIGINT) AS opened, CAST(epoch(fully_resolved_at) AS BIGINT) AS solved
                FROM marts.reply_times WHERE source_system = '{source}'""",
        )
        expected = _resolved(journeys, world, pl.Series(np.arange(journeys.count)))
        both = found.join(expected, on="opened", how="left", suffix="_told", validate="m:1")
        assert both.filter(pl.col("solved").ne_missing(pl.col("solved_told"))).is_empty()
        assert both["solved"].count() > 70


def test_closed_cases_of_the_crm_are_those_of_the_world(data: Path, world: World) -> None:
    """A file that went through a spreadsheet has minutes only; where the export's clocks are inverted nothing is a duration."""
    numbers = np.arange(world.cases.count, dtype=np.int64)
    expected = _resolved(world.cases, world, ids.salesforce(ids.CASE, numbers))
    trap = allot(world.dice, "salesforce/cases", numbers, world.cases.count, cases.TRAPS)
    inverted = set(
        expected.join(pl.DataFrame({"_id": ids.salesforce(ids.CASE, numbers)}).filter(met(trap, "clock_inversion")), on="_id")[
            "_id"
        ]
    )
    found = asked(
        data,
        """SELECT split_part(interaction_id, ':', 2) AS _id, CAST(epoch(opened_at) AS BIGINT) AS opened,
                  CAST(epoch(fully_resolved_at) AS BIGINT) AS solved, full_resolution_ms AS took
           FROM marts.reply_times WHERE source_system = 'salesforce'""",
    ).join(expected, on="_id", suffix="_told", validate="1:1")
    plain = found.filter(~pl.col("_id").is_in([*inverted, *_unreadable_dates()]))
    off = plain.filter(pl.col("solved").is_not_null()).select(pl.col("solved_told") - pl.col("solved")).to_series()
    assert plain.filter(pl.col("solved").is_null() != pl.col("solved_told").is_null()).is_empty()
    assert off.is_between(0, MINUTE - 1).all()
    assert (off == 0).sum() > 250
    turned = found.filter(pl.col("_id").is_in(inverted))
    assert turned["solved"].count() > 0
    assert turned["took"].count() == 0


def test_what_counts_is_what_was_published_less_tombstones_and_tests(data: Path) -> None:
    exports = json.loads((TRUTH / "counts.json").read_text(encoding="utf-8"))["exports"]
    one_to_one = {
        name: exports[name]["published"] - exports[name]["published_tombstones"] - exports[name]["published_test"]
        for name in (
            *("cfpb.complaints", "city_311.service_requests", "genesys.conversations", "salesforce.Case", "servicenow.incidents"),
            *("store.visits", "zendesk.tickets"),
        )
    }
    legs = pl.read_parquet(TRUTH / "call_legs" / "*.parquet").filter("published", ~pl.col("is_test"))
    found = dict(rows(data, "SELECT source_system, count(*) FROM marts.reply_times GROUP BY ALL"))
    assert {name: found[name.partition(".")[0]] for name in one_to_one} == one_to_one
    assert found["amazon_connect"] == legs["interaction_id"].n_unique()


def test_legs_of_calls_count_as_the_contact_centre_knows_them(data: Path) -> None:
    legs = pl.read_parquet(TRUTH / "call_legs" / "*.parquet").filter("published", ~pl.col("is_test"))
    found = asked(
        data,
        """SELECT metric, fact_id AS leg_id, day, CAST(value AS DOUBLE) AS value FROM marts.metric_facts
           WHERE metric IN ('abandonment', 'queue_ms', 'hold_ms') AND fact_id LIKE 'amazon_connect%'""",
    )
    began = pl.coalesce("enqueued_at", "connected_at", "disconnected_at").str.slice(0, 10).str.to_date()
    figures = {
        "abandonment": pl.col("is_abandoned").cast(pl.Float64) * 100,
        "queue_ms": pl.col("queue_ms"),
        "hold_ms": pl.col("hold_ms"),
    }
    for metric, figure in figures.items():
        both = found.filter(metric=metric).join(
            legs.select("leg_id", told_day=began, told=figure.cast(pl.Float64)), on="leg_id", how="left"
        )
        assert both.height > 250
        assert both.filter(pl.col("day").ne_missing(pl.col("told_day")) | pl.col("value").ne_missing(pl.col("told"))).is_empty()
    asked_in = legs.filter(pl.col("initiation").is_in(["INBOUND", "TRANSFER", "QUEUE_TRANSFER"]))["leg_id"]
    assert set(asked_in) <= set(found.filter(metric="abandonment")["leg_id"])


def test_answers_to_nps_count_as_the_world_knows_them(data: Path) -> None:
    truth = pl.read_parquet(TRUTH / "survey_responses" / "*.parquet").filter("published", ~pl.col("is_test"))
    # Nobody told the pipeline which survey is for the company's own people, so it takes all for customers.
    unread = pl.col("response_id").is_in(_spoilt("qualtrics.responses", "11"))
    none = pl.col("is_preview") | pl.col("duplicate_of").is_not_null() | (pl.col("nps").is_null() & ~unread)
    unclear = pl.col("is_speeder").fill_null(value=False) | pl.col("completion").is_in(["partial", "forced"]) | unread
    group = pl.when(pl.col("nps") >= 9).then(100.0).when(pl.col("nps") >= 7).then(0.0).otherwise(-100.0)
    state = pl.when(none).then(pl.lit("excluded")).when(unclear).then(pl.lit("uncertain")).otherwise(pl.lit("counted"))
    expected = truth.select(fact_id="response_id", state=state, value=pl.when(state == "counted").then(group)).sort("fact_id")
    found = asked(
        data,
        """SELECT fact_id, state, CAST(value AS DOUBLE) AS value FROM marts.metric_facts
           WHERE metric = 'nps' AND fact_id LIKE 'qualtrics%' ORDER BY fact_id""",
    )
    assert_frame_equal(found, expected)
    assert set(expected["state"]) == {"counted", "excluded", "uncertain"}


def _spoilt(export: str, dirty: str) -> list[str]:
    """Records of an export with a cell that was made to say this."""
    cells = pl.read_parquet(TRUTH / "cells.parquet").filter(dirty=dirty)
    return [f"{export}:{key}" for key in cells["key"]]


def test_satisfaction_of_the_help_desk_is_as_rated(data: Path, world: World) -> None:
    journeys = world.tickets.of(np.arange(world.tickets.count))
    nights = [ratings._rated(world, journeys, world.timeline.cut(night)) for night in range(world.nights)]
    last = pl.concat(nights).unique("number", keep="last", maintain_order=True)
    word = {"good": 100.0, "bad": 0.0}
    expected = Counter(word.get(score) for score in last["score"])
    found = rows(
        data,
        """SELECT CAST(f.value AS DOUBLE), f.state FROM marts.metric_facts AS f
           JOIN main.survey_responses AS s ON s.response_id = f.fact_id
           WHERE f.metric = 'csat' AND s.source_system = 'zendesk'""",
    )
    assert Counter(value for value, _ in found) == expected
    assert {state for value, state in found if value is None} == {"excluded"}
    assert min(expected.values()) > 20


def test_cells_are_their_facts(data: Path) -> None:
    facts = asked(data, "SELECT metric, day, channel, department, CAST(value AS DOUBLE) AS value, state FROM marts.metric_facts")
    counts = {name: (pl.col("state") == name).sum().cast(pl.Int64) for name in ("counted", "excluded", "uncertain")}
    cell = facts.group_by("metric", "day", "channel", "department").agg(value=pl.col("value").mean(), **counts)
    whole = facts.group_by("metric", "day").agg(value=pl.col("value").mean(), **counts)
    expected = pl.concat([cell, whole.with_columns(channel=pl.lit("all"), department=pl.lit("all")).select(cell.columns)])
    is_mean = "metric NOT IN ('backlog', 'contact_rate', 'case_volume')"
    found = asked(
        data,
        f"""SELECT metric, day, channel, department, value, n AS counted, n_excluded AS excluded, n_uncertain AS uncertain
            FROM marts.cx_metrics_daily WHERE {is_mean}""",
    )
    key = ["metric", "day", "channel", "department"]
    wanted = expected.filter(~pl.col("metric").is_in(["case_volume"])).sort(key)
    assert_frame_equal(found.sort(key), wanted.select(found.columns), check_exact=False)
    assert rows(data, f"SELECT count(*) FROM marts.cx_metrics_daily WHERE low > value OR value > high AND {is_mean}") == [(0,)]
    distances = rows(
        data,
        "SELECT DISTINCT round(target_distance - (value - 30), 6) FROM marts.cx_metrics_daily WHERE metric = 'nps' AND n > 0",
    )
    assert distances == [(0.0,)]


def test_the_backlog_is_what_is_open_at_each_days_end(data: Path) -> None:
    cases = rows(
        data, "SELECT opened_on, CAST(fully_resolved_at AS DATE), is_resolved FROM marts.reply_times WHERE opened_on IS NOT NULL"
    )
    found = rows(
        data,
        """SELECT day, n, n_uncertain FROM marts.cx_metrics_daily
           WHERE metric = 'backlog' AND channel = 'all' AND day <= '2026-11-19'""",
    )
    assert len(found) > 100
    for day, n, unclear in found:
        there = [(done, resolved) for opened, done, resolved in cases if opened <= day and (done is None or done > day)]
        assert (n, unclear) == (
            sum(done is not None or resolved is False for done, resolved in there),
            sum(done is None and resolved is not False for done, resolved in there),
        )


def test_the_customer_base_is_what_counting_everybody_on_every_day_gives(data: Path) -> None:
    acts = defaultdict[str, list[date]](list)
    for who, day in rows(
        data, "SELECT DISTINCT customer_id, CAST(happened_at AS DATE) FROM marts.customer_timeline WHERE is_own_act"
    ):
        acts[who].append(day)
    found = rows(data, "SELECT day, active, new, lapsed, gone FROM marts.customer_base_daily WHERE day > '2026-09-01'")
    assert len(found) > 70
    for day, active, new, lapsed, gone in found:
        ages = [(day - max(past)).days for days in acts.values() if (past := [moment for moment in days if moment <= day])]
        assert (active, lapsed, gone) == (sum(age <= 90 for age in ages), ages.count(91), sum(age > 365 for age in ages))
        assert new == sum(min(days) == day for days in acts.values())


def test_everybody_has_the_orders_that_they_placed(data: Path) -> None:

    found = asked(
        data,
        """SELECT customer_id FROM main.orders SEMI JOIN main.customers USING (customer_id)
           WHERE NOT is_deleted AND NOT is_test AND cancelled_at IS NULL""",
    )
    by_customer = Counter(found["customer_id"].drop_nulls())
    assert dict(rows(data, "SELECT customer_id, orders FROM marts.customer_360 WHERE orders > 0")) == dict(by_customer)
    touches = rows(data, "SELECT count(*), count(DISTINCT record_id) FROM marts.customer_timeline WHERE touch = 'order'")
    assert touches[0][0] == touches[0][1] > 70


def test_contacts_of_a_customer_are_those_of_all_tools(data: Path) -> None:
    cases = rows(data, "SELECT customer_id, channel, is_resolved FROM marts.reply_times WHERE customer_id IS NOT NULL")
    contacts, still_open = Counter(who for who, _, _ in cases), Counter(who for who, _, done in cases if done is False)
    by_channel = Counter((who, channel) for who, channel, _ in cases)
    found = rows(data, "SELECT customer_id, contacts, open_cases, contacts_by_channel FROM marts.customer_360")
    assert len(found) > 400
    for who, number, waiting, channels in found:
        assert (number, waiting) == (contacts[who], still_open[who])
        assert {item["channel"]: item["contacts"] for item in channels or []} == {
            channel: n for (customer, channel), n in by_channel.items() if customer == who
        }


def test_systems_disagree_where_no_value_is_in_common(data: Path) -> None:
    said: dict[tuple[str, str], dict[str, set[str]]] = {}
    for who, attribute, values in rows(data, "SELECT customer_id, attribute, source_values FROM main.customer_attributes"):
        if attribute not in ("organization_id", "handle"):
            by_system = said.setdefault((who, attribute), defaultdict(set))
            for item in values:
                if item["value"] is not None:
                    by_system[item["source"]].add(item["value"])
    expected = Counter[tuple[str, str, str, bool]]()
    for (_, attribute), by_system in said.items():
        for left, right in combinations(sorted(by_system), 2):
            expected[attribute, left, right, not (by_system[left] & by_system[right])] += 1
    found = rows(data, "SELECT attribute, left_system, right_system, customers, disagreeing FROM marts.silo_conflicts")
    assert {row[:3]: row[3:] for row in found} == {
        key: (expected[*key, True] + expected[*key, False], expected[*key, True])
        for key in {(attribute, left, right) for attribute, left, right, _ in expected}
    }
    assert sum(row[4] for row in found) > 50


def test_reasons_are_those_that_the_words_stand_for(data: Path) -> None:
    words = rows(
        data,
        """SELECT opened_on, category FROM marts.reply_times JOIN main.interactions USING (interaction_id)
           WHERE is_inbound AND opened_on IS NOT NULL""",
    )
    reason = {None: "none", "problem": "Trouble"}
    expected = Counter(
        (day, "Trouble" if word and word.lower().startswith("inciden") else reason.get(word and word.lower(), "unmatched"))
        for day, word in words
    )
    found = rows(data, "SELECT day, reason, contacts FROM marts.contact_reasons_daily")
    assert {(day, name): n for day, name, n in found} == expected
    assert sum(n for (_, name), n in expected.items() if name == "Trouble") > 50


def test_profiles_lack_what_nobody_told(data: Path) -> None:
    known = defaultdict[str, set[str]](set)
    for who, attribute in rows(data, "SELECT customer_id, attribute FROM main.customer_attributes"):
        known[who].add(attribute)
    found = rows(data, "SELECT customer_id, missing, completeness FROM marts.profile_health")
    wanted = {"name", "email", "phone", "country", "language"}
    assert {who: (set(missing), share) for who, missing, share in found} == {
        who: (wanted - known[who], len(wanted & known[who]) / 5) for who, _, _ in found
    }
    assert len(found) > 400


def test_words_are_scored_once_and_their_scores_kept_by_hash(data: Path) -> None:
    kept = pl.read_parquet(data / "state" / sentiment.STORE)
    scored = rows(
        data, "SELECT table_name, count(*), min(score) >= -1, max(score) <= 1 FROM marts.sentiment GROUP BY ALL ORDER BY 1"
    )
    assert [(row[0], row[2:]) for row in scored] == [("messages", (True, True)), ("survey_responses", (True, True))]
    assert sum(row[1] for row in scored) > 500
    assert kept.height > 200
    assert set(kept["digest"].str.len_chars()) == {64}


def test_no_check_of_a_mart_has_anything_to_say(data: Path) -> None:
    results = audit_marts(data / "clean" / "cx.duckdb")
    assert [(item.table, item.name) for item in results if item.status is not CheckStatus.PASSED] == []
    assert len(results) > 60


def test_the_vendors_own_reply_times_agree_or_the_difference_is_explained(data: Path) -> None:
    found = rows(
        data,
        """SELECT source_system, vendor_difference, count(*) FROM marts.reply_times
           WHERE vendor_difference IS NOT NULL GROUP BY ALL""",
    )
    by_source = defaultdict[str, dict[str, int]](dict)
    for source, difference, n in found:
        by_source[source][difference] = n
    assert set(by_source["intercom"]) == {"agrees", "bot"}
    assert by_source["intercom"]["agrees"] > by_source["intercom"]["bot"] > 20
    assert {difference for source in ("amazon_connect", "genesys") for difference in by_source[source]} == {"no_public_reply"}
    assert "unexplained" not in {difference for _, difference, _ in found}
