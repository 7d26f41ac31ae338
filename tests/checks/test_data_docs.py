from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from checks import data_docs
from checks.audit import SuiteResult, run_suites
from checks.data_docs import write_data_docs
from checks.html_page import page
from cx_pipeline.quality.check_result import CheckResult, CheckSeverity, CheckStatus
from tests.checks.shop import CALL_ROWS, CANARY, TABLES, staged, with_call

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{7*7}}${7*7}",
    "](javascript:alert(1))",
    "</style><style>@import url(//evil)</style>",
    "' onmouseover='alert(1)",
]


class Parts(HTMLParser):
    """Tags, and every attribute that makes a browser fetch or run something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.targets: list[str] = []
        self.handlers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.targets += [
            value or "" for name, value in attrs if name in {"href", "src", "srcset", "action", "data", "poster", "background"}
        ]
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "style"]


def result(status: CheckStatus, name: str = "a_check", text: str = "A sentence.") -> CheckResult:
    return CheckResult(name, "main.calls", status, CheckSeverity.CRITICAL, text, text, text, {"broken": 1})


def suites(*statuses: CheckStatus, text: str = "A sentence.") -> list[SuiteResult]:
    return [SuiteResult("main.calls", tuple(result(status, f"check_{n}", text) for n, status in enumerate(statuses)), {})]


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    bad = with_call(caller_token=CANARY, text_note=CANARY, kind=CANARY, team_id=CANARY, consent={"kind": CANARY, "token": CANARY})
    run_suites(staged(tmp_path / "bad", [*bad, bad[-1]]), TABLES, tmp_path, "run1")
    run_suites(staged(tmp_path / "good", CALL_ROWS), TABLES, tmp_path, "run2")
    return tmp_path / "data_docs"


def test_the_pages_of_two_audits(docs: Path) -> None:
    files = {str(path.relative_to(docs)): path.read_text(encoding="utf-8") for path in docs.rglob("*") if path.is_file()}
    names = {"index.html", "main.calls.html", "main.calls.json", "main.teams.html", "main.teams.json", "run.json"}
    assert set(files) == {"index.html", *(f"{run}/{name}" for run in ("run1", "run2") for name in names)}
    for name, text in files.items():
        assert CANARY not in text
        if not name.endswith(".html"):
            continue
        parts = Parts(text)
        assert not parts.tags & {"script", "img", "link", "iframe", "object", "embed", "base", "form"}
        assert not parts.handlers
        assert not re.search(r"https?://|//[a-z]|url\s*\(|@import", text, re.IGNORECASE)
        assert "default-src 'none'" in text
        assert parts.targets
        for target in parts.targets:
            assert (docs / name).parent.joinpath(target).resolve().is_file(), target
    assert "5 critical expectations did not pass" in files["run1/index.html"]
    assert "Every critical expectation passed." in files["run2/index.html"]
    assert files["index.html"].index("run2/index.html") < files["index.html"].index("run1/index.html")
    assert json.loads(files["run1/run.json"])["failed"] == 6
    assert json.loads(files["run1/main.calls.json"])["success"] is False


@pytest.mark.parametrize("payload", PAYLOADS)
def test_texts_do_nothing(tmp_path: Path, payload: str) -> None:
    write_data_docs(tmp_path, "run1", suites(CheckStatus.FAILED, CheckStatus.ERRORED, text=payload))
    for path in tmp_path.rglob("*.html"):
        parts = Parts(path.read_text(encoding="utf-8"))
        assert not parts.tags & {"script", "img"}
        assert not parts.handlers
        assert not any(target.startswith("javascript") for target in parts.targets)
        assert path.read_text(encoding="utf-8").count("<style>") == 1
    assert not Parts(page(payload, [("index.html", payload)], "")).tags & {"script", "img"}


@pytest.mark.parametrize(
    ("statuses", "verdict", "blocked"),
    [
        ([CheckStatus.PASSED], "Every critical expectation passed.", False),
        ([CheckStatus.PASSED, CheckStatus.FAILED], "1 critical expectation did not pass", True),
        ([CheckStatus.ERRORED, CheckStatus.FAILED], "2 critical expectations did not pass", True),
    ],
)
def test_the_verdict(tmp_path: Path, statuses: list[CheckStatus], verdict: str, blocked: bool) -> None:
    text = write_data_docs(tmp_path, "run1", suites(*statuses)).read_text(encoding="utf-8")
    assert verdict in text
    assert ("What did not pass" in text) is blocked
    assert json.loads((tmp_path / "run1" / "run.json").read_text())["blocks"] is blocked


def test_an_attempt_replaces_the_earlier_and_old_runs_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_docs, "KEEP_RUNS", 2)
    for run_id in ("run1", "run2", "run2", "run3"):
        write_data_docs(tmp_path, run_id, suites(CheckStatus.PASSED))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "run2", "run3"]
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert index.index("run3") < index.index("run2")
    assert "run1" not in index
