"""A path is what it says: no sign in the name of somebody's folder makes it a pattern."""

import ast
import re

from tests.house.tree import ROOT, modules

_READING = {"scan_parquet", "read_parquet", "read_parquet_schema", "scan_ndjson", "scan_csv", "scan_ipc"}
_IN_SQL = re.compile(r"(?<![.\w])(?:read_(?:parquet|json|csv|text|blob)\w*|parquet_scan|glob)\([^)]")
_ESCAPED = re.compile(r"\{literal\(file_name\(")


def is_pattern(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _READING:
        return False
    told = {keyword.arg: keyword.value for keyword in call.keywords}
    glob = told.get("glob")
    return not (isinstance(glob, ast.Constant) and glob.value is False)


def test_no_path_is_read_as_a_pattern() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call) and is_pattern(node)
    ]
    assert found == []


def test_no_sql_reads_a_path_as_it_is() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _IN_SQL.search(line) and not _ESCAPED.search(line)
    ]
    assert [place.partition(":")[0] for place in found] == ["cx_pipeline/warehouse/staging.py"]  # where paths are bound, escaped


def test_a_pattern_is_seen() -> None:
    calls = ["pl.scan_parquet(path)", "pl.read_parquet(path, glob=True)", "pl.read_parquet(path, glob=False)", "f(path)"]
    nodes = [ast.parse(call, mode="eval").body for call in calls]
    assert [isinstance(node, ast.Call) and is_pattern(node) for node in nodes] == [True, True, False, False]
