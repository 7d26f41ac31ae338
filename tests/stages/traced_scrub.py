"""Scrub sample files with every function of the library saying where its code lies: `python -m tests.stages.traced_scrub …`.

The functions are told to say so in their source, before it is compiled: a profiler of the interpreter does not see those that
Polars calls from threads of its own.

Arguments: the folder of deliveries, an empty folder for data, ids of exports. Prints, as JSON, export to the files whose
functions ran.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import json
import shutil
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

PACKAGE = "cx_pipeline"
_plain_code = SourceFileLoader.get_code


class _Marked(ast.NodeTransformer):
    """Source whose functions begin with a call that tells their file."""

    def __init__(self, file: str) -> None:
        self._call = f"cx_ran({file!r})"

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.body[1 if ast.get_docstring(node) is not None else 0 : 0] = ast.parse(self._call).body
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self.generic_visit(node)
        pair = ast.Tuple([ast.parse(self._call, mode="eval").body, node.body], ast.Load())
        node.body = ast.Subscript(pair, ast.Constant(1), ast.Load())
        return node


def _marked_code(loader: SourceFileLoader, name: str) -> CodeType | None:
    if not name.startswith(PACKAGE):
        return _plain_code(loader, name)
    tree = _Marked(loader.path).visit(ast.parse(loader.get_data(loader.path)))
    code: CodeType = compile(ast.fix_missing_locations(tree), loader.path, "exec", dont_inherit=True)
    return code


def _deliveries_of(export: Any, sample: Path) -> Iterator[Path]:
    catalogue = importlib.import_module("cx_pipeline.sources.catalogue")
    for path in sorted(sample.glob(f"20*/{export.source}/*")):
        if catalogue.recognise(export.source, path.name) is export:
            yield path


def _forget_answers() -> None:
    """So that what was worked out for one export is worked out for the next one again."""
    for name, module in list(sys.modules.items()):
        if name.startswith(PACKAGE):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def main(sample: Path, data: Path, wanted: list[str]) -> dict[str, list[str]]:
    SourceFileLoader.get_code = _marked_code  # type: ignore[method-assign, assignment]
    ran: set[str] = set()
    builtins.cx_ran = ran.add  # type: ignore[attr-defined]
    catalogue = importlib.import_module("cx_pipeline.sources.catalogue")
    intake = importlib.import_module("cx_pipeline.stages.intake")
    scrub = importlib.import_module("cx_pipeline.stages.scrub")
    importlib.import_module("cx_pipeline.contracts.catalogue").tables()  # loading a table of others runs what makes its rules
    layout = importlib.import_module("cx_pipeline.layout").Layout(data / "data")
    given = {"data_dir": data / "data", "raw_dir": data / "raw", "token_key": "5a" * 32}
    settings = importlib.import_module("cx_pipeline.settings").load(**given)
    for name in wanted:
        for path in _deliveries_of(catalogue.get(name), sample):
            target = data / "raw" / path.relative_to(sample)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    layout.prepare()
    entries = intake.take_in(settings, layout, intake.all_dates(settings))
    found: dict[str, list[str]] = {}
    for name in wanted:
        _forget_answers()
        export = catalogue.get(name)
        seen: set[str] = set()
        for entry in [each for each in entries if f"{each.source}.{each.export}" == name and each.status.value == "landed"]:
            records = scrub.place_of(layout, entry) / "records"
            ran.clear()
            scrub.scrub_content(entry, export, settings, records, data / "scrubbed" / name / entry.sha256)
            seen |= ran
        found[name] = sorted(seen)
    return found


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])))
