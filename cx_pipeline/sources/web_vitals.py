"""web-vitals: the page-speed metrics that browsers report, several times a page load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.sources.columns import as_written, boolean, choice, decimal, each, identifier, names, timestamp, word
from cx_pipeline.sources.export import Context, Export, Rows, TableMap
from cx_pipeline.sources.pages import RATINGS, path_of, rating
from cx_pipeline.sources.spellings import iso_of, made_or_own, spellings_of, spelt

_NAMES: Mapping[str, tuple[str, ...]] = {
    "metric_id": ("metricId", "id"),
    "metric_name": ("metricName", "metric", "name", "event_name"),
    "metric_value": ("metricValue", "value"),
    "metric_rating": ("metricRating", "rating"),
    "reported_at": ("timestamp", "event_timestamp", "occurred_at", "received_at", "time", "ts", "date"),
    "url": ("page", "page_url", "page_location", "href", "pathname", "page_path", "path"),
    "visitor": ("client_id", "visitor_id", "user_pseudo_id", "anonymous_id"),
    "session": ("session_id", "ga_session_id"),
    "device_kind": ("device", "device_type", "device_category", "form_factor"),
    "user_agent": ("ua",),
    "is_timeout": ("timeout", "timed_out"),
    "is_cut_off": ("cut_off", "cutoff", "truncated"),
}
_SPELT = spelt(_NAMES)
_KEY = "key of the metric"
# The ids that the library makes hold the moment at which the page was loaded.
_LOADED = "^v[0-9]+-([0-9]{13})-"
_BOT = "(?i)bot\\b|crawl|spider|headless|lighthouse"
_TIMES_TOO_LARGE = 1000.0
# A shift of more than ten screens is none.
_LARGEST_SHIFT = 10.0


def _derive(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    made = dict(_SPELT(columns, context))
    of = partial(made_or_own, made, columns)
    made["reported_at"] = iso_of(pl.coalesce(of("reported_at"), of("metric_id").str.extract(_LOADED)))
    name = of("metric_name").str.strip_chars().str.to_uppercase()
    made["metric_name"] = name
    made[_KEY] = pl.concat_str(of("metric_id").str.strip_chars(), name, separator="|")
    return made


_VALUE = pl.col("metric_value").cast(pl.Float64)
_SMALLER = _VALUE / _TIMES_TOO_LARGE
_RATED, _RATED_SMALLER = (rating(pl.col("metric_name"), value) for value in (_VALUE, _SMALLER))


def _flagged(test: str, name: str) -> pl.Expr:
    none = pl.lit([], dtype=pl.List(pl.String))
    return pl.when(pl.col(test)).then(pl.lit([name])).otherwise(none)


EVENTS = Export(
    source="web_vitals",
    name="events",
    title="Page-speed metrics (LCP, INP, CLS, …): of the values that a page load reports, the last.",
    formats=("NDJSON", "JSON array", "CSV"),
    page_keys=("events", "metrics", "vitals"),
    known=spellings_of(_NAMES)
    | names(
        """
        delta metric_delta metricDelta navigationType navigation_type attribution entries debug_target debugTarget
        largest_shift_target connection effective_type country browser viewport
        """
    ),
    key=_KEY,
    # Values of one metric only grow while the page lives: of equal times the greatest is the last.
    clock=("reported_at", "size"),
    derive=_derive,
    fields=(
        identifier(_KEY, shaped("web-vitals", r"^[0-9A-Za-z][0-9A-Za-z._:-]{0,199}\|[A-Z][A-Z0-9_-]{1,40}$")),
        word("metric_id"),
        word("metric_name"),
        decimal("metric_value"),
        choice("metric_rating", "web_vitals_rating", RATINGS),
        timestamp("reported_at"),
        as_written("url"),
        as_written("visitor"),
        as_written("session"),
        word("device_kind"),
        as_written("user_agent"),
        boolean("is_timeout"),
        boolean("is_cut_off"),
    ),
    prepare={
        "is_negative": (pl.col("metric_value") < 0).fill_null(value=False),
        # Some pages send layout shifts times 1000, as whole numbers: their rating tells, or that no page can shift so far.
        "is_scaled": (
            (pl.col("metric_name") == "CLS")
            & ((_VALUE > _LARGEST_SHIFT) | ((pl.col("metric_rating") != _RATED) & (pl.col("metric_rating") == _RATED_SMALLER)))
        ).fill_null(value=False),
        "value": pl.when(~pl.col("is_negative")).then(pl.when("is_scaled").then(_SMALLER).otherwise(_VALUE)),
        "size": (pl.col("metric_value") * 10_000).cast(pl.Int64),
        "is_bot": pl.col("user_agent").str.contains(_BOT).fill_null(value=False),
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
                        "web_session_id": pl.col("session"),
                        "event_name": pl.col("metric_name"),
                        "occurred_at": pl.col("reported_at"),
                        "page_path": path_of(pl.col("url")),
                        "device_kind": pl.col("device_kind"),
                        "metric_name": pl.col("metric_name"),
                        "metric_id": pl.col("metric_id"),
                        "metric_value": pl.col("value"),
                        "metric_rating": pl.coalesce("metric_rating", rating(pl.col("metric_name"), pl.col("value"))),
                        "metric_rating_raw": pl.col("raw.metric_rating"),
                        "is_timeout": pl.col("is_timeout"),
                        "is_cut_off": pl.col("is_cut_off"),
                        # Earlier values of the same metric have given way to this one.
                        "is_final": pl.lit(value=True),
                        "dq_flags": pl.concat_list(
                            "dq_flags",
                            _flagged("is_bot", "taken_for_bot"),
                            _flagged("is_negative", "metric_value_negative"),
                            _flagged("is_scaled", "metric_value_rescaled"),
                        ).list.sort(),
                    },
                ),
            ),
        ),
    ),
)
