"""Settings of what the published file may tell, what people permit, and how long anything is kept."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cx_pipeline.data_uses import DATA_USES

Basis = Literal["contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"]
ContactChannel = Literal["email", "sms", "phone", "push", "post", "messenger", "in_app"]


class Privacy(BaseModel):
    """What is asked of the published file beyond that nobody's identifiers are in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_false_masks: float = Field(
        default=5.0, ge=0, description="false masks per 1,000 messages without anything personal, before publishing stops"
    )
    max_masked_share: float = Field(
        default=0.5, ge=0, le=1, description="share of the characters of a text column that may be tags, before publishing stops"
    )
    min_group: int = Field(default=5, ge=1, description="customers that should share country, language and month first seen (k)")
    min_diversity: int = Field(default=2, ge=1, description="different categories of contact in such a group (l)")
    max_exposed_share: float = Field(
        default=0.05, ge=0, le=1, description="share of customers in smaller or less diverse groups before it is warned"
    )


class Consent(BaseModel):
    """What the sources' words of consent mean, and what may be done without it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purposes: dict[str, str] = Field(
        default={}, description="data use of a purpose as consent_events.purpose has it, over those known already"
    )
    channels: dict[str, ContactChannel] = Field(default={}, description="channel of a source's word for one")
    other_basis: dict[str, Basis] = Field(
        default={"essential.legal_obligation": "legal_obligation"},
        description="data uses that another legal basis than consent holds for, their kinds included",
    )
    contact_purposes: tuple[str, ...] = Field(
        default=("marketing.communications", "functional.service.improve"),
        description="data uses that contactable_customers tells of",
    )

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    @model_validator(mode="after")
    def _known_uses(self) -> Consent:
        if not DATA_USES.issuperset([*self.purposes.values(), *self.other_basis, *self.contact_purposes]):
            raise ValueError("only data uses of the fideslang taxonomy are known, such as marketing.communications")
        return self


class Retention(BaseModel):
    """How long what is kept. Days; what is not set stays for good."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tables: tuple[tuple[str, Annotated[int, Field(gt=0)]], ...] = Field(
        default=(), description="days by table, counted from the table's own time: older rows are not published"
    )
    raw_days: int | None = Field(default=None, gt=0, description="days that delivered files stay, from their delivery date")
    lake_days: int | None = Field(
        default=None, gt=0, description="days that deliveries stay in the lake and are published from it"
    )
    versions_days: int | None = Field(default=None, gt=0, description="days that versions stay after they were published")
    reports_days: int | None = Field(
        default=None, gt=0, description="days that reports stay; certificates of erasure stay always"
    )

    @field_validator("tables", mode="before")
    @classmethod
    def _by_table(cls, value: object) -> object:
        """Written as a table of names and days; kept as pairs, as settings are compared and hashed whole."""
        return tuple(sorted(value.items())) if isinstance(value, dict) else value
