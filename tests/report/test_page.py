"""The page says what the file says, shows no few people, and lets nothing of the data do anything."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.report.facts import read
from cx_pipeline.report.heat_map import heat_map, style
from cx_pipeline.report.html import page as whole_page
from cx_pipeline.report.page import page
from cx_pipeline.settings.marts import Journey, Marts
from tests.marts.world import NOW, World

LEAST, SIX = 5, 6
LOADING = {"script", "img", "iframe", "link", "object", "embed", "a", "form", "image", "use"}
HOSTILE = (
    "<script>document.title='pwned'</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style></svg><svg onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "'-alert(1)-'",
    "javascript:alert(1)",
    "&lt;script&gt;&#60;b&#62;",
    "<!-- --><iframe srcdoc='<script>alert(1)</script>'>",
    "\\3c script\\3e ;}</style><style>*{display:none}",
    "url(https://evil.example/x.png) expression(alert(1))",
    "\u202egpj.exe\u2066abc\u2069\u200f",
    "\u0000\u0007\u001b[31mred\u2028\u2029",
    "]]><![CDATA[<script>",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "W" * 5_000,
    "𓀀" * 400,
    "عرض \u061c<b>x</b>",
)


class Parts(HTMLParser):
    """The tags of a page with their attributes, and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.words: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def parsed(html: str) -> Parts:
    made = Parts()
    made.feed(html)
    return made


def filled(prefixes: Sequence[str]) -> World:
    """A file whose every name and word begins with a prefix, with twelve rows of each."""
    made = World(marts=Marts(journey=Journey(stages={"browse": ("web",)})))
    for place, prefix in enumerate(prefixes):
        _add(made, place, partial(_named, prefix))
    return made.build()


def _named(prefix: str, what: str) -> str:
    return f"{prefix} {what}"


def _add(made: World, place: int, name: Callable[[str], str]) -> None:
    for number in range(12):
        key = f"{place}-{number}"
        made.add("customers", customer_id=f"c:{key}")
        made.add(
            "customer_attributes", customer_id=f"c:{key}", attribute=name("attribute"),
            source_values=[
                {"source": name(f"tool {side}"), "value": f"{side} {number if side else 0}", "updated_at": NOW} for side in (0, 1)
            ],
        )  # fmt: skip
        made.add(
            "interactions", interaction_id=f"t:{key}", customer_id=f"c:{key}", kind="ticket", channel=name("channel"),
            direction="inbound", opened_at=NOW - timedelta(days=20 + number % 5), status="open", category=name("category"),
            department=name("department"), agent_id=f"workforce.roster:{key}",
        )  # fmt: skip
        made.add("agents", agent_id=f"workforce.roster:{key}", source_system="workforce", team=name("team"))
        made.add("quality.quarantine", row_id=f"r-{key}", rule=name("rule"), severity="error", stage="scrub")
    made.add("quality.deliveries", delivery_id=f"d{place}", source_system=name("source"))
    for stage in ("extract", "scrub"):
        counts = {"rows_in": 100, "published": 90, "quarantined": 10, "superseded": 0, "duplicate": 0, "filtered": 0}
        made.add("quality.ledger", delivery_id=f"d{place}", stage=stage, table_name="x", **counts)
    made.add("quality.checks", table_name=f"main.{name('table')}", name=name("check"), status="failed", description=name("about"))


def written(made: World, least: int = LEAST) -> str:
    return page(read(made.connection, "memory"), least)


@pytest.fixture(scope="module")
def plain() -> str:
    return written(filled([f"My {number}" for number in range(SIX)]))


def test_the_page_needs_nothing_but_itself(plain: str) -> None:
    found = parsed(plain)
    assert {tag for tag, _ in found.tags}.isdisjoint(
        {"script", "img", "iframe", "link", "object", "embed", "a", "form", "image", "use"}
    )
    assert found.attributes.isdisjoint({"src", "href", "style", "xlink:href", "srcset"})
    assert not any(name.startswith("on") for name in found.attributes)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', plain)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    assert "url(" not in plain
    assert "@import" not in plain


@pytest.mark.parametrize("first", range(0, len(HOSTILE), SIX))
def test_names_of_the_data_are_only_words(plain: str, first: int) -> None:
    """Every name is hostile: the page has the same parts in the same order as with harmless ones."""
    hostile = written(filled(HOSTILE[first : first + SIX]))
    found = parsed(hostile)
    assert found.tags == parsed(plain).tags
    shown = "".join(found.words)
    assert not re.search("[\u0000-\u0008\u000b-\u001f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]", hostile)
    assert max(len(word) for word in shown.split()) < 400
    assert hostile.count("<script") == 0


def test_every_name_is_on_the_page(plain: str) -> None:
    for what in ("team", "channel", "source", "attribute", "rule", "about"):
        assert all(f"y {number} {what}" in plain for number in range(SIX)), what


def test_an_empty_file_has_a_page(plain: str) -> None:
    empty = World().build()
    found = written(empty)
    assert "Customer experience audit" in found
    assert 'id="metrics"' not in found
    assert 'id="metrics"' in plain
    before = World()  # of an earlier version, without a mart
    assert "Customer experience audit" in written(before)


