"""Data Docs: the audit as pages that anybody can open offline, as evidence of what was checked and found.

The pages that Great Expectations renders itself pull styles and scripts from public servers and an image that tells them
who looks. These hold the same results, and link to them as JSON: no script, nothing external, nothing but counts and names.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.html_page import badge, cell, link, number, page, table, text, tiles
from cx_pipeline.quality.check_result import CheckResult, CheckStatus

if TYPE_CHECKING:
    from checks.audit import SuiteResult

KEEP_RUNS = 30
_RUN = "run.json"
_WORST_FIRST = [CheckStatus.FAILED, CheckStatus.ERRORED, CheckStatus.PASSED]
_ABOUT = (
    "Each run's file is audited before it is published. "
    "A critical expectation that failed, or that could not be evaluated, blocks it."
)


def write_data_docs(folder: Path, run_id: str, suites: Sequence[SuiteResult]) -> Path:
    """Write a run's pages and the list of all runs; returns the page to open. Only the newest `KEEP_RUNS` runs stay.

    Args:
        folder: `data_docs` below the reports.
        run_id: names the run's own folder; an earlier attempt of the same run is replaced.
        suites: the audited tables.
    """
    own = folder / run_id
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(parents=True)
    for suite in suites:
        evidence = json.dumps(suite.evidence, indent=2, ensure_ascii=True, default=str)
        (own / f"{suite.table}.json").write_text(evidence + "\n", encoding="utf-8")
        (own / f"{suite.table}.html").write_text(_suite_page(run_id, suite), encoding="utf-8")
    (own / "index.html").write_text(_run_page(run_id, suites), encoding="utf-8")
    counts = Counter(result.status for suite in suites for result in suite.results)
    summary = {
        "run_id": run_id,
        "audited_at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "tables": len(suites),
        "blocks": any(suite.blocks for suite in suites),
        **{str(status): counts[status] for status in CheckStatus},
    }
    (own / _RUN).write_text(json.dumps(summary) + "\n", encoding="utf-8")
    _write_index(folder)
    return own / "index.html"


def _write_index(folder: Path) -> None:
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob(f"*/{_RUN}")]
    runs.sort(key=lambda run: str(run["audited_at"]), reverse=True)
    for run in runs[KEEP_RUNS:]:
        shutil.rmtree(folder / run["run_id"], ignore_errors=True)
    (folder / "index.html").write_text(_index_page(runs[:KEEP_RUNS]), encoding="utf-8")


def _index_page(runs: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            cell(badge("blocked" if run["blocks"] else "allowed"), "state"),
            cell(link(f"{run['run_id']}/index.html", run["run_id"])),
            cell(text(f"{run['audited_at'][:19].replace('T', ' ')} UTC")),
            *(number(run[key]) for key in ("tables", "passed", "failed", "errored")),
        ]
        for run in runs
    ]
    heads = ["Publishing", "Run", "Audited at", "#Tables", "#Passed", "#Failed", "#Errored"]
    return page("Audits", [], f'<h1>Audits</h1><p class="lead">{text(_ABOUT)}</p>{table(heads, rows)}')


def _run_page(run_id: str, suites: Sequence[SuiteResult]) -> str:
    everything = [result for suite in suites for result in suite.results]
    rows = [
        [
            cell(badge(_worst(suite.results)), "state"),
            cell(link(f"{suite.table}.html", suite.table)),
            *(number(sum(result.status is status for result in suite.results)) for status in CheckStatus),
            cell(badge("blocked") if suite.blocks else ""),
        ]
        for suite in sorted(suites, key=lambda suite: (not suite.blocks, _rank(_worst(suite.results)), suite.table))
    ]
    problems = [result for result in everything if result.status is not CheckStatus.PASSED]
    problems.sort(key=lambda result: (not result.blocks, _rank(result.status)))
    heads = ["Worst", "Table", "#Passed", "#Failed", "#Errored", "Publishing"]
    parts = [
        f"<h1>Audit of run {text(run_id)}</h1>",
        _summary(everything),
        f"<h2>What did not pass</h2>{_results(problems)}" if problems else "",
        f"<h2>Tables</h2>{table(heads, rows)}",
    ]
    return page(f"Audit of run {run_id}", [("../index.html", "Audits")], "".join(parts))


def _suite_page(run_id: str, suite: SuiteResult) -> str:
    # Sorting is stable: within a state the suite's own order stays.
    ordered = sorted(suite.results, key=lambda result: _rank(result.status))
    asked = {
        str(config["meta"]["check"]): {
            "type": config["type"],
            **{key: value for key, value in config["kwargs"].items() if key != "batch_id"},
        }
        for config in (result["expectation_config"] for result in suite.evidence.get("results", []))
    }
    parts = [
        f"<h1>{text(suite.table)}</h1>",
        _summary(suite.results),
        f"<h2>Expectations</h2>{_results(ordered, asked)}",
        f"<footer>{link(f'{suite.table}.json', 'The validation result of Great Expectations, without values')}</footer>",
    ]
    return page(f"{suite.table}, run {run_id}", [("../index.html", "Audits"), ("index.html", f"Run {run_id}")], "".join(parts))


def _results(results: Iterable[CheckResult], asked: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """A row a result; with what was asked of Great Expectations where that is known, else with the table it is about."""
    rows = [
        [
            cell(f'{badge(result.status)}<br><span class="kind">{text(result.severity)}</span>', "state"),
            cell(f"{text(result.description)}{_small_print(result, asked)}"),
            cell(text(result.observed), "found"),
            cell(text(result.expected), "found"),
        ]
        for result in results
    ]
    return table(["State", "Expectation", "Found", "Expected"], rows)


def _small_print(result: CheckResult, asked: Mapping[str, Mapping[str, Any]] | None) -> str:
    place = f"{link(f'{result.table}.html', result.table)} · " if asked is None else ""
    name = f'<br><span class="name">{place}{text(result.name)}</span>'
    config = (asked or {}).get(result.name)
    if config is None:
        return name
    shown = text(json.dumps(config, indent=1, default=str))
    return f"{name}<details><summary>As asked of Great Expectations</summary><pre><code>{shown}</code></pre></details>"


def _summary(results: Sequence[CheckResult]) -> str:
    blocking = sum(result.blocks for result in results)
    if blocking:
        plural = "expectation" if blocking == 1 else "expectations"
        told = f"{badge('blocked')} {blocking} critical {plural} did not pass; the published file stays as it is."
    else:
        told = f"{badge('allowed')} Every critical expectation passed."
    counts = Counter(str(result.status) for result in results)
    figures = [("expectations", len(results)), *((str(status), counts[str(status)]) for status in CheckStatus)]
    return f'<p class="lead">{told}</p>{tiles(figures)}'


def _worst(results: Sequence[CheckResult]) -> CheckStatus:
    return min((result.status for result in results), key=_rank, default=CheckStatus.PASSED)


def _rank(status: CheckStatus) -> int:
    return _WORST_FIRST.index(status)
