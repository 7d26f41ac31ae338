"""Parts of Intercom's conversations: what was said, and what changed; who writes, and which of them are bots."""

from __future__ import annotations

from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.sources.columns import as_written, choice, html, identifier, key_of, line, timestamp, word
from cx_pipeline.sources.items import elements_of

# Ids come as numbers and as texts, of one object even.
number = partial(identifier, shape=shaped("Intercom", "^(?:[0-9A-Za-z_]{1,64}|[0-9A-Fa-f-]{36})$"))
seconds = partial(timestamp, declared="epoch_s")


CONTACTS_EXPORT, ADMINS_EXPORT, TEAMS_EXPORT = "intercom.contacts", "intercom.admins", "intercom.teams"
AUTHORS = {
    "user": "customer",
    "lead": "customer",
    "contact": "customer",
    "visitor": "customer",
    "admin": "agent",
    "teammate": "agent",
    "team": "system",
    "bot": "bot",
    "fin": "bot",
    "ai_agent": "bot",
    "operator": "bot",
    "system": "system",
}
# The vendor's own bot writes as an admin of this name, too.
BOT_NAME = r"(?i)^(?:operator|fin(?: ai agent)?|.*\bbot)$"
BOT_ADDRESS = r"(?i)^operator\+[^@]*@intercom\.io$"
_SAID = ("comment", "quick_reply", "note")
_STATUS_OF = {
    "close": "closed",
    "note_and_close": "closed",
    "open": "open",
    "reopen": "open",
    "note_and_open": "open",
    "note_and_reopen": "open",
    "assign_and_reopen": "open",
    "timer_unsnooze": "open",
    "unsnoozed": "open",
    "note_and_unsnooze": "open",
    "assign_and_unsnooze": "open",
    "snoozed": "on_hold",
    "note_and_snooze": "on_hold",
}


def letters(text: pl.Expr) -> pl.Expr:
    """The letters of a word, however it was typed; empty where there is none."""
    return text.fill_null("").str.strip_chars().str.to_lowercase()


def is_said(part: pl.Expr, body: pl.Expr, attachment: pl.Expr) -> pl.Expr:
    """Whether a part is a message: a change of state may bring a text, and a comment may have lost its own."""
    has_text = (body.fill_null("").str.strip_chars() != "") | attachment.is_not_null()
    return has_text | part.is_in(list(_SAID))


def is_event(part: pl.Expr) -> pl.Expr:
    """Whether a part tells of a change."""
    return (part != "") & ~part.is_in(list(_SAID))


def at(path: str) -> pl.Expr:
    """A value of a part as the vendor wrote it."""
    return pl.col("item").str.json_path_match(path)


def author(kind: str, author_id: str) -> pl.Expr:
    """Who wrote, as the key of a contact, admin or team."""
    return (
        pl.when(pl.col(kind) == "customer")
        .then(key_of(CONTACTS_EXPORT, author_id))
        .when(pl.col(kind).is_in(["agent", "bot"]))
        .then(key_of(ADMINS_EXPORT, author_id))
        .when(pl.col(kind) == "system")
        .then(key_of(TEAMS_EXPORT, author_id))
    )


def author_kind(role: str, name: str, email: str) -> pl.Expr:
    """Who wrote; the bot counts as one under whatever role it writes."""
    is_bot = pl.col(f"raw.{name}").str.contains(BOT_NAME) | pl.col(f"raw.{email}").str.contains(BOT_ADDRESS)
    return pl.when(is_bot.fill_null(value=False) & (pl.col(role) != "customer")).then(pl.lit("bot")).otherwise(role)


def attachments_in(listed: pl.Expr) -> pl.Expr:
    """How many attachments a JSON list holds."""
    return listed.str.count_matches(r'"(?:url|content_url)"\s*:').cast(pl.Int64)


_CUSTOM = pl.col("item.part_type").fill_null("").str.starts_with("conversation_attribute_updated")
_ASSIGNED = pl.col("item.part_type").fill_null("").str.contains("assign")
PARTS = elements_of(
    "parts",
    "conversation_parts",
    "$.conversation_parts",
    fields=(
        number("item", alias="id", at="$.id"),
        word("item", alias="part_type", at="$.part_type"),
        html("item", alias="body", at="$.body"),
        seconds("item", alias="created_at", at="$.created_at"),
        choice("item", "intercom_author", AUTHORS, alias="author_role", at="$.author.type"),
        number("item", alias="author_id", at="$.author.id"),
        as_written("item", alias="author_name", at="$.author.name"),
        as_written("item", alias="author_email", at="$.author.email"),
        word("item", alias="assigned_type", at="$.assigned_to.type"),
        number("item", alias="assigned_id", at="$.assigned_to.id"),
        word("item", alias="attribute", at="$.event_details.attribute.name"),
        line("item", alias="attribute_value", at="$.event_details.value.name"),
        as_written("item", alias="attachments", at="$.attachments"),
        as_written("item", alias="attachment", at="$.attachments[0]"),
    ),
    prepare={
        "part": letters(pl.col("raw.item.part_type")),
        "part_author_kind": author_kind("item.author_role", "item.author_name", "item.author_email"),
        "part_author": author("part_author_kind", "item.author_id"),
        "part_id": pl.concat_str(
            "record",
            pl.lit("#"),
            pl.coalesce("item.id", pl.concat_str(pl.lit("part-"), pl.col("item.number").cast(pl.String))),
        ),
        "new_status": pl.col("part").replace_strict(_STATUS_OF, default=None, return_dtype=pl.String),
        "assigned": pl.when(pl.col("item.assigned_type") == "team")
        .then(key_of(TEAMS_EXPORT, "item.assigned_id"))
        .otherwise(key_of(ADMINS_EXPORT, "item.assigned_id")),
        "changed": pl.when(pl.col("new_status").is_not_null())
        .then(pl.lit("status"))
        .when(_ASSIGNED & (pl.col("item.assigned_type") == "team"))
        .then(pl.lit("team"))
        .when(_ASSIGNED)
        .then(pl.lit("agent_id"))
        .when(_CUSTOM & pl.col("item.attribute").is_not_null())
        .then("item.attribute")
        .otherwise("part"),
        "changed_to": pl.when(pl.col("new_status").is_not_null())
        .then("new_status")
        .when(_ASSIGNED)
        .then("assigned")
        .when(_CUSTOM)
        .then("item.attribute_value"),
        # No more than the newest 500 parts are delivered; this count has the first message in it.
        "is_cut": pl.len().over("_record") < pl.max_horizontal("part_total", pl.col("message_total") - 1),
    },
)
