"""The surveys of the invented company."""

from __future__ import annotations

from cx_pipeline.synth.vendors.qualtrics.survey import Kind, Question, Survey

_WAYS = ("Phone", "E-mail", "Chat", "Store")
_PARTS = ("Speed", "Friendliness", "Knowledge", "Solution")
_WIDE_ROWS = tuple(f"Statement {at}" for at in range(1, 11))
_AT_WORK = (
    "More time between two calls.",
    "A second screen, please 🙏",
    'The new tool says "try again later" twice an hour.\nIt costs us minutes each time.',
    "Nothing; good team, good week.",
    "Fewer meetings, more coaching.",
    "Better heating in the back office ❄️",
)

RELATIONSHIP = Survey(
    "relationship", 1, 52,
    (
        Question(1, Kind.NPS, "How likely are you to recommend us to a friend or colleague?"),
        Question(2, Kind.CSAT, "How satisfied are you with us overall?"),
        Question(3, Kind.MATRIX, "How satisfied are you with our service?", _PARTS),
        Question(4, Kind.MANY, "How did you reach us? Select all that apply.", _WAYS),
        Question(5, Kind.TEXT, "What should we do better?", sometimes=True),
    ),
    reach_days=30,
)  # fmt: skip
GERMAN = Survey(
    "german", 2, 0,
    (
        Question(1, Kind.NPS, "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?"),
        Question(2, Kind.CSAT, "Wie zufrieden sind Sie insgesamt?"),
        Question(3, Kind.MATRIX, "Wie zufrieden sind Sie mit der Lieferung?", ("Pünktlichkeit", "Verpackung")),
        Question(6, Kind.MATRIX, "Wie zufrieden sind Sie mit der Rückgabe?", ("Aufwand", "Dauer"), tag="Q3"),
        Question(5, Kind.TEXT, "Was können wir besser machen?", sometimes=True),
    ),
    reach_days=7, german=True,
)  # fmt: skip
LEGACY = Survey(
    "legacy", 3, 20,
    (
        Question(1, Kind.NPS, "Would you recommend us?"),
        Question(2, Kind.CSAT, "Overall satisfaction"),
        Question(3, Kind.MATRIX, "Please rate the following", (*_PARTS, "Price"), declined=0.06),
        Question(4, Kind.MANY, "Check all statements you agree with", ("Quick", "Helpful", "Expensive")),
        Question(5, Kind.TEXT, "Anything else?", sometimes=True),
    ),
    reach_days=30, legacy=True, embedded="",
)  # fmt: skip
AFTER_CONTACT = Survey(
    "after_contact", 4, 20,
    (
        Question(1, Kind.NPS, "After this contact, how likely are you to recommend us?"),
        Question(2, Kind.CSAT, "How satisfied are you with how we handled it?"),
        Question(3, Kind.MATRIX, "My agent …", ("was easy to understand", "knew the answer")),
        Question(5, Kind.TEXT, "Tell us more."),
    ),
    choice_texts=True,
)  # fmt: skip
WIDE = Survey(
    "wide", 5, 8,
    (
        Question(1, Kind.NPS, "How likely are you to recommend us?"),
        Question(2, Kind.CSAT, "How satisfied are you?"),
        *(Question(at, Kind.MATRIX, f"Please rate block {at - 9}", _WIDE_ROWS, declined=0.03) for at in range(10, 38)),
        Question(4, Kind.MANY, "Which of these do you own?", ("Lamp", "Kettle", "Backpack", "Filter", "Monitor", "Planter")),
        Question(5, Kind.TEXT, "Final remarks"),
    ),
    packed=True,
)  # fmt: skip
PULSE = Survey(
    "pulse", 6, 0,
    (
        Question(1, Kind.NPS, "How likely are you to recommend us as a place to work?"),
        Question(2, Kind.CSAT, "How was your week?"),
        Question(3, Kind.MATRIX, "This week …", ("I had what I need", "my manager listened", "the work was fair"), declined=0.04),
        Question(5, Kind.TEXT, "What would help?", sometimes=True),
    ),
    reach_days=14, embedded="team", remarks=_AT_WORK,
)  # fmt: skip

OF_CUSTOMERS = (RELATIONSHIP, GERMAN, LEGACY, AFTER_CONTACT, WIDE)
SURVEYS = (*OF_CUSTOMERS, PULSE)
