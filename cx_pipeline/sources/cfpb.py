"""CFPB: complaints about financial companies, as the public database of the Consumer Financial Protection Bureau holds them.

Nobody is named: narratives are published with the person's agreement and personal details replaced by `XXXX`. A template letter
comes from many people, so equal narratives are no duplicates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.sources.columns import choice, each, identifier, names, paragraphs, timestamp, word, written
from cx_pipeline.sources.export import Context, Export, Rows, TableMap

_CHANNEL = {
    "Web": "web",
    "Phone": "phone",
    "Email": "email",
    "E-mail": "email",
    "Fax": "other",
    "Postal mail": "other",
    "Referral": "other",
    "Web Referral": "web",
    "Chat": "chat",
}
_STATUS = {
    "In progress": "open",
    "Closed": "closed",
    "Closed with explanation": "closed",
    "Closed with monetary relief": "closed",
    "Closed with non-monetary relief": "closed",
    "Closed with relief": "closed",
    "Closed without relief": "closed",
    "Untimely response": "closed",
}
_SOURCE = ("_source", "source")


def _out_of_search(columns: Sequence[str], _: Context) -> Mapping[str, pl.Expr]:
    """Answers of the search API hold the complaint one level down."""
    held = next((name for name in _SOURCE if name in columns), None)
    if held is None or "date_received" in columns:
        return {}
    return {name: pl.col(held).str.json_path_match(f"$.{name}") for name in _FIELDS}


_FIELDS = (
    *("complaint_id", "date_received", "date_sent_to_company", "product", "sub_product", "issue", "sub_issue"),
    *("complaint_what_happened", "company", "company_response", "company_public_response", "submitted_via", "timely"),
    *("consumer_disputed", "consumer_consent_provided"),
)


_YES = r"(?i)^(?:yes|true)$"
_YES_OR_NO = r"(?i)^\s*(?:yes|no|true|false)\s*$"


def _answer(field: str, raw: str, column: str) -> Rows:
    """A yes or no on what came after the complaint, which is told without a time; `N/A` is no answer."""
    return Rows(
        contains=pl.col(raw).fill_null("").str.contains(_YES_OR_NO).cast(pl.Int64),
        when=pl.col(f"raw.{column}").fill_null("").str.contains(_YES_OR_NO),
        columns={
            "event_id": pl.concat_str("record", pl.lit(f"#{field}")),
            "interaction_id": pl.col("record"),
            "field": pl.lit(field),
            "new_value": pl.when(pl.col(column).str.contains(_YES)).then(pl.lit("yes")).otherwise(pl.lit("no")),
        },
    )


COMPLAINTS = Export(
    source="cfpb",
    name="complaints",
    title="Complaints about financial companies, with the narrative where it is published.",
    formats=("CSV", "JSON (array, search answers)", "NDJSON"),
    page_keys=("complaints", "hits"),
    known=names(
        """
        state zip_code tags has_narrative zip_code_prefix date_received_min _index _type _id _score sort :created_at
        :updated_at :id _source source State ZIP code Tags
        """
    )
    | {"ZIP code", "Event tag", "date_received_formatted", "date_sent_to_company_formatted"},
    spellings={
        "date_received": (),
        "date_sent_to_company": (),
        "sub_product": (),
        "sub_issue": (),
        "complaint_what_happened": ("Consumer complaint narrative", "narrative", "complaint_narrative"),
        "company_public_response": (),
        "company_response": ("Company response to consumer",),
        "consumer_consent_provided": (),
        "submitted_via": (),
        "timely": ("Timely response?", "timely_response"),
        "consumer_disputed": (),
        "complaint_id": ("id",),
    },
    derive=_out_of_search,
    key="complaint_id",
    # The database tells of no change: of two deliveries the later stands.
    clock=("changed_at",),
    fields=(
        identifier("complaint_id", shaped("CFPB", "^[0-9]{1,12}$"), required=True),
        timestamp("date_received"),
        timestamp("date_sent_to_company", alias="sent_at"),
        word("product"),
        word("sub_product"),
        word("issue"),
        word("sub_issue"),
        paragraphs("complaint_what_happened", alias="narrative"),
        word("company"),
        choice("company_response", "cfpb_response", _STATUS),
        word("company_public_response"),
        choice("submitted_via", "cfpb_channel", _CHANNEL),
        word("timely"),
        word("consumer_disputed", alias="disputed"),
        word("consumer_consent_provided"),
    ),
    # A narrative whose agreement was taken back is no longer to be shown.
    prepare={
        "is_withdrawn": pl.col("consumer_consent_provided").str.to_lowercase().str.contains("withdrawn").fill_null(value=False),
        "changed_at": pl.coalesce("sent_at", "date_received"),
    },
    tables=(
        TableMap(
            "interactions",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "interaction_id": pl.col("record"),
                        "source_number": pl.col("complaint_id"),
                        "kind": pl.lit("complaint"),
                        "kind_raw": pl.col("raw.product"),
                        "channel": pl.col("submitted_via"),
                        "channel_raw": pl.col("raw.submitted_via"),
                        "direction": pl.lit("inbound"),
                        "department": pl.col("company"),
                        "queue": pl.col("product"),
                        "category": pl.coalesce("issue", "product"),
                        "status": pl.col("company_response"),
                        "status_raw": pl.col("raw.company_response"),
                        "opened_at": pl.col("date_received"),
                        "text_subject": pl.coalesce("sub_issue", "issue"),
                    },
                ),
            ),
        ),
        TableMap(
            "messages",
            rows=(
                Rows(
                    contains=each("complaint_what_happened"),
                    when=written("raw.narrative"),
                    columns={
                        "message_id": pl.concat_str("record", pl.lit("#narrative")),
                        "interaction_id": pl.col("record"),
                        "author_kind": pl.lit("customer"),
                        "is_public": pl.lit(value=True),
                        "sent_at": pl.col("date_received"),
                        "text": pl.when(~pl.col("is_withdrawn")).then("narrative"),
                    },
                ),
            ),
        ),
        TableMap(
            "interaction_events",
            rows=(_answer("is_timely", "timely", "timely"), _answer("is_disputed", "consumer_disputed", "disputed")),
        ),
    ),
)
