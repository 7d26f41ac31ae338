"""What is true of one version of the AI dataset: measured while it is built, told by its card, its Croissant file and its scores.

Everything here is a count, a name, a time or a digest; no value of a person occurs in it. All times are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class ColumnFact:
    """A column of a Parquet file, or a key of a JSONL line."""

    name: str
    type: str
    """Of DuckDB: ``VARCHAR``, ``BIGINT``, ``TIMESTAMP``, ``VARCHAR[]``, ``STRUCT(...)[]``."""
    meaning: str
    nulls: int = 0
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class FileFact:
    """A data file of the version; ``name`` is its path in the version's folder with ``/`` between the parts."""

    name: str
    sha256: str
    rows: int
    bytes: int
    columns: tuple[ColumnFact, ...]
    meaning: str
    """One sentence: what a row is."""


@dataclass(frozen=True, slots=True)
class SplitFact:
    """One of ``train``, ``validation`` and ``test``."""

    name: str
    conversations: int
    examples: int
    """Lines of the split's JSONL file: conversations good enough to be imitated."""
    customers: int
    first_started_at: datetime | None
    last_started_at: datetime | None


@dataclass(frozen=True, slots=True)
class Withheld:
    """What consent, erasure or the state of the data kept out of one output."""

    output: str
    """``conversations``, ``finetune``, ``retrieval`` or ``features``."""
    unit: str
    """What is counted: ``conversation``, ``message``, ``chunk`` or ``customer``."""
    reason: str
    """A word of the ledger: ``no_consent``, ``withdrawn``, ``unknown_customer``, ``erased``, ``not_finished``, ..."""
    count: int


@dataclass(frozen=True, slots=True)
class Removed:
    """Duplicates removed at one level by one method."""

    level: str
    """``message`` or ``conversation``."""
    method: str
    """``exact`` or ``near``."""
    count: int


@dataclass(frozen=True, slots=True)
class Share:
    """Conversations of one language or one channel."""

    name: str
    conversations: int
    messages: int


@dataclass(frozen=True, slots=True)
class SourceFact:
    """A system the records come from, with the days of its deliveries that the published tables rest on."""

    name: str
    first_delivery: date | None
    last_delivery: date | None
    conversations: int
    messages: int


@dataclass(frozen=True, slots=True)
class RedactionFact:
    """How personal data were masked in the texts before they were published."""

    version: str
    masked_spans: int
    """Spans masked in the texts of this version."""
    by_kind: tuple[tuple[str, int], ...]
    """Masked spans by the tag's kind, largest first."""
    measured: tuple[tuple[str, float], ...]
    """Figures measured for this release of the rules, such as ``recall``, ``precision``, ``false_masks_per_1000_messages``."""


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """Under which yes an output was built."""

    output: str
    """``finetune``, ``retrieval`` or ``features``."""
    purpose: str
    """Of fideslang: ``train_ai_system``, ``essential.service.operations.support``, ..."""
    subjects: int
    """Customers of whom something could be in the output."""
    allowed: int
    """Of these, those with a yes that no other source contradicts at the time of building."""

    @property
    def coverage(self) -> float:
        return self.allowed / self.subjects if self.subjects else 1.0


@dataclass(frozen=True, slots=True)
class CheckFact:
    """A check that ran over the files of the version; a blocking one that fails leaves no version."""

    name: str
    passed: bool
    blocking: bool
    checked: int
    """Rows, pairs or files looked at."""
    failed: int
    meaning: str


SHIFT = 0.2
"""Population stability index above which a distribution has shifted."""


@dataclass(frozen=True, slots=True)
class SplitDrift:
    """How far a split is from ``train`` in one column, as a population stability index (0 is equal)."""

    split: str
    column: str
    index: float
    chance: float = 0.0
    """What the index may be of equal distributions of so few rows, 95 times in 100."""

    @property
    def is_shift(self) -> bool:
        return self.index > max(SHIFT, self.chance)


@dataclass(frozen=True, slots=True)
class VersionDrift:
    """The same of a column of a file, from the version before to this one."""

    file: str
    column: str
    index: float
    chance: float = 0.0

    @property
    def is_shift(self) -> bool:
        return self.index > max(SHIFT, self.chance)


@dataclass(frozen=True, slots=True)
class Change:
    """Records of a file that were ``added``, ``edited`` or ``removed`` since the version before, and why."""

    file: str
    change: str
    reason: str
    records: int


@dataclass(frozen=True, slots=True)
class Facts:
    """One version of the dataset, as its card tells it."""

    version: str
    previous_version: str | None
    made_at: datetime
    """When the version was cut, UTC and naive."""
    run_id: str
    as_of: datetime
    """The newest moment that the data know of: nothing in the version is younger."""
    files: tuple[FileFact, ...]
    splits: tuple[SplitFact, ...]
    test_from: datetime | None
    """Conversations that start at or after it belong to ``test`` (or to nothing, when they hang together with older ones)."""
    withheld: tuple[Withheld, ...]
    duplicates: tuple[Removed, ...]
    languages: tuple[Share, ...]
    channels: tuple[Share, ...]
    sources: tuple[SourceFact, ...]
    redaction: RedactionFact
    consents: tuple[ConsentFact, ...]
    checks: tuple[CheckFact, ...]
    drift: tuple[SplitDrift, ...]
    known_limits: tuple[str, ...]
    """Whole sentences."""
    since: tuple[VersionDrift, ...] = ()
    """How far the data are from those of the version before; empty where its files are gone."""
    changes: tuple[Change, ...] = ()
    """What changed since the version before."""

    @property
    def conversations(self) -> int:
        return next((file.rows for file in self.files if file.name == "conversations.parquet"), 0)

    def file(self, name: str) -> FileFact | None:
        return next((file for file in self.files if file.name == name), None)
