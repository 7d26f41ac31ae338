"""`cx-pipeline identify`: who is who in a table of one's own, without a pipeline around it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cx_pipeline.commands import console
from cx_pipeline.commands.people_file import PeopleFile, parsed_mapping, read_people
from cx_pipeline.errors import ConfigError
from cx_pipeline.identity import store
from cx_pipeline.identity.decisions import listed_pairs
from cx_pipeline.identity.evaluation import Agreement, evaluate
from cx_pipeline.identity.events import logged
from cx_pipeline.identity.model import save_model
from cx_pipeline.identity.overrides import Overrides, Statement, settle
from cx_pipeline.identity.registry import Assignment
from cx_pipeline.identity.resolution import Resolution, resolve
from cx_pipeline.identity.review import waiting
from cx_pipeline.settings import Settings, load

_DECIMALS = 4  # of probabilities, in CSV
_LAST_WRITTEN = ".events.parquet"  # a registry that has it is whole


class Options(NamedTuple):
    """What `identify` may be told beside the file.

    Attributes:
        mapping: `name=column,…`.
        truth: the column that holds whose a record is.
        must_link: CSV of pairs that are one person.
        cannot_link: CSV of pairs that are not.
        settings: a file like `cx_pipeline.toml`.
        model: to score with; fitted on the file when not given.
        save_model: where to keep the model.
    """

    mapping: Sequence[str] = ()
    truth: str | None = None
    must_link: Path | None = None
    cannot_link: Path | None = None
    settings: Path | None = None
    model: Path | None = None
    save_model: Path | None = None


def identify(path: Path, out: Path, options: Options, *, as_json: bool) -> int:
    """Resolve the people of a file and write who is who to a folder. Returns the exit code.

    A folder that holds an earlier answer is continued: customers keep their ids.

    Raises:
        ConfigError: a file, a column or a setting is not there, or record ids are missing or not unique.
        FileRefused: the file cannot be read to its end.
    """
    settings = _settings(options)
    mapped = parsed_mapping(options.mapping)
    _ask_for_places(out, options.save_model)
    overrides = settle(
        [Statement(*pair, "--must-link") for pair in sorted(listed_pairs(options.must_link, "--must-link"))],
        listed_pairs(options.cannot_link, "--cannot-link"),
    )
    said = read_people(path, mapped, options.truth, settings)
    number, before = _registry(out / "registry")
    found = resolve(said.people, settings.identity, before, overrides)
    _write(out, found, overrides)
    _keep(
        out / "registry", number + 1, logged(before, found.registry, f"{number + 1:06d}", datetime.now(UTC).replace(tzinfo=None))
    )
    if options.save_model is not None:
        save_model(found.model, options.save_model)
    told = _told(said, found, overrides, is_first=number == 0)
    if as_json:
        console.emit(told)
    else:
        _show(told)
    return 0


def _settings(options: Options) -> Settings:
    """What the file of settings says wins over what is set elsewhere, and `--model` over both."""
    said: dict[str, object] = {}
    if options.settings is not None:
        try:
            said = tomllib.loads(options.settings.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
            raise ConfigError(
                "the settings cannot be read", where=options.settings.name, expected="a file like cx_pipeline.toml"
            ) from None
    settings = load(**said)
    if options.model is None:
        return settings
    return settings.model_copy(update={"identity": settings.identity.model_copy(update={"model": options.model})})


def _ask_for_places(out: Path, model: Path | None) -> None:
    if out.exists() and not out.is_dir():
        raise ConfigError("--out is no folder", expected="a folder, new or of an earlier call")
    if model is not None and not model.absolute().parent.is_dir():
        raise ConfigError("the folder of --save-model does not exist", where=model.name)


def _registry(folder: Path) -> tuple[int, Assignment]:
    """The number of the last call, and the registry it left."""
    last = max((int(path.name.split(".")[0]) for path in folder.glob(f"[0-9]*{_LAST_WRITTEN}")), default=0)
    return last, store.load(folder, f"{last:06d}" if last else None)


def _keep(folder: Path, number: int, registry: Assignment) -> None:
    store.save(folder, f"{number:06d}", registry)
    store.prune(folder, {f"{number:06d}", f"{number - 1:06d}"})


def _write(out: Path, found: Resolution, overrides: Overrides) -> None:
    """Every answer as Parquet and as CSV, each put in place whole."""
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, rows in {
        "membership": found.membership,
        "customers": found.customers,
        "explanations": found.explanations,
        "review": waiting(found.review, overrides),
        "blocking": found.blocking,
    }.items():
        aside = out / f".{name}.tmp"
        rows.write_parquet(aside)
        aside.replace(out / f"{name}.parquet")
        rows.write_csv(aside, float_precision=_DECIMALS)
        aside.replace(out / f"{name}.csv")


def _told(said: PeopleFile, found: Resolution, overrides: Overrides, *, is_first: bool) -> dict[str, object]:
    """The answer in counts."""
    by_rule = found.explanations.group_by("rule").len("links").sort("links", "rule", descending=[True, False])
    changes = found.events.group_by("kind").agg(pl.col("customer_id").n_unique().alias("customers")).sort("kind")
    told: dict[str, object] = {
        "records": found.membership.height,
        "damaged": said.facts.damaged,
        "customers": found.customers.height,
        "largest_customer": found.customers["records"].max(),
        "columns": {name: list(columns) for name, columns in said.columns.items()},
        "model": found.model.fitted_on,
        "links": by_rule.to_dicts(),
        "blocking": found.blocking.filter(pl.col("pairs") > 0)
        .sort("only_here", "pairs", "key", descending=[True, True, False])
        .to_dicts(),
        "shared": found.shared.to_dicts(),
        "review": waiting(found.review, overrides).height,
        "statements": _statements(overrides, found.membership["record_id"]),
        "changes": [] if is_first else changes.to_dicts(),
    }
    if said.truth is None:
        return told
    customers = said.people.select("record_id").join(found.membership, on="record_id", how="left", maintain_order="left")
    scores = evaluate(customers["customer_id"], said.truth)
    judged = {"pairs": _scores(scores.pairs), "customers": _scores(scores.clusters)}
    return told | {"truth": {"records": scores.records, **judged}}


def _statements(overrides: Overrides, records: pl.Series) -> dict[str, int]:
    pairs = pl.concat([overrides.must_link, overrides.cannot_link])
    known = pairs.filter(pl.col("left").is_in(records.implode()) & pl.col("right").is_in(records.implode()))
    return {"applied": known.height, "unknown": pairs.height - known.height, "set_aside": overrides.set_aside.height}


def _scores(counts: Agreement) -> dict[str, float]:
    return {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1} | counts._asdict()


def _show(told: dict[str, object]) -> None:
    single = ("records", "damaged", "customers", "largest_customer", "review", "model")
    columns, statements = told["columns"], told["statements"]
    assert isinstance(columns, dict)
    assert isinstance(statements, dict)
    rows: list[tuple[str, object]] = [(name.replace("_", " "), told[name]) for name in single]
    rows.append(("columns", ", ".join(_source(name, own) for name, own in columns.items())))
    if any(statements.values()):
        rows.append(("statements", ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in statements.items())))
    console.table("who is who", ("", "found"), rows)
    for name, title in (
        ("links", "links by rule"),
        ("blocking", "pairs that were looked at"),
        ("shared", "shared identifiers"),
        ("changes", "since the last call"),
    ):
        found = told[name]
        assert isinstance(found, list)
        if found:
            names = list(found[0])
            titles = [one.replace("_", " ") for one in names]
            console.table(title, titles, [[row[one] for one in names] for row in found], titles[1:])
    truth = told.get("truth")
    if isinstance(truth, dict):
        _show_scores(truth)


def _source(name: str, columns: Sequence[str]) -> str:
    return name if list(columns) == [name] else f"{name} ({' + '.join(columns)})"


def _show_scores(truth: dict[str, object]) -> None:
    rows = []
    for name in ("pairs", "customers"):
        counts = truth[name]
        assert isinstance(counts, dict)
        rows.append(
            (name, *(f"{counts[score]:.4f}" for score in ("precision", "recall", "f1")), counts["right"], counts["found"])
        )
    titles = ("", "precision", "recall", "F1", "right", "found")
    console.table(f"against the truth of {truth['records']:,} records", titles, rows, titles[1:])
