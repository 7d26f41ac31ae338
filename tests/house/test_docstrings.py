import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import ROOT, modules

# A short function with typed arguments may speak by its name; a class or a module never does.
_LONG_LINES = 10


def test_what_is_public_says_what_it_means() -> None:
    assert [silent for path in modules() for silent in _silent(path)] == []


def test_every_room_is_a_package_that_says_what_it_is_for() -> None:
    """A folder without `__init__.py` would be left out of the import contracts without a word."""
    folders = {path.parent for path in modules()}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []
    silent = [folder for folder in folders if ast.get_docstring(_parsed(folder / "__init__.py")) is None]
    assert silent == []


def _silent(path: Path) -> Iterator[str]:
    module = _parsed(path)
    if ast.get_docstring(module) is None and not path.name.startswith("_"):
        yield f"{path.relative_to(ROOT)}: the module"
    for node in module.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_") and not _says(node):
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def _says(node: ast.ClassDef | ast.FunctionDef) -> bool:
    return ast.get_docstring(node) is not None or _speaks_by_its_name(node)


def _speaks_by_its_name(node: ast.ClassDef | ast.FunctionDef) -> bool:
    return isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 < _LONG_LINES


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
