"""Google Analytics 4: the daily tables of events that it exports to BigQuery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.sources.columns import (
    as_written,
    boolean,
    choice,
    decimal,
    each,
    external_id,
    identifier,
    identity,
    key_of,
    names,
    timestamp,
    word,
    written,
)
from cx_pipeline.sources.export import Context, Export, Rows, TableMap
from cx_pipeline.sources.pages import METRICS, RATINGS, path_of
from cx_pipeline.sources.spellings import made_or_own, spellings_of, spelt
from cx_pipeline.sources.unfolding import all_of, pairs_of, values_at

# A parameter sits in whichever column its value had the type of, and not always in the same.
_VALUES = ("$.value.string_value", "$.value.int_value", "$.value.double_value", "$.value.float_value")
_PARAMETERS = (
    *("page_location", "page_path", "ga_session_id", "debug_mode"),
    *("metric_id", "metric_name", "metric_value", "metric_rating", "value"),
)
_UNFOLD = all_of(
    pairs_of("event_params", {name: f"param_{name}" for name in _PARAMETERS}, _VALUES),
    values_at({"device_category": ("device", "$.category")}),
)
_NAMES: Mapping[str, tuple[str, ...]] = {
    "url": ("param_page_location", "page_location", "param_page_path", "page_path"),
    "session": ("param_ga_session_id", "ga_session_id"),
    "debug": ("param_debug_mode",),
    "device_kind": ("device_category", "device.category"),
    "metric_id": ("param_metric_id",),
    "metric_name": ("param_metric_name",),
    "metric_value": ("param_metric_value", "param_value"),
    "metric_rating": ("param_metric_rating",),
}
_SPELT = spelt(_NAMES)
_KEY = "key of the event"
# What tells two events of one visitor at one moment apart; older tables have the bundle alone.
_PLACE = ("event_bundle_sequence_id", "batch_page_id", "batch_ordering_id", "batch_event_index")


def _derive(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    made = dict(_SPELT(columns, context))
    of = partial(made_or_own, made, columns)
    visitor = pl.coalesce(of("user_pseudo_id"), of("user_id"))
    parts = [part.fill_null("") for part in (visitor, of("event_timestamp"), of("event_name"), *(of(name) for name in _PLACE))]
    told = (of("event_timestamp").fill_null("") != "") & (of("event_name").fill_null("") != "")
    # A visitor's cookie is in it, so it is marked as personal.
    made[_KEY] = pl.when(told).then(pl.concat_str(pl.lit("@"), pl.concat_str(parts, separator="|").str.replace_all(r"\s", "_")))
    return made


def _metric(raw: str) -> pl.Expr:
    return pl.coalesce(f"{raw}metric_name", f"{raw}event_name").str.strip_chars().str.to_uppercase()


_USER = key_of("ga4.users", "user_id")
_IS_METRIC = _metric("").is_in(list(METRICS))

EVENTS = Export(
    source="ga4",
    name="events",
    title="Events of a day, written anew for up to three days as late ones come in.",
    formats=("NDJSON", "Parquet or CSV of a flattened table"),
    is_named_by_file=True,
    known=spellings_of(_NAMES)
    | names(
        """
        event_date event_params event_previous_timestamp event_value_in_usd event_server_timestamp_offset event_dimensions
        privacy_info user_properties user_first_touch_timestamp user_ltv device geo app_info traffic_source stream_id platform
        ecommerce items collected_traffic_source session_traffic_source_last_click is_active_user publisher
        """
    ),
    key=_KEY,
    personal_key=True,
    # The day's final table is newer than what was streamed, and of two final tables the one that was delivered later.
    clock=("event_timestamp", "finality"),
    unfold=_UNFOLD,
    derive=_derive,
    fields=(
        identifier(_KEY, shaped("GA4 event", r"^@[^\s]{3,1000}$")),
        timestamp("event_timestamp", "epoch_us", required=True),
        word("event_name"),
        as_written("user_pseudo_id"),
        external_id("user_id"),
        *(as_written(name) for name in _PLACE),
        as_written("url"),
        as_written("session"),
        boolean("debug", blank=False),
        word("device_kind"),
        word("metric_id"),
        word("metric_name"),
        decimal("metric_value"),
        choice("metric_rating", "web_vitals_rating", RATINGS),
    ),
    test=lambda _: pl.col("debug"),
    prepare={
        "finality": pl.when(pl.col("file_label").str.contains("(?i)intraday")).then(0).otherwise(1),
        "visitor": pl.col("user_pseudo_id").str.strip_chars().replace("", None),
    },
    tables=(
        TableMap(
            "web_events",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "event_key": pl.col("record"),
                        "user": pl.col("visitor"),
                        # The vendor counts sessions by visitor: the number alone is that of many.
                        "web_session_id": pl.concat_str(pl.lit("@"), "visitor", pl.lit("|"), "session"),
                        "customer_record": _USER,
                        "event_name": pl.col("event_name"),
                        "occurred_at": pl.col("event_timestamp"),
                        "page_path": path_of(pl.col("url")),
                        "device_kind": pl.col("device_kind"),
                        "metric_name": pl.when(_IS_METRIC).then(_metric("")),
                        "metric_id": pl.when(_IS_METRIC).then("metric_id"),
                        "metric_value": pl.when(_IS_METRIC).then(pl.col("metric_value").cast(pl.Float64)),
                        "metric_rating": pl.when(_IS_METRIC).then("metric_rating"),
                        "metric_rating_raw": pl.when(_IS_METRIC).then("raw.metric_rating"),
                    },
                ),
            ),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=each("user_id"),
                    when=pl.col("user_id").is_not_null(),
                    columns={
                        "customer_record": _USER,
                        "first_seen_at": pl.col("event_timestamp"),
                        "last_seen_at": pl.col("event_timestamp"),
                        "is_contact": pl.lit(value=True),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                identity("external_id", "user_id", _USER, "user_id", since=pl.col("event_timestamp")),
                Rows(
                    contains=(written("user_id") & written("user_pseudo_id")).cast(pl.Int64),
                    when=written("raw.user_id") & written("raw.user_pseudo_id"),
                    columns={
                        "customer_record": _USER,
                        "kind": pl.lit("cookie"),
                        "value": pl.col("visitor"),
                        "is_placeholder": pl.lit(value=False),
                        "is_null_hash": pl.lit(value=False),
                        "valid_from": pl.col("event_timestamp"),
                    },
                ),
            ),
        ),
    ),
)
