"""Which pages are generated, and whether those on disk are current."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cx_pipeline.errors import DataError
from cx_pipeline.reference.commands import commands_page
from cx_pipeline.reference.dictionary import dictionary_page
from cx_pipeline.reference.example import RAW, example_blocks
from cx_pipeline.reference.rules import rules_page
from cx_pipeline.reference.settings import settings_table
from cx_pipeline.reference.sources import sources_page

WHOLE = {
    "commands.md": commands_page,
    "data_dictionary.md": dictionary_page,
    "rules.md": rules_page,
    "sources.md": sources_page,
}
README = "../README.md"


def write(folder: Path) -> list[str]:
    """Write every page that is not current. Returns the names of those written."""
    changed = [(name, text) for name, text in _pages(folder) if _on_disk(folder / name) != text]
    for name, text in changed:
        (folder / name).write_text(text, encoding="utf-8")
    return [name for name, _ in changed]


def stale(folder: Path) -> list[str]:
    """Names of the pages that are missing or do not say what the objects say now."""
    return [name for name, text in _pages(folder) if _on_disk(folder / name) != text]


def with_block(text: str, name: str, block: str) -> str:
    """Put a generated block between its markers, `<!-- name: generated -->` and `<!-- name: end -->`.

    Raises:
        DataError: when a marker is missing.
    """
    begin, end = f"<!-- {name}: generated -->", f"<!-- {name}: end -->"
    head, found_begin, rest = text.partition(begin)
    _, found_end, tail = rest.partition(end)
    if not (found_begin and found_end):
        raise DataError("a page lacks the place of a generated block", where=name, expected=f"{begin} … {end}")
    return f"{head}{begin}\n\n{block}\n\n{end}{tail}"


def _pages(folder: Path) -> Iterator[tuple[str, str]]:
    for name, make in WHOLE.items():
        yield name, make()
    guide = _on_disk(folder / "guide.md")
    yield "guide.md", with_block(guide, "settings", settings_table())
    readme = _on_disk(folder / README)
    for block, text in example_blocks(folder / RAW).items():
        readme = with_block(readme, block, text)
    yield README, readme


def _on_disk(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
