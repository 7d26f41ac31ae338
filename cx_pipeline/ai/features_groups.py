"""The groups of features, each one query over the state at the cut-off: a row a customer, its columns documented beside it.

Counts are 0 where there was nothing to count; figures about something that there was none of are null. Means are rounded, so
that the order in which rows are added up changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from cx_pipeline.ai.facts import ColumnFact


@dataclass(frozen=True, slots=True)
class Group:
    """Columns that one query makes; `query` gives `customer_id` and them, for those customers that it has something to say of."""

    name: str
    query: str
    columns: tuple[ColumnFact, ...]


def _count(name: str, meaning: str, unit: str = "count") -> ColumnFact:
    return ColumnFact(name, "BIGINT", meaning, unit=unit)


def _figure(name: str, meaning: str, unit: str) -> ColumnFact:
    return ColumnFact(name, "DOUBLE", meaning, unit=unit)


RECENCY = Group(
    "recency",
    """
    WITH since AS (
        SELECT customer_id, max(opened_at) AS contact FROM temp.contacts GROUP BY customer_id),
    bought AS (SELECT customer_id, max(ordered_at) AS purchase FROM temp.purchases GROUP BY customer_id),
    answered AS (SELECT customer_id, max(answered_at) AS survey FROM temp.surveys GROUP BY customer_id),
    visited AS (SELECT customer_id, max(occurred_at) AS visit FROM temp.browsed GROUP BY customer_id),
    acted AS (SELECT customer_id, max(acted_at) AS act FROM temp.acts GROUP BY customer_id)
    SELECT customer_id,
           date_diff('second', known_since, $cut_off) / 86400 AS days_known,
           date_diff('second', act, $cut_off) / 86400 AS days_since_last_act,
           date_diff('second', contact, $cut_off) / 86400 AS days_since_last_contact,
           date_diff('second', purchase, $cut_off) / 86400 AS days_since_last_order,
           date_diff('second', survey, $cut_off) / 86400 AS days_since_last_survey,
           date_diff('second', visit, $cut_off) / 86400 AS days_since_last_visit
    FROM temp.known LEFT JOIN acted USING (customer_id) LEFT JOIN since USING (customer_id) LEFT JOIN bought USING (customer_id)
    LEFT JOIN answered USING (customer_id) LEFT JOIN visited USING (customer_id)
    """,
    (
        _figure("days_known", "Time since the customer was first seen in any source.", "days"),
        _figure(
            "days_since_last_act", "Time since the last thing the customer did: contact, survey, order, visit, e-mail.", "days"
        ),
        _figure("days_since_last_contact", "Time since the last contact was opened.", "days"),
        _figure("days_since_last_order", "Time since the last order.", "days"),
        _figure("days_since_last_survey", "Time since the last survey response.", "days"),
        _figure("days_since_last_visit", "Time since the last event on website or app.", "days"),
    ),
)
CONTACT = Group(
    "contact",
    """
    WITH opened AS (
        SELECT customer_id, count(*) AS contacts_total,
               count(*) FILTER (opened_at > $last_90_days) AS contacts_90d,
               count(*) FILTER (opened_at > $last_30_days) AS contacts_30d,
               count(*) FILTER (resolution_ms IS NULL) AS contacts_open,
               count(DISTINCT department) AS departments_total,
               CASE WHEN count(*) > 1 THEN date_diff('second', min(opened_at), max(opened_at)) / 86400 / (count(*) - 1)
               END AS days_between_contacts
        FROM temp.contacts GROUP BY customer_id),
    written AS (
        SELECT customer_id, count(*) AS messages_total, count(*) FILTER (sent_at > $last_90_days) AS messages_90d
        FROM temp.words GROUP BY customer_id),
    called AS (
        SELECT customer_id, count(*) FILTER (is_abandoned) AS calls_abandoned_total,
               round(avg(hold_ms) FILTER (disconnected_at > $last_90_days), 3) AS hold_ms_mean_90d
        FROM temp.calls GROUP BY customer_id)
    SELECT * FROM opened LEFT JOIN written USING (customer_id) LEFT JOIN called USING (customer_id)
    """,
    (
        _count("contacts_total", "Contacts opened."),
        _count("contacts_90d", "Contacts opened in the last 90 days."),
        _count("contacts_30d", "Contacts opened in the last 30 days."),
        _count("contacts_open", "Contacts that were neither solved nor closed."),
        _count("departments_total", "Different departments that dealt with the customer."),
        _figure("days_between_contacts", "Mean time from one contact to the next; null below two contacts.", "days"),
        _count("messages_total", "Public messages the customer wrote."),
        _count("messages_90d", "Public messages the customer wrote in the last 90 days."),
        _count("calls_abandoned_total", "Legs of calls that the customer left before anybody answered."),
        _figure("hold_ms_mean_90d", "Mean time on hold in a leg of a call that ended in the last 90 days.", "ms"),
    ),
)
CHANNEL = Group(
    "channel",
    """
    WITH used AS (
        SELECT customer_id, channel, count(*) AS contacts, max(opened_at) AS last_used
        FROM temp.contacts WHERE channel IS NOT NULL GROUP BY customer_id, channel)
    SELECT customer_id, count(*) AS channels_total,
           arg_max(channel, struct_pack(contacts, last_used, channel)) AS channel_main,
           arg_max(channel, struct_pack(last_used, contacts, channel)) AS channel_last,
           coalesce(sum(contacts) FILTER (channel IN ('phone', 'ivr', 'voice_assistant')), 0) / sum(contacts) AS voice_share,
           coalesce(sum(contacts) FILTER (channel IN ('email', 'form', 'web')), 0) / sum(contacts) AS written_share,
           coalesce(sum(contacts) FILTER (channel IN ('chat', 'messenger', 'sms', 'social', 'mobile_app')), 0) / sum(contacts)
               AS messaging_share
    FROM used GROUP BY customer_id
    """,
    (
        _count("channels_total", "Different channels used."),
        ColumnFact("channel_main", "VARCHAR", "Channel of most contacts; of equals the one used last."),
        ColumnFact("channel_last", "VARCHAR", "Channel of the last contact."),
        _figure("voice_share", "Contacts by phone, voice menu or voice assistant.", "share of contacts, 0 to 1"),
        _figure("written_share", "Contacts by e-mail, form or website.", "share of contacts, 0 to 1"),
        _figure("messaging_share", "Contacts by chat, messenger, SMS, social network or app.", "share of contacts, 0 to 1"),
    ),
)
RESOLUTION = Group(
    "resolution",
    """
    SELECT customer_id, count(resolution_ms) AS solved_total, count(resolution_ms) / count(*) AS solved_share,
           median(resolution_ms) FILTER (resolution_ms >= 0) AS resolution_ms_median,
           median(first_reply_ms) FILTER (first_reply_ms >= 0) AS first_reply_ms_median,
           max(date_diff('second', opened_at, $cut_off)) FILTER (resolution_ms IS NULL) / 86400 AS days_oldest_open
    FROM temp.contacts GROUP BY customer_id
    """,
    (
        _count("solved_total", "Contacts that were solved or closed."),
        _figure("solved_share", "Contacts that were solved or closed, of all opened.", "share of contacts, 0 to 1"),
        _figure("resolution_ms_median", "Median time from opening to solution, of solved contacts.", "ms"),
        _figure("first_reply_ms_median", "Median time from opening to the first reply, of contacts that have one.", "ms"),
        _figure("days_oldest_open", "Age of the oldest contact that was still open; null where none was.", "days"),
    ),
)
SURVEY = Group(
    "survey",
    """
    SELECT customer_id, count(*) AS surveys_total, count(*) FILTER (answered_at > $last_90_days) AS surveys_90d,
           arg_max(score, struct_pack(answered_at, response_id)) FILTER (metric = 'nps' AND score IS NOT NULL) AS nps_last,
           count(*) FILTER (nps_group = 'detractor') AS detractor_total,
           arg_max(scaled, struct_pack(answered_at, response_id)) FILTER (metric = 'csat' AND scaled IS NOT NULL) AS csat_last,
           round(avg(scaled) FILTER (answered_at > $last_90_days), 6) AS score_mean_90d
    FROM temp.surveys GROUP BY customer_id
    """,
    (
        _count("surveys_total", "Survey responses; previews and copies aside."),
        _count("surveys_90d", "Survey responses in the last 90 days."),
        _figure("nps_last", "Last answer to how likely the customer is to recommend the company.", "0 to 10"),
        _count("detractor_total", "Answers of 0 to 6 to that question."),
        _figure("csat_last", "Last satisfaction score, drawn onto one scale.", "0 (worst) to 1 (best)"),
        _figure("score_mean_90d", "Mean of all scores of the last 90 days, each drawn onto one scale.", "0 (worst) to 1 (best)"),
    ),
)
ORDER = Group(
    "order",
    """
    WITH bought AS (
        SELECT customer_id, count(*) AS orders_total, count(*) FILTER (ordered_at > $last_90_days) AS orders_90d,
               count(*) FILTER (is_cancelled) AS orders_cancelled_total,
               CASE WHEN count(DISTINCT currency) = 1 THEN sum(total) FILTER (NOT is_cancelled) END::DECIMAL(18, 4)
                   AS order_value_total,
               CASE WHEN count(DISTINCT currency) = 1 THEN any_value(currency) END AS order_currency
        FROM temp.purchases GROUP BY customer_id),
    back AS (SELECT customer_id, count(*) AS returns_total FROM temp.returned GROUP BY customer_id),
    brought AS (SELECT customer_id, count(*) FILTER (is_late) AS deliveries_late_total FROM temp.delivered GROUP BY customer_id)
    SELECT * FROM bought LEFT JOIN back USING (customer_id) LEFT JOIN brought USING (customer_id)
    """,
    (
        _count("orders_total", "Orders placed, cancelled ones included."),
        _count("orders_90d", "Orders placed in the last 90 days."),
        _count("orders_cancelled_total", "Orders that were cancelled."),
        ColumnFact(
            "order_value_total",
            "DECIMAL(18,4)",
            "Sum of the orders that were not cancelled; null where they are in several currencies.",
            unit="order_currency",
        ),
        ColumnFact("order_currency", "VARCHAR", "Currency of all orders, ISO 4217; null where there are several."),
        _count("returns_total", "Returns, refunds and trade-ins."),
        _count("deliveries_late_total", "Deliveries that came after the promised time."),
    ),
)
DIGITAL = Group(
    "digital",
    """
    WITH visited AS (
        SELECT customer_id, count(DISTINCT web_session_id) FILTER (occurred_at > $last_30_days) AS visits_30d,
               count(*) FILTER (occurred_at > $last_30_days) AS web_events_30d,
               count(*) FILTER (occurred_at > $last_30_days AND metric_rating = 'poor') AS poor_page_metrics_30d
        FROM temp.browsed GROUP BY customer_id),
    mailed AS (
        SELECT customer_id, count(*) FILTER (kind = 'open' AND occurred_at > $last_90_days) AS emails_opened_90d,
               count(*) FILTER (kind = 'click' AND occurred_at > $last_90_days) AS emails_clicked_90d,
               count(*) FILTER (kind IN ('bounce', 'spam_report')) AS emails_refused_total,
               count(*) FILTER (kind = 'unsubscribe') AS unsubscribes_total
        FROM temp.campaigns GROUP BY customer_id)
    SELECT * FROM visited FULL JOIN mailed USING (customer_id)
    """,
    (
        _count("visits_30d", "Sessions on website or app in the last 30 days."),
        _count("web_events_30d", "Events on website or app in the last 30 days."),
        _count("poor_page_metrics_30d", "Page measurements rated poor in the last 30 days."),
        _count("emails_opened_90d", "Opened marketing messages of the last 90 days."),
        _count("emails_clicked_90d", "Clicks in marketing messages of the last 90 days."),
        _count("emails_refused_total", "Marketing messages that bounced or were reported as spam."),
        _count("unsubscribes_total", "Times the customer unsubscribed."),
    ),
)
GROUPS = (RECENCY, CONTACT, CHANNEL, RESOLUTION, SURVEY, ORDER, DIGITAL)
SENTIMENT = (
    _count("sentiment_messages_90d", "English messages of the customer in the last 90 days that the lexicon has words for."),
    _figure("sentiment_mean_90d", "Mean sentiment of these messages.", "-1 (negative) to 1 (positive)"),
    _figure("sentiment_lowest_90d", "Lowest sentiment of these messages.", "-1 (negative) to 1 (positive)"),
    _figure("sentiment_negative_share_90d", "Of these messages, those of -0.05 or less.", "share of messages, 0 to 1"),
    _figure("sentiment_last", "Sentiment of the last such message, however old.", "-1 (negative) to 1 (positive)"),
)
KEY = (
    ColumnFact("feature_id", "VARCHAR", "The customer at the cut-off: customer_id and cut_off_at with @ between. Unique."),
    ColumnFact("customer_id", "VARCHAR", "The customer: a keyed token, the same as in the published tables."),
    ColumnFact("cut_off_at", "TIMESTAMP", "The cut-off: nothing in the row is from after it.", unit="UTC"),
)
FEATURES = (*KEY, *(column for group in GROUPS for column in group.columns), *SENTIMENT)
"""Columns of `features.parquet`, in their order."""
LABELS = (
    *KEY[:2],
    ColumnFact("cut_off_at", "TIMESTAMP", "The cut-off: what the labels tell of came after it.", unit="UTC"),
    ColumnFact("observed_until", "TIMESTAMP", "Newest act of any customer that is known: the labels' horizon.", unit="UTC"),
    ColumnFact(
        "is_window_observed",
        "BOOLEAN",
        "True where the whole 90 days after the cut-off are known; of the other rows only a yes can be told.",
    ),
    ColumnFact(
        "churned_next_90d",
        "BOOLEAN",
        "True where a customer who did something in the 90 days before the cut-off did nothing in the 90 days after it. Null"
        " where the customer did nothing before, and where nothing was seen so far but the 90 days are not over.",
    ),
    ColumnFact(
        "contacted_next_90d",
        "BOOLEAN",
        "True where the customer opened a contact in the 90 days after the cut-off. Null where none was seen so far but the 90"
        " days are not over.",
    ),
    _figure(
        "days_to_next_contact", "Time from the cut-off to the next contact; null where contacted_next_90d is not true.", "days"
    ),
)
"""Columns of `labels.parquet`, in their order."""
