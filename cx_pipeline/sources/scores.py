# ruff: noqa: RUF001 - symbols that respondents pick are the subject here
"""Scores of surveys on declared scales, so that those of different tools mean the same.

A scale says what is measured, between which numbers, which end is the good one, and which words and symbols stand for which
step. A score is always better when it is higher: on a scale that counts effort (1 is very easy) the number is turned round,
and what was written stays in `score_original`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cx_pipeline.scrub.enums import word_key

Steps = tuple[tuple[str, ...], ...]


def _steps(*steps: str) -> Steps:
    """Steps from the bad to the good end, the words of each apart by a bar."""
    return tuple(tuple(step.split("|")) for step in steps)


_TWO = _steps(
    "bad|negative|down|thumbs down|no|false|unsatisfied|not satisfied|dissatisfied|dislike|👎|not helpful|unhappy|sad|🙁|☹|😞|😡",
    "good|positive|up|thumbs up|yes|true|satisfied|like|👍|helpful|happy|🙂|😀|😊|😃",
)
_THREE = _steps(
    "bad|not good|unhappy|sad|dissatisfied|not satisfied|poor|negative|🙁|☹|😞|😟|😠|😡|😕|👎",
    "okay|ok|neutral|fair|average|so so|😐|😑",
    "great|good|happy|satisfied|awesome|excellent|positive|🙂|😀|😊|😃|😄|🤩|😍|👍",
)
_FIVE = _steps(
    "very dissatisfied|extremely dissatisfied|very unsatisfied|very unhappy|very bad|very poor|terrible|"
    "awful|horrible|hated it|😠|😡|🤬|😭|😢|😖",
    "dissatisfied|somewhat dissatisfied|unsatisfied|unhappy|bad|poor|not good|🙁|☹|😞|😟|😕",
    "neutral|neither satisfied nor dissatisfied|okay|ok|fair|average|so so|😐|😑",
    "satisfied|somewhat satisfied|happy|good|🙂|😃|😊|😀|☺",
    "very satisfied|extremely satisfied|very happy|very good|great|excellent|amazing|awesome|loved it|🤩|😍|😄|😁|🥰",
)
_SEVEN = _steps(
    "very dissatisfied|extremely dissatisfied|completely dissatisfied",
    "dissatisfied|moderately dissatisfied",
    "somewhat dissatisfied|slightly dissatisfied",
    "neutral|neither satisfied nor dissatisfied",
    "somewhat satisfied|slightly satisfied",
    "satisfied|moderately satisfied",
    "very satisfied|extremely satisfied|completely satisfied",
)
# Agreement with "they made it easy", or ease itself: both say the same, and the easy end is the good one.
_EASE_FIVE = _steps(
    "strongly disagree|very difficult|very hard|extremely difficult",
    "disagree|somewhat disagree|difficult|somewhat difficult|hard",
    "neutral|neither agree nor disagree|neither easy nor difficult|undecided",
    "agree|somewhat agree|easy|somewhat easy",
    "strongly agree|very easy|extremely easy",
)
_EASE_SEVEN = _steps(
    "strongly disagree|very difficult|extremely difficult",
    "disagree|difficult|moderately difficult",
    "somewhat disagree|somewhat difficult|slightly difficult",
    "neutral|neither agree nor disagree|neither easy nor difficult|undecided",
    "somewhat agree|somewhat easy|slightly easy",
    "agree|easy|moderately easy",
    "strongly agree|very easy|extremely easy",
)
_QUALITY = _steps(
    "poor",
    "fair",
    "good",
    "very good",
    "excellent",
)
_MISSED = _steps(
    "not disappointed|not at all disappointed",
    "somewhat disappointed|mildly disappointed",
    "very disappointed",
)
_ELEVEN: Steps = (("not at all likely", "not likely"), *((),) * 9, ("extremely likely", "very likely"))


@dataclass(frozen=True)
class Scale:
    """What a score measures and how.

    Attributes:
        metric: of the canonical model.
        lowest: of the scale.
        highest: of the scale.
        is_inverted: the vendor's lowest number is the good end.
        steps: words and symbols of each step from the bad to the good end; a scale of numbers alone has none.
    """

    metric: str
    lowest: float
    highest: float
    is_inverted: bool = False
    steps: Steps = ()


#: Every scale by its name. Words mean the same on a scale and on its inverted twin; only numbers are turned round.
SCALES: Mapping[str, Scale] = {
    "nps": Scale("nps", 0, 10, steps=_ELEVEN),
    "good_bad": Scale("csat", 0, 1, steps=_TWO),
    "csat_3": Scale("csat", 1, 3, steps=_THREE),
    "csat_3_best_first": Scale("csat", 1, 3, is_inverted=True, steps=_THREE),
    "csat_5": Scale("csat", 1, 5, steps=_FIVE),
    "csat_5_best_first": Scale("csat", 1, 5, is_inverted=True, steps=_FIVE),
    "csat_7": Scale("csat", 1, 7, steps=_SEVEN),
    "csat_10": Scale("csat", 1, 10),
    "csat_0_10": Scale("csat", 0, 10),
    "csat_100": Scale("csat", 0, 100),
    "quality_5": Scale("csat", 1, 5, steps=_QUALITY),
    "smileys_3": Scale("csat", 1, 3, steps=_THREE),
    "smileys_5": Scale("csat", 1, 5, steps=_FIVE),
    "ces_5": Scale("ces", 1, 5, steps=_EASE_FIVE),
    "ces_5_easy_first": Scale("ces", 1, 5, is_inverted=True, steps=_EASE_FIVE),
    "ces_7": Scale("ces", 1, 7, steps=_EASE_SEVEN),
    "ces_7_easy_first": Scale("ces", 1, 7, is_inverted=True, steps=_EASE_SEVEN),
    "stars_5": Scale("stars", 1, 5, steps=_FIVE),
    "stars_10": Scale("stars", 1, 10),
    "thumbs": Scale("thumbs", 0, 1, steps=_TWO),
    "pmf_3": Scale("other", 1, 3, steps=_MISSED),
}
# The scale of a metric of which nothing more is told; the others are written in too many ways to be guessed.
_USUAL = {"nps": "nps", "thumbs": "thumbs", "stars": "stars_5"}

_VARIANTS = r"[\x{fe0e}\x{fe0f}\x{200d}\x{1f3fb}-\x{1f3ff}\"'“”‘’.!]"
_NUMBER = r"^([+-]?\d{1,4}(?:[.,]\d{1,4})?)\s*(?:$|[-–—:=(]\s*\D|(?i)/\s*\d|out of\s*\d|of\s*\d|stars?$|points?$|[★⭐]$)"
_OUT_OF = r"(?i)^[\d.,]+\s*(?:/|out of|of)\s*(\d{1,4})$"
_STARS = r"^[★⭐🌟☆✩\x{fe0f}\s]+$"


def _key(text: pl.Expr) -> pl.Expr:
    return word_key(text.str.replace_all(_VARIANTS, ""))


def _words() -> dict[str, float]:
    """`<scale>:<word>` to its number; a step's number is counted from the bad end."""
    pairs = [
        (name, word, scale.lowest + place)
        for name, scale in SCALES.items()
        for place, step in enumerate(scale.steps)
        for word in step
    ]
    words = pl.DataFrame(pairs, schema=["scale", "word", "number"], orient="row")
    keyed = words.select(
        pl.concat_str("scale", pl.lit(":"), _key(pl.col("word")).alias("word")), pl.col("number").cast(pl.Float64)
    )
    return dict(keyed.rows())


