"""Daily metrics: what counts, and that the truth lies inside the envelope whatever is kept back."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.marts.world import World, at

OFFERED: dict[str, Any] = {
    "score_original": "offered",
    "submitted_at": None,
    "recorded_at": at("06-01 09:00"),
    "completion": None,
}
SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}


def answer(number: int, metric: str = "csat", score: float | None = 5, **values: Any) -> dict[str, Any]:
    low, high = SCALES.get(metric, (1, 5))
    plain = {
        "response_id": f"s:{number}",
        "audience": "customer",
        "metric": metric,
        "score_original": None if score is None else str(score),
        "score": score,
        "scale_min": low,
        "scale_max": high,
        "submitted_at": at("06-01 12:00"),
        "completion": "complete",
        "is_preview": False,
    }
    return {**plain, **values}


def delivered(made: World, *files: tuple[int, int, datetime, datetime], source: str = "delighted") -> None:
    """Files of one export: records read, records kept back, and the times they tell of."""
    entity = {"delighted": "responses", "zendesk": "tickets"}[source]
    named = [{"delivery_id": f"d:{number}"} for number in range(len(files))]
    told = [
        {"source_system": source, "source_entity": entity, "window_start": first, "window_end": last}
        for _, _, first, last in files
    ]
    made.add_all("quality.deliveries", [{**name, **rest} for name, rest in zip(named, told, strict=True)])
    booked = [{"stage": "extract", "rows_in": read, "quarantined": kept_back} for read, kept_back, _, _ in files]
    made.add_all("quality.ledger", [{**name, **rest} for name, rest in zip(named, booked, strict=True)])


def metric(made: World, name: str, where: str = "channel = 'all'") -> dict[str, Any]:
    return made.build(only="cx_metrics_daily").one(f"SELECT * FROM marts.cx_metrics_daily WHERE metric = '{name}' AND {where}")


@pytest.mark.parametrize(
    ("rows", "value", "counts"),
    [
        ([answer(1, score=5), answer(2, score=4), answer(3, score=3)], 200 / 3, (3, 0, 0)),
        ([answer(1, score=8, scale_min=1, scale_max=10), answer(2, score=7, scale_min=1, scale_max=10)], 50, (2, 0, 0)),
        ([answer(1, "thumbs", 1, scale_min=0, scale_max=1), answer(2, "thumbs", 0, scale_min=0, scale_max=1)], 50, (2, 0, 0)),
        ([answer(1), answer(2, score=None)], 100, (1, 1, 0)),  # a rating that was offered and not given
        ([answer(1), answer(2, score=None, **OFFERED)], 100, (1, 1, 0)),
        ([answer(1), answer(2, score=1, duplicate_of="s:1")], 100, (1, 1, 0)),
        ([answer(1), answer(2, score=1, is_preview=True)], 100, (1, 1, 0)),
        ([answer(1), answer(2, score=1, completion="partial")], 100, (1, 0, 1)),
        ([answer(1), answer(2, score=1, is_speeder=True)], 100, (1, 0, 1)),
        ([answer(1), answer(2, score=None, score_original="11")], 100, (1, 0, 1)),  # nobody knows what was meant
        ([answer(1), answer(2, score=1, is_test=True), answer(3, score=1, is_deleted=True)], 100, (1, 0, 0)),
    ],
)  # fmt: skip
def test_which_answers_count(rows: list[dict[str, Any]], value: float, counts: tuple[int, int, int]) -> None:
    made = World()
    for row in rows:
        made.add("survey_responses", **row)
    found = metric(made, "csat")
    assert found["value"] == pytest.approx(value)
    assert (found["n"], found["n_excluded"], found["n_uncertain"]) == counts


def test_nps_of_customers_and_of_employees_with_the_interval_of_a_small_sample() -> None:
    made = World()
    for number, score in enumerate([10, 9, 9, 8, 7, 6, 0]):
        made.add("survey_responses", **answer(number, "nps", score))
    made.add("survey_responses", **answer(9, "nps", 2, audience="employee"))
    found = metric(made, "nps")
    assert found["value"] == pytest.approx(100 / 7)
    # (3.75 - 2.75) / 10 = 0.1, variance 0.65 - 0.01, 1.96 * sqrt(0.64 / 10) = 0.4958
    assert (found["interval_low"], found["interval_high"]) == (pytest.approx(-39.58, abs=0.01), pytest.approx(59.58, abs=0.01))
    assert (metric(made, "employee_nps")["value"], found["trust"]) == (-100, "amber")


def test_a_share_kept_back_moves_the_bounds_as_by_hand() -> None:
    made = World(marts={"targets": [{"metric": "csat", "value": 90}]})
    made.add_all("survey_responses", [answer(number, score=5 if number < 72 else 1) for number in range(96)])
    delivered(
        made,
        (100, 4, at("06-01 00:00"), at("06-02 00:00")),
        (100, 50, at("06-10 00:00"), at("06-12 00:00")),
    )
    found = metric(made, "csat")
    assert (found["value"], found["low"], found["high"]) == (75, 72, 76)  # 72 of 96; 72 of 100; 76 of 100
    assert (found["n_quarantined"], found["unclear_share"], found["trust"]) == (4, pytest.approx(0.04), "amber")
    assert (found["target"], found["target_distance"], found["guarded_by"]) == (90, -15, "main.survey_responses")


def test_nothing_unclear_is_green_and_exact() -> None:
    made = World()
    made.add_all("survey_responses", [answer(number, score=5) for number in range(40)])
    found = metric(made, "csat")
    assert (found["low"], found["value"], found["high"], found["trust"]) == (100, 100, 100, "green")


def _value(name: str, score: int) -> float:
    if name == "nps":
        return 100 if score >= 9 else 0 if score >= 7 else -100
    return {"csat": 100.0 * (score >= 4), "ces": float(score)}[name]


def test_the_truth_is_inside_in_a_thousand_random_trials() -> None:
    """Each trial is a day with a file of its own: some answers are kept back, of some the score cannot be read."""
    dice, made = random.Random(7), World(now=datetime(2030, 1, 1))
    truth: dict[tuple[str, date], float] = {}
    by_hand: dict[tuple[str, date], tuple[float, float]] = {}
    rows: list[dict[str, Any]] = []
    files: list[tuple[int, int, datetime, datetime]] = []
    for trial in range(1_000):
        name = dice.choice(list(SCALES))
        low, high = SCALES[name]
        least, most = {"nps": (-100, 100), "csat": (0, 100), "ces": (1, 7)}[name]
        day = datetime(2026, 1, 1) + timedelta(days=trial)
        scores = [dice.randint(low, high) for _ in range(dice.randint(1, 40))]
        fates = [dice.choices(["seen", "kept back", "unread"], [8, 1, 1])[0] for _ in scores]
        for number, (score, fate) in enumerate(zip(scores, fates, strict=True)):
            if fate != "kept back":
                shown = None if fate == "unread" else score
                rows.append(
                    answer(
                        trial * 100 + number,
                        name,
                        shown,
                        score_original=str(score),
                        submitted_at=day + timedelta(hours=number % 24),
                    )
                )
        unknown = len(scores) - fates.count("seen")
        kept_back = fates.count("kept back")
        files.append((len(scores), kept_back, day, day + timedelta(hours=23)))
        total = sum(_value(name, score) for score, fate in zip(scores, fates, strict=True) if fate == "seen")
        truth[name, day.date()] = sum(_value(name, score) for score in scores) / len(scores)
        by_hand[name, day.date()] = ((total + unknown * least) / len(scores), (total + unknown * most) / len(scores))
    made.add_all("survey_responses", rows)
    delivered(made, *files)
    found = made.build(only="cx_metrics_daily").rows(
        "SELECT metric, day, low, high FROM marts.cx_metrics_daily WHERE channel = 'all'"
    )
    cells = {(name, day): (low, high) for name, day, low, high in found if name in SCALES}
    assert len(cells) > 950
    for cell, (low, high) in cells.items():
        assert (low, high) == (pytest.approx(by_hand[cell][0], abs=1e-3), pytest.approx(by_hand[cell][1], abs=1e-3))
        assert low - 1e-3 <= truth[cell] <= high + 1e-3


def test_a_contact_that_is_missing_may_change_what_is_said_of_another() -> None:
    """Whichever tickets were kept back: repeats, first contact resolution, volume and the backlog lie inside their envelope."""
    dice = random.Random(3)
    seen = defaultdict[str, int](int)
    for _ in range(10):
        made = World(now=datetime(2026, 4, 1))
        truth: dict[str, dict[date, list[float]]] = defaultdict(lambda: defaultdict(list))
        backlog = defaultdict[date, int](int)
        contacts = sorted(
            (datetime(2026, 1, 1) + timedelta(minutes=dice.randint(0, 43_000)), dice.randint(1, 6), n) for n in range(60)
        )
        for opened, customer, number in contacts:
            later = [other for other, who, n in contacts if who == customer and (other, n) > (opened, number)]
            followed = any(other <= opened + timedelta(days=7) for other in later)
            reopens = int(dice.random() < 0.2)
            truth["repeat_contact"][opened.date()].append(100.0 * followed)
            truth["first_contact_resolution"][opened.date()].append(100.0 * (not followed and not reopens))
            solved = opened + timedelta(hours=dice.randint(1, 200))
            for ahead in range((datetime(2026, 2, 10) - opened).days + 1):
                day = opened.date() + timedelta(days=ahead)
                backlog[day] += solved.date() > day
            if dice.random() < 0.9:
                case = {"interaction_id": f"t:{number:03}", "customer_id": f"c:{customer}", "channel": "email"}
                made.add("interactions", **case, opened_at=opened, solved_at=solved, status="solved", reopen_count=reopens)
        [(held,)] = made.rows("SELECT count(*) FROM main.interactions")
        delivered(made, (60, 60 - held, contacts[0][0], contacts[-1][0]), source="zendesk")
        made.build(only="cx_metrics_daily")
        for name, day, low, high in made.rows("SELECT metric, day, low, high FROM marts.cx_metrics_daily WHERE channel = 'all'"):
            if name in truth:
                assert low - 1e-6 <= sum(truth[name][day]) / len(truth[name][day]) <= high + 1e-6
            elif name == "case_volume":
                assert low <= len(truth["repeat_contact"][day]) <= high
            elif name == "backlog" and day <= date(2026, 2, 9):
                assert low <= backlog[day] <= high
            else:
                continue
            seen[name] += 1
    assert min(seen.values()) > 200
    assert set(seen) == {"repeat_contact", "first_contact_resolution", "case_volume", "backlog"}


def test_bounds_are_no_wider_than_what_a_missing_contact_can_do() -> None:
    """Three contacts, one followed, one kept back: a fourth, followed or not, which may have followed one of the others."""
    made = World(now=datetime(2026, 4, 1))
    for number, customer in enumerate(["c:1", "c:1", "c:2"]):
        made.add(
            "interactions", interaction_id=f"t:{number}", customer_id=customer, channel="web", opened_at=at(f"02-02 0{number}:00")
        )
    delivered(made, (4, 1, at("02-02 00:00"), at("02-02 23:00")), (9, 9, at("03-01 00:00"), at("03-02 00:00")), source="zendesk")
    found = metric(made, "repeat_contact")
    assert (found["value"], found["low"], found["high"]) == (
        pytest.approx(100 / 3),
        pytest.approx(100 / 4),
        pytest.approx(300 / 4),
    )
    found = metric(made, "case_volume")
    assert (found["low"], found["high"], found["n_quarantined"]) == (3, 4, 1)


def test_an_export_hides_only_answers_of_the_kinds_it_gives() -> None:
    made = World()
    kinds = [("delighted", "responses", "nps"), ("zendesk", "satisfaction_ratings", "csat")]
    for number, (source, entity, name) in enumerate(kinds * 2):
        made.add("survey_responses", **answer(number, name, 5), source_system=source, source_entity=entity)
    delivered(made, (10, 4, at("06-01 00:00"), at("06-02 00:00")))
    csat, nps = metric(made, "csat"), metric(made, "nps")
    assert (csat["low"], csat["high"], csat["n_quarantined"]) == (100, 100, 0)
    assert (nps["low"], nps["high"], nps["n_quarantined"]) == (-100, pytest.approx((-200 + 400) / 6), 4)


def test_a_record_that_gives_two_answers_at_most_counts_as_two() -> None:
    made = World()
    made.add_all(
        "survey_responses", [answer(n, score=5, source_system="intercom", source_entity="conversations") for n in range(6)]
    )
    made.add("quality.deliveries", delivery_id="d", source_system="intercom", source_entity="conversations",
             window_start=at("06-01 00:00"), window_end=at("06-02 00:00"))  # fmt: skip
    made.add("quality.ledger", delivery_id="d", stage="extract", rows_in=4, quarantined=1)
    found = metric(made, "csat")
    assert (found["value"], found["low"], found["high"], found["n_quarantined"]) == (100, 75, 100, 1)


def test_what_a_call_may_have_any_number_of_is_bounded_by_nothing_but_its_scale() -> None:
    made = World()
    made.add("call_legs", leg_id="l:1", interaction_id="t:1", direction="inbound", is_abandoned=False, queue_ms=5_000,
             enqueued_at=at("06-01 09:00"))  # fmt: skip
    made.add("quality.deliveries", delivery_id="d", source_system="genesys", source_entity="conversations",
             window_start=at("06-01 00:00"), window_end=at("06-01 23:00"))  # fmt: skip
    made.add("quality.ledger", delivery_id="d", stage="extract", rows_in=9, quarantined=1)
    assert [(found["low"], found["high"]) for found in (metric(made, "abandonment"), metric(made, "queue_ms"))] == [
        (0, 100),
        (0, None),
    ]


def test_containment_resolution_and_queues() -> None:
    made = World(now=at("08-01 00:00"))
    for number in range(4):
        times = {"opened_at": at(f"06-0{number + 1} 08:00"), "closed_at": at(f"06-0{number + 1} 10:00"), "status": "closed"}
        case = {"interaction_id": f"t:{number}", "customer_id": "c:1", "channel": "chat", "reopen_count": int(number == 3)}
        made.add("interactions", **case, **times)
        made.add(
            "messages",
            message_id=f"b:{number}",
            interaction_id=f"t:{number}",
            author_kind="bot",
            is_public=True,
            sent_at=at("06-01 08:01"),
        )
    made.add("messages", message_id="a:1", interaction_id="t:1", author_kind="agent", is_public=True, sent_at=at("06-02 09:00"))
    made.add("call_legs", leg_id="l:1", interaction_id="t:2", direction="inbound", ivr_ms=9_000, is_abandoned=False)
    made.add(
        "call_legs", leg_id="l:2", interaction_id="t:3", direction="inbound", ivr_ms=3_000, queue_ms=60_000, is_abandoned=True
    )
    made.build(only="cx_metrics_daily")
    found = made.rows("SELECT metric, sum(value * n), sum(n) FROM marts.cx_metrics_daily WHERE channel = 'all' GROUP BY ALL")
    totals = {name: (total, n) for name, total, n in found}
    assert totals["bot_containment"] == (300, 4)
    assert totals["first_contact_resolution"] == (0, 4)  # three were followed by another, the last was reopened
    assert totals["repeat_contact"] == (300, 4)
    assert (totals["ivr_containment"], totals["abandonment"]) == ((100, 2), (100, 2))
    assert (totals["queue_ms"], totals["ivr_ms"]) == ((60_000, 1), (12_000, 2))


def test_the_backlog_is_that_of_the_businesss_day() -> None:
    made = World(timezone="America/New_York", now=at("06-05 12:00"))
    made.add(
        "interactions",
        interaction_id="t:1",
        opened_at=at("06-02 02:00"),
        status="closed",
        closed_at=at("06-03 02:00"),
        channel="web",
    )
    made.add("interactions", interaction_id="t:2", opened_at=at("06-03 15:00"), status="open", channel="web")
    made.add(
        "interactions", interaction_id="t:3", opened_at=at("06-03 15:00"), status="closed", channel="web"
    )  # nobody knows since when
    made.build(only="cx_metrics_daily")
    found = made.rows(
        "SELECT day::TEXT, value, low, high FROM marts.cx_metrics_daily WHERE metric = 'backlog' AND channel = 'web' ORDER BY ALL"
    )
    assert found == [
        ("2026-06-01", 1, 1, 1),
        ("2026-06-02", 0, 0, 0),
        ("2026-06-03", 1, 1, 2),
        ("2026-06-04", 1, 1, 2),
        ("2026-06-05", 1, 1, 1),
    ]


def test_every_fact_has_a_definition_and_a_channel() -> None:
    made = World()
    made.add("survey_responses", **answer(1))
    made.add("orders", order_id="o:1", customer_id="c:1", ordered_at=at("06-01 09:00"))
    made.add("opportunities", opportunity_id="p:1", closed_at=at("06-01 09:00"), is_won=True)
    made.build(only="cx_metrics_daily")
    known = {name for (name,) in made.rows("SELECT metric FROM marts.metric_definitions")}
    facts = made.rows("SELECT metric, channel, state FROM marts.metric_facts ORDER BY 1")
    assert facts == [("conversion", "unknown", "counted"), ("csat", "unknown", "counted"), ("retention", "unknown", "uncertain")]
    assert {name for name, _, _ in facts} <= known
