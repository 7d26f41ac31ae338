"""The tables of the `quality` schema: what each row and column says."""

from __future__ import annotations

from cx_pipeline.warehouse.staged_table import StagedColumn, StagedTable

_T, _N, _AT = "VARCHAR", "BIGINT", "TIMESTAMP"


def _table(name: str, comment: str, order_by: tuple[str, ...], /, **columns: tuple[str, str]) -> StagedTable:
    return StagedTable(
        "quality", name, comment, tuple(StagedColumn(column, kind, text) for column, (kind, text) in columns.items()), order_by
    )


_DELIVERY = (_T, "The delivery, as in quality.deliveries.")
_ROW = (_T, "The record: hash of source, file content and record number.")

RUNS = _table(
    "runs",
    "A row: the run that built this file.",
    ("now",),
    run_id=(_T, "The run."),
    now=(_AT, "The run's frozen clock: nothing in this file depends on any other. Unit: UTC."),
    version=(_T, "Version of cx_pipeline that built the file."),
    key_version=(_N, "Version of the key that made the tokens: each begins with k, this number and an underscore."),
)
DELIVERIES = _table(
    "deliveries",
    "A row: a file that was delivered, whether or not it could be used.",
    ("delivery_date", "delivery_id"),
    delivery_id=(_T, "The delivery: hash of its path and content."),
    delivery_date=("DATE", "Date of the folder it lay in."),
    source_system=(_T, "Folder of the tool that wrote it."),
    source_entity=(_T, "Export that it was recognised as; empty where it was not."),
    raw_path=(_T, "Path below the raw folder, made printable."),
    status=(
        _T,
        "landed, duplicate (same bytes as an earlier), quarantined, unreadable, unrecognised, empty, growing, excluded, expired.",
    ),
    rule=(_T, "Rule that kept it back; null where none did."),
    sha256=(_T, "SHA-256 of the decompressed bytes; where the name of a file tells of its records, of that, too."),
    bytes=(_N, "Size as delivered. Unit: bytes."),
    decompressed_bytes=(_N, "Size after decompression. Unit: bytes."),
    format=(_T, "csv, json_array, ndjson, json_pages, json_objects or parquet."),
    encoding=(_T, "Text encoding found on the whole file's evidence."),
    dialect=(_T, "Delimiter, quoting and line ends found."),
    header_rows=(_N, "Header rows before the first record. Unit: rows."),
    records=(_N, "Records found, damaged ones included. Unit: records."),
    damaged=(_N, "Records that could not be read. Unit: records."),
    is_truncated=("BOOLEAN", "True where the file ends in the middle of a record."),
    window_start=(_AT, "Earliest change a record of the file tells of. Unit: UTC."),
    window_end=(_AT, "Latest change a record of the file tells of. Unit: UTC."),
    duplicate_of=(_T, "The delivery with the same bytes that counts in its place."),
    unknown_columns=("VARCHAR[]", "Columns that no mapping reads: kept in the raw layer."),
)
LEDGER = _table(
    "ledger",
    "A row: what one stage took in of one delivery for one table, and what became of it. rows_in is the sum of the others.",
    ("delivery_id", "stage", "table_name"),
    run_id=(_T, "The run."),
    delivery_id=_DELIVERY,
    stage=(_T, "extract, scrub, dedupe (records), or map (rows of a canonical table)."),
    table_name=(_T, "The export as source.export; for map lines the canonical table."),
    rows_in=(_N, "What the stage took in. Unit: records, for map lines rows."),
    published=(_N, "Handed on to the next stage; after the last one, published. Unit: as rows_in."),
    quarantined=(_N, "Kept back with a reason. Unit: as rows_in."),
    superseded=(_N, "Gave way to a newer version of the same record. Unit: as rows_in."),
    duplicate=(_N, "Said the same as a record delivered before. Unit: as rows_in."),
    filtered=(_N, "Left out by policy: retention, forgotten, excluded. Unit: as rows_in."),
)
ROW_FATES = _table(
    "row_fates",
    "A row: a record that was not published, and why.",
    ("delivery_id", "record_number"),
    row_id=_ROW,
    delivery_id=_DELIVERY,
    record_number=(_N, "Number of the record in its file, from 1."),
    fate=(_T, "quarantined, superseded, duplicate or filtered."),
    reason=(_T, "Why, as a sentence or the rules that were broken."),
    gave_way_to=(_T, "row_id of the record that stands in its place; null where none does."),
)
QUARANTINE = _table(
    "quarantine",
    "A row: a rule that a record (or a row made of it, or a whole file) broke so that it was kept back.",
    ("delivery_id", "record_number", "rule"),
    delivery_id=_DELIVERY,
    row_id=(_T, "The record; null where the whole file was kept back."),
    record_number=(_N, "Number of the record in its file, from 1."),
    line=(_N, "Line of the file that the record begins on, from 1."),
    source_system=(_T, "Folder of the tool that wrote the file."),
    source_entity=(_T, "Export."),
    raw_path=(_T, "File below the raw folder that holds the record."),
    stage=(_T, "extract, scrub, or map: then only a row of table_name was kept back and the record is published."),
    table_name=(_T, "Canonical table whose row was kept back; null for a whole record."),
    rule=(_T, "Rule that was broken."),
    severity=(_T, "error, warning or info."),
    column_name=(_T, "Column at fault, where there is one."),
    value_digest=(_T, "Keyed token of the value at fault: equal faults have equal digests."),
    status=(_T, "open until somebody decides."),
)
SCRUB_COUNTS = _table(
    "scrub_counts",
    "A row: what one scrub rule did to one column of one delivery.",
    ("delivery_id", "column_name", "rule"),
    delivery_id=_DELIVERY,
    rule=(_T, "The rule."),
    version=(_N, "Its version."),
    column_name=(_T, "Column of the export."),
    looked_at=(_N, "Values that it saw. Unit: cells."),
    changed=(_N, "Values that it changed; reading a declared format is no change. Unit: cells."),
    nulled=(_N, "Values that it took away as no values. Unit: cells."),
)
DEDUP_DECISIONS = _table(
    "dedup_decisions",
    "A row: two records that were judged to be about the same person, or of which one repeats the text of the other; and why.",
    ("kept_record", "joined_record", "rule"),
    kept_record=(_T, "Key of the smaller record, as source.export:id; of texts, of the earlier one, which datasets keep."),
    joined_record=(_T, "Key of the record joined to it, or left out of datasets."),
    rule=(_T, "Rule of the match; splink where the weight of all evidence decided; text_<level>_<method> of texts."),
    decision=(_T, "same person; or repeats, which takes a text out of datasets for models and out of no table."),
    probability=(
        "DOUBLE",
        "Probability that they are one person, from 0 to 1; of a rule, how far it is trusted; of texts, how far they overlap.",
    ),
    explanations=(
        "STRUCT(field VARCHAR, bits DOUBLE)[]",
        "What each field weighs for (positive) or against it, where evidence was weighed. Unit: bits, each doubles the odds.",
    ),
)
IDENTITY_EVENTS = _table(
    "identity_events",
    "A row: what happened to a customer from one published version to the next. Only ever appended to.",
    ("occurred_at", "run_id", "customer_id", "kind", "other_id"),
    run_id=(_T, "The run that found it out."),
    occurred_at=(_AT, "That run's frozen clock. Unit: UTC."),
    kind=(
        _T,
        "created, grown, shrunk, merged (took other_id in), absorbed (retired into it), split (part became other_id), revived.",
    ),
    customer_id=(_T, "The customer, as in customers.customer_id, or retired since."),
    other_id=(_T, "The other customer that it happened with; null where there was none."),
    records=(_N, "Records that came, went or, for created and revived, that it has. Unit: records."),
)
IDENTITY_REVIEW = _table(
    "identity_review",
    "A row: two records that a person should decide on: cx-pipeline review.",
    ("left_record", "right_record"),
    left_record=(_T, "Key of the smaller record, as source.export:id."),
    right_record=(_T, "Key of the other record."),
    probability=("DOUBLE", "Probability that they are one person, from 0 to 1; null where no model judged them."),
    reason=(_T, "grey_band, weak_bridge or too_large: why nothing was decided."),
)
IDENTITY_BLOCKING = _table(
    "identity_blocking",
    "A row: a key by which pairs of records are chosen to be compared. Pairs of records that a rule joined are not counted.",
    ("key",),
    key=(_T, "What the two records share."),
    pairs=(_N, "Pairs that it offered. Unit: pairs."),
    only_here=(_N, "Pairs of these that no other key offered. Unit: pairs."),
)
IDENTITY_IMPACT = _table(
    "identity_impact",
    "A row: a figure of what this version changed for customer ids, against the version published before it.",
    ("metric",),
    metric=(_T, "What is counted: customers, records, shares from 0 to 1."),
    before=("DOUBLE", "In the version published before; null for what only counts changes, and in a first version."),
    after=("DOUBLE", "In this version; null for what only counts changes."),
    change=("DOUBLE", "The difference, or what changed; null in a first version."),
    allowed=("DOUBLE", "Limit of the settings; null where there is none."),
    is_beyond=("BOOLEAN", "True where the limit was passed, which stops the publishing unless it is accepted."),
    is_accepted=("BOOLEAN", "True where somebody accepted for this run that the limit was passed."),
)
REDACTIONS = _table(
    "redactions",
    "A row: what one rule took out of one text column; where entity is null, the column as a whole: characters_masked / "
    "characters is the share that was masked.",
    ("table_name", "column_name", "entity", "rule", "role"),
    run_id=(_T, "The run."),
    table_name=(_T, "Table."),
    column_name=(_T, "Column: free text, or words of the vendor's that looked personal."),
    entity=(_T, "What was found, as tags name it; null in the row of the whole column."),
    rule=(_T, "own_record.* and typos.*: known values of its people; residue.*: what no text may show; else the detector."),
    role=(_T, "Whose it is: customer, agent, or unknown where nothing is known of it; null in the row of the whole column."),
    texts=(_N, "Texts of the column that were looked at. Unit: texts."),
    characters=(_N, "Their characters before redaction. Unit: characters."),
    texts_with_findings=(_N, "Texts of these in which the rule found something. Unit: texts."),
    spans=(_N, "What it found. Unit: spans."),
    characters_masked=(_N, "Characters that were replaced. Unit: characters."),
    withheld=(_N, "Texts that are null because something personal seemed to be left; told of the whole column. Unit: texts."),
    redaction_version=(_N, "Version of the redaction: counts up when the same text would be published otherwise."),
)
ANOMALIES = _table(
    "anomalies",
    "A row: something unusual about a delivery that stopped nothing.",
    ("delivery_id", "kind", "detail"),
    delivery_id=_DELIVERY,
    kind=(
        _T,
        "unknown_column, renamed_column (by the reader), not_read; drift.*: what differs from the last delivery of the export.",
    ),
    detail=(_T, "Which, in names of columns and counts."),
)
CONSENT_WITHHELD = _table(
    "consent_withheld",
    "A row: how much an output for a purpose leaves out for one reason, as the persons did not permit the purpose.",
    ("output", "purpose", "channel", "reason"),
    output=(_T, "The output, as schema.table; ai.training, ai.retrieval and ai.features are files of the dataset for models."),
    purpose=(_T, "Data use that its rows are for."),
    channel=(_T, "Channel in which the person would be contacted; any where nobody is, or in all ways."),
    reason=(
        _T,
        "A state of consent, never_asked, nobody_known, another_person_in_it, is_test or is_deleted.",
    ),
    subjects=(_N, "Persons left out. Unit: persons."),
    rows=(_N, "Rows left out. Unit: rows."),
)
CONSENT_BASES = _table(
    "consent_bases",
    "A row: a data use that the settings declare another legal basis than consent for; its kinds are included.",
    ("purpose",),
    purpose=(_T, "The data use."),
    basis=(_T, "contract, legal_obligation, vital_interests, public_task or legitimate_interests."),
    may_object=("BOOLEAN", "True where who refused is left out all the same."),
)
CHECKS = _table(
    "checks",
    "A row: a check of the staged file before it was published, and its outcome.",
    ("table_name", "name"),
    run_id=(_T, "The run."),
    table_name=(_T, "Table that was checked, as schema.table; empty for the file as a whole."),
    name=(_T, "The check."),
    status=(_T, "passed, failed or errored; a check that could not run never counts as passed."),
    severity=(_T, "critical stops the publishing, warning does not."),
    description=(_T, "What is checked."),
    observed=(_T, "What was found, in counts."),
    expected=(_T, "What would have been right."),
)
SCORES = _table(
    "scores",
    "A row: a figure about the quality of this version, with the limit it is held to.",
    ("metric", "about"),
    run_id=(_T, "The run."),
    metric=(_T, "What is measured, as room.what."),
    about=(
        _T,
        "schema.table or schema.table.column; or a data use, with the channel of contact; empty for the version as a whole.",
    ),
    value=("DOUBLE", "The figure, in the unit beside it; null where there was nothing to measure."),
    unit=(_T, "Unit of value and allowed."),
    allowed=("DOUBLE", "Limit of the settings, in the unit beside it; null where there is none."),
    is_beyond=("BOOLEAN", "True where the limit was passed."),
    counted_over=(_N, "How many of what the description names. Unit: count."),
    description=(_T, "What the figure says."),
)

FROM_BUILD = (REDACTIONS, CHECKS)
"""Made while the staged file is built and audited, not before."""
FROM_CLEAN = (
    RUNS,
    DELIVERIES,
    LEDGER,
    ROW_FATES,
    QUARANTINE,
    SCRUB_COUNTS,
    DEDUP_DECISIONS,
    IDENTITY_EVENTS,
    IDENTITY_REVIEW,
    IDENTITY_BLOCKING,
    IDENTITY_IMPACT,
    CONSENT_WITHHELD,
    CONSENT_BASES,
    SCORES,
    ANOMALIES,
)
