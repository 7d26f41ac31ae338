"""Dirty exports of an invented world, at any size, with the truth beside them."""

from cx_pipeline.synth.generate import FIRST_NIGHT, generate
from cx_pipeline.synth.truth import Truth

__all__ = ["FIRST_NIGHT", "Truth", "generate"]