_WORDS = _words()


def _of_scale(name: pl.Expr, attribute: str, dtype: type[pl.DataType]) -> pl.Expr:
    told = {scale: getattr(SCALES[scale], attribute) for scale in SCALES}
    return name.replace_strict(told, default=None, return_dtype=dtype)


def _number(text: pl.Expr, highest: pl.Expr) -> pl.Expr:
    """The number at the beginning ('9 - Extremely likely', '4/5', '4 stars'), or how many stars are filled."""
    number = text.str.extract(_NUMBER).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    of = text.str.extract(_OUT_OF).cast(pl.Float64, strict=False)
    stars = pl.when(text.str.contains(_STARS)).then(text.str.count_matches("[★⭐🌟]").cast(pl.Float64))
    return pl.coalesce(pl.when(of.is_null() | (of == highest)).then(number), stars)


def scored(original: pl.Expr, told: pl.Expr) -> dict[str, pl.Expr]:
    """Columns for `Export.prepare` that make a score of what was written; `SCORE` maps them to `survey_responses`.

    What the settings declare of the survey goes before what the export tells: the name of a scale, or its parts.

    Args:
        original: the score as the vendor wrote it.
        told: name of its scale (see `SCALES`), as far as the export tells; null for none.
    """
    name = pl.col("score.scale")
    text = pl.col("score.original").str.strip_chars()
    lowest, highest = pl.col("score.lowest"), pl.col("score.highest")
    metric = pl.coalesce("survey.metric", _of_scale(name, "metric", pl.String))
    number = pl.col("score.number")
    return {
        "score.original": pl.when(original.fill_null("").str.strip_chars() != "").then(original),
        "score.told": told,
        "score.scale": pl.coalesce(
            "survey.scale", "score.told", pl.col("survey.metric").replace_strict(_USUAL, default=None, return_dtype=pl.String)
        ),
        "score.metric": metric,
        "score.lowest": pl.coalesce("survey.scale_min", _of_scale(name, "lowest", pl.Float64)),
        "score.highest": pl.coalesce("survey.scale_max", _of_scale(name, "highest", pl.Float64)),
        "score.is_inverted": pl.coalesce("survey.is_inverted", _of_scale(name, "is_inverted", pl.Boolean), pl.lit(value=False)),
        "score.number": _number(text, highest),
        "score.value": pl.when(lowest.is_not_null() & highest.is_not_null()).then(
            pl.coalesce(
                pl.concat_str(name, pl.lit(":"), _key(text)).replace_strict(_WORDS, default=None, return_dtype=pl.Float64),
                pl.when("score.is_inverted").then(lowest + highest - number).otherwise(number),
            )
        ),
        "score.flags": pl.when(pl.col("score.original").is_not_null() & lowest.is_not_null() & pl.col("score.value").is_null())
        .then(pl.lit(["score_unreadable"]))
        .otherwise(pl.lit([], dtype=pl.List(pl.String))),
    }


def nps_group(metric: pl.Expr, score: pl.Expr) -> pl.Expr:
    """Promoter, passive or detractor of a Net Promoter score on 0 to 10; null for other metrics.

    Reichheld, "The One Number You Need to Grow" (2003): promoters answer 9 or 10, detractors 6 or less.
    """
    group = pl.when(score >= 9).then(pl.lit("promoter")).when(score >= 7).then(pl.lit("passive")).otherwise(pl.lit("detractor"))
    return pl.when((metric == "nps") & score.is_between(0, 10)).then(group)


#: Columns of `survey_responses` that a score fills, over what `scored` computed.
SCORE: Mapping[str, pl.Expr] = {
    "metric": pl.col("score.metric"),
    "score_original": pl.col("score.original"),
    "score": pl.col("score.value"),
    "scale_min": pl.col("score.lowest"),
    "scale_max": pl.col("score.highest"),
    "nps_group": nps_group(pl.col("score.metric"), pl.col("score.value")),
    "dq_flags": pl.concat_list("dq_flags", "score.flags").list.unique().list.sort(),
}
