"""What stands inside the columns of lists, and what their words mean, for a reader who has nothing but the card."""

from __future__ import annotations

from collections.abc import Mapping

MEMBERS: Mapping[str, str] = {
    "message_id": "Record key of the message, as messages.message_id.",
    "position": "Place in the conversation, from 1.",
    "role": "customer, agent (an employee), bot, system, or unknown.",
    "is_public": "False for an internal note, which the customer never saw.",
    "sent_at": "When it was sent, UTC.",
    "text": "The whole text, redacted.",
    "parts": "The same text in parts, each with a label (below).",
    "language": "ISO 639-1 code of this message.",
    "language_confidence": "How sure the model is of it, from 0 to 1; null where it was not asked.",
    "language_source": "text where the model told it; else conversation or customer, whose language it then is; or none.",
    "is_auto_reply": "True for an automatic answer, such as one from out of office.",
    "is_boilerplate": "True where all of it is text that the company sends to many.",
    "is_low_information": "True for fewer than twenty letters, such as `ok, thanks`; kept, but never an example of its own.",
    "is_injection": "True where it tries to give instructions to a model; never an example, never a chunk.",
    "is_template": "True where other customers sent nearly the same.",
    "n_occurrences": "How often it was written in this conversation, itself included; the copies are left out.",
    "pii_counts": "How many spans of each kind were masked in it.",
    "attachment_count": "Files that were attached; the files are not in the dataset.",
}
"""Members of `messages`."""
PARTS: Mapping[str, str] = {
    "body": "what was said in this message; examples and chunks are made of it alone",
    "quoted": "an earlier message, quoted",
    "signature": "a closing formula, and what follows it",
    "boilerplate": "a line that the company sends to many",
}
"""Labels of `parts`."""
FLAGS: Mapping[str, str] = {
    "no_question": "no customer says anything",
    "no_answer": "no employee says anything",
    "bot_only": "only a bot answers",
    "low_information": "all messages are short",
    "auto_reply": "an automatic answer is in it",
    "injected_instructions": "a text tries to give instructions to a model",
    "truncated_history": "the beginning is missing",
    "unknown_author": "it is not known who wrote a message",
    "several_languages": "more than one language is spoken",
    "unknown_times": "a message has no time",
}
"""Words of `quality_flags`."""
