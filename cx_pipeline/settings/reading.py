"""Settings of how deliveries are read: what a file may cost, and what surveys measure whose exports do not say."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MIB = 1024 * 1024


class Limits(BaseModel):
    """What a hostile or broken file may cost. Sizes are bytes after decompression unless named otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_file_bytes: int = Field(default=64 * 1024 * MIB, gt=0, description="decompressed size of one file")
    max_ratio: float = Field(default=250.0, gt=1, description="decompressed / compressed, judged after 16 MiB")
    max_entries: int = Field(default=100, gt=0, description="entries of one zip")
    max_record_bytes: int = Field(default=16 * MIB, gt=0, description="one record")
    max_cell_bytes: int = Field(default=8 * MIB, gt=0, description="one cell")
    max_columns: int = Field(default=5_000, gt=0, description="columns of one file")


ScaleName = Literal[
    "nps",
    "good_bad",
    "csat_3",
    "csat_3_best_first",
    "csat_5",
    "csat_5_best_first",
    "csat_7",
    "csat_10",
    "csat_0_10",
    "csat_100",
    "quality_5",
    "smileys_3",
    "smileys_5",
    "ces_5",
    "ces_5_easy_first",
    "ces_7",
    "ces_7_easy_first",
    "stars_5",
    "stars_10",
    "thumbs",
    "pmf_3",
]


class Survey(BaseModel):
    """What a survey measures, where its export does not say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, description="id of the survey, or its beginning followed by *")
    audience: Literal["customer", "employee"] | None = Field(default=None, description="who is asked")
    metric: Literal["nps", "csat", "ces", "stars", "thumbs", "other"] | None = Field(
        default=None, description="what its score measures"
    )
    scale: ScaleName | None = Field(default=None, description="name of the scale of its score, such as ces_7_easy_first")
    is_inverted: bool | None = Field(default=None, description="whether the lowest number of the scale is the good end")
    question: str | None = Field(default=None, description="key of the question that holds the score, such as QID2")
    scale_min: float | None = Field(default=None, description="lowest score of the question")
    scale_max: float | None = Field(default=None, description="highest score of the question")
