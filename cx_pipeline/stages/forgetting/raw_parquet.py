"""Rows of a Parquet file written anew as rows of nulls."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from cx_pipeline.stages.forgetting.blanking import Blanks


def without(data: bytes, gone: Collection[int], blanks: Blanks) -> tuple[bytes, int]:
    """The file without what some rows say, and how many values were blanked in the others.

    Types, compression and the size of row groups stay; columns become nullable.

    Args:
        data: of the file.
        gone: places of the rows, from 0.
        blanks: what is blanked in the others.
    """
    file = pq.ParquetFile(pa.BufferReader(data))
    table = file.read()
    stays = pa.array([place not in gone for place in range(table.num_rows)], type=pa.bool_())
    columns, total = [], 0
    for name, column in zip(table.column_names, table.columns, strict=True):
        kept = pa.compute.if_else(stays, column, pa.scalar(None, column.type)) if gone else column
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_nested(column.type):
            texts, count = blanks.in_frame(pl.DataFrame({name: pl.from_arrow(kept)}))
            if count:
                kept, total = texts.to_arrow().column(0).cast(column.type), total + count
        columns.append(kept)
    fields = [field.with_nullable(nullable=True) for field in table.schema]
    made = pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata=table.schema.metadata))
    sink = pa.BufferOutputStream()
    groups = file.metadata.num_row_groups
    codec = file.metadata.row_group(0).column(0).compression if groups else "SNAPPY"
    size = file.metadata.row_group(0).num_rows if groups else None
    pq.write_table(made, sink, compression=codec.lower().replace("uncompressed", "none"), row_group_size=size or None)
    return bytes(sink.getvalue()), total
