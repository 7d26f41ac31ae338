"""Leaks and the cost of masking block, how easily somebody could be told warns, and figures are kept of all."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.privacy.needles import Needles, needles
from cx_pipeline.quality.check_result import CheckResult, CheckStatus
from cx_pipeline.quality.privacy_audit import PrivacyAudit, audit_privacy
from cx_pipeline.quality.score import Score
from cx_pipeline.settings.privacy import Privacy
from tests.quality.books import cook, write

NAMES = ("false_masks", "masked_share", "anonymity")


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write(tmp_path_factory.mktemp("books") / "right.duckdb")
    cook(path, "INSERT INTO main.customers (customer_id, country, language) SELECT 'c' || i, 'DE', 'de' FROM range(10) t(i)")
    return path


@pytest.fixture
def staged(tmp_path: Path, right: Path) -> Path:
    return Path(shutil.copy(right, tmp_path / "staged.duckdb"))


@pytest.fixture(scope="module")
def known() -> Needles:
    return needles(pl.DataFrame([("email", "ada@king.io"), ("name", "Ada King")], schema=["kind", "value"], orient="row"))


def _one(audit: PrivacyAudit, name: str) -> CheckResult:
    [result] = [each for each in audit.results if each.name == name]
    return result


def _score(audit: PrivacyAudit, metric: str, table: str = "") -> Score:
    [score] = [each for each in audit.scores if (each.metric, each.about) == (metric, table)]
    return score


def test_a_right_file_passes_and_has_its_figures(staged: Path, known: Needles) -> None:
    audit = audit_privacy(staged, known, Privacy())
    assert {result.status for result in audit.results} == {CheckStatus.PASSED}
    assert [result.name for result in audit.results if result.name != "known_identifiers"] == list(NAMES)
    assert len({(result.name, result.table) for result in audit.results}) == len(audit.results)
    assert len({(score.metric, score.about) for score in audit.scores}) == len(audit.scores)
    assert not any(score.is_beyond for score in audit.scores if score.metric != "privacy.l")
    assert (_score(audit, "privacy.leaks").value, _score(audit, "privacy.leaks").counted_over) == (0, len(known))
    assert _score(audit, "privacy.k", "main.customers").value == 10
    assert _score(audit, "privacy.masked_share", "main.messages.text_masked").value is None
    assert _score(audit, "privacy.false_masks").counted_over >= 5_000


def test_a_leak_blocks_and_is_counted(staged: Path, known: Needles) -> None:
    cook(staged, "INSERT INTO main.messages (row_id, text_masked) VALUES ('p9-1', 'ask Ada King'), ('p9-2', 'ada@king.io')")
    audit = audit_privacy(staged, known, Privacy())
    [failed] = [result for result in audit.results if result.status is CheckStatus.FAILED]
    assert (failed.table, failed.blocks) == ("main.messages", True)
    assert failed.observed == "text_masked: 2 rows (email 1, name 1), such as p9-1, p9-2"
    assert (_score(audit, "privacy.leaks").value, _score(audit, "privacy.leaks").is_beyond) == (2, True)


def test_texts_that_are_mostly_tags_block(staged: Path, known: Needles) -> None:
    text = "[CUSTOMER_NAME] of [ADDRESS], [EMAIL]. "  # 31 of 39 characters
    cook(staged, f"INSERT INTO main.messages (text_masked) SELECT '{text}' FROM range(300)")
    audit = audit_privacy(staged, known, Privacy())
    assert _one(audit, "masked_share").observed == "main.messages.text_masked 79 %"
    assert _one(audit, "masked_share").blocks
    assert _score(audit, "privacy.masked_share", "main.messages.text_masked").value == pytest.approx(31 / 39)
    assert not _one(audit_privacy(staged, known, Privacy(max_masked_share=0.9)), "masked_share").blocks


def test_false_masks_beyond_the_limit_block(staged: Path) -> None:
    word = needles(
        pl.DataFrame([("name", "Portion Chrome"), ("external_id", "wh-1000xm4")], schema=["kind", "value"], orient="row")
    )
    audit = audit_privacy(staged, word, Privacy(max_false_masks=0))
    result = _one(audit, "false_masks")
    assert result.blocks
    assert result.observed.endswith("most in: model")
    assert _score(audit, "privacy.false_masks").is_beyond
    assert _one(audit_privacy(staged, word, Privacy(max_false_masks=5)), "false_masks").status is CheckStatus.PASSED


def test_customers_who_stand_alone_warn_and_let_pass(staged: Path, known: Needles) -> None:
    cook(staged, "INSERT INTO main.customers (customer_id, country, language) VALUES ('x1', 'FR', 'fr')")
    audit = audit_privacy(staged, known, Privacy())
    result = _one(audit, "anonymity")
    assert (result.status, result.blocks) == (CheckStatus.FAILED, False)
    assert result.observed.startswith("9.1 % of 11 customers exposed: 1 in groups of fewer than 5, 0 in groups")
    assert _score(audit, "privacy.k", "main.customers").is_beyond
    assert _one(audit_privacy(staged, known, Privacy(max_exposed_share=0.1)), "anonymity").status is CheckStatus.PASSED


def test_one_concern_of_a_whole_group_is_learnt(staged: Path, known: Needles) -> None:
    cook(
        staged,
        "INSERT INTO main.interactions (interaction_id, row_id, customer_id, category, opened_at) "
        "SELECT 'i' || i, 'i' || i, 'c' || i, 'divorce', TIMESTAMP '2026-01-01' FROM range(10) t(i)",
    )
    result = _one(audit_privacy(staged, known, Privacy()), "anonymity")
    assert (result.counts["l"], result.counts["uniform"], result.status) == (1, 10, CheckStatus.FAILED)


def test_what_cannot_run_is_errored(staged: Path) -> None:
    cook(staged, "DROP TABLE main.customers", "ALTER TABLE main.messages DROP COLUMN text_masked")
    audit = audit_privacy(staged, None, Privacy())
    states = {result.name: result.status for result in audit.results}
    assert states == {
        "known_identifiers": CheckStatus.ERRORED,
        "false_masks": CheckStatus.PASSED,
        "masked_share": CheckStatus.ERRORED,
        "anonymity": CheckStatus.ERRORED,
    }
    assert _score(audit, "privacy.leaks").value is None
    assert _score(audit, "privacy.leaks").is_beyond
