"""Which files of this package a piece of its code can run, told from the source alone.

What counts is not who imports whom: the vocabulary of source files imports every rule there is, and a mapping uses a few words
of it. So the walk goes from definition to definition. A definition at the top of a module (a function, a class, a name that is
assigned) needs the definitions that its statement reads, in its own module or, through the imports, in another one; what these
read is needed in turn. Names of a function's own are no reads of the module's.

Where a statement does not tell, more is taken than may be needed: a module that is handed on as an object counts with all that it
defines, and so does one in which a name is not found. Statements that define nothing (calls, loops, conditions), and definitions
under a decorator that is not of the standard library, may change what others defined; they count wherever their module does.
Every branch counts, taken or not. Two things cannot be seen: names that are put together as text while running (who does so names
the root), and an assignment whose right side changes what another name holds, which no module of the library does.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cx_pipeline
from cx_pipeline.stages.names_read import Chain, assigned, dotted, reads, statements

_PACKAGE = "cx_pipeline"
_HOME = Path(cx_pipeline.__file__).parent
_ON_LOADING, _ALL = "", "*"


class Symbol(NamedTuple):
    """A definition at the top of a module; `*` for all of them, empty for what runs whenever the module is loaded."""

    module: str
    name: str = _ALL


class Reached(NamedTuple):
    """Files of this package, and the other libraries that their definitions name."""

    files: frozenset[Path]
    libraries: frozenset[str]


def reached(roots: Iterable[Symbol], but_for: frozenset[str] = frozenset()) -> Reached:
    """Everything that some definitions can come to, themselves included.

    Args:
        roots: where to begin.
        but_for: modules and rooms of this package at which the walk ends; they do not count.
    """
    todo, seen = list(roots), set[Symbol]()
    while todo:
        symbol = todo.pop()
        if symbol not in seen and but_for.isdisjoint(_within(symbol.module)):
            seen.add(symbol)
            todo += _needs(symbol)
    modules = {symbol.module for symbol in seen}
    own = {module for module in modules if _is_own(module)}
    return Reached(frozenset(_file(module) for module in own), frozenset(name.partition(".")[0] for name in modules - own))


@dataclass(frozen=True, eq=False)
class _Module:
    """What a source file defines, what it takes from elsewhere under which names, and what it does on being loaded."""

    package: str
    is_lazy: bool = False  # annotations are texts that nobody runs
    defines: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, list[Chain]] = field(default_factory=dict)
    on_loading: list[ast.stmt] = field(default_factory=list)


@cache
def _is_own(module: str) -> bool:
    return module == _PACKAGE or module.startswith(f"{_PACKAGE}.")


@cache
def _file(module: str) -> Path:
    place = _HOME.joinpath(*module.split(".")[1:])
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


@cache
def _is_module(module: str) -> bool:
    return _is_own(module) and _file(module).is_file()


@cache
def _needs(symbol: Symbol) -> tuple[Symbol, ...]:
    if not _is_own(symbol.module):
        return ()
    module = _read(symbol.module)
    found = {Symbol(symbol.module, _ON_LOADING), *_loaded_with(symbol.module)}
    if symbol.name == _ON_LOADING:
        statements = module.on_loading
        found |= {_resolve(chain) for chain in module.imports.get(_ALL, [])}
    elif symbol.name == _ALL:
        statements = [*module.on_loading, *(each for some in module.defines.values() for each in some)]
        found |= {_resolve(chain) for some in module.imports.values() for chain in some}
    else:
        statements = module.defines.get(symbol.name, [])
        found |= {_resolve(chain) for chain in module.imports.get(symbol.name, [])}
    for chain in {chain for statement in statements for chain in reads(statement, is_lazy=module.is_lazy)}:
        if chain[0] in module.defines:
            found.add(Symbol(symbol.module, chain[0]))
        found |= {_resolve((*start, *chain[1:])) for start in module.imports.get(chain[0], [])}
    return tuple(found)


def _loaded_with(module: str) -> Iterator[Symbol]:
    """Packages around a module that do something on being loaded."""
    _, *around = _within(module)
    return (Symbol(package, _ON_LOADING) for package in around if _read(package).on_loading)


def _within(module: str) -> Iterator[str]:
    """A module and the packages around it, the nearest first."""
    while module:
        yield module
        module = module.rpartition(".")[0]


def _resolve(chain: Chain) -> Symbol:
    """The definition that a dotted name, written out from its library on, leads to."""
    if chain[0] != _PACKAGE:
        return Symbol(chain[0])
    end = next(end for end in range(len(chain), 0, -1) if _is_module(".".join(chain[:end])))
    module = ".".join(chain[:end])
    if end == len(chain):
        return Symbol(module)
    name = chain[end]
    if name.startswith("__"):
        return Symbol(module, _ON_LOADING)
    inside = _read(module)
    return Symbol(module, name if name in inside.defines or name in inside.imports else _ALL)


@cache
def _read(name: str) -> _Module:
    path = _file(name)
    tree = ast.parse(path.read_bytes())
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    module = _Module(package, is_lazy=any(map(_is_future, tree.body)))
    for statement in statements(tree):
        if isinstance(statement, ast.Import | ast.ImportFrom) and not _is_future(statement):
            _take_import(module, statement)
    for statement in tree.body:
        _take(module, statement)
    return module


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _take_import(module: _Module, node: ast.Import | ast.ImportFrom) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            whole = tuple(alias.name.split("."))
            module.imports.setdefault(alias.asname or whole[0], []).append(whole if alias.asname else whole[:1])
        return
    above = tuple(module.package.split("."))[: -(node.level - 1) or None] if node.level else ()
    start = (*above, *(node.module.split(".") if node.module else ()))
    for alias in node.names:
        target = start if alias.name == _ALL else (*start, alias.name)
        module.imports.setdefault(alias.asname or alias.name, []).append(target)


def _take(module: _Module, statement: ast.stmt) -> None:
    """Put a statement at the top of a module under the names that it defines, or to what runs on loading, or both."""
    if isinstance(statement, ast.Import | ast.ImportFrom) or _is_remark(statement):
        return
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        names, is_plain = {statement.name}, all(_is_standard(module, each) for each in statement.decorator_list)
    else:
        names = assigned(statement)
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        is_plain = isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign) and not any(
            isinstance(part, ast.Attribute | ast.Subscript) for target in targets if target for part in ast.walk(target)
        )
    for name in names:
        module.defines.setdefault(name, []).append(statement)
    if not is_plain:
        module.on_loading.append(statement)


def _is_remark(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))


def _is_standard(module: _Module, decorator: ast.expr) -> bool:
    chain = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
    taken = module.imports.get(chain[0], []) if chain else []
    return bool(taken) and all(target[0] in sys.stdlib_module_names for target in taken)