def _metric(made: World, metric: str, target: float | None, days: list[dict[str, Any]]) -> None:
    made.connection.execute(
        "INSERT INTO marts.metric_definitions BY NAME SELECT $1 AS metric, '%' AS unit, 'mean' AS kind, TRUE AS is_high_good, "
        "$2::DOUBLE AS target, 'd' AS description",
        [metric, target],
    )
    for number, row in enumerate(days):
        made.connection.execute(
            "INSERT INTO marts.cx_metrics_daily BY NAME SELECT $1 AS metric, $2::DATE AS day, 'all' AS channel, "
            "'all' AS department, $3::DOUBLE AS value, $4::BIGINT AS n, $5::DOUBLE AS low, $6::DOUBLE AS high, "
            "0.0 AS unclear_share",
            [metric, date(2026, 6, 1) + timedelta(days=number), row["value"], row["n"], row["low"], row["high"]],
        )


@pytest.mark.parametrize(
    ("low", "high", "target", "verdict"),
    [
        (72, 80, 70, "on target"),
        (60, 80, 70, "cannot be said"),
        (60, 69, 70, "off target"),
        (60, 69, None, "no target"),
        (None, None, 70, "likely on target"),
        (None, None, 80, "likely off target"),
    ],
)
def test_a_target_is_met_only_where_the_whole_envelope_meets_it(
    low: float | None, high: float | None, target: float | None, verdict: str
) -> None:
    made = World().build()
    made.connection.execute("DELETE FROM marts.metric_definitions")
    middle = 75.0 if low is None or high is None else (low + high) / 2
    _metric(made, "csat", target, [{"value": middle, "n": 50, "low": low, "high": high}] * 3)
    _metric(made, "employee_nps", target, [{"value": 11.25, "n": 3, "low": 11.25, "high": 11.25}])
    found = written(made)
    assert re.findall(r'class="badge \w+">([^<]+)<', found) == [verdict]
    assert (f"{low} to {high} %" in found) == (low is not None)
    assert "11.3" not in found
    assert "employees" not in found


def test_few_people_are_not_counted_out() -> None:
    made = World()
    for number in range(4):
        made.add("customers", customer_id=f"c:{number}")
        made.add(
            "interactions", interaction_id=f"t:{number}", customer_id=f"c:{number}", kind="ticket", channel="fax",
            direction="inbound", opened_at=NOW - timedelta(days=20),
        )  # fmt: skip
        made.add("agents", agent_id=f"workforce.roster:{number}", source_system="workforce", team="Smallest")
        made.add("call_legs", leg_id=f"l:{number}", agent_id=f"workforce.roster:{number}", connected_at=NOW - timedelta(days=20))
    found = written(made.build())
    assert "&lt; 5" in found
    assert "under 5 steps of under 5 known customers" in found
    assert "Smallest" not in found
    assert not re.search(r">\s*4\s*<", found)


def test_signs_of_vulnerability_are_not_told(plain: str) -> None:
    told = plain.lower()
    assert all(word not in told for word in ("bereave", "hardship", "disab", "customer_id", "c:1"))


def test_the_map_is_the_same_every_time_and_stands_alone(tmp_path: Path) -> None:
    made = filled(["My"])
    spots = read(made.connection, "memory")["spots"]
    drawn = heat_map(spots, LEAST).alone(style())
    assert drawn == heat_map(spots.sample(fraction=1, shuffle=True, seed=1), LEAST).alone(style())
    assert drawn.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert "no data" in drawn
    assert drawn.count("<script") == 0
    assert drawn.count("</style>") == 1


def test_a_page_title_is_escaped_too() -> None:
    assert "<title>&lt;b&gt;</title>" in whole_page("<b>", "")


def test_loops_are_told_where_the_file_has_them() -> None:
    made = World().build()
    without = written(made)
    made.connection.execute(
        """CREATE OR REPLACE TABLE marts.feedback_loop AS
           SELECT now()::TIMESTAMP AS said_at, ['a'] AS tags, 1::BIGINT AS actions, now()::TIMESTAMP AS done_at,
                  CASE WHEN n < 20 THEN 'closed' ELSE 'done' END AS state,
                  n < 6 AS is_notified_before_done, n < 3 AS is_never_closed, FALSE AS is_closed_without_notice
           FROM range(40) AS made (n)"""
    )
    found = written(made)
    assert ('id="loops"' in without, 'id="loops"' in found) == (False, True)
    assert '<div class="tile bad"><b>6</b><span>told before it was done</span>' in found
    assert '<div class="tile bad"><b>under 5</b><span>never finished</span>' in found
    assert "Customers were told of a change before it was made: 6 times." in found


@pytest.mark.parametrize(
    ("unnamed", "told"),
    [
        (5, "25 % to 38 % of the feedback that belongs to a department reached it. Some went to names that no department has."),
        (0, "25 % of the feedback that belongs to a department reached it.</p>"),
    ],
)
def test_feedback_that_may_have_reached_its_department_widens_what_is_told(unnamed: int, told: str) -> None:
    made = World().build()
    made.connection.execute(
        """CREATE OR REPLACE TABLE marts.feedback_routing AS
           SELECT CASE WHEN n < 10 THEN 'reached' WHEN n < 10 + $unnamed THEN 'unnamed'
                       WHEN n < 40 THEN 'elsewhere' ELSE 'no_rule' END AS state FROM range(45) AS made (n)""",
        {"unnamed": unnamed},
    )
    assert told in written(made)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no browser to look with")
def test_a_browser_runs_nothing_of_the_data(tmp_path: Path) -> None:
    page_file = tmp_path / "page.html"
    page_file.write_text(written(filled(HOSTILE)), encoding="utf-8")
    words = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path}",
        "--dump-dom",
        page_file.as_uri(),
    ]
    shown = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120).stdout
    assert "<title>Customer experience audit</title>" in shown
    assert {tag for tag, _ in parsed(shown).tags}.isdisjoint(LOADING)
