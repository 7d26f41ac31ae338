"""Keep the forgotten out: every content is held against the list once, and what is theirs leaves the lake and the raw files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import polars as pl

from cx_pipeline import faults
from cx_pipeline.extract import land
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings
from cx_pipeline.stages.code_digest import digest_of
from cx_pipeline.stages.contents import Content
from cx_pipeline.stages.files import write_text
from cx_pipeline.stages.forgetting import book, lake_copy, raw_copies
from cx_pipeline.stages.forgetting.blanking import Blanks
from cx_pipeline.stages.forgetting.book import Page
from cx_pipeline.stages.forgetting.reach import Reached, reach
from cx_pipeline.stages.forgetting.suppressed import PERSON, RECORD, Seeds, Suppressed
from cx_pipeline.stages.forgetting.traces import traces
from cx_pipeline.stages.manifest import Entry, place_of
from cx_pipeline.stages.reached import Symbol

_MARK = ".held_against"
_FINDING = (Symbol(reach.__module__), Symbol(traces.__module__))


@dataclass
class Cleared:
    """What was done.

    Attributes:
        reached: whose records these are, and which.
        contents: contents that records were taken out of, or values blanked in.
        blanked: values of other records that were blanked in the lake.
        files: delivered files written anew: path to how many records left it and how many values were blanked.
        refused: delivered files that could not be written anew: path to why.
    """

    reached: Reached = field(default_factory=Reached)
    contents: int = 0
    blanked: int = 0
    files: dict[str, tuple[int, int]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def keep_out(
    contents: Sequence[Content],
    kept_back: Iterable[Entry],
    suppressed: Suppressed,
    settings: Settings,
    layout: Layout,
    known: Blanks | None = None,
    progress: Callable[[str], None] = lambda _: None,
    found: Callable[[Reached], None] = lambda _: None,
    acts: bool = True,
) -> Cleared:
    """Take the records of forgotten people out of all contents that were not held against the list as it is now.

    Args:
        contents: scrubbed contents.
        kept_back: deliveries that landed and were kept back whole, so that nothing is known of their records but their text.
        suppressed: the list.
        settings: how raw files are read, and where they lie.
        layout: of the data folder.
        known: identifiers known in readable form, on top of those that texts show.
        progress: told what is being done.
        found: told what was found before anything is changed.
        acts: False to find only.
    """
    done = Cleared()
    if not len(suppressed):
        return done
    folders = [(content.entry, content) for content in contents] + [(entry, None) for entry in kept_back]
    fresh = [
        (entry, content) for entry, content in folders if known is not None or not _is_checked(layout, entry, content, suppressed)
    ]
    if fresh:
        progress("holding deliveries against the list of forgotten people")
        done.reached = reach([content for _, content in fresh if content is not None], contents, suppressed)
    reached = done.reached
    spelled = {entry.delivery_id: _texts(layout, entry, content, reached, suppressed) for entry, content in fresh}
    found(reached)
    if not acts:
        return done
    suppressed.add(Seeds({PERSON: reached.persons, RECORD: reached.keys - reached.persons}))
    faults.point("forgetting.after_reach")
    # Scrubbed anew, a content says again whom it refers to: what landed is text, and keeps that.
    scrubbed = {entry.delivery_id: content for entry, content in fresh if content is not None}
    for entry, _ in folders:
        numbers = reached.numbers.get(entry.delivery_id, set())
        page = book.page(layout, entry)
        blanks = _together(spelled.get(entry.delivery_id, set()), known)
        if not numbers and (page is None or page.is_done) and not blanks:
            if entry.delivery_id in scrubbed:
                lake_copy.clear_references(scrubbed[entry.delivery_id].folder, reached.keys)
            continue
        progress(f"taking forgotten people out of {entry.source}.{entry.export} of {entry.date}")
        every = sorted(numbers | set(page.records if page is not None else ()))
        if every:
            book.write(layout, entry, Page(sha256=entry.sha256, records=tuple(every)))
        faults.point("forgetting.after_page")
        done.blanked += lake_copy.clear(layout, entry, every, reached.keys, blanks)
        raw_copies.clear(layout, settings, entry, every, blanks, done.files, done.refused)
        if every:
            book.write(layout, entry, Page(sha256=entry.sha256, records=tuple(every), is_done=True))
        done.contents += 1
        faults.point("forgetting.after_content")
    raw_copies.clear_repeated(layout, settings, done.files, done.refused)
    for entry, content in fresh:
        write_text(_mark(layout, entry, content), _state(suppressed))
    return done


def _texts(layout: Layout, entry: Entry, content: Content | None, reached: Reached, suppressed: Suppressed) -> set[str]:
    """Spellings of forgotten identifiers in a content. Records that have no rows to be known by are theirs if they hold one."""
    folder = place_of(layout, entry) / "records"
    mine = pl.Series(sorted(reached.numbers.get(entry.delivery_id, set())), dtype=pl.Int64)
    judged = _judged(content)
    spelled: set[str] = set()
    parts = [*sorted(folder.glob("part-*.parquet")), *folder.glob(land.REJECTS)]
    for part in parts:
        rows = pl.read_parquet(part, glob=False).filter(~pl.col("_record").is_in(mine.implode()))
        found = traces(rows.drop("digest", "detail", "rule", strict=False), suppressed)
        unknown = found.filter(~pl.col("_record").is_in(judged.implode()))
        if not unknown.is_empty():
            reached.numbers.setdefault(entry.delivery_id, set()).update(unknown.get_column("_record"))
        spelled.update(found.get_column("spelled"))
    return spelled


def _judged(content: Content | None) -> pl.Series:
    """Numbers of the records that passed, and so are known by their rows."""
    parts = content.parts("records") if content is not None else []
    if not parts:
        return pl.Series([], dtype=pl.Int64)
    return pl.scan_parquet(parts, glob=False).select("record_number").collect().to_series()


def _together(spelled: Iterable[str], known: Blanks | None) -> Blanks:
    emails = {text.lower().replace("%40", "@") for text in spelled if "@" in text or "%40" in text}
    numbers = {"".join(char for char in text if char.isdigit()) for text in spelled if "@" not in text and "%40" not in text}
    return Blanks(emails | set(known.emails if known else ()), numbers | set(known.numbers if known else ()))


def _mark(layout: Layout, entry: Entry, content: Content | None) -> Path:
    folder = content.folder if content is not None else place_of(layout, entry)
    return folder / _MARK


def _is_checked(layout: Layout, entry: Entry, content: Content | None, suppressed: Suppressed) -> bool:
    mark = _mark(layout, entry, content)
    return mark.exists() and mark.read_text(encoding="utf-8") == _state(suppressed)


def _state(suppressed: Suppressed) -> str:
    """Names the list, and the code that a delivery was held against it by: what that missed, other code may find."""
    return f"{suppressed.state} {_code()}"


@cache
def _code() -> str:
    return digest_of(_FINDING)
