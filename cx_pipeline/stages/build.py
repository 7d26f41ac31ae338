"""Build: the clean tables, with tokens in place of identifiers and texts redacted, as the staged DuckDB file."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import polars as pl

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.column import BY, FREE_TEXT, Column
from cx_pipeline.contracts.table import Table
from cx_pipeline.errors import InternalError
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.privacy.withhold import PERSONAL_ID, PERSONAL_SIGN, is_open_text, is_plain_id, withhold
from cx_pipeline.quality.check_result import CheckResult
from cx_pipeline.quality.score import Score, score_rows
from cx_pipeline.quality.tables import (
    CHECKS,
    CONSENT_WITHHELD,
    DEDUP_DECISIONS,
    DELIVERIES,
    FROM_CLEAN,
    IDENTITY_REVIEW,
    QUARANTINE,
    REDACTIONS,
    SCORES,
)
from cx_pipeline.settings import Settings
from cx_pipeline.side_by_side import side_by_side
from cx_pipeline.stages.known_people import known_people
from cx_pipeline.stages.marts import build_marts
from cx_pipeline.stages.published_batches import batches
from cx_pipeline.stages.run import Run
from cx_pipeline.stages.searched_texts import keep, searched
from cx_pipeline.stages.texts import Texts, redacted_name
from cx_pipeline.warehouse.built import Built
from cx_pipeline.warehouse.engines import WRITING, counting
from cx_pipeline.warehouse.fill import fill
from cx_pipeline.warehouse.staged_table import StagedTable, from_contract
from cx_pipeline.warehouse.staging import StagedFile

_AHEAD = 64
_WITH_WORDS = (QUARANTINE, DEDUP_DECISIONS, IDENTITY_REVIEW, DELIVERIES)  # the last pass looks through these, too
_LIST_VALUE = "value"  # the personal field of the structs of a list


def build(
    settings: Settings, layout: Layout, run: Run, tokeniser: Tokeniser, progress: Callable[[str], None] = lambda _: None
) -> Built:
    """Write every canonical table and the quality tables into the staged file of a run."""
    with StagedFile(layout, run.run_id, storage_version=settings.storage_version, engine=WRITING) as staged:
        _write_tables(staged, layout, run, tokeniser, progress)
        staged.reopen(counting())
        build_marts(settings, staged, run, layout.state, progress)
    return Built(staged.path, run.run_id, dict(staged.rows))


def _write_tables(staged: StagedFile, layout: Layout, run: Run, tokeniser: Tokeniser, progress: Callable[[str], None]) -> None:
    """Write the canonical and the quality tables; what is held for that is let go of when they stand."""
    clean = layout.lake_clean / "tables"
    known = searched(layout, known_people(layout))  # first, as making it takes more room than what is left of it
    texts = Texts(clean, tokeniser)
    form = partial(published_form, run=run, tokeniser=tokeniser, texts=texts)
    flows = [
        *(
            (
                from_contract(table),
                batches(
                    clean / f"{name}.parquet", partial(form, table=table), known, [column.lake_name for column in table.texts]
                ),
            )
            for name, table in tables().items()
            if not table.internal
        ),
        *(
            (quality, batches(clean / f"quality.{quality.name}.parquet", _form_of(quality, tokeniser), known))
            for quality in FROM_CLEAN
            if quality in _WITH_WORDS
        ),
    ]
    # The next batches are made while the table before them is written; they wait as files.
    jobs_of_all = (partial(_spilled, job, staged) for _, jobs in flows for job in jobs)
    with closing(side_by_side(jobs_of_all, waiting=_AHEAD)) as parts:
        for target, jobs in flows:
            progress(f"building {target.id}")
            staged.write_parts(target, itertools.islice(parts, len(jobs)))
    for quality in FROM_CLEAN:
        if quality not in _WITH_WORDS:
            staged.write_table(quality, [clean / f"quality.{quality.name}.parquet"])
    texts.close()
    keep(layout, known)
    staged.write_frames(REDACTIONS, [texts.counts.frame(run.run_id)])
    staged.write_table(CHECKS, [])


def _spilled(batch: Callable[[], pl.DataFrame], staged: StagedFile) -> Path:
    return staged.spill(batch())


def _form_of(quality: StagedTable, tokeniser: Tokeniser) -> Callable[[pl.LazyFrame], pl.LazyFrame]:
    if quality is QUARANTINE:
        return partial(_quarantine, tokeniser=tokeniser)
    if quality is DELIVERIES:
        return lambda rows: rows
    return partial(_pairs, quality=quality, tokeniser=tokeniser)


def _quarantine(rows: pl.LazyFrame, tokeniser: Tokeniser) -> pl.LazyFrame:
    return rows.with_columns(_tokens(rows, "value_digest", "quarantine", tokeniser))


def _pairs(rows: pl.LazyFrame, quality: StagedTable, tokeniser: Tokeniser) -> pl.LazyFrame:
    return without_personal_ids(rows, [column.name for column in quality.columns if column.name.endswith("_record")], tokeniser)


def add_checks(built: Built, results: Iterable[CheckResult]) -> Built:
    """Write the outcome of the audit into the staged file, so that it is published with what it is about."""
    rows = [
        (
            built.run_id,
            item.table,
            item.name,
            str(item.status),
            str(item.severity),
            item.description,
            item.observed,
            item.expected,
        )
        for item in results
    ]
    frame = pl.DataFrame(rows, schema={column.name: pl.String for column in CHECKS.columns}, orient="row")
    return Built(built.path, built.run_id, {**built.rows, CHECKS.id: fill(built.path, CHECKS, frame)})


def add_scores(built: Built, scores: Iterable[Score]) -> Built:
    """Write the figures of the audit into the staged file, beside those of the clean stage."""
    rows = fill(built.path, SCORES, score_rows(scores, built.run_id), keeps=True)
    return Built(built.path, built.run_id, {**built.rows, SCORES.id: rows})


def add_dataset(built: Built, decisions: pl.DataFrame, withheld: pl.DataFrame) -> Built:
    """Write into the ledger of the staged file what the dataset for models leaves out, and why.

    Args:
        built: the staged file.
        decisions: rows of `quality.dedup_decisions`.
        withheld: rows of `quality.consent_withheld`.
    """
    rows = {
        DEDUP_DECISIONS.id: fill(built.path, DEDUP_DECISIONS, decisions, keeps=True),
        CONSENT_WITHHELD.id: fill(built.path, CONSENT_WITHHELD, withheld, keeps=True),
    }
    return Built(built.path, built.run_id, {**built.rows, **rows})


def published_form(rows: pl.LazyFrame, table: Table, run: Run, tokeniser: Tokeniser, texts: Texts | None = None) -> pl.LazyFrame:
    """A clean table as analysts see it: tokens in place of identifiers, texts redacted, the run named.

    A word that every row must have cannot be withheld: where it looks personal, it becomes a token.

    Args:
        rows: a batch of the table.
        table: its contract.
        run: that publishes it.
        tokeniser: makes the tokens.
        texts: redacts; without it free text is null, and so are words that look personal.
    """
    if texts is not None and table.texts:
        rows = texts.beside(rows.collect(), table).lazy()
    stored = [column for column in table.columns if column.in_lake]
    guarded = without_personal_ids(rows, [column.lake_name for column in stored if is_plain_id(column)], tokeniser)
    required = [column.lake_name for column in stored if is_open_text(column) and not column.nullable]
    guarded = _as_tokens(
        guarded, {name: pl.col(name).is_not_null() & withhold(pl.col(name)).is_null() for name in required}, tokeniser
    )
    words = partial(_words, rows, table, texts)
    return guarded.select(_published_column(rows, column, run, tokeniser, words).alias(column.name) for column in table.columns)


def _words(rows: pl.LazyFrame, table: Table, texts: Texts | None, name: str) -> pl.Expr:
    """Words of the vendor's, with what looks personal or names an agent redacted; as they are where nothing does."""
    if texts is None:
        return withhold(pl.col(name))
    said = rows.group_by(pl.col(name).alias("text")).agg(pl.len().alias("n")).collect().drop_nulls().sort("text")
    shown = texts.words(table.name, name, said)
    changed = (shown.ne_missing(said["text"])).arg_true()
    if changed.is_empty():
        return pl.col(name)
    return pl.col(name).replace(said["text"].gather(changed), shown.gather(changed))


