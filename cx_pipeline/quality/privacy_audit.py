"""The audit of privacy: nobody's identifiers are in the staged file, and masking took no more than it had to.

Both must pass: a file with every text masked whole would leak nothing and be worth nothing. How easily a customer could be told
from what is left is a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.privacy.entity import TAG
from cx_pipeline.privacy.needles import Needles
from cx_pipeline.privacy.searched import NOTHING, Cleared
from cx_pipeline.privacy.utility import Utility, utility
from cx_pipeline.quality import leaks
from cx_pipeline.quality.anonymity import Anonymity, anonymity
from cx_pipeline.quality.check_result import CheckResult, CheckSeverity, CheckStatus
from cx_pipeline.quality.score import Score
from cx_pipeline.settings.privacy import Privacy
from cx_pipeline.warehouse.quoting import identifier, qualified
from cx_pipeline.warehouse.reader import SPARING_MB, open_read_only

FALSE_MASKS, MASKED_SHARE, ANONYMITY = "false_masks", "masked_share", "anonymity"
CRITICAL = frozenset({leaks.NAME, FALSE_MASKS, MASKED_SHARE})
QUASI_IDENTIFIERS = ("country", "language", "month")
_CUSTOMERS = "main.customers"
_TOKENISED = "_tokenised"  # tokens are long; the masked twin tells the share
_ENOUGH = 10_000  # characters of a column before its share of tags says anything
_PEOPLE = """
SELECT country, language, date_trunc('month', first_seen_at) AS month, latest.category
FROM main.customers
LEFT JOIN (SELECT customer_id, arg_max(category, opened_at) AS category FROM main.interactions
           WHERE category IS NOT NULL GROUP BY customer_id) AS latest USING (customer_id)
