"""The pictures of the docs are what the sample gives."""

from pathlib import Path

import pytest

from cx_pipeline.reference.pictures import NAME, draw
from tests.house.tree import ROOT


@pytest.mark.slow
def test_the_map_of_the_docs_is_that_of_the_sample(tmp_path: Path) -> None:
    assert draw(ROOT / "data" / "sample", tmp_path).read_bytes() == (ROOT / "docs" / NAME).read_bytes()
