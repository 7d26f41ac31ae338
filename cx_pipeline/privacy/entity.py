"""The kinds of personal data a text can hold, by the names that tags and findings use."""

from __future__ import annotations

from enum import StrEnum


class Entity(StrEnum):
    """A kind of personal data; the value is what stands between the brackets of a tag."""

    CUSTOMER_NAME = "CUSTOMER_NAME"
    AGENT_NAME = "AGENT_NAME"
    OTHER_NAME = "OTHER_NAME"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    CARD = "CARD"
    IBAN = "IBAN"
    NATIONAL_ID = "NATIONAL_ID"
    IP = "IP"
    URL = "URL"
    ADDRESS = "ADDRESS"
    DATE_OF_BIRTH = "DATE_OF_BIRTH"
    ACCOUNT = "ACCOUNT"
    ORDER = "ORDER"
    LOYALTY = "LOYALTY"
    HANDLE = "HANDLE"
    SECRET = "SECRET"  # noqa: S105  # a word, no secret


#: Domains of `Tokeniser.token`, the same that columns use for the same thing. Cards and secrets never become tokens: there is
#: nothing to join them to.
TOKEN_DOMAINS: dict[Entity, str] = {
    Entity.CUSTOMER_NAME: "name",
    Entity.AGENT_NAME: "name",
    Entity.OTHER_NAME: "name",
    Entity.EMAIL: "email",
    Entity.PHONE: "phone",
    Entity.IBAN: "iban",
    Entity.NATIONAL_ID: "national_id",
    Entity.IP: "ip",
    Entity.URL: "url",
    Entity.ADDRESS: "address",
    Entity.DATE_OF_BIRTH: "date_of_birth",
    Entity.ACCOUNT: "external_id",
    Entity.ORDER: "id",
    Entity.LOYALTY: "external_id",
    Entity.HANDLE: "handle",
}

#: Rust syntax: a tag as this room writes it. Text inside of one is never looked at again.
TAG = rf"\[(?:{'|'.join(Entity)})(?::k[0-9]+_[a-z2-7]{{26}})?\]"
