"""The sources reference: every vendor's exports, how they are read, and where each canonical column comes from."""

from __future__ import annotations

from collections.abc import Iterator

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.reference.markdown import code, codes, page, table
from cx_pipeline.sources.catalogue import by_source
from cx_pipeline.sources.export import Context, Export, Field, TableMap

_INTRODUCTION = """\
One file a vendor under `cx_pipeline/sources/`. A delivered file lies in `<raw>/<YYYY-MM-DD>/<source>/` and is recognised
by the export's name at the beginning of its own. Every format is read with any encoding, dialect and compression; the
formats named here are those that the vendor writes. Columns that are not listed stay in the raw layer and are reported
in `quality.anomalies`. [How to add a source](add_a_source.md)."""
_TEXT = "text"


def sources_page() -> str:
    """The page as Markdown, a section a vendor."""
    sections: list[str] = []
    for source, exports in sorted(by_source().items()):
        sections.append(f"## {source}")
        sections += [_export(export) for export in exports]
    return page("Sources", _INTRODUCTION, sections)


def _export(export: Export) -> str:
    facts = [
        ("files", f"`<raw>/<YYYY-MM-DD>/{export.source}/{export.name}…`"),
        ("formats", ", ".join(export.formats)),
        ("records lie under", codes(export.page_keys) if export.page_keys else ""),
        ("key", code(export.key)),
        ("newest version by", codes(export.clock)),
        ("required, else the file is quarantined whole", codes(sorted(export.required))),
        ("tombstones", "recognised" if export.deleted is not None else "the export has none"),
        ("test records", "recognised" if export.test is not None else "not told apart"),
        ("no content of the record", codes(sorted(export.ignore))),
        ("known, and read by no mapping", codes(sorted(export.known))),
    ]
    listed = "\n".join(f"- {name}: {value}" for name, value in facts if value)
    fields = table(("column", "scrubbed as", "where", "rules"), (_field(field) for field in export.fields))
    lineage = table(("table", "column", "made of"), (row for mapping in export.tables for row in _lineage(mapping)))
    return f"### {export.id}\n\n{export.title}\n\n{listed}\n\n{fields}\n\n{lineage}"


def _field(field: Field) -> tuple[str, str, str, str]:
    return code(field.name), code(field.column), code(field.at or ""), _chain(field)


def _chain(field: Field) -> str:
    """The rules in order; the run of text rules that nearly every chain begins with is named once."""
    names: list[str] = []
    for rule in field.rules(Context()):
        name = _TEXT if rule.id.startswith(f"{_TEXT}.") else rule.id
        if not names or names[-1] != name:
            names.append(name)
    return codes(names)


def _lineage(mapping: TableMap) -> Iterator[tuple[str, str, str]]:
    made_of: dict[str, set[str]] = {}
    for rows in mapping.rows:
        for column, expression in rows.columns.items():
            made_of.setdefault(column, set()).update(expression.meta.root_names())
    name = f"{mapping.table} (kept in the lake)" if tables()[mapping.table].internal else mapping.table
    for column, roots in made_of.items():
        yield name, code(column), codes(sorted(roots)) or "a fixed value"
