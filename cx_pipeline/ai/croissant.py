"""A version of the dataset as Croissant 1.1 metadata (http://mlcommons.org/croissant/1.1, with Responsible AI 1.0)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cx_pipeline.ai.card_front import named_languages
from cx_pipeline.ai.card_terms import FILES, LICENCE, LICENCE_TEXT, NAME, SUMMARY, File
from cx_pipeline.ai.croissant_fields import field
from cx_pipeline.ai.croissant_terms import activity, identity, provenance, responsible, stamp, usage
from cx_pipeline.ai.facts import ColumnFact, Facts, FileFact

CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
_TERMS = (
    "annotation arrayShape citeAs column containedIn equivalentProperty excludes extract field fileProperty fileObject fileSet"
    " format includes isArray isLiveDataset jsonPath key md5 parentField path readLines recordSet references regex repeated"
    " replace samplingRate sdVersion separator source subField transform unArchive value"
)
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    "description": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _TERMS.split()},
}
_FORMATS = {
    "parquet": "application/x-parquet",
    "jsonl": "application/jsonlines",
    "json": "application/json",
    "md": "text/markdown",
}
_SPLITS = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}
_SPLIT_SET, _EXAMPLES, _EXAMPLE_FILES = "splits", "examples", "finetune-files"
_SOFTWARE = {"sentiment_": "vaderSentiment"}


def make(facts: Facts) -> dict[str, Any]:
    """The JSON-LD document of a version; every file with its digest, every column with type and meaning."""
    examples = _example_files(facts)
    tables = [file for file in facts.files if file not in examples and file.columns]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS_TO),
        "@id": identity(facts.version),
        "name": NAME,
        "description": SUMMARY,
        "version": facts.version,
        "url": identity(facts.version),
        "citeAs": f"@misc{{{NAME}, title = {{{NAME}}}, version = {{{facts.version}}}, year = {{{facts.made_at.year}}}}}",
        "license": {"@type": "CreativeWork", "name": LICENCE, "description": LICENCE_TEXT},
        "creator": {"@type": "Organization", "name": "cx_pipeline"},
        "publisher": {"@type": "Organization", "name": "cx_pipeline"},
        "dateCreated": stamp(facts.made_at),
        "datePublished": stamp(facts.made_at),
        "dateModified": stamp(facts.made_at),
        "inLanguage": named_languages(facts),
        "keywords": ["customer service", "conversations", "fine-tuning", "retrieval", "churn", "redacted"],
        "isLiveDataset": False,
        "usageInfo": usage(facts),
        **provenance(facts),
        **responsible(facts),
        "distribution": [*(_file(file, facts) for file in facts.files), *([_file_set(examples)] if examples else [])],
        "recordSet": [
            *([_split_set(facts)] if facts.splits else []),
            *(_record_set(file, facts) for file in tables),
            *([_example_set(examples, facts)] if examples else []),
        ],
    }


def _example_files(facts: Facts) -> list[FileFact]:
    return [file for split in facts.splits if (file := facts.file(f"finetune/{split.name}.jsonl")) is not None]


def _file(file: FileFact, facts: Facts) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "description": file.meaning,
        "contentUrl": file.name,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": _FORMATS.get(file.name.rsplit(".", 1)[-1], "application/octet-stream"),
        "sha256": file.sha256,
        "prov:wasGeneratedBy": {"@id": activity(facts)["@id"]},
    }


def _file_set(files: Sequence[FileFact]) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": _EXAMPLE_FILES,
        "name": _EXAMPLE_FILES,
        "description": "The fine-tuning files, one a split.",
        "encodingFormat": _FORMATS["jsonl"],
        "includes": [file.name for file in files],
    }


def _record_set(file: FileFact, facts: Facts) -> dict[str, Any]:
    name = _set_name(file.name)
    said = FILES.get(file.name, File())
    has = {column.name for column in file.columns}
    fields = [_column(name, column, {"fileObject": {"@id": file.name}}) for column in file.columns]
    for made in fields:
        if made["name"] == "split" and facts.splits:
            made["references"] = {"field": {"@id": f"{_SPLIT_SET}/name"}}
    for column, other, target in said.references:
        found = facts.file(other)
        if column in has and found is not None and target in {item.name for item in found.columns}:
            next(made for made in fields if made["name"] == column)["references"] = {
                "field": {"@id": f"{_set_name(other)}/{target}"}
            }
    key = {"key": {"@id": f"{name}/{said.key}"}} if said.key in has else {}
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "description": file.meaning, **key, "field": fields}


def _example_set(files: Sequence[FileFact], facts: Facts) -> dict[str, Any]:
    """One record set over the files of all splits; the file's name says which split a line is of."""
    source: dict[str, object] = {"fileSet": {"@id": _EXAMPLE_FILES}}
    split = {
        "@type": "cr:Field",
        "@id": f"{_EXAMPLES}/split",
        "name": "split",
        "description": "The split, from the file's name.",
        "dataType": "sc:Text",
        "source": {
            **source,
            "extract": {"fileProperty": "filename"},
            "transform": {"regex": f"^({'|'.join(item.name for item in facts.splits)})"},
        },
        "references": {"field": {"@id": f"{_SPLIT_SET}/name"}},
    }
    columns = [_column(_EXAMPLES, column, source) for column in files[0].columns]
    return {
        "@type": "cr:RecordSet",
        "@id": _EXAMPLES,
        "name": _EXAMPLES,
        "description": files[0].meaning,
        "field": [split, *columns],
    }


def _split_set(facts: Facts) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": _SPLIT_SET,
        "name": _SPLIT_SET,
        "description": "The splits, and what each is for.",
        "dataType": "cr:Split",
        "key": {"@id": f"{_SPLIT_SET}/name"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{_SPLIT_SET}/name",
                "name": "name",
                "description": "Name of the split.",
                "dataType": "sc:Text",
            },
            {
                "@type": "cr:Field",
                "@id": f"{_SPLIT_SET}/url",
                "name": "url",
                "description": "What it is for, in the words of Croissant.",
                "dataType": "sc:URL",
            },
        ],
        "data": [
            {f"{_SPLIT_SET}/name": split.name, f"{_SPLIT_SET}/url": _SPLITS.get(split.name, "cr:Split")} for split in facts.splits
        ],
    }


def _column(record_set: str, column: ColumnFact, source: dict[str, object]) -> dict[str, Any]:
    made = field(record_set, column, source)
    for prefix, software in _SOFTWARE.items():
        if column.name.startswith(prefix):
            made["prov:wasAttributedTo"] = {"@type": "prov:SoftwareAgent", "prov:label": software}
    return made


def _set_name(file: str) -> str:
    return file.rsplit(".", 1)[0].replace("/", "-")
