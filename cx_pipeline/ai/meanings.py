"""What each file of the dataset holds, and what its columns mean, as the card and the other papers tell it."""

from __future__ import annotations

from collections.abc import Mapping

CONVERSATIONS, CHUNKS, METADATA = "conversations.parquet", "chunks.parquet", "finetune/metadata.parquet"
DUPLICATES = "duplicates.parquet"
JSONL = tuple(f"finetune/{split}.jsonl" for split in ("train", "validation", "test"))

FILES: Mapping[str, str] = {
    CONVERSATIONS: "A conversation between a customer and the company whose people let models be trained on it.",
    CHUNKS: "A piece of a finished conversation to be looked up, whose people let it be used for that.",
    METADATA: "What is known of a line of the fine-tuning files.",
    DUPLICATES: "A message or conversation that gave way to an earlier one of the same people.",
    **dict.fromkeys(JSONL, "An example in chat format: a conversation that was finished well."),
}
COLUMNS: Mapping[str, str] = {
    "conversation_id": "Record key of the conversation, as interactions.interaction_id.",
    "customer_id": "The person it is about, as customers.customer_id.",
    "group_id": "Conversations that share a customer, or are nearly the same, have one group; a group lies in one split.",
    "split": "train, validation or test.",
    "source_system": "Tool that the conversation was held in.",
    "kind": "ticket, case, conversation, contact, complaint, incident or visit.",
    "channel": "How it reached the company.",
    "direction": "Who started it: inbound is the customer.",
    "department": "Department that owns it, else that of its agent.",
    "team": "Team that owns it.",
    "category": "Reason for contact, as the source names it.",
    "status": "Where it stood when the version was cut.",
    "priority": "Urgency then.",
    "outcome": "solved, closed (without being marked solved), merged, open or unknown.",
    "subject": "Subject line, redacted.",
    "started_at": "When it was opened, else its first message.",
    "ended_at": "When it was solved, else closed.",
    "first_reply_ms": "From the opening to the first public answer.",
    "resolution_ms": "From the opening to the end.",
    "reopen_count": "Times it was reopened.",
    "survey": "Metric, score and scale of the last answer of the customer to a survey about it.",
    "dq_flags": "What was found wrong with the record and kept or repaired.",
    "language": "ISO 639-1 code that most letters are in; the customer's where the texts are too short; und for unknown.",
    "message_count": "Messages in the conversation.",
    "n_occurrences": "How often it was written by the same person, itself included.",
    "is_template": "True where other people sent nearly the same.",
    "quality_flags": "What is to be known before using the conversation, one word each.",
    "messages": "In order: who wrote what and when, with labelled parts, language, marks and how much was masked.",
    "is_example": "True where it is in the fine-tuning files.",
    "consent_purpose": "Data use that everybody in it permits.",
    "chunk_id": "Hash of conversation, place and content: the same as long as none of them changes.",
    "chunk": "Place in the conversation, from 1.",
    "first_turn": "First turn of the conversation in it, from 1.",
    "last_turn": "Last turn in it.",
    "text": "The text, redacted.",
    "token_estimate": "Characters by four, rounded up.",
    "content_hash": "SHA-256 of the text.",
    "is_answered": "True where both sides speak in it.",
    "chunking_version": "Counts up when the same conversation would be cut otherwise.",
    "example_id": "Hash of the conversation and the content of the example.",
    "line": "Line of the split's file, from 1.",
    "turns": "Turns of the example.",
    "level": "message or conversation.",
    "kept": "What is kept: the earliest.",
    "removed": "What is not in the dataset.",
    "method": "exact (the same words) or near.",
    "jaccard": "Overlap of the runs of three words, from 0 to 1.",
}
UNITS: Mapping[str, str] = {
    "started_at": "UTC",
    "ended_at": "UTC",
    "first_reply_ms": "ms",
    "resolution_ms": "ms",
    "token_estimate": "tokens",
    "message_count": "messages",
}
EXAMPLE_MESSAGES = "Turns of the conversation: role is user or assistant, in turn; content is what was said, redacted."
