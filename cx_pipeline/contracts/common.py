"""The columns of every canonical table that comes from records: where a row is from and what is known of its state."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.dtypes import BOOLEAN, TEXT, TEXTS, TIME

DQ_FLAGS = "dq_flags"
IS_DELETED = "is_deleted"

COMMON = (
    Column("source_system", TEXT, "The delivery folder's name, such as zendesk.", nullable=False),
    Column("source_entity", TEXT, "The export's name, such as tickets.", nullable=False),
    Column(
        "source_id",
        TEXT,
        "The record's id at the vendor, zeros kept; its token where the id is personal.",
        nullable=False,
    ),
    Column("source_updated_at", TIME, "When the vendor last changed the record.", unit="UTC"),
    Column(IS_DELETED, BOOLEAN, "True for a tombstone: the vendor deleted the record; its text is dropped.", nullable=False),
    Column("is_test", BOOLEAN, "True for a test, preview or sandbox record; marts leave it out.", nullable=False),
    Column(DQ_FLAGS, TEXTS, "What was found wrong with the row and kept or repaired, one word a finding.", nullable=False),
    Column("row_id", TEXT, "Hash of source, file content and record number: points to the raw record.", nullable=False),
    Column("run_id", TEXT, "The run that published the row.", in_lake=False),
)
