"""What each delivery's checks say: whether files could be read, what is new in them, which contracts were broken.

None of them blocks: a bad file is kept back and the rest goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import dagster as dg

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.privacy.withhold import shown
from cx_pipeline.quality.drift import Drift
from cx_pipeline.sources.export import Export
from cx_pipeline.stages.intake import unknown_columns
from cx_pipeline.stages.manifest import Entry, Status
from cx_pipeline.stages.scrub import Outcome

READABLE = "files_readable"
SCHEMA_KNOWN = "columns_known"
CONTRACT_KEPT = "contract_kept"
_KEPT_BACK = (Status.QUARANTINED, Status.UNREADABLE, Status.UNRECOGNISED)


def readable_check(export: Export, entries: Sequence[Entry]) -> dg.AssetCheckResult:
    """ERROR when a file was kept back, or records of it are damaged."""
    bad = [entry for entry in entries if entry.status in _KEPT_BACK or entry.facts.damaged]
    rows = [
        dg.TableRecord(
            {
                "file": shown(entry.path),
                "status": str(entry.status),
                "rule": entry.rule or ", ".join(f"{rule} ({rows})" for rule, rows in entry.facts.damaged_by_rule.items()),
                "what": entry.reason or "these records were kept back; the others go on",
                "records": entry.facts.records,
                "damaged": entry.facts.damaged,
            }
        )
        for entry in bad
    ]
    return _result(
        READABLE, export, not bad, dg.AssetCheckSeverity.ERROR, {"files": len(entries), "files_with_findings": len(bad)}, rows
    )


def schema_check(export: Export, entries: Sequence[Entry], drifts: Mapping[str, Sequence[Drift]]) -> dg.AssetCheckResult:
    """WARN when landed files brought columns that no mapping reads, or differ from the last delivery.

    Args:
        drifts: differences of these deliveries, by delivery; columns in another order are told and no warning.
    """
    unknown = unknown_columns([entry for entry in entries if entry.status is Status.LANDED], {export.id: export})
    columns = Counter(name for names in unknown.values() for name in names)
    found = [item for entry in entries for item in drifts.get(entry.delivery_id, ())]
    differences = Counter((str(item.kind), item.detail) for item in found)
    rows = [
        dg.TableRecord({"what": "unknown_column", "column": shown(name), "files": files})
        for name, files in sorted(columns.items())
    ]
    rows += [
        dg.TableRecord({"what": kind, "column": shown(detail), "files": files})
        for (kind, detail), files in sorted(differences.items())
    ]
    counts = {"unknown_columns": len(columns), "schema_drift": len(found)}
    passed = not columns and all(item.is_harmless for item in found)
    return _result(SCHEMA_KNOWN, export, passed, dg.AssetCheckSeverity.WARN, counts, rows)


def contract_check(export: Export, outcomes: Sequence[Outcome]) -> dg.AssetCheckResult:
    """WARN when records broke a rule of the contracts."""
    titles = {rule.id: rule.title for table in tables().values() for rule in table.rules}
    broken: Counter[str] = Counter()
    for outcome in outcomes:
        broken.update(outcome.broken_rules)
    quarantined = sum(outcome.quarantined for outcome in outcomes)
    rows = [
        dg.TableRecord({"rule": rule, "what must hold": titles.get(rule, "the key is there and usable"), "rows": count})
        for rule, count in sorted(broken.items())
    ]
    counts = {"records": sum(outcome.records_in for outcome in outcomes), "quarantined_records": quarantined}
    return _result(CONTRACT_KEPT, export, not broken, dg.AssetCheckSeverity.WARN, counts, rows)


def _result(
    name: str, export: Export, passed: bool, severity: dg.AssetCheckSeverity, counts: dict[str, int], rows: list[dg.TableRecord]
) -> dg.AssetCheckResult:
    prefix = "scrubbed" if name == CONTRACT_KEPT else "raw"
    metadata: dict[str, dg.MetadataValue] = {key: dg.MetadataValue.int(value) for key, value in counts.items()}
    if rows:
        metadata["reasons"] = dg.MetadataValue.table(rows)
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=dg.AssetKey([prefix, f"{prefix}_{export.source}_{export.name}"]),
        passed=passed,
        severity=severity,
        metadata=metadata,
    )
