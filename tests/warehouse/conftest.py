"""A data folder, and a builder of small staged files."""

from __future__ import annotations

from pathlib import Path

import pytest

from cx_pipeline.layout import Layout
from cx_pipeline.warehouse.built import Built
from cx_pipeline.warehouse.staging import StagedFile
from tests.warehouse.tickets import MART, TICKETS, VIEW, Build, ticket_rows


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "data")
    layout.prepare()
    return layout


@pytest.fixture
def build(layout: Layout) -> Build:
    """Builds a staged file: `build("run1", rows=10)`."""

    def build(run_id: str, rows: int = 10) -> Built:
        with StagedFile(layout, run_id, storage_version="v1.4.0") as staged:
            staged.write_frames(TICKETS, [ticket_rows(rows, run_id)])
            staged.write_query(MART)
            staged.write_view(VIEW)
        return staged.built

    return build
