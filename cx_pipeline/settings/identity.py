"""Settings of who is who, and of which value survives."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from cx_pipeline.settings.places import Place

Attribute = Literal["name", "email", "phone", "address", "handle", "country", "language", "timezone", "organization_id"]
Criterion = Literal["trust", "recency", "frequency", "completeness"]
_STALE_DAYS: dict[Attribute, int] = {"name": 1825, "country": 730, "language": 730}
_USUALLY_STALE_DAYS = 365


class Identity(BaseModel):
    """Guards of the exact rules that join records to people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_records_per_email: int = Field(default=20, gt=1, description="records sharing one e-mail before it stops matching")
    max_records_per_phone: int = Field(default=6, gt=1, description="records sharing one phone before it stops matching")
    max_records_per_external_id: int = Field(
        default=20, gt=1, description="records sharing one external id before it stops matching"
    )
    blocked_values: frozenset[str] = Field(default=frozenset(), description="normalised values that never match")
    model: Place | None = Field(default=None, description="model fitted on one's own data; the one that comes along when not set")
    match_probability: float = Field(
        default=0.4,
        gt=0,
        lt=1,
        description="probability that clusters must have, on average over their records, to be one person",
    )
    sources_without_duplicates: frozenset[str] = Field(
        default=frozenset(), description="source systems in which nobody has two records"
    )
    must_link: Place | None = Field(default=None, description="CSV of record pairs that are one person: left,right")
    cannot_link: Place | None = Field(default=None, description="CSV of record pairs that are not one person: left,right")
    max_changed_share: float = Field(
        default=0.1, ge=0, le=1, description="share of known records that may change their customer in one run"
    )
    max_merged_share: float = Field(default=0.1, ge=0, le=1, description="share of customers that may be absorbed in one run")
    max_cluster_records: int = Field(default=1_000, gt=1, description="records that the largest customer may grow to")
    impact_floor: int = Field(
        default=20, ge=0, description="records, and customers, that may always change, however large their share"
    )


class AttributeSurvivorship(BaseModel):
    """What differs for one attribute; what is not set is as for all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: tuple[Criterion, ...] | None = Field(default=None, min_length=1, description="criteria, the first decides first")
    trust: tuple[str, ...] | None = Field(default=None, description="source systems, the most trusted first")
    stale_after_days: int | None = Field(default=None, gt=0, description="days after which the value is stale")


class AttributesSurvivorship(BaseModel):
    """What differs by attribute."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of name alone")
    email: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of email alone")
    phone: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of phone alone")
    address: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of address alone")
    handle: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of handle alone")
    country: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of country alone")
    language: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of language alone")
    timezone: AttributeSurvivorship | None = Field(default=None, description="order, trust, stale_after_days of timezone alone")
    organization_id: AttributeSurvivorship | None = Field(
        default=None, description="order, trust, stale_after_days of organization_id alone"
    )


class Survivorship(BaseModel):
    """How the one value of an attribute is chosen from what the sources say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: tuple[Criterion, ...] = Field(
        default=("trust", "recency", "frequency", "completeness"), min_length=1, description="criteria, the first decides first"
    )
    trust: tuple[str, ...] = Field(
        default=(),
        description="source systems, the most trusted first; the others come last, and in each profiles before contacts",
    )
    stale_after_days: int | None = Field(
        default=None,
        gt=0,
        description="days after which an unconfirmed value is stale; not set: 1825 for name, 730 for country, language, else 365",
    )
    attributes: AttributesSurvivorship = AttributesSurvivorship()

    def order_of(self, attribute: Attribute) -> tuple[Criterion, ...]:
        """The criteria of an attribute, each once, the first decides first."""
        return tuple(dict.fromkeys(self._own(attribute).order or self.order))

    def trust_of(self, attribute: Attribute) -> tuple[str, ...]:
        """The source systems that an attribute is trusted to, the most trusted first."""
        own = self._own(attribute).trust
        return self.trust if own is None else own

    def stale_days_of(self, attribute: Attribute) -> int:
        """After how many days without confirmation the attribute's value is stale."""
        return self._own(attribute).stale_after_days or self.stale_after_days or _STALE_DAYS.get(attribute, _USUALLY_STALE_DAYS)

    def _own(self, attribute: Attribute) -> AttributeSurvivorship:
        own: AttributeSurvivorship | None = getattr(self.attributes, attribute)
        return own or AttributeSurvivorship()
