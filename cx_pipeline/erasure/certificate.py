"""The proof that a person was forgotten: what was touched, with hashes before and after, and what is left. No readable value."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cx_pipeline.layout import OWNER_ONLY, Layout
from cx_pipeline.stages.files import write_text


class FileChange(BaseModel):
    """A delivered file that was written anew: SHA-256 of its decompressed bytes, and how many records of the person it held."""

    model_config = ConfigDict(frozen=True)

    file: str
    before: str
    after: str
    records: int


class VersionChange(BaseModel):
    """A version of the published file that was written anew: SHA-256 of its bytes."""

    model_config = ConfigDict(frozen=True)

    name: str
    before: str
    after: str
    is_published: bool


class Certificate(BaseModel):
    """One forget.

    Attributes:
        request: its id.
        selector: how the person was named, as a keyed token.
        asked_at, finished_at: UTC.
        who: asked.
        customers: ids that are gone.
        records: delivered records that are gone, by export.
        identifiers: how many identifiers of each kind nothing may bring back.
        shared: identifiers that other people carry as well: these were left with them.
        removed: place to rows that left it or values blanked in it.
        files, versions: what was written anew.
        refused: delivered files that could not be, and why.
        residues: file to how often anything of the person still stands in it; empty is the proof.
        searched: files that were searched.
        unsearched: files that could not be, and why.
        missing: deliveries with records of theirs whose files are no longer in the raw folder under the name they came with.
    """

    model_config = ConfigDict(frozen=True)

    request: str
    selector: str
    asked_at: str
    finished_at: str
    who: str
    customers: int
    records: Mapping[str, int]
    identifiers: Mapping[str, int]
    shared: int
    removed: Mapping[str, int]
    files: tuple[FileChange, ...]
    versions: tuple[VersionChange, ...]
    refused: Mapping[str, str]
    residues: Mapping[str, int]
    searched: int
    unsearched: Mapping[str, str] = {}
    missing: int = 0

    @property
    def is_clean(self) -> bool:
        return not self.residues and not self.refused and not self.unsearched


def write(layout: Layout, made: Certificate) -> Path:
    """Write the certificate for machines and for print, owner-only; the path of the first."""
    folder = layout.reports / "forget"
    folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    folder.chmod(OWNER_ONLY)
    path = folder / f"{made.request}.json"
    write_text(folder / f"{made.request}.md", printed(made))
    write_text(path, made.model_dump_json(indent=2) + "\n")
    return path


def printed(made: Certificate) -> str:
    """The certificate as Markdown."""
    proof = (
        f"{made.searched:,} files were searched, decompressed, for every spelling of the person's identifiers: nothing is left."
        if made.is_clean
        else "**Something is left, or may be.** See the last tables below."
    )
    lines = [
        f"# Certificate of erasure {made.request}",
        "",
        f"Asked for on {made.asked_at} by {made.who}, finished on {made.finished_at}. The person was named by `{made.selector}`.",
        "",
        proof,
        "",
        *_table("Delivered records removed", ("export", "records"), made.records.items()),
        *_table("Removed or blanked elsewhere", ("place", "rows or values"), made.removed.items()),
        *_table("Identifiers that nothing may bring back", ("kind", "number"), made.identifiers.items()),
        *_table(
            "Delivered files written anew (SHA-256 of the decompressed bytes)",
            ("file", "records", "before", "after"),
            ((change.file, change.records, change.before, change.after) for change in made.files),
        ),
        *_table(
            "Versions written anew (SHA-256)",
            ("version", "published", "before", "after"),
            ((change.name, "yes" if change.is_published else "", change.before, change.after) for change in made.versions),
        ),
        *_table("Files that could not be written anew", ("file", "why"), made.refused.items()),
        *_table("Residues", ("file", "found"), made.residues.items()),
        *_table("Files that could not be searched", ("file", "why"), made.unsearched.items()),
        f"Identifiers that other people carry as well, and that stay with them: {made.shared}.",
        f"Deliveries with records of theirs whose files are no longer in the raw folder: {made.missing}.",
        "Models, indexes and copies made outside of this data folder are not reached by it.",
    ]
    return "\n".join(lines) + "\n"


def _table(title: str, columns: tuple[str, ...], rows: object) -> list[str]:
    told = [tuple(row) for row in rows]  # type: ignore[attr-defined]
    if not told:
        return []
    head = [f"## {title}", "", f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    return [*head, *(f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |" for row in told), ""]
