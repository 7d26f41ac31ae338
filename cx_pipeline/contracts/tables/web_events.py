"""An event of web or app analytics."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column, customer, enum, token
from cx_pipeline.contracts.conditions import matches
from cx_pipeline.contracts.dtypes import BOOLEAN, NUMBER, TEXT, TIME
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import METRIC_RATING

TABLE = Table(
    name="web_events",
    description="One event of web or app analytics, page-speed metrics included.",
    key=("event_key",),
    time="occurred_at",
    own=(
        Column("event_key", TEXT, "Identifies the event; made of its fields where the source gives no id.", nullable=False),
        token("user_token", "The visitor's id in the browser or app.", "cookie"),
        Column("web_session_id", TEXT, "The visit."),
        customer("The person, where the visitor was signed in or recognised."),
        Column("event_name", TEXT, "What happened, as the source names it.", nullable=False),
        Column("occurred_at", TIME, "When it happened.", unit="UTC"),
        Column("page_path", TEXT, "The page without host, query or fragment."),
        Column("device_kind", TEXT, "Kind of device, as the source names it."),
        Column("metric_name", TEXT, "The page-speed metric, such as LCP."),
        Column("metric_id", TEXT, "The page load the metric was taken in."),
        Column("metric_value", NUMBER, "The metric's value, in the unit of the metric: ms, for CLS a plain number."),
        *enum("metric_rating", METRIC_RATING, "The metric against its public thresholds."),
        Column("is_timeout", BOOLEAN, "True where the measurement timed out."),
        Column("is_cut_off", BOOLEAN, "True where the measurement ended with the page."),
        Column("is_final", BOOLEAN, "True for the last value the page load reported."),
    ),
    own_rules=(matches("web_events.page_path_with_query", "page_path", r"^[^?#]*$", "a path without query", repair=True),),
)
