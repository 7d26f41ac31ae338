"""What the business declares of its loops: which feedback belongs to which department, and when somebody waits too long."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_NOT_OF_WORDS = re.compile(r"[\W_]+")


class Department(BaseModel):
    """A department, how the tools call it, and by what its feedback is known. Case does not matter.

    Names, tags and categories may end in `*`. A word is one or several whole words; one that ends in `*` is the beginning of a
    word, and one between two `*` may stand anywhere, as in languages that write no spaces.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, description="name of the department")
    called: tuple[str, ...] = Field(default=(), description="further names: teams, queues, groups, projects")
    tags: tuple[str, ...] = Field(default=(), description="tags of its feedback")
    categories: tuple[str, ...] = Field(default=(), description="reasons for contact, as the sources name them")
    words: tuple[str, ...] = Field(default=(), description="words in the redacted text")

    @field_validator("words")
    @classmethod
    def _say_something(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_NOT_OF_WORDS.sub("", word) for word in value):
            raise ValueError("a word has letters or digits")
        return value


def _usual() -> tuple[Department, ...]:
    return (
        Department(
            name="Billing",
            called=("billing*", "finance*", "accounting*", "payments*"),
            tags=("billing*", "invoice*", "payment*", "price*", "charge*", "fee", "fees"),
            categories=("billing*", "invoice*", "payment*", "charge*", "fees*"),
            words=(
                "invoice*",
                "charged twice",
                "overcharged",
                "billing",
                "abgebucht",
                "rechnung*",
                "débité*",
                "facture*",
                "cobraron",
            ),
        ),
        Department(
            name="Returns",
            called=("returns*", "refunds*"),
            tags=("return*", "refund*", "exchange*", "trade-in*"),
            categories=("return*", "refund*", "exchange*"),
            words=("refund*", "money back", "return it", "rückerstattung", "geld zurück", "rembours*", "rimborso", "*退款*"),
        ),
        Department(
            name="Logistics",
            called=("logistics*", "shipping*", "delivery*", "fulfilment*", "fulfillment*", "warehouse*"),
            tags=("delivery*", "shipping*", "late*", "pick-up*", "pick_up*"),
            categories=("delivery*", "shipping*", "pick_up*", "pick-up*"),
            words=("deliver*", "in transit", "parcel*", "lieferung", "livraison", "arrive", "llegará", "entrega"),
        ),
        Department(
            name="Product",
            called=("product*", "engineering*", "quality*", "technical*", "digital*"),
            tags=("defect*", "broken*", "bug*", "quality*", "checkout*", "app_crash*", "search*", "app*", "website*"),
            categories=("defect*", "software*", "hardware*", "quality*", "breakdown*"),
            words=("stopped working", "broken", "defect*", "crash*", "beschädigt", "cassé", "dañado", "rotto"),
        ),
        Department(
            name="Customer care",
            called=("customer care", "customer service*", "support*", "first line", "second line", "service desk*", "care"),
            tags=("service*", "agent*", "wait*", "rude*"),
            categories=("inquiry*", "question*", "complaint*", "feedback*"),
            words=("rude", "on hold", "no answer", "nobody answers", "waited"),
        ),
    )


class Loops(BaseModel):
    """What loops are judged by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    departments: tuple[Department, ...] = Field(
        default_factory=_usual,
        description="departments and what belongs to them, the first that fits; when not set: Billing, Returns, Logistics, "
        "Product, Customer care with their usual words",
    )
    complaints: tuple[str, ...] = Field(
        default=("complaint*",), description="reasons for contact that make an interaction a complaint; may end in *"
    )
    low_score: float = Field(
        default=0.6, ge=0, le=1, description="place on its scale, 0 worst and 1 best, up to which a score asks for something"
    )
    open_days: int = Field(default=30, ge=0, description="days after which an action that is not done counts as never closed")
    notice_days: int = Field(default=7, ge=0, description="days after which what is done counts as closed without notice")
    credit_days: int = Field(default=14, ge=0, description="days after which a return that is not credited is overdue")
    arrival_minutes: int = Field(default=60, gt=0, description="a call so long before or after a pick-up is about it")
    shop_lines: tuple[str, ...] = Field(default=(), description="queues of the shops' telephone lines; any when not set")
    failure_minutes: int = Field(default=60, gt=0, description="a contact so soon after a page failed is counted with it")

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    @model_validator(mode="after")
    def _is_whole(self) -> Loops:
        names = [item.name.strip().casefold() for item in self.departments]
        if len(names) != len(set(names)):
            raise ValueError("no two departments have the same name")
        if {"all", "none"} & set(names):
            raise ValueError("no department is named all or none: these are rows of their own in the daily marts")
        return self
