"""What is said of every version in the same words, on its card and in its Croissant file: name, licence, uses, refused uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

NAME = "cx-conversations"
PRETTY_NAME = "Customer conversations, redacted and consented"
LICENCE = "internal-use-only"
LICENCE_TEXT = (
    "No public licence. The texts were written by customers and employees of one company and are personal data under"
    " pseudonyms: they may be used inside that company, for the purposes named here, and may not be passed on."
)
SUMMARY = (
    "Customer-service conversations, retrieval chunks, fine-tuning examples and a feature table of customers, cut from one"
    " company's audited customer-experience tables. Personal data in the texts are masked; only people who agreed are in it."
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A use that the dataset must not be put to. `action` and `purpose` say the same by the words of ODRL."""

    action: str
    purpose: str
    text: str


REFUSALS = (
    Refusal("distribute", "any", "Publishing it, selling it, or giving it to anybody outside the company."),
    Refusal("use", "re-identification", "Finding out who somebody is, by joining it with other data or by asking a model."),
    Refusal(
        "use", "marketing", "Writing to, calling or targeting the people in it: they agreed to training, not to advertising."
    ),
    Refusal("use", "decisions-about-a-person", "Deciding about one person by machine alone: credit, price, refusal of service."),
    Refusal("use", "employee-monitoring", "Rating, comparing or watching the employees who wrote the answers."),
    Refusal("use", "superseded-version", "Training on an older version when a newer one exists: people have been removed since."),
)
USE_CASES = {
    "training": "Training and fine-tuning of models for customer service; models of churn and of the next contact.",
    "finetune": "Fine-tuning of assistants for customer service on finished, well-rated conversations.",
    "retrieval": "Answering from earlier conversations (retrieval-augmented generation).",
    "features": "Models of churn and of the next contact, for planning and for better service.",
}


class File(NamedTuple):
    """Of a file beyond its facts: the column that names a row, and columns that name a row of another file."""

    key: str | None = None
    references: tuple[tuple[str, str, str], ...] = ()


FILES = {
    "conversations.parquet": File("conversation_id"),
    # A chunk may be of a conversation that is not among the conversations: people agree to each purpose apart.
    "chunks.parquet": File("chunk_id"),
    "finetune/metadata.parquet": File("example_id", (("conversation_id", "conversations.parquet", "conversation_id"),)),
    "features.parquet": File("feature_id"),
    "labels.parquet": File("feature_id", (("feature_id", "features.parquet", "feature_id"),)),
}
"""Files whose rows are named; a key or reference counts where its columns are there."""
