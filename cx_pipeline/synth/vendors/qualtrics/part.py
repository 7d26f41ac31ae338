"""Responses to one survey as an export of some night sees them: who, when, in which columns, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from cx_pipeline.synth import damage, dirt, unsaid
from cx_pipeline.synth.allot import met
from cx_pipeline.synth.dice import Ints
from cx_pipeline.synth.dirt import CellTrap, Soiled
from cx_pipeline.synth.timeline import DAY
from cx_pipeline.synth.unsaid import Unsaid
from cx_pipeline.synth.vendors.qualtrics import columns, respondents
from cx_pipeline.synth.vendors.qualtrics.answers import SEEN, Answer, Answers
from cx_pipeline.synth.vendors.qualtrics.survey import Survey
from cx_pipeline.synth.world import World

REMARKS = "Q5_TEXT"
"""The column that every survey has for what is said in own words."""


@dataclass(frozen=True)
class Part:
    """Responses to one survey as an export of a night sees them.

    Attributes:
        known: who answered when, as `respondents.of` gives it, with `is_new`, `is_sent` (tonight), `is_edited`,
            `is_damaged` (on the first night) and `is_lost` (damaged, and in no later file).
        spoilt: all columns of the export, with the traps in them.
        cells: what the traps did, as `dirt.soil` tells it.
        answers: each answer column before the traps, by its name.
    """

    world: World
    survey: Survey
    known: pl.DataFrame
    spoilt: pl.DataFrame
    cells: pl.DataFrame
    answers: dict[str, Answer]

    @classmethod
    def of(cls, world: World, survey: Survey, numbers: Ints, night: int, *, earlier: bool) -> Part:
        """Tonight's responses, or with those that only earlier nights delivered."""
        known = _known(world, survey, numbers, night).filter(pl.col("is_sent") | earlier)
        given = Answers(world.dice, survey, known, known["speaks"].to_numpy(), known["signature"])
        answers = {name: given.of(column) for name, column in zip(survey.names, survey.columns, strict=True)}
        middle = pl.DataFrame({name: answer.written for name, answer in answers.items()})
        frame = pl.concat([columns.before(survey, known), middle, columns.behind(survey, known)], how="horizontal")
        spoilt, cells = dirt.soil(frame, known["number"], known["trap"], _cell_traps(survey))
        return cls(world, survey, known, spoilt, unsaid.note(spoilt, cells, _unsaid(survey)), answers)

    def sent(self) -> Part:
        """What is in tonight's file."""
        there = self.known["is_sent"]
        return replace(
            self,
            known=self.known.filter(there),
            spoilt=self.spoilt.filter(there),
            cells=self.cells.filter(there),
            answers={},
        )


def _known(world: World, survey: Survey, numbers: Ints, night: int) -> pl.DataFrame:
    timeline, reach = world.timeline, survey.reach_days * DAY
    cut, before, first = timeline.cut(night), timeline.cut(night - 1), timeline.cut(0)
    known = respondents.of(world, survey, numbers).filter(pl.col("recorded") <= cut)
    trap = known["trap"]
    early = pl.col("recorded") <= first
    edited = met(trap, "edited_response") & early & pl.lit(value=night > 0)
    return known.with_columns(
        is_sent=pl.col("recorded") > before - reach,
        is_new=pl.col("recorded") > before,
        is_edited=edited & (pl.col("recorded") > first - reach),
        is_damaged=met(trap, *damage.CSV_DAMAGE) & early,
        is_lost=met(trap, *damage.CSV_DAMAGE) & early & ~((pl.col("recorded") > first - reach) & pl.lit(value=world.nights > 1)),
        ended=pl.when(met(trap, "clock_inversion")).then(pl.col("started") - 600).otherwise("ended"),
    ).with_columns(content=pl.when("is_edited").then(pl.col("content") % 5 + 1).otherwise("content"))


def _unsaid(survey: Survey) -> dict[str, tuple[Unsaid, ...]]:
    names = columns.names(survey)
    return {
        names["family"]: (unsaid.NAME,),
        names["given"]: (unsaid.NAME,),
        names["email"]: (unsaid.EMAIL,),
    }


def _if_given(spoil: Callable[[str, int], Soiled | None]) -> Callable[[str, int], Soiled | None]:
    """Leaves alone what was seen and not answered."""
    return lambda text, number: None if text == SEEN else spoil(text, number)


def _cell_traps(survey: Survey) -> dict[str, tuple[CellTrap, ...]]:
    names = columns.names(survey)
    family, email, external = names["family"], names["email"], names["external"]
    outside = {} if survey.choice_texts else {"score_outside_scale": (CellTrap("Q1", _if_given(dirt.always("11", None))),)}
    return {
        "email_capitals": (CellTrap(email, dirt.shouted),),
        "mojibake": (CellTrap(REMARKS, _if_given(dirt.mojibake)), CellTrap(family, dirt.name_mojibake)),
        "nfd": (CellTrap(family, dirt.decomposed),),
        "white_space": (CellTrap(family, dirt.spaced),),
        "zero_width": (CellTrap(names["given"], dirt.zero_width),),
        "placeholder": (CellTrap(external, dirt.placeholder),),
        "hash_of_nothing": (CellTrap(external, dirt.null_hash),),
        "impossible_date": (CellTrap(names["started"], dirt.always("2026-02-30 10:00:00", None)),),
        "double_escaped": (CellTrap(REMARKS, _if_given(dirt.double_escaped)),),
        "control_character": (CellTrap(REMARKS, _if_given(dirt.control)),),
        **outside,
    }
