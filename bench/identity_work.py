"""What `bench.identity` measures: `make FOLDER RECORDS SHARE SEED` a population, `resolve FOLDER` it and judge the answer."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from bench.stopwatch import Stopwatch
from cx_pipeline.identity.evaluation import Agreement, evaluate
from cx_pipeline.identity.model import save_model, stored_model
from cx_pipeline.identity.resolution import Resolution, resolve
from cx_pipeline.identity.rules import SPLINK
from cx_pipeline.settings.identity import Identity
from cx_pipeline.synth.population import population

_RECORDS = 2.2  # of each person, on average


def make(folder: Path, records: int, share: float, seed: int) -> None:
    """Write exactly so many records and their truth, as `record_id, person` in the order of records."""
    people = round(records / _RECORDS * 1.02) + 50
    made = population(people, seed, shared_mailboxes=share, records=_RECORDS)
    made.people.head(records).write_parquet(folder / "people.parquet")
    made.truth.head(records).write_parquet(folder / "truth.parquet")
    save_model(stored_model(), folder / "model.json")


def resolved(folder: Path) -> None:
    """Print time and memory of resolving, and of a night later on which one record in a hundred changed; and how right it is."""
    people, truth = pl.read_parquet(folder / "people.parquet"), pl.read_parquet(folder / "truth.parquet")
    watch, limits = Stopwatch(), Identity(model=folder / "model.json")
    with watch.lap("resolve"):
        found = resolve(people, limits)
    tonight = people.with_columns(_moved().alias("street"))
    with watch.lap("night"):
        resolve(tonight, limits, found.registry, scores=found.scores)
    person = found.membership.select("record_id").join(truth, on="record_id", how="left", maintain_order="left")["person"]
    told = {"ours": _judged(found.membership["customer_id"], person), "rules": _judged(_by_rules(found), person)}
    json.dump(watch.told(records=people.height, model=found.model.version, **told), sys.stdout)


def _moved() -> pl.Expr:
    """The street of everybody, of one record in a hundred another one."""
    return (
        pl.when(pl.int_range(pl.len()) % 100 == 0).then(pl.format("{} Removal Road", pl.int_range(pl.len()))).otherwise("street")
    )


def _by_rules(found: Resolution) -> pl.Series:
    """Whose each record would be if nothing but the exact rules joined records."""
    place = found.membership.select("record_id").with_row_index("place")
    links = (
        found.explanations.filter(pl.col("rule") != SPLINK)
        .join(place, left_on="left", right_on="record_id")
        .join(place, left_on="right", right_on="record_id", suffix="_right")
    )
    ends = (links["place"].to_numpy(), links["place_right"].to_numpy())
    graph = coo_matrix((np.ones(links.height, dtype=np.int8), ends), shape=(place.height, place.height))
    return pl.Series(connected_components(graph, directed=False)[1])


def _judged(customers: pl.Series, person: pl.Series) -> dict[str, Any]:
    found = evaluate(customers, person)
    return {"pairs": _scores(found.pairs), "customers": _scores(found.clusters)}


def _scores(counts: Agreement) -> dict[str, float]:
    return {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1}


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
    else:
        resolved(Path(sys.argv[2]))