def without_personal_ids(rows: pl.LazyFrame, ids: Sequence[str], tokeniser: Tokeniser) -> pl.LazyFrame:
    """Ids that hold an address or a phone number, as tokens of the domain `id`; all others as they are."""
    if not ids:
        return rows
    signs = rows.select(pl.col(name).str.contains(PERSONAL_SIGN).any() for name in ids).collect().row(0, named=True)
    doubtful = [name for name in ids if signs[name]]
    return _as_tokens(rows, {name: pl.col(name).str.contains(PERSONAL_ID) for name in doubtful}, tokeniser)


def _as_tokens(rows: pl.LazyFrame, personal: Mapping[str, pl.Expr], tokeniser: Tokeniser) -> pl.LazyFrame:
    """Columns whose texts are tokens of the domain `id` where a test says that they are personal."""
    if not personal:
        return rows
    hits = rows.select(test.any().alias(name) for name, test in personal.items()).collect().row(0, named=True)
    tokens = []
    for name, test in personal.items():
        if hits[name]:
            found = rows.filter(test).select(name).unique().collect().to_series()
            tokens.append(pl.col(name).replace(found, tokeniser.tokens(found, "id")))
    return rows.with_columns(tokens)


def _published_column(
    rows: pl.LazyFrame, column: Column, run: Run, tokeniser: Tokeniser, words: Callable[[str], pl.Expr]
) -> pl.Expr:
    if column.name == "run_id":
        return pl.lit(run.run_id)
    if column.secret == FREE_TEXT or not column.in_lake:
        made = redacted_name(column.name)
        return pl.col(made) if made in rows.collect_schema() else pl.lit(None, dtype=column.dtype)
    if column.secret is None:
        if is_open_text(column) and column.nullable:
            return words(column.lake_name)
        return pl.col(column.name if column.resolved else column.lake_name)
    if column.secret.startswith(BY):
        return _tokens_by_kind(rows, column, column.secret.removeprefix(BY), tokeniser)
    return _tokens(rows, column.lake_name, column.secret, tokeniser)


