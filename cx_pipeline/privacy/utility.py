"""What masking costs: how much it takes away that is nobody's. It stands beside the leak gate, and both must pass.

python -m cx_pipeline.privacy.utility
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import polars as pl

from cx_pipeline.privacy.hard_negatives import hard_negatives
from cx_pipeline.privacy.needles import Needles
from cx_pipeline.privacy.policy import DEFAULT, Policy
from cx_pipeline.privacy.redaction import redact
from cx_pipeline.privacy.sweep import sweep


@dataclass(frozen=True)
class Utility:
    """Counts over messages in which nothing is personal.

    Attributes:
        messages: looked at.
        masked: messages in which something was masked.
        false_masks: spans masked.
        characters, masked_characters: of the messages as they came.
        shapes: `shape, messages, masked`, the shapes with masks only, most first.
    """

    messages: int
    masked: int
    false_masks: int
    characters: int
    masked_characters: int
    shapes: pl.DataFrame

    @property
    def per_thousand(self) -> float:
        """False masks a thousand messages."""
        return 1_000 * self.false_masks / self.messages if self.messages else 0.0

    @property
    def masked_share(self) -> float:
        """Characters masked of all, from 0 to 1."""
        return self.masked_characters / self.characters if self.characters else 0.0


def utility(policy: Policy = DEFAULT, known: Needles | None = None, messages: pl.DataFrame | None = None) -> Utility:
    """Measure a policy on hard negatives.

    Args:
        policy: of the texts that are published.
        known: identifiers of known people, for what the last pass masks beside it.
        messages: `shape, text`, none of them personal; `hard_negatives()` when None.
    """
    told = hard_negatives() if messages is None else messages
    made = redact(told["text"], policy=policy)
    spans = made.select(
        pl.col("findings").list.len().cast(pl.Int64).alias("spans"),
        pl.col("findings")
        .list.eval(pl.element().struct.field("end") - pl.element().struct.field("start"))
        .list.sum()
        .cast(pl.Int64)
        .alias("chars"),
        (pl.col("text_masked") != told["text"]).alias("is_masked"),
    )
    rows = pl.concat([told.select("shape", pl.col("text").str.len_chars().alias("length")), spans], how="horizontal")
    if known is not None:
        swept = (
            sweep(made["text_masked"], known)
            .findings.group_by("row")
            .agg(pl.len().alias("more"), pl.col("chars").sum().alias("away"))
        )
        rows = (
            rows.with_row_index("row")
            .join(swept, on="row", how="left", maintain_order="left")
            .with_columns(
                pl.col("spans") + pl.col("more").fill_null(0),
                pl.col("chars") + pl.col("away").fill_null(0),
                pl.col("is_masked") | pl.col("more").is_not_null(),
            )
        )
    # What a policy keeps readable is found, but costs nothing.
    rows = rows.with_columns(pl.when("is_masked").then("spans").otherwise(0), pl.when("is_masked").then("chars").otherwise(0))
    shapes = rows.group_by("shape").agg(pl.len().alias("messages"), pl.col("is_masked").sum().alias("masked"))
    return Utility(
        messages=rows.height,
        masked=int(rows["is_masked"].sum()),
        false_masks=int(rows["spans"].sum()),
        characters=int(rows["length"].sum()),
        masked_characters=int(rows["chars"].sum()),
        shapes=shapes.filter(pl.col("masked") > 0).sort(["masked", "shape"], descending=[True, False]),
    )


def main() -> int:
    """Print the figures; 1 where there are more than five false masks a thousand messages."""
    from cx_pipeline.settings import load  # noqa: PLC0415  # only the command reads settings

    limit = load().privacy.max_false_masks
    found = utility()
    out = sys.stdout
    out.write(f"{found.messages} messages without anything personal, {found.masked} of them masked\n")
    out.write(f"{found.per_thousand:.2f} false masks per 1,000 messages (at most {limit:g})\n")
    out.write(f"{100 * found.masked_share:.3f} % of the characters masked\n")
    for shape, messages, masked in found.shapes.iter_rows():
        out.write(f"  {shape}: {masked} of {messages}\n")
    return int(found.per_thousand > limit)


if __name__ == "__main__":
    sys.exit(main())
