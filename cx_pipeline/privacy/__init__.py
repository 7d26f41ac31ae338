"""Personal data: keyed tokens in place of identifiers, and texts without what they tell of people."""

from __future__ import annotations

from cx_pipeline.privacy.redaction import redact

__all__ = ["redact"]
