"""Jira: issues with their changes, as its REST API and the list's CSV export hold them: where promised fixes live.

An issue is an action, once for each piece of feedback that its description or fields link to, and once where they link to
none. Its changes are no changes of an interaction, so their events name none; they are told apart by the issue, `source_id`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import looks_like_test_subject
from cx_pipeline.sources.columns import as_written, boolean, identifier, key_of, line, names, timestamp, word, written
from cx_pipeline.sources.export import Context, Export, Items, Rows, TableMap
from cx_pipeline.sources.items import elements_of
from cx_pipeline.sources.naming import fold
from cx_pipeline.sources.spellings import spellings_of, spelt

issue = partial(identifier, shape=shaped("Jira", "^(?:[0-9]{1,15}|[A-Za-z][A-Za-z0-9_]{0,40}-[0-9]{1,10})$"))
# Account ids are 24 hexadecimal digits or a number, a colon and a UUID; servers keep logins, which are personal.
_ACCOUNT = "^(?:[0-9a-f]{24}|[0-9]{1,12}:[0-9A-Za-z-]{1,64}|JIRAUSER[0-9]{1,12})$"
account = partial(identifier, shape=shaped("Jira account", _ACCOUNT))
_USERS = "jira.users"

_NAMES = {
    "id": ("issue id", "key", "issue key"),
    "key": ("issue key",),
    "created": (),
    "updated": (),
    "resolved": ("resolution date", "resolutiondate"),
    "status": (),
    "status_category": ("status category",),
    "status_changed": ("status category changed", "statuscategorychangedate"),
    "issue_type": ("issuetype", "type"),
    "project": ("project key", "project name"),
    "label": ("labels",),
    "component": ("components", "component/s"),
    "summary": (),
    "description": (),
    "deleted": ("_fivetran_deleted",),
    # A field of one's own: by its id in the API, by its label in lists.
    "told": ("custom field (customer told)", "customer told", "customer told at", "customer notified", "customfield_10040"),
}
_PATHS = {
    "created": "$.created",
    "updated": "$.updated",
    "resolved": "$.resolutiondate",
    "status": "$.status.name",
    "status_category": "$.status.statusCategory.key",
    "status_changed": "$.statuscategorychangedate",
    "issue_type": "$.issuetype.name",
    "project": "$.project.key",
    "label": "$.labels[0]",
    "component": "$.components[0].name",
    "summary": "$.summary",
    "description": "$.description",
    "told": "$.customfield_10040",
}
_TIME = r"^\s*(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}/[A-Za-z]{3}/[0-9]{2})"
_FEEDBACK = "cx feedback"
_SLASH = r"\\?/"
# Links to a ticket or conversation, and how its record key begins.
_LINKS = {
    "zendesk.tickets": rf"zendesk\.com{_SLASH}(?:agent{_SLASH})?(?:#{_SLASH})?tickets{_SLASH}([0-9]{{1,15}})",
    "intercom.conversations": rf"intercom\.(?:com|io){_SLASH}[^\s\x22]{{0,120}}?conversations?{_SLASH}([0-9]{{1,20}})",
}
_OF_TICKETS = "zendeskticketid"


def _derive(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    """The fields of the API and the columns of lists under the same names, and the keys of the feedback that is linked to."""
    named = {name: (*others, f"fields{_PATHS[name][1:]}") if name in _PATHS else others for name, others in _NAMES.items()}
    made = dict(spelt(named)(columns, context))
    texts = [made["description"]] if "description" in made else [pl.col("description")] if "description" in columns else []
    if "fields" in columns:
        fields = pl.col("fields")
        made |= {name: fields.str.json_path_match(path) for name, path in _PATHS.items()}
        texts = [made["description"], fields.str.extract_all(r'"customfield_[0-9]+"\s*:\s*"[^"]*"').list.join(" ")]
    if "told" in made:
        # The same id is another field elsewhere: what is no time is not for this column.
        made["told"] = pl.when(made["told"].str.contains(_TIME)).then(made["told"])
    tickets = [pl.col(column).str.extract_all("[0-9]{1,15}") for column in columns if _OF_TICKETS in fold(column)]
    linked = [_keys(text, export, link) for text in texts for export, link in _LINKS.items()]
    linked += [ids.list.eval(pl.concat_str(pl.lit("zendesk.tickets:"), pl.element())) for ids in tickets]
    if linked:
        lists = [found.fill_null(pl.lit([], dtype=pl.List(pl.String))) for found in linked]
        made[_FEEDBACK] = pl.concat_list(lists).list.unique(maintain_order=True).list.join(" ")
    return made


def _keys(text: pl.Expr, export: str, link: str) -> pl.Expr:
    key = pl.concat_str(pl.lit(f"{export}:"), pl.element().str.extract(link))
    return text.str.extract_all(link).list.eval(key)


def _feedback(batch: pl.DataFrame, _: Context) -> pl.DataFrame:
    """Every piece of feedback that an issue links to, as its record key."""
    if _FEEDBACK not in batch.columns:
        return pl.DataFrame(schema={"_record": pl.Int64, "feedback": pl.String})
    keys = batch.select("_record", pl.col(_FEEDBACK).str.split(" ").alias("feedback")).explode("feedback")
    return keys.filter(pl.col("feedback").fill_null("") != "")


_IS_APP = pl.col("raw.item.account_type").fill_null("").str.to_lowercase() == "app"
_FREE_TEXT = ("description", "summary", "comment", "environment")
_FIELDS = {"assignee": "agent_id", "status": "status", "priority": "priority", "issuetype": "kind", "project": "department"}
_IS_FREE = pl.col("changed").is_in(list(_FREE_TEXT))


def _value(text: str, of_account: str) -> pl.Expr:
    """What a field was or is: accounts by their key, what people wrote not at all."""
    user = key_of(_USERS, pl.when(pl.col(of_account).str.contains(_ACCOUNT)).then(of_account))
    return pl.when(pl.col("changed") == "assignee").then(user).when(~_IS_FREE).then(text)


_CHANGES = elements_of(
    "changes",
    "changelog",
    "$.histories",
    "$.items",
    fields=(
        word("item", alias="field", at="$.field"),
        line("item", alias="old", at="$.fromString"),
        line("item", alias="new", at="$.toString"),
        as_written("item", alias="old_account", at="$.from"),
        as_written("item", alias="new_account", at="$.to"),
        issue("up1", alias="history", at="$.id"),
        timestamp("up1", alias="created", at="$.created"),
        account("up1", alias="author", at="$.author.accountId"),
        as_written("up1", alias="account_type", at="$.author.accountType"),
        line("up1", alias="login", at="$.author.name"),
    ),
    prepare={
        "changed": pl.col("item.field").str.to_lowercase(),
        "is_named": written("raw.item.field"),
        # With an @ a login is published as its token.
        "actor": pl.coalesce("item.author", pl.concat_str(pl.lit("@"), pl.col("item.login").str.to_lowercase())),
        "event": pl.concat_str("record", pl.lit("#"), pl.col("item.number").cast(pl.String)),
    },
)
_LINKED = Items("feedback", _feedback, fields=(as_written("feedback"),))
_IS_DONE = pl.col("status_category").fill_null("").str.to_lowercase().is_in(["done", "complete", "completed"])


def _action(action: pl.Expr, feedback: pl.Expr | None) -> dict[str, pl.Expr]:
    unknown = pl.lit(None, dtype=pl.String)
    return {
        "action_id": action,
        "feedback_table": pl.lit("interactions") if feedback is not None else unknown,
        "feedback_id": feedback if feedback is not None else unknown,
        "tag": pl.coalesce("label", "component", "issue_type"),
        "department": pl.col("project"),
        "opened_at": pl.col("created"),
        # Some projects end an issue by its status alone, without a resolution.
        "done_at": pl.coalesce("resolved", pl.when(_IS_DONE).then("status_changed")),
        "notified_at": pl.col("told"),
        "status": pl.col("status"),
    }


ISSUES = Export(
    source="jira",
    name="issues",
    title="Issues: what was promised to be fixed, with the feedback they link to and their changes.",
    formats=("JSON (API pages, object)", "NDJSON", "CSV"),
    page_keys=("issues", "values"),
    ignore=frozenset({"self", "expand", "Last Viewed", "last_viewed", "_fivetran_synced"}),
    known=spellings_of(_NAMES)
    | names("fields changelog renderedFields names schema transitions operations editmeta versionedRepresentations properties"),
    key="id",
    clock=("updated",),
    derive=_derive,
    fields=(
        issue("id"),
        issue("key"),
        timestamp("created"),
        timestamp("updated"),
        timestamp("resolved"),
        timestamp("status_changed"),
        timestamp("told"),
        word("status"),
        as_written("status_category"),
        word("issue_type"),
        word("project"),
        word("label"),
        word("component"),
        line("summary"),
        as_written(_FEEDBACK),
        as_written("changelog"),
        boolean("deleted"),
    ),
    deleted=pl.col("deleted").fill_null(value=False),
    test=lambda _: looks_like_test_subject(pl.col("summary")),
    tables=(
        TableMap(
            "feedback_actions",
            primary=True,
            rows=(
                Rows(
                    contains=(~written(_FEEDBACK)).cast(pl.Int64),
                    when=~written(f"raw.{_FEEDBACK}"),
                    columns=_action(pl.col("record"), None),
                ),
                Rows(
                    items=_LINKED,
                    contains=pl.lit(1),
                    columns=_action(
                        pl.concat_str("record", pl.lit("#"), pl.col("item.feedback")),
                        pl.col("item.feedback"),
                    ),
                ),
            ),
        ),
        TableMap(
            "interaction_events",
            rows=(
                Rows(
                    items=_CHANGES,
                    contains=written("item", "$.field").cast(pl.Int64),
                    when=pl.col("is_named"),
                    columns={
                        "event_id": pl.col("event"),
                        "occurred_at": pl.col("item.created"),
                        "field": pl.coalesce(
                            pl.col("changed").replace_strict(_FIELDS, default=None, return_dtype=pl.String), "item.field"
                        ),
                        "old_value": _value("item.old", "item.old_account"),
                        "new_value": _value("item.new", "item.new_account"),
                        "actor_kind": pl.when(_IS_APP)
                        .then(pl.lit("bot"))
                        .when(pl.col("actor").is_not_null())
                        .then(pl.lit("agent")),
                        "actor_kind_raw": pl.col("raw.item.account_type"),
                        "actor_id": key_of(_USERS, "actor"),
                    },
                ),
            ),
        ),
    ),
)
