"""How values of the data are shown to people: every text escaped, long ones cut, few people never counted."""

from __future__ import annotations

import html
from datetime import date

from cx_pipeline.extract.delivery import printable

MOST_CHARS = 48
_NAMES = {
    "csat": "Satisfied customers",
    "nps": "Net promoter score",
    "employee_nps": "Net promoter score of employees",
    "ces": "Ease (customer effort score)",
    "case_volume": "Contacts",
    "contact_rate": "Contacts per 100 customers a day",
    "repeat_contact": "Had to come back",
    "first_contact_resolution": "Solved at the first contact",
    "first_reply_ms": "Wait for the first reply",
    "first_reply_kept": "First replies in time",
    "full_resolution_ms": "Time until it is solved for good",
    "touches_per_case": "Messages and calls a case",
    "backlog": "Open cases",
    "abandonment": "Hung up before an agent answered",
    "queue_ms": "Wait in the queue",
    "hold_ms": "Time on hold",
    "ivr_ms": "Time in the voice menu",
    "ivr_containment": "Served by the voice menu alone",
    "bot_containment": "Solved by the bot alone",
    "conversion": "Opportunities won",
    "retention": "Customers who bought again",
}
_STAGES = {
    "attract": "advertising",
    "browse": "browsing",
    "buy": "buying",
    "receive": "receiving an order",
    "visit": "a visit",
    "ask": "asking for help",
    "complain": "complaining",
    "return": "returning something",
    "tell": "giving feedback",
}
_WAYS = {
    "web": "on the web",
    "mobile_app": "in the app",
    "in_store": "in a shop",
    "delivery": "at home",
    "reviews": "in public reviews",
    "social": "on social media",
    "unknown": "by ways that are not known",
    "other": "by other ways",
}
_UNITS = ((86_400_000, "days"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"))


def text(value: object, most: int = MOST_CHARS) -> str:
    """Any value as HTML or SVG text that shows it and does nothing else.

    Characters that steer (controls, overrides of the direction, invisible ones) come as their escapes.
    """
    return html.escape(printable(str(value), most), quote=True)


def few(count: int, least: int) -> str:
    """A count of people or of what is theirs; one between nothing and `least` is not told."""
    return f"under {least}" if 0 < count < least else f"{count:,}"


def share(value: float | None) -> str:
    """A share of one, in percent."""
    if value is None:
        return "not known"
    percent = 100 * value
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.1f} %"


def measure(value: float | None, unit: str) -> str:
    """A value in the unit of a metric; times in the largest unit that fits."""
    if value is None:
        return "not known"
    if unit == "ms":
        return _duration(value)
    number = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.1f}"
    return f"{number} {text(unit)}" if unit in ("%", "points") else number


def _duration(ms: float) -> str:
    for size, name in _UNITS:
        if abs(ms) >= size:
            return f"{ms / size:,.1f} {name}"
    return f"{ms:,.0f} ms"


def day(moment: date) -> str:
    return f"{moment.day} {moment:%B %Y}"


def words(name: str) -> str:
    """A name of ours as people write it: `first_reply_kept` as First replies in time."""
    return _NAMES.get(name) or name.replace("_", " ").strip().capitalize()


def team(name: str) -> str:
    """A team as the page names it; of people without one, the tool that knows them."""
    if name == "(several teams)":
        return "Several teams together"
    tool = name.removeprefix("unknown in ")
    return name if tool == name else f"Team not known, in {words(tool)}"


def where(stage: str, channel: str) -> str:
    """A stretch of the journey in words."""
    return f"{_STAGES.get(stage, stage)} {_WAYS.get(channel, 'by ' + channel.replace('_', ' '))}"
