"""The public rules of two fine-tuning services for a line of a chat file, each as the faults that it would be refused for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any


def openai(line: str) -> set[str]:
    """The checks of OpenAI's cookbook, "Data preparation and analysis for chat model fine-tuning", under its own names.

    The last message must be the assistant's, which the service itself asks for.
    """
    example = json.loads(line)
    if not isinstance(example, dict):
        return {"data_type"}
    messages = example.get("messages")
    if not messages:
        return {"missing_messages_list"}
    faults = {fault for message in messages for fault in _openai_message(message)}
    if not any(message.get("role") == "assistant" for message in messages):
        faults.add("example_missing_assistant_message")
    elif messages[-1].get("role") != "assistant":
        faults.add("last_message_not_assistant")
    return faults


def _openai_message(message: dict[str, Any]) -> Iterator[str]:
    if not {"role", "content"} <= set(message):
        yield "message_missing_key"
    if set(message) - {"role", "content", "name", "function_call", "weight"}:
        yield "message_unrecognized_key"
    if message.get("role") not in ("system", "user", "assistant", "function"):
        yield "unrecognized_role"
    content = message.get("content")
    if not isinstance(content, str) or not content.strip():
        yield "missing_content"


def bedrock(line: str) -> set[str]:
    """The rules of Amazon Bedrock for fine-tuning Claude 3 Haiku on conversations."""
    example = json.loads(line)
    if not isinstance(example, dict) or not isinstance(example.get("messages"), list):
        return {"no_messages"}
    messages = example["messages"]
    roles = [message.get("role") for message in messages]
    said = [message.get("content") for message in messages]
    rules = {
        "extraneous_key": not set(example) - {"system", "messages"}
        and all(set(message) == {"role", "content"} for message in messages),
        "fewer_than_two": len(messages) >= 2,
        "first_not_user": roles[:1] == ["user"],
        "last_not_assistant": roles[-1:] == ["assistant"],
        "not_alternating": all(one != other for one, other in pairwise(roles)),
        "unknown_role": set(roles) <= {"user", "assistant"},
        "empty": all(isinstance(text, str) and text.strip() for text in said),
    }
    return {name for name, holds in rules.items() if not holds}


SERVICES: dict[str, Callable[[str], set[str]]] = {"openai": openai, "bedrock": bedrock}
