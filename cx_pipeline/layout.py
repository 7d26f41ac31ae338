"""Where everything lies below the data folder, and who may read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cx_pipeline.errors import EnvironmentProblem

OWNER_ONLY = 0o700
READABLE = 0o755


@dataclass(frozen=True)
class Layout:
    """Paths below one data folder. `lake` and `state` hold identifiers and are owner-only."""

    data: Path

    @property
    def lake_raw(self) -> Path:
        """Landed records, every column text: `<source>/<export>/<date>/<delivery_id>/`."""
        return self.data / "lake" / "raw"

    @property
    def lake_scrubbed(self) -> Path:
        """Canonical rows a delivery, all versions."""
        return self.data / "lake" / "scrubbed"

    @property
    def lake_clean(self) -> Path:
        """Canonical tables, one current row a record, identifiers still readable."""
        return self.data / "lake" / "clean"

    @property
    def state(self) -> Path:
        """Registry, key, lock and Dagster's home."""
        return self.data / "state"

    @property
    def dagster_home(self) -> Path:
        return self.state / "dagster"

    @property
    def clean(self) -> Path:
        return self.data / "clean"

    @property
    def published(self) -> Path:
        """The one file analysts open."""
        return self.clean / "cx.duckdb"

    @property
    def vulnerability(self) -> Path:
        """Signs that customers may need special care: its owner's alone, and never part of the published file."""
        return self.clean / "vulnerability.duckdb"

    @property
    def versions(self) -> Path:
        return self.clean / "versions"

    @property
    def staging(self) -> Path:
        """Beside the published file, so that the replacing rename stays on one file system."""
        return self.clean / ".staging"

    @property
    def ai(self) -> Path:
        """Datasets for models: a folder a version, and `history` with digests of what was in each."""
        return self.data / "ai"

    @property
    def reports(self) -> Path:
        return self.data / "reports"

    def prepare(self) -> None:
        """Make the folders, owner-only where identifiers live.

        Raises:
            EnvironmentProblem: a folder cannot be made, or is another user's.
        """
        try:
            _make_readable(self.data)
            for folder in (self.data / "lake", self.lake_raw, self.lake_scrubbed, self.lake_clean, self.state, self.dagster_home):
                _make_owner_only(folder)
            for folder in (self.clean, self.versions, self.reports):
                _make_readable(folder)
            _make_owner_only(self.staging)
        except OSError as error:
            raise EnvironmentProblem(
                f"the data folder cannot be prepared: {error.strerror}",
                where=str(error.filename),
                happened="nothing was read or written",
                next_step="run as the user that owns it, or name another folder with --data-dir",
            ) from None


def _make_readable(folder: Path) -> None:
    """Others reach what is published below it, whatever our umask; a folder that is there keeps the rights it was given."""
    for missing in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
        missing.mkdir(mode=READABLE, exist_ok=True)
        missing.chmod(READABLE)


def _make_owner_only(folder: Path) -> None:
    folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    folder.chmod(OWNER_ONLY)
