"""Requirements that the facts of a version answer."""

from __future__ import annotations

import re
from datetime import timedelta

from cx_pipeline.ai.card_terms import FILES
from cx_pipeline.ai.facts import CheckFact, ColumnFact, Facts, FileFact
from cx_pipeline.ai.readiness import Count

_NUMBERS = re.compile(r"U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DOUBLE|FLOAT|DECIMAL\(.*\)")
_TIMES = re.compile(r"DATE|TIMESTAMP.*")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SEMVER = re.compile(r"\d+\.\d+\.\d+")
_FORMATS = ("parquet", "jsonl")
_PATIENCE = timedelta(days=2)
_OUTPUTS = {"finetune": "finetune/", "retrieval": "chunks.parquet", "features": "features.parquet"}

_COVERED = {"training": ("finetune", "features")}
"""Outputs that are named together where consent is told."""


def count_facts(facts: Facts) -> dict[str, Count]:
    """What can be counted, by requirement."""
    columns = [(file, column) for file in facts.files for column in file.columns]
    tables = [file for file in facts.files if file.name.endswith(".parquet")]
    cells = sum(file.rows * len(file.columns) for file in facts.files)
    numbers = [column for _, column in columns if _NUMBERS.fullmatch(column.type)]
    declared = _references(facts)
    kept = [file for file in facts.files if _DIGEST.fullmatch(file.sha256)]
    described = [bool(column.meaning) for _, column in columns] + [bool(file.meaning) for file in facts.files]
    said = {
        "data_completeness": Count(cells - sum(column.nulls for _, column in columns), cells, "cells and nulls of all files"),
        "distribution_conformity": Count(
            sum(not item.is_shift for item in facts.drift), len(facts.drift), "population stability index of splits"
        ),
        "business_glossary_linkage": Count(0, len(columns), "there is no glossary"),
        "entity_identifier_declaration": Count(sum(_has_key(file) for file in tables), len(tables), "declared keys of tables"),
        "relationship_declaration": Count(sum(declared), len(declared), "declared references between tables"),
        "schema_type_coverage": Count(
            sum(bool(column.type and column.meaning) for _, column in columns), len(columns), "types and meanings of columns"
        ),
        "semantic_documentation": Count(sum(described), len(described), "descriptions of files and columns"),
        "temporal_scope_declaration": Count(sum(map(_has_time, tables)), len(tables), "columns of time of tables"),
        "unit_of_measure_declaration": Count(sum(bool(column.unit) for column in numbers), len(numbers), "units of columns"),
        "native_format_availability": Count(
            sum(file.name.endswith(_FORMATS) for file in facts.files), len(facts.files), "file formats"
        ),
        "eval_coverage": _evaluation(facts),
        "change_detection": Count(len(kept), len(facts.files), "digests of files"),
        "data_freshness": _freshness(facts),
        "data_provenance": Count(
            sum(source.first_delivery is not None for source in facts.sources), len(facts.sources), "deliveries of sources"
        ),
        "data_version_coverage": Count(
            len(kept) if _SEMVER.fullmatch(facts.version) else 0, len(facts.files), "digests of files, version"
        ),
        "bias_testing_coverage": Count(
            len({item.split for item in facts.drift}), sum(split.name != "train" for split in facts.splits), "drift of splits"
        ),
        "consent_coverage": Count(
            sum(item.allowed for item in facts.consents), sum(item.subjects for item in facts.consents), "consent by output"
        ),
        "purpose_limitation": _purposes(facts),
    }
    return {**said, **_of_checks(facts), **_of_outputs(facts)}


def _of_checks(facts: Facts) -> dict[str, Count]:
    """Requirements that checks of the version answer, where such checks were told."""
    leaks = [check for check in facts.checks if re.search("identifier|leak", check.name)]
    chunks = [check for check in facts.checks if "chunk" in check.name]
    moments = [check for check in facts.checks if "point_in_time" in check.name]
    isolation = [check for check in facts.checks if re.search("share|near_duplicate|split|test_is_newest", check.name)]
    rows = {"leak_freedom": leaks, "chunk_readiness": chunks, "point_in_time_correctness": moments}
    said = {name: _rows(checks) for name, checks in rows.items() if checks}
    if isolation:
        said["split_isolation"] = Count(sum(check.passed for check in isolation), len(isolation), _names(isolation))
    return said


def _of_outputs(facts: Facts) -> dict[str, Count]:
    chunks, features = facts.file("chunks.parquet"), facts.file("features.parquet")
    said = {}
    if chunks is not None:
        said["embedding_coverage"] = Count(0, chunks.rows, "no vectors are made")
    if features is not None:
        is_fresh = facts.made_at - facts.as_of <= _PATIENCE
        said["feature_refresh_compliance"] = Count(int(is_fresh), 1, "time from the newest thing known to the cut")
    return said


def _rows(checks: list[CheckFact]) -> Count:
    total = sum(check.checked for check in checks)
    return Count(total - sum(min(check.failed, check.checked) for check in checks), total, _names(checks))


def _names(checks: list[CheckFact]) -> str:
    return "checks of the version: " + ", ".join(check.name for check in checks)


def _present(facts: Facts) -> list[str]:
    return [output for output, prefix in _OUTPUTS.items() if any(file.name.startswith(prefix) for file in facts.files)]


def _evaluation(facts: Facts) -> Count:
    test = any(split.name == "test" and split.examples > 0 for split in facts.splits)
    labels = facts.file("labels.parquet")
    told = [labels.rows - column.nulls for column in labels.columns if column.name == "churned_next_90d"] if labels else []
    held = {"finetune": test, "features": any(told)}
    present = _present(facts)
    return Count(sum(held.get(output, False) for output in present), len(present), "test split, labels")


def _purposes(facts: Facts) -> Count:
    present = _present(facts)
    bound = {part for item in facts.consents if item.purpose for part in _COVERED.get(item.output, (item.output,))}
    return Count(sum(output in bound for output in present), len(present), "purpose of each output")


def _freshness(facts: Facts) -> Count:
    days = [source.last_delivery for source in facts.sources if source.last_delivery is not None]
    fresh = sum(max(days) - day <= _PATIENCE for day in days)
    return Count(fresh, len(facts.sources), "last delivery of each source")


def _has_key(file: FileFact) -> bool:
    return file.name in FILES and FILES[file.name].key in {column.name for column in file.columns}


def _has_time(file: FileFact) -> bool:
    return any(_TIMES.fullmatch(column.type) for column in file.columns)


def _references(facts: Facts) -> list[bool]:
    """For each column that bears the name of another table's key: is it declared to name a row there, here or there?"""
    # Of two tables with one key the first is where a row is born.
    keys = {said.key: name for name, said in reversed(FILES.items()) if said.key is not None and facts.file(name) is not None}
    return [
        _is_declared(file, column)
        for file in facts.files
        for column in file.columns
        if keys.get(column.name, file.name) != file.name
    ]


def _is_declared(file: FileFact, column: ColumnFact) -> bool:
    return file.name in FILES and any(name == column.name for name, _, _ in FILES[file.name].references)
