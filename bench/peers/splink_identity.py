"""Splink as its guide sets it up: who is who among the person records. `python -m bench.peers.splink_identity PEOPLE`.

Pairs are those of one address, one number, one family name and postcode, or one family name and initial; u comes of pairs taken
at random, m by expectation maximisation, first over pairs of one address, then over those of one number; rare names, addresses
and numbers weigh more; pairs of 0.95 and more are joined to clusters by any chain of links.

It does identity and nothing else: normalised records are given to it (see `bench.peers.samples`), and no id outlives the night.
Ours also knows shared mailboxes, short forms of given names, links that vendors tell of, people who must stay apart, and what
people decided.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from bench.stopwatch import Stopwatch
from cx_pipeline.warehouse.quoting import literal

THRESHOLD = 0.95
_MOST_PAIRS = 1e6  # to count the agreement of strangers among
_RULES = [
    block_on("email"),
    block_on("phone"),
    block_on("family_name", "postcode"),
    block_on("family_name", "substr(given_name, 1, 1)"),
]


def resolve(people: Path) -> None:
    """Cluster the records and print the laps, and how many records, pairs and clusters there are, as JSON.

    Raises:
        AssertionError: when a record is in no cluster or in two, or none was joined.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    watch = Stopwatch()
    with duckdb.connect() as connection:
        with watch.lap("train"):
            connection.execute(f"CREATE TABLE people AS SELECT * FROM read_parquet({literal(str(people))})")
            linker = _linker(connection)
            linker.training.estimate_probability_two_random_records_match(_RULES[:2], recall=0.8)
            linker.training.estimate_u_using_random_sampling(max_pairs=_MOST_PAIRS, seed=1)
            linker.training.estimate_parameters_using_expectation_maximisation(block_on("email"))
            linker.training.estimate_parameters_using_expectation_maximisation(block_on("phone"))
        with watch.lap("predict"):
            pairs = linker.inference.predict(threshold_match_probability=THRESHOLD)
        with watch.lap("cluster"):
            clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=THRESHOLD)
        counts = connection.execute(
            f"SELECT (SELECT count(*) FROM people), count(*), count(DISTINCT unique_id), count(DISTINCT cluster_id), "
            f"(SELECT count(*) FROM {pairs.physical_name}) FROM {clusters.physical_name}"
        ).fetchone()
    assert counts is not None
    records, clustered, distinct, customers, links = counts
    assert records == clustered == distinct, f"{records} records, {clustered} of them in clusters, {distinct} once"
    assert customers < records, "no record was joined to another"
    does = f"identity alone, of {records} person records: {customers} customers"
    json.dump(watch.told(does=does, people=records, pairs=links, customers=customers), sys.stdout)


def _linker(connection: duckdb.DuckDBPyConnection) -> Linker:
    api = DuckDBAPI(connection=connection)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("family_name").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email").configure(term_frequency_adjustments=True),
            cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=_RULES,
    )
    return Linker(api.register("people"), settings, log_level=logging.ERROR)


if __name__ == "__main__":
    resolve(Path(sys.argv[1]))
