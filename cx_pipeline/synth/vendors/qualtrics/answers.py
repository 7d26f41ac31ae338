"""What is in each column of answers, and whether the question was seen at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from cx_pipeline.synth import texts
from cx_pipeline.synth.dice import Bools, Dice, Ints
from cx_pipeline.synth.vendors.qualtrics.survey import AGREEMENT, CONTENT, GROUPS, AnswerColumn, Kind, Survey

SEEN = "-99"
DECLINED = -1
_TEXTS = 700_000_000
"""Keeps what is said here apart from what is said elsewhere."""


@dataclass(frozen=True)
class Answer:
    """One column over all responses: `written` is null for a blank, `state` one of the model's answer states."""

    written: pl.Series
    state: pl.Series


@dataclass(frozen=True)
class Answers:
    """The answers of some responses to one survey; a double submit says the same as what it repeats.

    Attributes:
        state: as `Feedback.of` gives it, with `content` as it was edited.
        language, signature: of who answers.
    """

    dice: Dice
    survey: Survey
    state: pl.DataFrame
    language: Ints
    signature: pl.Series

    @property
    def _sources(self) -> Ints:
        return self.state["source"].to_numpy()

    def _label(self, what: str) -> str:
        return f"survey/{self.survey.key}/{what}"

    def of(self, column: AnswerColumn) -> Answer:
        """What was answered in a column, and what the blank cells mean."""
        dice, question = self.dice, column.question
        one = f"{question.number}"
        reached = self.state["progress"].to_numpy() * len(self.survey.questions) > column.place * 100
        if question.sometimes:
            reached &= (self.state["likely"].to_numpy() <= 6) | dice.chance(self._label(f"{one}/shown"), self._sources, 0.4)
        skipped = dice.chance(self._label(f"{one}/skipped/{column.row}"), self._sources, 0.04)
        value, given = self._value(column)
        answered = reached & ~skipped & given
        declined = answered & self._declines(column)
        code = pl.when(pl.Series(declined)).then(pl.lit(str(DECLINED))).when(pl.Series(answered)).then(value)
        seen = pl.Series(reached & ~answered)
        if self.survey.choice_texts:
            return Answer(pl.select(code).to_series(), _states(answered, declined, np.zeros_like(answered)))
        written = pl.select(code.when(seen).then(pl.lit(SEEN))).to_series()
        return Answer(written, _states(answered, declined, seen.to_numpy()))

    def _declines(self, column: AnswerColumn) -> Bools:
        label = self._label(f"{column.question.number}/declined/{column.row}")
        return self.dice.chance(label, self._sources, column.question.declined)

    def _value(self, column: AnswerColumn) -> tuple[pl.Series, Bools]:
        """The answer where there is one, and where there is none because nothing was chosen."""
        question, always = column.question, np.ones(len(self.state), dtype=np.bool_)
        likely, content = self.state["likely"].to_numpy(), self.state["content"].to_numpy()
        match question.kind:
            case Kind.NPS if column.is_group:
                value = self._chosen(1 + (likely >= 7) + (likely >= 9), GROUPS)
            case Kind.NPS:
                value = pl.Series(likely).cast(pl.String)
            case Kind.CSAT:
                value = self._chosen(content, CONTENT)
            case Kind.MATRIX:
                label = self._label(f"{question.number}/{column.row}")
                value = self._chosen(np.clip(content + self.dice.below(label, self._sources, 3) - 1, 1, 5), AGREEMENT)
            case Kind.MANY:
                label = self._label(f"{question.number}/{column.row}")
                return pl.repeat("1", len(self.state), eager=True), self.dice.chance(label, self._sources, 0.35)
            case Kind.TEXT:
                value = self._remarks()
        return value, always

    def _remarks(self) -> pl.Series:
        """In own words: a third of them over several lines."""
        dice, sources = self.dice, self._sources
        if self.survey.remarks:
            return pl.Series(self.survey.remarks).gather(dice.below(self._label("remark"), sources, len(self.survey.remarks)))
        said = texts.descriptions(dice, sources + _TEXTS, self.language, self.signature)
        short = texts.answers(dice, "thanks", sources + _TEXTS, self.language)
        return said.zip_with(pl.Series(sources % 3 == 0), short)

    def _chosen(self, codes: Ints, choices: tuple[str, ...]) -> pl.Series:
        if self.survey.choice_texts:
            return pl.Series(choices).gather(codes - 1)
        return pl.Series(codes).cast(pl.String)


def _states(answered: Bools, declined: Bools, seen: Bools) -> pl.Series:
    words = np.where(declined, 3, np.where(answered, 2, np.where(seen, 1, 0)))
    return pl.Series(("not_asked", "seen_unanswered", "answered", "not_applicable")).gather(words)
