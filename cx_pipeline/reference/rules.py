"""The rules reference: what is done to cells, and what is asked of rows."""

from __future__ import annotations

from itertools import groupby

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.rule import Action, RowRule
from cx_pipeline.contracts.table import Table
from cx_pipeline.reference.markdown import code, codes, page, table
from cx_pipeline.scrub.catalogue import rules as standard_rules
from cx_pipeline.scrub.rule import Rule
from cx_pipeline.sources.catalogue import exports
from cx_pipeline.sources.export import Context

_INTRODUCTION = """\
Two kinds of rules judge the data. *Scrub rules* work on one column at a time, from text to a typed value; what each did
to each column of each delivery is counted in `quality.scrub_counts`. *Row rules* are the contracts of the canonical
tables: a row that breaks one is quarantined, repaired, or kept and flagged in `dq_flags`. Rules have a version, raised
whenever a result could differ. `cx-pipeline explain` shows them at work on one record."""
_SCRUB = """\
## Scrub rules

`repair` writes a text differently, `parse` reads a text as a typed value, `null` takes away what is no value. A flag is
the ending of the word that enters `dq_flags`, after the column's name. A rule with a bracket in its name is one of a
family: the bracket holds what it was made for."""
_ACTIONS = {
    Action.QUARANTINE: "quarantined",
    Action.REPAIR: "repaired, flagged",
    Action.FLAG: "kept, flagged",
}


def rules_page() -> str:
    """The page as Markdown: scrub rules by subject, then row rules by table."""
    sections = [_SCRUB]
    for subject, members in groupby(scrub_rules(), key=lambda rule: rule.id.partition(".")[0]):
        sections.append(f"### {subject}\n\n{_scrub_table(list(members))}")
    sections.append("## Row rules\n\nThe column at fault stands first among those read.")
    sections += [_row_rules(item) for item in tables().values()]
    return page("Rules", _INTRODUCTION, sections)


def scrub_rules() -> list[Rule]:
    """Every scrub rule by id: those that the rule modules list, and those that the sources make."""
    found = {rule.id: rule for rule in standard_rules()}
    for export in exports().values():
        for field in export.fields:
            for rule in field.rules(Context()):
                found.setdefault(rule.id, rule)
    return [found[key] for key in sorted(found)]


def _scrub_table(rules: list[Rule]) -> str:
    rows = [
        (code(rule.id), rule.version, rule.title, rule.guards, rule.kind, rule.severity, code(rule.flag or "")) for rule in rules
    ]
    return table(("rule", "version", "what it does", "what it guards", "kind", "severity", "flag"), rows)


def _row_rules(item: Table) -> str:
    rows = [(code(rule.id), rule.version, rule.title, codes(rule.columns), _fate(rule)) for rule in item.rules]
    internal = " (kept in the lake)" if item.internal else ""
    columns = ("rule", "version", "what must hold", "columns read", "a row that breaks it is")
    return f"### {item.name}{internal}\n\n{table(columns, rows)}"


def _fate(rule: RowRule) -> str:
    return f"{_ACTIONS[rule.action]} {code(rule.flag)}" if rule.flag else _ACTIONS[rule.action]
