"""Responses as CSV with two or three header rows; exports reach back, so most nights repeat what came before."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, encode, ids
from cx_pipeline.synth.allot import met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.records import records
from cx_pipeline.synth.vendors.qualtrics import columns, facts, respondents
from cx_pipeline.synth.vendors.qualtrics.catalogue import SURVEYS
from cx_pipeline.synth.vendors.qualtrics.part import REMARKS, Part
from cx_pipeline.synth.vendors.qualtrics.survey import Survey
from cx_pipeline.synth.world import World

_EXPORT = "qualtrics.responses"
_RANGE = 250_000
_MODERN = encode.Dialect(encoding="utf-8", newline="\n")
_LEGACY = encode.Dialect(newline="\n")


def survey_id(world: World, survey: Survey) -> str:
    """`SV_` and fifteen letters and digits."""
    return str(ids.opaque("SV_", world.dice, "qualtrics/survey", np.array([survey.number]))[0])


def write(world: World, folder: Delivery) -> None:
    """One file a survey; a survey with very many responses goes into several."""
    for survey in SURVEYS:
        feedback = respondents.asked(world, survey)
        for at, start in enumerate(range(0, feedback.count, _RANGE)):
            every = np.arange(start, min(feedback.count, start + _RANGE), dtype=np.int64)
            numbers = every[respondents.chosen(world, survey, every)]
            last = folder.night == world.nights - 1
            part = Part.of(world, survey, numbers, folder.night, earlier=last)
            _write(folder, part, f"_{at + 1:03}" if at else "")
            if last:
                facts.note(folder, part, survey_id(world, survey), at)


def _write(folder: Delivery, whole: Part, more: str) -> None:
    part, survey = whole.sent(), whole.survey
    if not len(part.known):
        return
    known = part.known
    hurt = known.select(pl.when(pl.col("is_damaged") & pl.lit(value=folder.night == 0)).then("trap")).to_series()
    lines = damage.damaged_rows(part.spoilt, encode.csv_texts(part.spoilt, _MODERN), hurt, REMARKS)
    noted = records(
        lines, known["response_id"], known["recorded"], test=known["is_test"], damage=hurt, cells=part.cells, trap=_kind(known)
    )
    dialect = _LEGACY if survey.legacy else _MODERN
    header, *below = columns.headers(survey)
    repeated = int((~known["is_new"]).sum())
    name = f"responses_{survey_id(whole.world, survey)}_{folder.day}{more}.csv{'.zip' if survey.packed else ''}"
    traps = {"cumulative_export": repeated} if repeated else {}
    folder.table(
        _EXPORT, name, header, noted, dialect=dialect, below=below, traps=traps, survey=survey.key, header_rows=1 + len(below)
    )


def _kind(known: pl.DataFrame) -> pl.Series:
    return known.select(
        pl.when(met(known["trap"], *respondents.STATUS, "clock_inversion"))
        .then("trap")
        .when("is_edited")
        .then(pl.lit("edited_response"))
        .when(pl.col("duplicate_of").is_not_null())
        .then(pl.lit("double_submit"))
        .when(pl.col("progress") < 100)
        .then(pl.lit("recorded_by_force"))
        .when("speeder")
        .then(pl.lit("speeder"))
    ).to_series()
