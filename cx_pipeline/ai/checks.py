"""What must hold of the files of a version before it is one. Each check reads what was written, not what was meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline.ai.examples import MESSAGES, faults
from cx_pipeline.ai.facts import CheckFact
from cx_pipeline.ai.meanings import CHUNKS, CONVERSATIONS, METADATA
from cx_pipeline.ai.near import near_pairs
from cx_pipeline.ai.splits import SPLITS
from cx_pipeline.privacy.needles import Needles
from cx_pipeline.privacy.outputs import RETRIEVAL, TRAINING, PurposeBound
from cx_pipeline.quality.check_result import CheckStatus
from cx_pipeline.quality.consent_audit import consent_checks
from cx_pipeline.quality.leaks import find_leaks
from cx_pipeline.warehouse.quoting import file_name, identifier, literal, parquet
from cx_pipeline.warehouse.reader import open_read_only

LEAKS, PERMITTED, SEPARATE, NO_NEAR, IN_TIME, CHAT, WHOLE = (
    "no_known_identifier",
    "permitted_by_consent",
    "splits_share_nothing",
    "no_near_duplicates_across_splits",
    "test_is_newest",
    "chat_format",
    "ids_are_unique",
)
NAMES = (SEPARATE, NO_NEAR, IN_TIME, CHAT, WHOLE, PERMITTED, LEAKS)
_AT_ONCE = 10_000
_TURNS = "STRUCT(role VARCHAR, content VARCHAR)[]"
_SPOKEN = (pl.col("role") == "customer") & pl.col("is_public") & ~pl.col("is_boilerplate") & ~pl.col("is_low_information")


def check_splits(folder: Path) -> tuple[CheckFact, ...]:
    """No customer, group or near-duplicate in two splits, and nothing trained on that is younger than the oldest of the cut."""
    file = pl.scan_parquet(folder / CONVERSATIONS, glob=False)
    rows = file.select("conversation_id", "customer_id", "group_id", "split", "started_at").collect()
    shared = sum(_in_several(rows, column) for column in ("conversation_id", "customer_id", "group_id"))
    parts = (file.slice(start, _AT_ONCE).collect() for start in range(0, max(rows.height, 1), _AT_ONCE))
    texts = pl.concat(map(_texts, parts))
    crossing = _crossing(texts)
    newest = rows.filter(pl.col("split") != "test")["started_at"].max()
    test = rows.filter(split="test").group_by("group_id").agg(pl.col("started_at").max().alias("last"))
    older = test.filter(pl.col("last") < newest) if newest is not None else test.clear()
    return (
        _fact(SEPARATE, rows.height, shared, "No conversation, customer or group is in two splits."),
        _fact(NO_NEAR, texts.height, crossing, "No two texts of different splits overlap by 0.8 or more."),
        _fact(IN_TIME, rows.height, older.height, "Every group of test reaches beyond all that is trained on or validated with."),
    )


def check_files(folder: Path) -> tuple[CheckFact, ...]:
    """The fine-tuning files keep the rules of chat formats and agree with their side file; ids are unique."""
    told = pl.read_parquet(folder / METADATA, glob=False)
    read, wrong = 0, 0
    for split in SPLITS:
        path = folder / "finetune" / f"{split}.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines()
        rows = pl.DataFrame({"line": lines}, schema={"line": pl.String}).select(
            pl.col("line").str.json_decode(pl.Struct({"messages": MESSAGES})).struct.field("messages")
        )
        read += rows.height
        wrong += faults(rows) + abs(rows.height - told.filter(split=split).height)
        wrong += sum(not line.startswith('{"messages":') for line in lines)
    ids = {CONVERSATIONS: "conversation_id", CHUNKS: "chunk_id", METADATA: "example_id"}
    counted = [(pl.read_parquet(folder / file, columns=[column], glob=False)[column]) for file, column in ids.items()]
    twice = sum(len(column) - column.n_unique() for column in counted)
    return (
        _fact(CHAT, read, wrong, "Every line is messages alone: user and assistant in turn, none empty, the assistant last."),
        _fact(WHOLE, sum(map(len, counted)), twice, "No id is there twice."),
    )


def check_consent(folder: Path, published: Path, retrieval_purpose: str) -> CheckFact:
    """Asked of the log of consent in SQL of its own: everybody in a file permits what it is for."""
    outputs = {
        CONVERSATIONS: replace(TRAINING, name="temp.conversations"),
        METADATA: replace(TRAINING, name="temp.examples"),
        CHUNKS: replace(RETRIEVAL, name="temp.chunks", purpose=retrieval_purpose),
        "features.parquet": replace(TRAINING, name="temp.features"),
        "labels.parquet": replace(TRAINING, name="temp.labels"),
    }
    there = {file: output for file, output in outputs.items() if (folder / file).exists()}
    with open_read_only(published) as connection:
        offences = [_offences(connection, folder / file, output) for file, output in there.items()]
    rows = sum(pl.scan_parquet(folder / file, glob=False).select(pl.len()).collect().item() for file in there)
    return _fact(PERMITTED, rows, sum(offences), "No row is about somebody who did not permit what the file is for.")


def check_leaks(files: Sequence[Path], known: Needles | None, scratch: Path) -> CheckFact:
    """No identifier of any known person stands in any text of some files.

    Args:
        files: of data or papers.
        known: identifiers to look for; None where there is nothing to compare with, which is a failure.
        scratch: an empty folder.
    """
    path = scratch / "texts.duckdb"
    with duckdb.connect(str(path)) as connection:
        for number, file in enumerate(files):
            connection.execute(f"CREATE TABLE {identifier(f'file_{number}')} AS {_rows_of(file)}")
    results = find_leaks(path, known)
    path.unlink()
    failed = sum(max(1, result.counts.get("offences", 1)) for result in results if result.status is not CheckStatus.PASSED)
    return _fact(LEAKS, len(files), failed, "No identifier of any known customer or agent stands in any file.")


def _in_several(rows: pl.DataFrame, column: str) -> int:
    counted = rows.drop_nulls(column).group_by(column).agg(pl.col("split").n_unique().alias("splits"))
    return counted.filter(pl.col("splits") > 1).height


def _texts(rows: pl.DataFrame) -> pl.DataFrame:
    """`split, text` of what customers say, and of whole conversations."""
    each = rows.select("conversation_id", "split", "messages").explode("messages").unnest("messages")
    bodies = pl.col("parts").list.eval(
        pl.when(pl.element().struct.field("label") == "body").then(pl.element().struct.field("text"))
    )
    said = each.with_columns(bodies.list.drop_nulls().list.join("\n").alias("said"))
    whole = said.filter("is_public", pl.col("role") != "bot", ~pl.col("is_boilerplate"), ~pl.col("is_auto_reply"))
    joined = whole.group_by("conversation_id", "split", maintain_order=True).agg(pl.col("said").str.join("\n").alias("text"))
    asked = said.filter(_SPOKEN, ~pl.col("is_auto_reply")).select("split", pl.col("said").alias("text"))
    return pl.concat([joined.select("split", "text"), asked])


def _crossing(texts: pl.DataFrame) -> int:
    """Distinct texts that are in two splits, and near pairs of different splits."""
    distinct = texts.unique().sort("split", "text")
    twice = distinct.height - distinct["text"].n_unique()
    near = near_pairs(distinct["text"].unique(maintain_order=True)).pairs
    split = distinct.unique("text", keep="first", maintain_order=True)["split"]
    apart = split.gather(near["left"]) != split.gather(near["right"])
    return int(apart.sum()) + twice


def _offences(connection: duckdb.DuckDBPyConnection, path: Path, output: PurposeBound) -> int:
    name = output.name.removeprefix("temp.")
    connection.execute(f"CREATE TEMP TABLE {identifier(name)} AS SELECT customer_id FROM {parquet(path)}")
    [check] = consent_checks(connection, [output])
    [(offences,)] = connection.execute(check.sql, list(check.parameters)).fetchall()
    return int(offences)


def _rows_of(file: Path) -> str:
    """SQL: what a file says, a text a row; what conversations hold in lists is laid out."""
    if file.name == CONVERSATIONS:
        return f"""SELECT * EXCLUDE (messages), NULL::VARCHAR AS message_id, NULL::VARCHAR AS said, NULL::VARCHAR AS parts
                   FROM {parquet(file)} UNION ALL BY NAME
                   SELECT m.message_id, m.text AS said, m.parts::VARCHAR AS parts
                   FROM (SELECT unnest(messages) AS m FROM {parquet(file)})"""
    if file.suffix == ".parquet":
        return f"SELECT * FROM {parquet(file)}"
    if file.suffix == ".jsonl":
        return f"""SELECT unnest(messages).content AS said
                   FROM read_json({literal(file_name(file))}, hive_partitioning = false, format = 'newline_delimited',
                                  columns = {{'messages': {literal(_TURNS)}}})"""
    return f"SELECT unnest(string_split(content, chr(10))) AS said FROM read_text({literal(file_name(file))})"


def _fact(name: str, checked: int, failed: int, meaning: str) -> CheckFact:
    return CheckFact(name, failed == 0, True, checked, failed, meaning)
