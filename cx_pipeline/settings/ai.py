"""Settings of the datasets for models."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cx_pipeline.data_uses import DATA_USES


class Ai(BaseModel):
    """What the datasets for models are made of, and how they are split."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    retrieval_purpose: str = Field(
        default="functional.service.improve", description="data use that a person must permit before chunks hold what they wrote"
    )
    test_share: Annotated[float, Field(gt=0, lt=0.5, description="share of the conversations that are for tests")] = 0.1
    validation_share: Annotated[float, Field(gt=0, lt=0.5, description="share of the conversations that are for validation")] = (
        0.1
    )
    boilerplate_customers: Annotated[
        int, Field(ge=2, description="a line that the company sent to so many customers is boilerplate")
    ] = 10
    keep_versions: Annotated[
        int,
        Field(ge=1, description="versions of the dataset that stay; a version that takes something out removes all before it"),
    ] = 3

    @model_validator(mode="after")
    def _known_use(self) -> Ai:
        if self.retrieval_purpose not in DATA_USES:
            raise ValueError("only data uses of the fideslang taxonomy are known, such as functional.service.improve")
        return self
