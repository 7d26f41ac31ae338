"""What makes data ready for AI: requirements of six factors, each a fraction from 0 to 1 of what was looked at.

Factors and names are those of Snowflake Labs' open framework "ai-ready-data", so that figures can be compared; the checks are
our own, on DuckDB. A requirement that nothing here can measure is null and says why; it never counts as met.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

CLEAN, CONTEXTUAL, CONSUMABLE = "clean", "contextual", "consumable"
CURRENT, CORRELATED, COMPLIANT = "current", "correlated", "compliant"
FACTORS = (CLEAN, CONTEXTUAL, CONSUMABLE, CURRENT, CORRELATED, COMPLIANT)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement: its factor and name, and in one sentence what the fraction is of."""

    factor: str
    name: str
    meaning: str


class Count(NamedTuple):
    """How many of those looked at meet a requirement, and by which check; `check` is a query or names figures of the version."""

    good: int
    total: int
    check: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A requirement with its fraction; None where there was nothing to measure, or no way to."""

    requirement: Requirement
    score: float | None
    counted_over: int
    check: str


def measured(counts: Mapping[str, Count]) -> list[Measured]:
    """Every requirement with what was counted for it, in the order of the factors."""
    return [_measured(requirement, counts.get(requirement.name)) for requirement in REQUIREMENTS]


def _measured(requirement: Requirement, count: Count | None) -> Measured:
    if count is None:
        return Measured(requirement, None, 0, UNMEASURED.get(requirement.name, "Not measured: the file was not at hand."))
    score = count.good / count.total if count.total else None
    return Measured(requirement, score, count.total, count.check)


_MEANINGS: dict[str, dict[str, str]] = {
    CLEAN: {
        "categorical_validity": "Choice columns of the published tables that hold known words only.",
        "cross_column_consistency": "Rules between columns and tables of the published file that hold.",
        "data_completeness": "Cells of the version's files that are not null.",
        "distribution_conformity": "Columns of validation and test with no shift from train (index above 0.2 and chance).",
        "encoding_validity": "Published message texts without a replacement character or a control character.",
        "outlier_prevalence": "Records without a statistical outlier.",
        "referential_accuracy": "Values that agree with an authority outside.",
        "referential_integrity": "References of messages to contacts and of contacts to customers that lead somewhere.",
        "schema_conformity": "Published tables with exactly the declared columns, and their required values present.",
        "split_isolation": "Checks of the splits that hold: no group and no near-duplicate in two of them.",
        "syntactic_validity": "Delivered records that could be read.",
        "uniqueness": "Published tables whose key is unique.",
        "value_range_validity": "Columns of times and numbers of the published tables that stay in their plausible range.",
    },
    CONTEXTUAL: {
        "business_glossary_linkage": "Columns that are linked to a glossary of the business.",
        "constraint_declaration": "Published columns that refuse null, or whose comment lists the words they may hold.",
        "entity_identifier_declaration": "Tables of the version with a declared key.",
        "relationship_declaration": "Columns that name a row of another table of the version and are declared to.",
        "schema_type_coverage": "Columns of the version with a declared type and a meaning.",
        "semantic_documentation": "Files and columns of the version with a description.",
        "temporal_scope_declaration": "Tables of the version with a column of time.",
        "unit_of_measure_declaration": "Numeric columns of the version with a unit.",
    },
    CONSUMABLE: {
        "access_optimization": "Large tables that lie ordered for access.",
        "batch_throughput_sufficiency": "Loads that were fast enough.",
        "chunk_readiness": "Rows looked at by checks of the retrieval chunks that pass.",
        "embedding_coverage": "Chunks with a stored vector.",
        "embedding_dimension_consistency": "Collections of vectors of one length.",
        "eval_coverage": "Outputs that come with held-out rows or labels to judge a model by.",
        "feature_materialization_coverage": "Features that are stored both for training and for serving.",
        "native_format_availability": "Files in a format that training tools read without conversion.",
        "point_lookup_availability": "Tables in which one row can be looked up fast.",
        "retrieval_recall_compliance": "Searches that find what they should.",
        "search_optimization": "Tables with a search index.",
        "serving_latency_compliance": "Queries that were answered in time.",
        "vector_index_coverage": "Collections of vectors with an index.",
    },
    CURRENT: {
        "change_detection": "Files of the version with a digest, so that any change shows.",
        "data_freshness": "Sources whose last delivery is at most two days older than the newest of all.",
        "feature_refresh_compliance": "Feature tables that were cut at most two days after the newest thing the data know of.",
        "incremental_update_coverage": "Steps that work on what is new only.",
        "point_in_time_correctness": "Rows of the feature table that hold nothing from after the cut-off.",
        "propagation_latency_compliance": "Changes that arrived in time.",
        "schema_evolution_tracking": "Landed deliveries whose columns were held against the mapping.",
        "temporal_referential_integrity": "Published messages and contacts with a time of their own.",
        "training_serving_parity": "Features made by the same code for training and serving.",
    },
    CORRELATED: {
        "agent_attribution": "Published messages and contacts that name the run that made them.",
        "data_provenance": "Sources with known days of delivery.",
        "data_version_coverage": "Files of the version with a digest under a semantic version.",
        "dependency_graph_completeness": "Datasets whose inputs and users are all known.",
        "impact_analysis_capability": "Datasets of which the effects of a change can be listed.",
        "lineage_completeness": "Lines of the ledger that balance: every record in is accounted for.",
        "pipeline_execution_audit": "Checks of the run that ended with an outcome.",
        "record_level_traceability": "Published messages and contacts that name their source record.",
        "transformation_documentation": "Steps with documented logic, inputs and outputs.",
    },
    COMPLIANT: {
        "access_audit_coverage": "Accesses that were logged.",
        "anonymization_effectiveness": "Customers whose published row is like those of enough others.",
        "bias_testing_coverage": "Splits beside train whose make-up was held against it.",
        "classification": "Objects with a tag of governance.",
        "column_masking": "Columns of personal data that are masked or tokens, by the checks of the run.",
        "consent_coverage": "Customers who permit what an output is for, over all outputs.",
        "demographic_representation": "Groups of people with a known share.",
        "leak_freedom": "Rows looked at by the leak gate that hold no identifier of a known person.",
        "license_compliance": "External sources with a licence that permits training.",
        "purpose_limitation": "Outputs of the version that are bound to a purpose people agreed to.",
        "retention_policy": "Datasets with a time of deletion.",
        "row_access_policy": "Tables with rules for single rows.",
    },
}
REQUIREMENTS = tuple(Requirement(factor, name, meaning) for factor in FACTORS for name, meaning in _MEANINGS[factor].items())
_NO_SEARCH = "Not measured: no search index is part of a version."
_NO_SERVING = "Not measured: the pipeline serves no queries."
UNMEASURED = {
    "outlier_prevalence": "Not measured: no distance is declared beyond which a record is an outlier.",
    "referential_accuracy": "Not measured: there is no authority outside to compare with.",
    "split_isolation": "Not measured: no check of the splits was told.",
    "chunk_readiness": "Not measured: no check of the chunks was told.",
    "access_optimization": "Not measured: files of a version are read whole.",
    "batch_throughput_sufficiency": "Not measured: no speed is declared.",
    "embedding_coverage": "Not measured: the version has no chunks.",
    "embedding_dimension_consistency": "Not measured: no vectors are part of a version.",
    "feature_materialization_coverage": "Not measured: there is no store for serving.",
    "point_lookup_availability": "Not measured: files of a version are read whole.",
    "retrieval_recall_compliance": _NO_SEARCH,
    "search_optimization": _NO_SEARCH,
    "vector_index_coverage": _NO_SEARCH,
    "serving_latency_compliance": _NO_SERVING,
    "training_serving_parity": _NO_SERVING,
    "feature_refresh_compliance": "Not measured: the version has no feature table.",
    "incremental_update_coverage": "Not measured: the published file does not tell.",
    "point_in_time_correctness": "Not measured in a run: shown by the project's tests.",
    "propagation_latency_compliance": "Not measured: no time is declared.",
    "dependency_graph_completeness": "Not measured here: the orchestrator knows it.",
    "impact_analysis_capability": "Not measured here: the orchestrator knows it.",
    "transformation_documentation": "Not measured: documentation is not counted.",
    "access_audit_coverage": "Not measured: who reads the files is not seen.",
    "classification": "Not measured: there are no tags of governance.",
    "demographic_representation": "Not measured: no attribute of people is held for it.",
    "license_compliance": "Not measured: all sources are the company's own.",
    "retention_policy": "Not measured: the published file does not tell.",
    "row_access_policy": "Not measured: files have no rules for rows.",
    "leak_freedom": "Not measured: no check for identifiers was told.",
}
"""Why a requirement has no figure."""