"""


@dataclass(frozen=True)
class PrivacyAudit:
    """Outcomes, and the figures behind them for `quality.scores`."""

    results: tuple[CheckResult, ...]
    scores: tuple[Score, ...]


def audit_privacy(path: Path, known: Needles | None, limits: Privacy, before: Cleared = NOTHING) -> PrivacyAudit:
    """Every check of a staged file, read only.

    Args:
        path: a closed database file.
        known: identifiers of all known people; None where there are no clean tables, and then the search is errored.
        limits: of the settings.
        before: what was found to hold nobody, and is not searched once more.

    Raises:
        EnvironmentProblem: the file cannot be opened.
    """
    found = leaks.find_leaks(path, known, before)
    cost = utility(known=known)
    with open_read_only(path, memory_mb=SPARING_MB) as connection:
        shares = _judged(MASKED_SHARE, "", lambda: _shares(connection, limits))
        groups = _judged(ANONYMITY, _CUSTOMERS, lambda: _groups(connection, limits))
    results = (*found, _false_masks(cost, limits), *shares.results, *groups.results)
    scores = (_leak_score(found, known), *_cost_scores(cost, limits), *shares.scores, *groups.scores)
    return PrivacyAudit(results, scores)


def _judged(name: str, table: str, judge: Callable[[], PrivacyAudit]) -> PrivacyAudit:
    """What a judge finds; a check that could not run is errored."""
    try:
        return judge()
    except duckdb.Error as error:
        return PrivacyAudit((_result(name, table, CheckStatus.ERRORED, type(error).__name__, "an answer"),), ())


def _false_masks(cost: Utility, limits: Privacy) -> CheckResult:
    is_beyond = cost.per_thousand > limits.max_false_masks
    worst = ", ".join(cost.shapes["shape"].head(3).to_list())
    observed = f"{cost.per_thousand:.2f} per 1,000 messages{f', most in: {worst}' if worst else ''}"
    expected = f"at most {limits.max_false_masks:g}"
    return _result(
        FALSE_MASKS, "", _status(is_beyond), observed, expected, {"messages": cost.messages, "masks": cost.false_masks}
    )


def _cost_scores(cost: Utility, limits: Privacy) -> tuple[Score, Score]:
    return (
        Score(
            "privacy.false_masks",
            "",
            cost.per_thousand,
            "per 1,000 messages",
            limits.max_false_masks,
            cost.per_thousand > limits.max_false_masks,
            cost.messages,
            "What is masked in made-up messages that hold nothing personal.",
        ),
        Score(
            "privacy.false_masks_share",
            "",
            cost.masked_share,
            "share of characters, 0 to 1",
            None,
            False,
            cost.characters,
            "Characters masked in made-up messages that hold nothing personal.",
        ),
    )


def _leak_score(found: Sequence[CheckResult], known: Needles | None) -> Score:
    is_known = all(result.status is not CheckStatus.ERRORED for result in found)
    leaks_found = sum(result.counts.get("offences", 0) for result in found)
    return Score(
        "privacy.leaks",
        "",
        float(leaks_found) if is_known else None,
        "cells",
        0.0,
        bool(leaks_found) or not is_known,
        0 if known is None else len(known),
        "Cells that hold an identifier of a known person; counted over the identifiers that were looked for.",
    )


def _shares(connection: duckdb.DuckDBPyConnection, limits: Privacy) -> PrivacyAudit:
    """Share of tags in each column of free text."""
    scores = [
        _share_score(connection, table.name, column.name, limits)
        for table in tables().values()
        if not table.internal
        for column in table.columns
        if column.is_free_text and not column.name.endswith(_TOKENISED)
    ]
    beyond = [score for score in scores if score.is_beyond]
    told = ", ".join(f"{score.about} {100 * (score.value or 0):.0f} %" for score in beyond) or "0 columns beyond"
    expected = f"at most {100 * limits.max_masked_share:g} % of the characters of each column of free text"
    counts = {"columns": len(scores), "beyond": len(beyond)}
    return PrivacyAudit((_result(MASKED_SHARE, "", _status(bool(beyond)), told, expected, counts),), tuple(scores))


def _share_score(connection: duckdb.DuckDBPyConnection, table: str, column: str, limits: Privacy) -> Score:
    name = identifier(column)
    [(whole, left)] = connection.execute(
        f"""SELECT coalesce(sum(length({name})), 0), coalesce(sum(length(regexp_replace({name}, $1, '', 'g'))), 0)
            FROM {qualified("main", table)}""",
        [TAG],
    ).fetchall()
    share = (whole - left) / whole if whole else None
    is_beyond = share is not None and whole >= _ENOUGH and share > limits.max_masked_share
    return Score(
        "privacy.masked_share",
        f"main.{table}.{column}",
        share,
        "share of characters, 0 to 1",
        limits.max_masked_share,
        is_beyond,
        int(whole),
        "Characters of the published text that are tags.",
    )


def _groups(connection: duckdb.DuckDBPyConnection, limits: Privacy) -> PrivacyAudit:
    people: pl.DataFrame = connection.sql(_PEOPLE).pl()
    found = anonymity(people, QUASI_IDENTIFIERS, "category", group=limits.min_group, diversity=limits.min_diversity)
    is_beyond = found.exposed_share > limits.max_exposed_share
    observed = (
        f"{100 * found.exposed_share:.1f} % of {found.rows} customers exposed: {found.small} in groups of fewer than "
        f"{limits.min_group}, {found.uniform} in groups with fewer than {limits.min_diversity} categories"
    )
    counts = {
        "rows": found.rows,
        "groups": found.groups,
        "k": found.k,
        "l": found.l,
        "small": found.small,
        "uniform": found.uniform,
    }
    expected = f"at most {100 * limits.max_exposed_share:g} %"
    result = _result(ANONYMITY, _CUSTOMERS, _status(is_beyond), observed, expected, counts)
    return PrivacyAudit((result,), tuple(_group_scores(found, limits, is_beyond=is_beyond)))


def _group_scores(found: Anonymity, limits: Privacy, *, is_beyond: bool) -> Iterator[Score]:
    alike = "alike in country, language and month first seen"
    figures = (
        ("privacy.k", found.k, limits.min_group, f"Customers of the smallest group {alike}."),
        ("privacy.l", found.l, limits.min_diversity, f"Categories of their latest contact in the least diverse group {alike}."),
    )
    for metric, value, allowed, description in figures:
        yield Score(metric, _CUSTOMERS, float(value), "at least", float(allowed), value < allowed, found.rows, description)
    share = "Customers in groups that are smaller, or less diverse, than they should be."
    allowed_share = limits.max_exposed_share
    yield Score(
        "privacy.exposed_share",
        _CUSTOMERS,
        found.exposed_share,
        "share of customers, 0 to 1",
        allowed_share,
        is_beyond,
        found.rows,
        share,
    )


def _status(is_beyond: bool) -> CheckStatus:
    return CheckStatus.FAILED if is_beyond else CheckStatus.PASSED


_DESCRIPTIONS = {
    FALSE_MASKS: "masking takes no more than the settings allow from messages that hold nothing personal",
    MASKED_SHARE: "no column of free text consists mostly of tags",
    ANONYMITY: "few customers could be told from country, language and month first seen, or their concern learnt from these",
}


def _result(
    name: str, table: str, status: CheckStatus, observed: str, expected: str, counts: dict[str, int] | None = None
) -> CheckResult:
    severity = CheckSeverity.CRITICAL if name in CRITICAL else CheckSeverity.WARNING
    return CheckResult(name, table, status, severity, observed, expected, _DESCRIPTIONS[name], counts or {})
