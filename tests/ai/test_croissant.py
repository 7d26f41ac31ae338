"""The Croissant file validates with the reference implementation, and the data can be read by it alone."""

import hashlib
import json
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.ai import croissant
from cx_pipeline.ai.croissant_fields import data_type, members
from tests.ai.sample_facts import facts, write_files

mlc = pytest.importorskip("mlcroissant", exc_type=ImportError)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("version")
    (made / "croissant.json").write_text(json.dumps(croissant.make(facts(write_files(made)))), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def document(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def dataset(folder: Path) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield mlc.Dataset(str(folder / "croissant.json"))


def test_it_validates_without_a_remark(dataset: Any) -> None:
    assert dataset.metadata.ctx.issues.errors == set()
    assert dataset.metadata.ctx.issues.warnings == set()
    assert dataset.metadata.ctx.is_v1_1()


def test_the_test_would_see_a_mistake(folder: Path, document: dict[str, Any]) -> None:
    broken = json.loads(json.dumps(document))
    del broken["distribution"][0]["encodingFormat"]
    (folder / "broken.json").write_text(json.dumps(broken), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(mlc.ValidationError):
            mlc.Dataset(str(folder / "broken.json"))


@pytest.mark.parametrize(
    ("records", "rows"), [("features", 3), ("labels", 3), ("splits", 3), ("conversations", 4), ("examples", 6)]
)
def test_the_records_can_be_read_by_it_alone(dataset: Any, records: str, rows: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert sum(1 for _ in dataset.records(records)) == rows


def test_every_file_has_its_digest_and_size(folder: Path, document: dict[str, Any]) -> None:
    files = [item for item in document["distribution"] if item["@type"] == "cr:FileObject"]
    assert len(files) == 6
    for item in files:
        content = (folder / item["contentUrl"]).read_bytes()
        assert (item["sha256"], item["contentSize"]) == (hashlib.sha256(content).hexdigest(), f"{len(content)} B")


def test_every_column_is_a_field_with_type_and_meaning(document: dict[str, Any]) -> None:
    sets = {item["@id"]: {field["name"]: field for field in item["field"]} for item in document["recordSet"]}
    assert list(sets) == ["splits", "conversations", "features", "labels", "examples"]
    features = sets["features"]
    assert {name: field["dataType"] for name, field in features.items()} == {
        "feature_id": "sc:Text",
        "customer_id": "sc:Text",
        "contacts_total": "sc:Integer",
        "order_value_total": "sc:Float",
        "sentiment_last": "sc:Float",
    }
    assert features["contacts_total"]["description"] == "Contacts opened. Unit: count."
    assert features["sentiment_last"]["prov:wasAttributedTo"]["prov:label"] == "vaderSentiment"
    messages = sets["conversations"]["messages"]
    assert messages["isArray"]
    assert [part["name"] for part in messages["subField"]] == ["role", "text_masked", "sent_at", "flags"]
    assert sets["labels"]["feature_id"]["references"] == {"field": {"@id": "features/feature_id"}}
    assert sets["conversations"]["split"]["references"] == {"field": {"@id": "splits/name"}}


def test_splits_are_a_record_set_of_their_own(document: dict[str, Any]) -> None:
    splits = document["recordSet"][0]
    assert splits["dataType"] == "cr:Split"
    assert [tuple(row.values()) for row in splits["data"]] == [
        ("train", "cr:TrainingSplit"),
        ("validation", "cr:ValidationSplit"),
        ("test", "cr:TestSplit"),
    ]


def test_it_says_what_it_was_made_of_and_what_it_revises(document: dict[str, Any]) -> None:
    assert [source["prov:label"] for source in document["prov:wasDerivedFrom"]] == ["zendesk", "intercom"]
    assert document["prov:wasDerivedFrom"][0]["temporalCoverage"] == "2026-11-01/2026-11-20"
    assert document["prov:wasRevisionOf"] == {"@id": "urn:cx-conversations:2.0.3"}
    assert document["prov:wasGeneratedBy"]["prov:endedAtTime"] == "2026-11-22T03:04:05Z"
    first = croissant.make(replace(facts(), previous_version=None))
    assert "prov:wasRevisionOf" not in first


def test_the_terms_of_use_can_be_read_by_machine(document: dict[str, Any]) -> None:
    offer = document["usageInfo"]
    assert "odrl:Offer" in offer["@type"]
    purposes = [item["odrl:constraint"][0]["odrl:rightOperand"] for item in offer["odrl:permission"]]
    assert purposes == ["train_ai_system", "train_ai_system"]
    refused = {item["odrl:action"]["@id"] for item in offer["odrl:prohibition"]}
    assert refused == {"odrl:distribute", "odrl:use"}


RAI = (
    "personalSensitiveInformation", "dataPreprocessingProtocol", "dataManipulationProtocol", "dataImputationProtocol",
    "dataCollectionMissingData", "dataLimitations", "dataBiases", "dataUseCases", "dataReleaseMaintenancePlan",
)  # fmt: skip


@pytest.mark.parametrize("name", RAI)
def test_responsible_ai_is_filled(document: dict[str, Any], name: str) -> None:
    assert document[f"rai:{name}"]


def test_counts_of_the_run_are_in_it(document: dict[str, Any]) -> None:
    assert "conversations: 7 (conversation, withdrawn)" in document["rai:dataCollectionMissingData"]
    assert "recall 0.9987" in document["rai:personalSensitiveInformation"][1]
    assert document["rai:dataLimitations"] == ["Calls are not transcribed.", "Attachments are not read."]


def test_a_version_without_files_is_still_a_document() -> None:
    empty = croissant.make(replace(facts(), splits=(), sources=(), languages=(), channels=()))
    assert (empty["distribution"], empty["recordSet"]) == ([], [])


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("STRUCT(a BIGINT)", [("a", "BIGINT")]),
        ("STRUCT(a DECIMAL(18,4), b VARCHAR[])", [("a", "DECIMAL(18,4)"), ("b", "VARCHAR[]")]),
        ('STRUCT("a, b" VARCHAR, c STRUCT(d DATE, e TIME)[])', [("a, b", "VARCHAR"), ("c", "STRUCT(d DATE, e TIME)[]")]),
    ],
)
def test_members_of_a_struct(type_: str, expected: list[tuple[str, str]]) -> None:
    assert list(members(type_)) == expected


@pytest.mark.parametrize(
    ("type_", "expected"),
    [("DECIMAL(18,4)", "sc:Float"), ("TIMESTAMP", "sc:DateTime"), ("HUGEINT", "sc:Integer"), ("GEOMETRY", "sc:Text")],
)
def test_types(type_: str, expected: str) -> None:
    assert data_type(type_) == expected
