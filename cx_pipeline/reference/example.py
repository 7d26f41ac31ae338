"""The small example on the first screen: one dirty export taken the whole way by the library, and what came out of it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cx_pipeline.identity.registry import empty
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.reference.markdown import table
from cx_pipeline.settings import Settings
from cx_pipeline.stages.build import build
from cx_pipeline.stages.clean import clean
from cx_pipeline.stages.intake import all_dates, take_in
from cx_pipeline.stages.run import Run, only_run
from cx_pipeline.warehouse.reader import open_read_only

RAW = Path("example")
EXPORT = RAW / "2026-11-02" / "salesforce" / "Case.csv"
# The key of the example alone, so that its tokens are the same everywhere; every data folder makes its own.
_EXAMPLE_KEY = bytes(32)
QUERIES: Mapping[str, str] = {
    "clean": """SELECT source_number, source_id, status, channel, opened_at, closed_at, resolution_ms,
                       left(customer_id, 9) || '…' AS customer_id, array_to_string(dq_flags, ', ') AS dq_flags
                FROM main.interactions ORDER BY source_number""",
    "quarantine": "SELECT raw_path, line, record_number, rule, column_name FROM quality.quarantine ORDER BY record_number",
    "ledger": """SELECT stage, table_name, rows_in, published, quarantined, superseded, duplicate, filtered
                 FROM quality.ledger WHERE rows_in > 0
                 ORDER BY list_position(['extract', 'scrub', 'dedupe', 'map'], stage), rows_in DESC, table_name""",
}


def example_blocks(raw: Path) -> dict[str, str]:
    """Every block of the example as Markdown: the export as delivered, then the result of each query.

    Args:
        raw: folder of deliveries.
    """
    export = (raw.parent / EXPORT).read_text(encoding="utf-8").rstrip("\n")
    with tempfile.TemporaryDirectory(prefix="cx-example-") as folder:
        staged = staged_file(raw, Path(folder))
        return {"export": f"```csv\n{export}\n```"} | {name: _answer(staged, query) for name, query in QUERIES.items()}


def staged_file(raw: Path, data: Path) -> Path:
    """Take all deliveries of `raw` the way of the library into `data`, as far as the staged file. Returns its path."""
    settings = Settings(data_dir=data, raw_dir=raw)
    layout = Layout(data)
    run = Run("example", datetime(2026, 11, 3, 2, 0, tzinfo=UTC))
    tokeniser = Tokeniser(_EXAMPLE_KEY)
    with only_run(layout, run):
        take_in(settings, layout, all_dates(settings))
        clean(settings, layout, run, tokeniser, empty())
        return build(settings, layout, run, tokeniser).path


def _answer(staged: Path, query: str) -> str:
    with open_read_only(staged) as connection:
        found = connection.sql(query).pl()
    return table(found.columns, found.rows())
