"""Scores of pairs by Splink on DuckDB: the weight of all evidence that two records are one person.

A weight is the base-2 logarithm of the odds; at 0 one person is as likely as two. Splink is given the pairs, the model and how
rare each value is; which pairs are looked at, and what becomes of the scores, is decided elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl

from cx_pipeline.identity.blocking import Ints
from cx_pipeline.identity.comparisons import COMPARISONS, RARITIES, SUPPORTED, Comparison
from cx_pipeline.identity.model import Model

if TYPE_CHECKING:
    from splink import DuckDBAPI, Linker

_MEMORY = "1GB"
_PAIRS_AT_ONCE = 400_000
# How many records of the model's own population those at hand are thought to lie among, when the rarity of a value is told.
_BACKGROUND = 2_000
_COMPARED = """
SELECT pairs.place, COLUMNS(one.* EXCLUDE (node)) AS "\\0_l", COLUMNS(other.* EXCLUDE (node)) AS "\\0_r"
FROM pairs JOIN profiles AS one ON one.node = pairs.node_l JOIN profiles AS other ON other.node = pairs.node_r
"""
_PATTERNS = f"""
WITH compared AS ({_COMPARED})
SELECT LEVELS, round(2 * (RARER)) / 2 AS rarity, count(*) AS count FROM compared RARITIES WHERE WANTED GROUP BY ALL
"""
_SUPPORTED = f"WITH compared AS ({_COMPARED}) SELECT place, {SUPPORTED} AS is_supported FROM compared ORDER BY place"
# A thread takes some 100,000 rows of a table at once, which of these is all there is; so they lie in several.
_PARTS = ("0", "1", "2", "3", "4", "5", "6", "7")
_PART = "CREATE OR REPLACE TABLE NAME_PART AS SELECT * FROM incoming"
_WHOLE = "CREATE OR REPLACE VIEW NAME AS PARTS"
_WEIGHTS_BY_FIELD = "SELECT COLUMNS('^(node_[lr]|match_weight|mw_.*)$') FROM scored"
_WEIGHTS = {"left": pl.Int64, "right": pl.Int64, "weight": pl.Float64}


class Scorer:
    """Scores pairs of a set of profiles with one model. To be closed after use.

    Args:
        profiles: as from `profiles.profiles`.
        model: weights of evidence.
    """

    def __init__(self, profiles: pl.DataFrame, model: Model) -> None:
        self.profiles, self.model = profiles, model
        self.comparisons = tuple(item for item in COMPARISONS if profiles[item.name].null_count() < profiles.height)
        used = {item.name for item in self.comparisons}
        self.rarities = {
            column: self._rarity(column, model.weights[name][level][1]) for name, level, column in RARITIES if name in used
        }
        self._connection = duckdb.connect(config={"memory_limit": _MEMORY, "preserve_insertion_order": False})

    def close(self) -> None:
        self._connection.close()

    @property
    def version(self) -> str:
        """Names the terms that pairs are scored on, and what scores them: scores of two versions are not to be mixed."""
        said = [item.settings(self.model.weights[item.name]) for item in COMPARISONS]
        by = f"duckdb {duckdb.__version__} splink {metadata.version('splink')} {_own_code()}"
        return hashlib.sha256(f"{json.dumps(said)}|{SUPPORTED}|{by}".encode()).hexdigest()[:16]

    @property
    def prior_bits(self) -> float:
        """What stands against a pair before anything is known of it."""
        prior = self.model.prior_of(self.profiles.height)
        return math.log2(prior / (1 - prior))

    def weights(self, left: Ints, right: Ints) -> pl.DataFrame:
        """`left, right, weight` of pairs, without the prior, in the order of the pairs."""
        if not self._can_score(left):
            return pl.DataFrame(schema=_WEIGHTS)
        query = 'SELECT node_l::BIGINT AS "left", node_r::BIGINT AS "right", match_weight AS weight FROM scored'
        prior = self.prior_bits
        return (
            self._predicted(left, right, retain=False, query=query).with_columns(pl.col("weight") - prior).sort("left", "right")
        )

    def supported(self, left: Ints, right: Ints) -> pl.Series:
        """Whether each pair may be one person at all.

        A pair that lacks a name in common, or anything beside it, and no way to reach or identify the person is not taken for one
        person, however rare its one agreement is.
        """
        if not self._can_score(left):
            return pl.Series([True] * len(left), dtype=pl.Boolean)
        told: list[pl.Series] = []
        for some in pairs_at_once(left, right):
            self._ask(*some)
            told.append(self._connection.sql(_SUPPORTED).pl()["is_supported"])
        return pl.concat(told)

    def bits(self, left: Ints, right: Ints) -> pl.DataFrame:
        """What each field weighs in a pair: `left, right, weight`, and `bits_<comparison>`, rarity included."""
        if not self._can_score(left):
            return pl.DataFrame(schema=_WEIGHTS)
        return pl.concat([self._weighed(*some) for some in pairs_at_once(left, right)]).sort("left", "right")

    def _weighed(self, left: Ints, right: Ints) -> pl.DataFrame:
        rows = self._predicted(left, right, retain=True, query=_WEIGHTS_BY_FIELD)
        return rows.select(
            pl.col("node_l").cast(pl.Int64).alias("left"),
            pl.col("node_r").cast(pl.Int64).alias("right"),
            pl.col("match_weight").alias("weight"),
            *(_bits(rows, item).alias(f"bits_{item.name}") for item in self.comparisons),
        )

    def patterns(self, left: Ints, right: Ints, *, only_supported: bool) -> pl.DataFrame:
        """How pairs compare, counted: `level_<comparison>`, `rarity` in bits, `count`.

        Levels count from the last one, 0, upwards; -1 is unknown. `rarity` is how much rarer the agreeing values of a pair are
        than the model's average, rounded to halves. `only_supported` leaves out pairs that cannot be one person.
        """
        self._ask(left, right)
        for column, rarity in self.rarities.items():
            self._table(f"rarity_of_{column}", rarity)
        levels = [f"{item.ladder()} AS level_{item.name}" for item in self.comparisons]
        rarer = " + ".join(self._rarer(*told) for told in RARITIES if told[2] in self.rarities) or "0.0"
        query = _PATTERNS.replace("LEVELS", ", ".join(levels)).replace("RARER", rarer).replace("RARITIES", self._rarity_joins())
        query = query.replace("WANTED", SUPPORTED if only_supported else "true")
        counted: pl.DataFrame = self._connection.sql(query).pl()
        return counted.sort(pl.all())

    def _rarer(self, name: str, level: str, column: str) -> str:
        average = self.model.weights[name][level][1]
        reached = next(item for item in self.comparisons if item.name == name).reaches(level)
        return f"CASE WHEN {reached} THEN coalesce(log2({average!r} / tf_{column}), 0.0) ELSE 0.0 END"

    def _rarity_joins(self) -> str:
        return " ".join(f"LEFT JOIN rarity_of_{column} ON rarity_of_{column}.{column} = {column}_l" for column in self.rarities)

    def _can_score(self, left: Ints) -> bool:
        return len(left) > 0 and bool(self.comparisons)

    def _linker(self, api: DuckDBAPI, *, retain: bool = False) -> Linker:
        """Splink's linker over the profiles, with the model's weights."""
        from splink import Linker, SettingsCreator  # noqa: PLC0415  # a second of import

        settings = SettingsCreator(
            link_type="dedupe_only",
            unique_id_column_name="node",
            comparisons=[item.settings(self.model.weights[item.name]) for item in self.comparisons],
            blocking_rules_to_generate_predictions=[{"blocking_rule": "l.given = r.given"}],  # asked for, never used
            probability_two_random_records_match=self.model.prior_of(self.profiles.height),
            retain_matching_columns=retain,
            retain_intermediate_calculation_columns=retain,
        )
        made = Linker(api.register("profiles"), settings, log_level=None)
        for column, rarity in self.rarities.items():
            table = f"rarity_of_{column}"
            self._table(table, rarity)
            made.table_management.register_term_frequency_lookup(api.register(table), column)
        return made

    def _api(self) -> DuckDBAPI:
        from splink import DuckDBAPI  # noqa: PLC0415

        return DuckDBAPI(connection=self._connection)

    def _ask(self, left: Ints, right: Ints) -> None:
        """Lay out pairs, and the profiles that are in any."""
        self._own_table("pairs", pl.DataFrame({"place": np.arange(len(left)), "node_l": left, "node_r": right}))
        node = self.profiles["node"].to_numpy()
        asked = np.zeros(int(node.max()) + 1, dtype=np.bool_)
        asked[left] = True
        asked[right] = True
        self._own_table("profiles", self.profiles.filter(pl.Series(asked[node])).drop("source"))

    def _predicted(self, left: Ints, right: Ints, *, retain: bool, query: str) -> pl.DataFrame:
        self._ask(left, right)
        pairs = pl.DataFrame({"match_key": np.zeros(len(left), dtype=np.int8), "join_key_l": left, "join_key_r": right})
        self._own_table("asked_pairs", pairs)
        with _quiet():
            api = self._api()
            linker = self._linker(api, retain=retain)
            linker.table_management.register_blocked_pairs_for_predict(api.register("asked_pairs"))
            scored = linker.inference.predict(warning_mode="never")
            self._connection.table(scored.physical_name).create_view("scored", replace=True)
            rows: pl.DataFrame = self._connection.sql(query).pl()
            linker.table_management.delete_tables_created_by_splink_from_db()
        return rows

    def _rarity(self, column: str, expected: float) -> pl.DataFrame:
        """How rare each value is: `column, tf_<column>`, in powers of two.

        Of few records their own counts say little, so they are read as a part of the population that the model knows. Powers of
        two are as exact as such counts are, and do not change with every record that comes or goes.
        """
        present = self.profiles[column].drop_nulls()
        share = (pl.col("count") + _BACKGROUND * expected) / (present.len() + _BACKGROUND)
        rounded = pl.lit(2.0).pow(share.log(2).round())
        return present.value_counts(name="count").select(column, rounded.alias(f"tf_{column}"))

    def _table(self, name: str, rows: pl.DataFrame) -> None:
        self._connection.register(name, rows.to_arrow())

    def _own_table(self, name: str, rows: pl.DataFrame) -> None:
        """A table of the engine's own, in several parts: what it only scans from outside, it scans with one thread."""
        size = -(-rows.height // len(_PARTS))
        for number, part in enumerate(_PARTS):
            self._table("incoming", rows.slice(number * size, size))
            self._connection.execute(_PART.replace("NAME", name).replace("PART", part))
            self._connection.unregister("incoming")
        parts = " UNION ALL ".join("FROM NAME_PART".replace("PART", part) for part in _PARTS)
        self._connection.execute(_WHOLE.replace("PARTS", parts).replace("NAME", name))


@cache
def _own_code() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def pairs_at_once(left: Ints, right: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Pairs so many at a time, so that memory holds the profiles of few."""
    for start in range(0, len(left), _PAIRS_AT_ONCE):
        yield left[start : start + _PAIRS_AT_ONCE], right[start : start + _PAIRS_AT_ONCE]


def _bits(rows: pl.DataFrame, comparison: Comparison) -> pl.Expr:
    """The weight of the level that a pair stands on, rarity included."""
    parts = (f"mw_{comparison.name}", f"mw_tf_adj_{comparison.name}")
    return pl.sum_horizontal(pl.col(part).fill_null(0.0) for part in parts if part in rows.columns)


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink tells of its progress, and what it tells may hold values."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
