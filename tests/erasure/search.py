"""A search of a whole folder, written with nothing of the project's: what a stranger with the disk in hand would find."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq


def found(folder: Path, marks: tuple[str, ...]) -> dict[str, list[str]]:
    """File to the marks that stand in it, decompressed, whatever their case."""
    hits = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            text = _text(path).lower()
            told = [mark for mark in marks if mark.lower() in text]
            if told:
                hits[str(path.relative_to(folder))] = told
    return hits


def _text(path: Path) -> str:
    data = path.read_bytes()
    plain = data.decode("latin-1")
    if data.startswith(b"\x1f\x8b"):
        return plain + gzip.decompress(data).decode("utf-8", "replace")
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
            return plain + bytes(stream.read()).decode("utf-8", "replace")
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return plain + "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    if data.startswith(b"PAR1"):
        return plain + str(pq.read_table(path).to_pylist())
    if data[8:12] == b"DUCK":
        with duckdb.connect(str(path), read_only=True) as connection:
            names = connection.execute("SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
            return plain + "".join(str(connection.execute(f'FROM "{one}"."{two}"').fetchall()) for one, two in names)
    return plain


def state(folder: Path) -> dict[str, str]:
    """Every file with a hash of its bytes; the lock, which says who held it last, left out."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "run.lock"
    }
