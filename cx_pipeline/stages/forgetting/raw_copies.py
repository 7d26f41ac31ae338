"""The delivered files of a content, written anew without its forgotten records; the manifest keeps what they were."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from cx_pipeline import faults
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.reader import facts_of
from cx_pipeline.extract.refusal import FileRefused
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.withhold import shown
from cx_pipeline.settings import Settings
from cx_pipeline.sources import catalogue
from cx_pipeline.stages.forgetting import book
from cx_pipeline.stages.forgetting.blanking import Blanks
from cx_pipeline.stages.forgetting.raw_files import CannotRewriteError, content_of, holds, rewrite
from cx_pipeline.stages.manifest import Entry, Manifest
from cx_pipeline.stages.raw_paths import files_of
from cx_pipeline.stages.reading import reading, reading_state

Files = dict[str, tuple[int, int]]
Refused = dict[str, str]


def clear(
    layout: Layout, settings: Settings, entry: Entry, numbers: Collection[int], blanks: Blanks, files: Files, refused: Refused
) -> None:
    """Write every delivered file of a content anew.

    Args:
        layout: of the data folder.
        settings: where the files lie, and how they are read.
        entry: a delivery of the content.
        numbers: of all its records that are forgotten.
        blanks: values to be blanked in the others.
        files: filled with what was written anew, and how much left it.
        refused: filled with what could not be, and why; such a file is made its owner's alone where it may be.
    """
    for other in Manifest(layout.state / "manifest").entries():
        if (other.source, other.export, other.sha256) == (entry.source, entry.export, entry.sha256) and other.has_records:
            _clear(layout, settings, other, numbers, blanks, files, refused)


def clear_repeated(layout: Layout, settings: Settings, files: Files, refused: Refused) -> None:
    """Files that were delivered again, byte for byte, after records were taken out of the first one."""
    for entry in Manifest(layout.state / "manifest").entries():
        if entry.has_records and not entry.rewritten and (page := book.page(layout, entry)) is not None:
            _clear(layout, settings, entry, page.records, Blanks([], []), files, refused)


def _clear(
    layout: Layout, settings: Settings, entry: Entry, numbers: Collection[int], blanks: Blanks, files: Files, refused: Refused
) -> None:
    """Write the file of a delivery anew; one that was removed since, by retention or by people, is none to write."""
    try:
        paths = files_of(settings.raw, entry.path)
    except OSError as error:
        refused[shown(entry.path)] = f"cannot be looked at: {error.strerror or type(error).__name__}"
        return
    for path in paths:
        _clear_file(path, layout, settings, entry, numbers, blanks, files, refused)


def _ask_for_the_same_records(path: Path, entry: Entry, options: ReadOptions, settings: Settings) -> None:
    """Records go by their numbers in an earlier reading: refuse a file of which this one finds more or fewer."""
    try:
        found = facts_of(path, options, settings.limits).records
    except FileRefused as error:
        raise CannotRewriteError(error.what) from None
    if found != entry.facts.records:
        raise CannotRewriteError("its records are counted otherwise than when it was taken in")


def _clear_file(
    path: Path,
    layout: Layout,
    settings: Settings,
    entry: Entry,
    numbers: Collection[int],
    blanks: Blanks,
    files: Files,
    refused: Refused,
) -> None:
    export = catalogue.exports().get(f"{entry.source}.{entry.export}")
    if export is None:
        return
    book_of_files = Manifest(layout.state / "manifest")
    name = shown(entry.path) or entry.delivery_id
    is_begun = False

    def begun(after: str) -> None:
        nonlocal is_begun
        is_begun = True
        # Known before it is there, so that after a crash the new file is not taken for another delivery.
        book_of_files.put(entry.model_copy(update={"rewritten": after}))

    try:
        # A file that was changed since is another delivery.
        options = reading(export, settings, layout)
        if content_of(path, options, settings.limits) not in {entry.sha256, entry.rewritten}:
            return
        if not numbers and not holds(path, blanks, settings.limits):
            return
        if numbers and entry.read_by != reading_state(export):
            _ask_for_the_same_records(path, entry, options, settings)
        made = rewrite(path, numbers, blanks, options, settings.limits, begun)
    except CannotRewriteError as error:
        if is_begun:
            book_of_files.put(entry)  # it has not happened
        refused[name] = str(error)
        with suppress(OSError):  # of another owner, or where nothing may be written
            path.chmod(0o600)
        return
    faults.point("forgetting.after_raw_file")
    state = path.stat()
    told = {"rewritten": made.after, "bytes": state.st_size, "mtime_ns": state.st_mtime_ns}
    book_of_files.put(entry.model_copy(update=told))
    if made.before != made.after:
        files[name] = (len(numbers), made.blanked)
