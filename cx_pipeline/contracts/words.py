"""The closed vocabularies of the canonical model. A mapping translates the vendor's words into these."""

from __future__ import annotations

INTERACTION_KIND = ("ticket", "case", "conversation", "contact", "complaint", "incident", "visit")
CHANNEL = (
    "email",
    "phone",
    "chat",
    "messenger",
    "sms",
    "social",
    "video",
    "voice_assistant",
    "web",
    "mobile_app",
    "in_store",
    "ivr",
    "form",
    "api",
    "other",
)
DIRECTION = ("inbound", "outbound", "internal")
INTERACTION_STATUS = ("new", "open", "pending", "on_hold", "solved", "closed", "deleted")
PRIORITY = ("low", "normal", "high", "urgent")
PARTY = ("customer", "agent", "bot", "system")
IDENTITY_KIND = ("email", "phone", "name", "handle", "external_id", "device", "cookie", "address")
AUDIENCE = ("customer", "employee")
SURVEY_METRIC = ("nps", "csat", "ces", "stars", "thumbs", "other")
NPS_GROUP = ("promoter", "passive", "detractor")
COMPLETION = ("complete", "partial", "forced")
ANSWER_STATE = ("answered", "seen_unanswered", "not_asked", "not_applicable")
FULFILMENT_METHOD = ("shipping", "pick_up", "pickup_point", "local", "retail", "none")
FULFILMENT_EVENT = (
    "confirmed",
    "ready",
    "collected",
    "shipped",
    "out_for_delivery",
    "attempted",
    "delivered",
    "delayed",
    "failed",
)
RETURN_KIND = ("return", "refund", "trade_in")
MARKETING_KIND = (
    "send",
    "delivery",
    "defer",
    "drop",
    "open",
    "click",
    "bounce",
    "spam_report",
    "subscribe",
    "unsubscribe",
    "other",
)
OPPORTUNITY_KIND = ("lead", "opportunity")
CONSENT_STATE = ("granted", "denied", "withdrawn", "pending", "not_given", "unknown")
ATTRIBUTE = ("name", "email", "phone", "address", "handle", "country", "language", "timezone", "organization_id")
SURVIVORSHIP_CRITERION = ("trust", "recency", "frequency", "completeness")
SURVIVORSHIP_RULE = (*SURVIVORSHIP_CRITERION, "only_value", "others_set_aside", "smallest_value")
# What may be told of a person, or of a change, without telling who it is. Everything else becomes a token.
PLAIN_ATTRIBUTES = ("country", "language", "timezone", "region", "organization_id")
PLAIN_FIELDS = (
    "status",
    "priority",
    "channel",
    "kind",
    "agent_id",
    "team",
    "department",
    "queue",
    "category",
    "language",
    "organization_id",
    "is_timely",
    "is_disputed",
)
METRIC_RATING = ("good", "needs_improvement", "poor")
