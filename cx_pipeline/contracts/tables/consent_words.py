"""What the words of consent stand for."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.dtypes import TEXT, WHOLE
from cx_pipeline.contracts.table import Table

TABLE = Table(
    name="consent_words",
    description=(
        "A word by which sources name a purpose or channel of consent, and what it stands for here. A word that stands for "
        "nothing is never a grant: declare it in the settings."
    ),
    key=("kind", "word"),
    derived=True,
    own=(
        Column("kind", TEXT, "What it names.", nullable=False, words=("purpose", "channel")),
        Column("word", TEXT, "The word, as in consent_events.purpose or consent_events.channel.", nullable=False),
        Column("stands_for", TEXT, "Data use of the fideslang taxonomy, or channel; null where it stands for nothing known."),
        Column(
            "mapped_by",
            TEXT,
            "Who says so.",
            nullable=False,
            words=("settings", "taxonomy", "known", "nothing"),
        ),
        Column("persons", WHOLE, "Persons of whom a consent is known under the word.", unit="persons", nullable=False),
    ),
)
