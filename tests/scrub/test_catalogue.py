import re

from cx_pipeline.scrub.catalogue import rules, table
from cx_pipeline.scrub.rule import Kind
from cx_pipeline.scrub.text import HTML


def test_every_rule_is_found_once_and_described() -> None:
    found = rules()
    ids = [rule.id for rule in found]
    assert len(ids) == len(set(ids))
    assert {rule.id for rule in HTML} <= set(ids)
    for rule in found:
        assert re.fullmatch(r"[a-z_]+\.[a-z0-9_]+(?:\[[^\]]+\])?", rule.id), rule.id
        assert rule.title.endswith("."), rule.id
        assert rule.guards, rule.id
        assert rule.reads, rule.id
        assert rule.version >= 1, rule.id


def test_rules_that_parse_see_every_row() -> None:
    assert [rule.id for rule in rules() if rule.kind is Kind.PARSE and rule.touches is not None] == []


def test_the_table_has_a_row_a_rule() -> None:
    assert table().height == len(rules())
    assert table().null_count().select("rule", "title", "guards", "kind").row(0) == (0, 0, 0, 0)
