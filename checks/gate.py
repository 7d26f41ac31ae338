"""The gate: blocking checks on the staged file, between building and publishing.

One check for the ledger, one for the marts, one for personal values, one for what changes for customer ids, one for consent,
one for the key of tokens, and one a table for its Great Expectations suite, which runs in a process of its own.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import dagster as dg

from checks.names import ANONYMITY, BOOKS, CONSENT, IMPACT, MARTS, PRIVACY, STAGED, TOKENS, suite_check
from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.quality import privacy_audit
from cx_pipeline.quality.check_result import CheckResult, CheckSeverity, CheckStatus
from cx_pipeline.quality.mart_audit import audit_file
from cx_pipeline.quality.settled import SETTLED, audit_texts
from cx_pipeline.stages import journal
from cx_pipeline.stages.known_people import known_people
from cx_pipeline.stages.searched_texts import cleared

_PUBLISHED = [table for table in tables().values() if not table.internal]


def _specs() -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            BOOKS,
            asset=STAGED,
            blocking=True,
            description="The ledger balances, covers every delivery and agrees with the tables.",
        ),
        dg.AssetCheckSpec(
            PRIVACY,
            asset=STAGED,
            blocking=True,
            description="No e-mail address, and no identifier of a known customer or agent, stands in any text column; redacting "
            "texts again changes none, and masking takes no more than it has to.",
        ),
        dg.AssetCheckSpec(
            ANONYMITY, asset=STAGED, description="Few customers could be told from country, language and month first seen."
        ),
        dg.AssetCheckSpec(
            IMPACT,
            asset=STAGED,
            blocking=True,
            description="No more customers change than the settings allow, or it was accepted.",
        ),
        dg.AssetCheckSpec(
            CONSENT,
            asset=STAGED,
            blocking=True,
            description="No row of an output for a purpose is about somebody who did not permit it.",
        ),
        dg.AssetCheckSpec(TOKENS, asset=STAGED, blocking=True, description="All tokens are of one version of the key."),
        dg.AssetCheckSpec(
            MARTS,
            asset=STAGED,
            blocking=True,
            description="No two rows of a mart have its key, none lacks it, and all fulfil what its header says that holds.",
        ),
        *(
            dg.AssetCheckSpec(
                suite_check(table.name), asset=STAGED, blocking=True, description=f"Great Expectations suite of {table.name}."
            )
            for table in _PUBLISHED
        ),
    ]


@dg.multi_asset_check(name="audit", specs=_specs(), required_resource_keys={"pipeline"})
def audit_checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Audit the staged file; what failed, and what could not run, stops the publishing."""
    pipeline = context.resources.pipeline
    built = journal.built(pipeline.layout, pipeline.run)
    suites = pipeline.beside.audit(built.path, pipeline.layout.reports, pipeline.run.run_id)
    pipeline.progress("auditing the books")
    results = audit_file(built.path)
    pipeline.progress("redacting texts again")
    results += audit_texts(built.path)
    pipeline.progress("looking for identifiers of known people")
    layout = pipeline.layout
    privacy = privacy_audit.audit_privacy(built.path, known_people(layout), pipeline.settings.privacy, cleared(layout))
    results += privacy.results
    pipeline.progress("auditing with Great Expectations")
    results += [result for suite in suites() for result in suite.results]
    journal.put_checks(pipeline.layout, pipeline.run, results)
    journal.put_scores(pipeline.layout, pipeline.run, privacy.scores)
    groups: dict[str, list[CheckResult]] = defaultdict(list)
    for result in results:
        groups[_group(result)].append(result)
    for spec in _specs():
        yield _verdict(spec.name, groups.get(spec.name, []))


def _group(result: CheckResult) -> str:
    if result.name == "no_address" or result.name in privacy_audit.CRITICAL or result.name.endswith(f"_{SETTLED}"):
        return PRIVACY
    if result.name in (IMPACT, CONSENT, TOKENS, ANONYMITY):
        return result.name
    if result.table.startswith("marts."):
        return MARTS
    if result.table.startswith("quality.") or result.name in ("rows_as_booked", "no_row_twice_fated"):
        return BOOKS
    return suite_check(result.table.removeprefix("main."))


def _verdict(name: str, results: Sequence[CheckResult]) -> dg.AssetCheckResult:
    """Failed where a critical check did not pass, or nothing was checked at all; a failed warning shows and lets pass."""
    unpassed = [result for result in results if result.status is not CheckStatus.PASSED]
    blocks = not results or any(result.blocks for result in results)
    metadata: dict[str, dg.MetadataValue] = {
        "checks": dg.MetadataValue.int(len(results)),
        "failed": dg.MetadataValue.int(sum(result.status is CheckStatus.FAILED for result in results)),
        "errored": dg.MetadataValue.int(sum(result.status is CheckStatus.ERRORED for result in results)),
        "warnings": dg.MetadataValue.int(sum(result.severity is CheckSeverity.WARNING for result in unpassed)),
    }
    if unpassed:
        metadata["reasons"] = dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "table": result.table,
                        "check": result.name,
                        "what": result.description,
                        "outcome": str(result.status),
                        "observed": result.observed,
                        "expected": result.expected,
                    }
                )
                for result in unpassed
            ]
        )
    severity = dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        check_name=name, asset_key=STAGED, passed=not blocks and not unpassed, severity=severity, metadata=metadata
    )
