"""A delivery is held against the list of the forgotten anew where the list, or the code that looks, is another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import cx_pipeline
from cx_pipeline.layout import Layout
from cx_pipeline.stages import code_digest
from cx_pipeline.stages.forgetting import apply
from cx_pipeline.stages.forgetting.suppressed import PERSON, Seeds, Suppressed


@pytest.fixture
def suppressed(tmp_path: Path) -> Suppressed:
    layout = Layout(tmp_path)
    layout.prepare()
    return Suppressed(layout)


@pytest.fixture(autouse=True)
def _forgets() -> Iterator[None]:
    apply._code.cache_clear()
    yield
    apply._code.cache_clear()


def test_another_list_is_another_state(suppressed: Suppressed) -> None:
    before = apply._state(suppressed)
    suppressed.add(Seeds({PERSON: {"zendesk.users:1"}}))
    assert apply._state(suppressed) != before


@pytest.mark.parametrize("file", ["stages/forgetting/traces.py", "stages/forgetting/reach.py"])
def test_other_code_is_another_state(suppressed: Suppressed, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    before, plain = apply._state(suppressed), Path.read_bytes
    changed = Path(cx_pipeline.__file__).parent / file
    monkeypatch.setattr(Path, "read_bytes", lambda path: plain(path) + (b"# changed" if path == changed else b""))
    apply._code.cache_clear()
    assert apply._state(suppressed) != before


def test_another_phone_library_is_another_state(suppressed: Suppressed, monkeypatch: pytest.MonkeyPatch) -> None:
    before, plain = apply._state(suppressed), code_digest.version
    monkeypatch.setattr(code_digest, "version", lambda name: "0" if name == "phonenumbers" else plain(name))
    apply._code.cache_clear()
    assert apply._state(suppressed) != before