def _tokens(rows: pl.LazyFrame, column: str, domain: str, tokeniser: Tokeniser) -> pl.Expr:
    values = rows.select(column).drop_nulls().unique().collect().to_series()
    return _replaced(pl.col(column), values, tokeniser.tokens(values, domain))


def _tokens_by_kind(rows: pl.LazyFrame, column: Column, kind: str, tokeniser: Tokeniser) -> pl.Expr:
    if kind.startswith("."):
        return _tokens_in_struct(rows, column, tokeniser)
    if isinstance(column.dtype, pl.List):
        return _tokens_in_list(rows, column, kind, tokeniser)
    if column.dtype != pl.String():
        return _only_when_empty(rows, column)
    return _tokens_by(rows, column.lake_name, column.plain, kind, tokeniser)


def _tokens_in_struct(rows: pl.LazyFrame, column: Column, tokeniser: Tokeniser) -> pl.Expr:
    """Tokens inside a struct of a kind and a value: the kind is the domain."""
    if not isinstance(column.dtype, pl.Struct):
        return _only_when_empty(rows, column)
    kind, value = (field.name for field in column.dtype.fields)
    flat = rows.select(pl.col(column.lake_name).struct.field(kind), pl.col(column.lake_name).struct.field(value))
    pairs = flat.drop_nulls().unique().collect()
    parts = [
        pl.when(pl.col(column.lake_name).struct.field(kind) == domain).then(
            _replaced(pl.col(column.lake_name).struct.field(value), values, tokeniser.tokens(values, str(domain)))
        )
        for domain in pairs[kind].unique().sort().to_list()
        for values in [pairs.filter(pl.col(kind) == domain)[value]]
    ]
    tokens = pl.coalesce(*parts, pl.lit(None, dtype=pl.String))
    made = pl.struct(pl.col(column.lake_name).struct.field(kind), tokens.alias(value))
    return pl.when(pl.col(column.lake_name).is_not_null()).then(made)


def _only_when_empty(rows: pl.LazyFrame, column: Column) -> pl.Expr:
    """A shape that no source fills yet has no published form; better no run than readable identifiers."""
    if rows.select(pl.col(column.lake_name).is_not_null().any()).collect().item():
        raise InternalError("a personal column has no published form", where=column.name, happened="nothing was published")
    return pl.lit(None, dtype=column.dtype)


def _tokens_in_list(rows: pl.LazyFrame, column: Column, kind: str, tokeniser: Tokeniser) -> pl.Expr:
    """The same for the field `value` of the structs of a list; the other fields stay."""
    name = column.lake_name
    if not isinstance(column.dtype, pl.List) or not isinstance(column.dtype.inner, pl.Struct):
        return _only_when_empty(rows, column)
    fields = [field.name for field in column.dtype.inner.fields]
    if _LIST_VALUE not in fields:
        return _only_when_empty(rows, column)
    numbered = rows.select(pl.col(kind).alias(f"_{kind}"), name).with_row_index("_row")
    items = numbered.filter(pl.col(name).list.len() > 0).explode(name).unnest(name).collect().lazy()
    tokens = _tokens_by(items, _LIST_VALUE, column.plain, f"_{kind}", tokeniser)
    lists = (
        items.with_columns(tokens.alias(_LIST_VALUE)).group_by("_row", maintain_order=True).agg(pl.struct(fields).alias("_made"))
    )
    made = numbered.join(lists, on="_row", how="left", maintain_order="left").select(
        pl.when(pl.col(name).list.len() == 0).then(name).otherwise("_made").cast(column.dtype)
    )
    return pl.lit(made.collect().to_series())


def _tokens_by(rows: pl.LazyFrame, name: str, plainly: Sequence[str], kind: str, tokeniser: Tokeniser) -> pl.Expr:
    """Tokens whose domain is the word of another column; the words that the contract calls plain keep their values."""
    pairs = rows.filter(~pl.col(kind).is_in(list(plainly))).select(kind, name).drop_nulls().unique().collect()
    parts = [
        pl.when(pl.col(kind) == domain).then(_replaced(pl.col(name), values, tokeniser.tokens(values, str(domain))))
        for domain in pairs[kind].unique().sort().to_list()
        for values in [pairs.filter(pl.col(kind) == domain)[name]]
    ]
    plain = pl.when(pl.col(kind).is_in(list(plainly))).then(withhold(pl.col(name)))
    return pl.coalesce(plain, *parts, pl.lit(None, dtype=pl.String))


def _replaced(column: pl.Expr, values: pl.Series, tokens: pl.Series) -> pl.Expr:
    if values.is_empty():
        return pl.lit(None, dtype=pl.String)
    return column.replace_strict(values, tokens, default=None, return_dtype=pl.String)
