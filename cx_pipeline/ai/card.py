"""The card of a version: `README.md` with the front matter of a Hugging Face dataset card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cx_pipeline.ai import card_text
from cx_pipeline.ai.card_front import front
from cx_pipeline.ai.card_terms import PRETTY_NAME
from cx_pipeline.ai.facts import Facts


def render(facts: Facts, scorecard: Mapping[str, Any]) -> str:
    """The card as Markdown, from the facts alone: the same facts give the same bytes.

    Args:
        facts: of the version.
        scorecard: as from `scorecard.make`.
    """
    chapters = (
        ("What is in it", card_text.contents(facts)),
        ("Where it came from", card_text.origin(facts)),
        ("What was removed, and why", card_text.removal(facts)),
        ("How to load it", card_text.loading(facts)),
        ("Splits", card_text.splits(facts)),
        ("What it may be used for", card_text.uses(facts)),
        ("What it must not be used for", card_text.refusals()),
        ("Privacy", card_text.privacy(facts)),
        ("Known limits", card_text.limits(facts)),
        ("Checks", card_text.checks(facts)),
        ("Readiness", card_text.readiness(scorecard)),
        ("Licence", card_text.licence()),
        ("Versions", card_text.versions(facts)),
    )
    body = "\n\n".join(f"## {title}\n\n{text}" for title, text in chapters)
    return f"{front(facts)}\n# {PRETTY_NAME}, version {facts.version}\n\n{body}\n"
