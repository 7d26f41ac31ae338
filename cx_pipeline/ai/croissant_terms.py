"""The parts of a Croissant file that are not about its files: where it came from (PROV-O), what it may be used for (ODRL), and
the Responsible-AI properties, filled from the figures of the version."""

from __future__ import annotations

from datetime import datetime

from cx_pipeline.ai.card_terms import NAME, REFUSALS, USE_CASES
from cx_pipeline.ai.facts import Facts, SourceFact

_TAXONOMY = "https://ethyca.github.io/fideslang/"


def stamp(moment: datetime) -> str:
    """A naive UTC moment as ISO 8601 with its zone."""
    return f"{moment.isoformat(timespec='seconds')}Z"


def identity(version: str) -> str:
    """The name of a version as a URN; the dataset has no place on the web."""
    return f"urn:{NAME}:{version}"


def provenance(facts: Facts) -> dict[str, object]:
    """What the dataset was derived from, by which run of which software, and which version it revises."""
    made: dict[str, object] = {
        "prov:wasDerivedFrom": [_source(source) for source in facts.sources],
        "prov:wasGeneratedBy": activity(facts),
        "prov:wasAttributedTo": {"@type": "prov:SoftwareAgent", "prov:label": "cx_pipeline"},
    }
    if facts.previous_version is not None:
        made["prov:wasRevisionOf"] = {"@id": identity(facts.previous_version)}
    return made


def activity(facts: Facts) -> dict[str, object]:
    return {
        "@type": "prov:Activity",
        "@id": f"urn:{NAME}:run:{facts.run_id}",
        "prov:label": "Reading, cleaning, redaction, audit, consent gate, de-duplication and splitting",
        "prov:endedAtTime": stamp(facts.made_at),
    }


def usage(facts: Facts) -> dict[str, object]:
    """An ODRL offer: a permission for each purpose that people agreed to, the refused uses, the duty to follow withdrawals."""
    permissions = [
        {
            "@type": "odrl:Permission",
            "name": USE_CASES.get(consent.output, consent.output),
            "odrl:action": {"@id": "odrl:use"},
            "odrl:constraint": [_purpose(consent.purpose)],
            "odrl:duty": [
                {
                    "@type": "odrl:Duty",
                    "name": "Delete copies of this version, and what was made of them for these people, when a newer version"
                    " leaves records out.",
                    "odrl:action": {"@id": "odrl:delete"},
                }
            ],
        }
        for consent in facts.consents
    ]
    prohibitions = [
        {
            "@type": "odrl:Prohibition",
            "name": refusal.text,
            "odrl:action": {"@id": f"odrl:{refusal.action}"},
            **({} if refusal.purpose == "any" else {"odrl:constraint": [_purpose(refusal.purpose)]}),
        }
        for refusal in REFUSALS
    ]
    return {
        "@type": ["CreativeWork", "odrl:Offer"],
        "@id": f"{identity(facts.version)}:terms",
        "name": "Terms of use",
        "description": f"Purposes are data uses of the fideslang taxonomy ({_TAXONOMY}).",
        "odrl:permission": permissions,
        "odrl:prohibition": prohibitions,
    }


def responsible(facts: Facts) -> dict[str, object]:
    """Croissant-RAI 1.0, each property from the figures of the version."""
    redaction = facts.redaction
    starts = [split.first_started_at for split in facts.splits if split.first_started_at is not None]
    ends = [split.last_started_at for split in facts.splits if split.last_started_at is not None]
    masked = ", ".join(f"{kind} {count}" for kind, count in redaction.by_kind) or "none"
    measured = ", ".join(f"{name} {value:g}" for name, value in redaction.measured) or "not measured"
    withheld = "; ".join(f"{item.output}: {item.count} ({item.unit}, {item.reason})" for item in facts.withheld) or "nothing"
    removed = "; ".join(f"{item.count} {item.method} duplicates of a {item.level}" for item in facts.duplicates) or "none"
    made: dict[str, object] = {
        "rai:dataCollection": "Exports of customer-experience systems, written in the course of business: "
        + (", ".join(f"{source.name} ({source.conversations} conversations)" for source in facts.sources) or "none")
        + ".",
        "rai:dataCollectionType": ["Secondary data analysis", "Software collection"],
        "rai:dataCollectionMissingData": f"Withheld: {withheld}.",
        "rai:dataPreprocessingProtocol": [
            "Values are normalised (encoding, time zone, names of choices); a value that cannot be read is null, never guessed.",
            f"Personal data are masked by typed tags, rules of version {redaction.version}; spans masked by kind: {masked}.",
            f"Duplicates are removed, the earliest kept: {removed}.",
            "Splits are by group of customer, conversation and near-duplicates; the test split is later than the others.",
        ],
        "rai:dataManipulationProtocol": "Texts are changed by masking only. Quoted replies, signatures and boilerplate are"
        " labelled, not cut.",
        "rai:dataImputationProtocol": "No value is imputed; null means not known.",
        "rai:machineAnnotationTools": [
            "py3langid (language)",
            "vaderSentiment (sentiment features)",
            "cx_pipeline (masking, labels)",
        ],
        "rai:personalSensitiveInformation": [
            "Pseudonymous, not anonymous: keyed tokens stand for customers, and free text can describe a person without a name.",
            f"Masking as measured for these rules: {measured}.",
        ],
        "rai:dataBiases": _biases(facts),
        "rai:dataLimitations": list(facts.known_limits) or ["None is known beyond what the card says."],
        "rai:dataUseCases": [USE_CASES.get(consent.output, consent.output) for consent in facts.consents],
        "rai:dataSocialImpact": "Models that learn from it can repeat how employees treated customers, good and bad.",
        "rai:dataReleaseMaintenancePlan": "Cut anew by every run of the pipeline; unchanged content makes no new version."
        " Removed or edited records raise the MAJOR version; only the newest version may be used.",
    }
    if starts and ends:
        made["rai:dataCollectionTimeframe"] = [stamp(min(starts)), stamp(max(ends))]
    return made


def _biases(facts: Facts) -> list[str]:
    shares = {"language": facts.languages, "channel": facts.channels}
    told = [
        f"Conversations by {what}: {', '.join(f'{share.name} {share.conversations}' for share in parts)}."
        for what, parts in shares.items()
        if parts
    ]
    agreed = [f"{consent.output}: {consent.allowed} of {consent.subjects} customers agreed." for consent in facts.consents]
    return [*told, *agreed, "People who agree, write and answer surveys are not a random sample of all customers."]


def _source(source: SourceFact) -> dict[str, object]:
    said: dict[str, object] = {"@type": "prov:Entity", "@id": f"urn:{NAME}:source:{source.name}", "prov:label": source.name}
    if source.first_delivery is not None and source.last_delivery is not None:
        said["temporalCoverage"] = f"{source.first_delivery.isoformat()}/{source.last_delivery.isoformat()}"
    return said


def _purpose(purpose: str) -> dict[str, object]:
    return {
        "@type": "odrl:Constraint",
        "odrl:leftOperand": {"@id": "odrl:purpose"},
        "odrl:operator": {"@id": "odrl:isA"},
        "odrl:rightOperand": purpose,
    }
