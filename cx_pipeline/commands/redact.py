"""`cx-pipeline redact`: a file of texts without personal data, read and written in batches."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from cx_pipeline.commands import console
from cx_pipeline.errors import ConfigError
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.reader import open_file
from cx_pipeline.privacy.known import Known, known_values, shared_keys
from cx_pipeline.privacy.policy import for_purpose
from cx_pipeline.privacy.redaction import Redactor
from cx_pipeline.privacy.withhold import shown

_BATCH_ROWS = 65_536
_PARQUET = b"PAR1"


@dataclass
class _Told:
    """What is told of a file: counts only."""

    rows: int = 0
    with_findings: int = 0
    damaged: int = 0
    found: Counter[str] = field(default_factory=Counter)

    def add(self, made: pl.DataFrame) -> None:
        listed = made["findings"]
        self.rows += made.height
        self.with_findings += int((listed.list.len() > 0).sum())
        entities = listed.explode(empty_as_null=False).struct.field("entity").value_counts()
        self.found.update(dict(entities.iter_rows()))

    def as_json(self) -> dict[str, object]:
        counts = dict(sorted(self.found.items()))
        return {"rows": self.rows, "rows_with_findings": self.with_findings, "damaged": self.damaged, "findings": counts}


def redact(path: Path, *, column: str, profile: Path | None, out: Path, purpose: str, as_json: bool) -> int:
    """Write the file as Parquet with `text_masked` and `findings` beside its own columns. Returns the exit code.

    Raises:
        ConfigError: a file is not there, has no such column, or shares no column with the profiles.
        DataError: a file cannot be read at all.
    """
    for needed in (path, *([profile] if profile is not None else [])):
        if not needed.is_file():
            raise ConfigError("there is no such file", where=shown(str(needed)))
    policy = for_purpose(purpose)
    told = _Told()
    people = None if profile is None else pl.concat(list(_batches(profile, _Told())), how="diagonal")
    redactor: Redactor | None = None
    temporary = out.with_name(f".{out.name}.{secrets.token_hex(8)}.tmp")
    writer: pq.ParquetWriter | None = None
    try:
        for batch in _batches(path, told):
            if redactor is None:
                redactor = Redactor(_known(people, batch, column), None, policy, column)
            made = pl.concat([redactor.empty(), *redactor.batches(batch)])
            told.add(made)
            table = pl.concat([batch.drop(made.columns, strict=False), made], how="horizontal").to_arrow()
            if writer is None:
                out.parent.mkdir(parents=True, exist_ok=True)
                writer = pq.ParquetWriter(temporary, table.schema, compression="zstd")
            writer.write_table(table.cast(writer.schema))
        assert writer is not None  # there is always a batch, if one without rows
        writer.close()
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    _tell(path, told, as_json=as_json)
    return 0


def _known(people: pl.DataFrame | None, texts: pl.DataFrame, column: str) -> list[Known]:
    if column not in texts.columns:
        raise ConfigError("there is no such column of texts", where=shown(column), expected="a column of the file")
    if people is None:
        return []
    keys = shared_keys(people, texts, column)
    if not keys:
        raise ConfigError("nothing says which profile belongs to which text", expected="a column that both files have")
    return [known_values(people, keys)]


def _batches(path: Path, told: _Told) -> Iterator[pl.DataFrame]:
    """A file's rows with all its columns, some at a time; at least one batch, if an empty one."""
    with path.open("rb") as file:
        is_parquet = file.read(len(_PARQUET)) == _PARQUET
    if is_parquet:
        opened = pq.ParquetFile(path)
        yield from (_frame(pa.Table.from_batches([batch])) for batch in opened.iter_batches(_BATCH_ROWS))
        if not opened.metadata.num_rows:
            yield _frame(opened.schema_arrow.empty_table())
        return
    with open_file(path, ReadOptions(batch_rows=_BATCH_ROWS)) as reader:
        rows = 0
        for batch in reader:
            told.damaged += batch.rejects.height
            rows += batch.good.height
            if batch.good.height:
                yield batch.good.drop("_record", "_line")
        if not rows:
            yield pl.DataFrame(schema=dict.fromkeys(reader.facts.columns, pl.String))


def _frame(table: pa.Table) -> pl.DataFrame:
    made = pl.from_arrow(table)
    assert isinstance(made, pl.DataFrame)
    return made


def _tell(path: Path, told: _Told, *, as_json: bool) -> None:
    if as_json:
        console.emit(told.as_json())
        return
    title = f"{shown(path.name)}: {told.rows:,} rows, {told.with_findings:,} with findings"
    lost = f", {told.damaged:,} damaged and left out" if told.damaged else ""
    console.table(title + lost, ("entity", "findings"), sorted(told.found.items()), ("findings",))
