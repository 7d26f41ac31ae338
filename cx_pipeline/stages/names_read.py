"""Names that a statement of Python gives a value to, and those that it reads from its module."""

from __future__ import annotations

import ast
from collections.abc import Iterator

Chain = tuple[str, ...]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (*_FUNCTIONS, *_COMPREHENSIONS)
_KEEP_TEXTS = ("dataclass", "NamedTuple", "TypedDict")


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements in a module or a statement, however deep, itself included."""
    todo = [node]
    while todo:
        part = todo.pop()
        yield part
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inside = getattr(part, name, None)
            if isinstance(inside, list):
                todo += inside


def assigned(node: ast.AST) -> set[str]:
    """Names that a statement gives a value to, not those of functions and comprehensions in it."""
    found: set[str] = set()
    todo = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, ast.Name):
            if not isinstance(part.ctx, ast.Load):
                found.add(part.id)
        elif isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(part.name)
        elif not isinstance(part, _SCOPES):
            todo += _parts(part)
    return found


def _own_names(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    given = function.args
    names = {each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg) if each}
    if isinstance(function, ast.Lambda):
        return names
    outer = {name for node in statements(function) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
    return names.union(*(assigned(statement) for statement in function.body)) - outer


def reads(statement: ast.stmt, *, is_lazy: bool) -> set[Chain]:
    """Dotted names that a statement reads and no function in it has as its own; what a name is read for does not matter.

    Args:
        statement: at the top of a module.
        is_lazy: annotations stay texts (`from __future__ import annotations`) and are no reads.
    """
    found: set[Chain] = set()
    todo: list[tuple[ast.AST, frozenset[str]]] = [(statement, frozenset())]
    while todo:
        node, own = todo.pop()
        chain = dotted(node) if isinstance(node, ast.Attribute | ast.Name) else ()
        if chain:
            if chain[0] not in own:
                found.add(chain)
        elif isinstance(node, _SCOPES):
            todo += _inside(node, own, is_lazy=is_lazy)
        elif is_lazy and isinstance(node, ast.AnnAssign):
            todo += ((part, own) for part in (node.target, node.value) if part)
        else:
            looked_at = _looked_at(node) if isinstance(node, ast.ClassDef) else []
            todo += ((part, own) for part in (*_parts(node), *looked_at))
    return found


def _inside(node: ast.AST, own: frozenset[str], *, is_lazy: bool) -> Iterator[tuple[ast.AST, frozenset[str]]]:
    """The parts of a function or comprehension, each with the names that are not the module's there."""
    if isinstance(node, _FUNCTIONS):
        body = node.body if isinstance(node.body, list) else [node.body]
        inner = own | _own_names(node)
        yield from ((part, inner) for part in body)
        yield from ((part, own) for part in (*node.args.defaults, *(each for each in node.args.kw_defaults if each)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from ((part, own) for part in node.decorator_list)
            if not is_lazy:
                noted = [part.annotation for part in ast.walk(node.args) if isinstance(part, ast.arg)]
                yield from ((part, own) for part in (*noted, node.returns) if part)
    elif isinstance(node, _COMPREHENSIONS):
        inner = own.union(*(assigned(part.target) for part in node.generators))
        yield node.generators[0].iter, own
        for number, part in enumerate(node.generators):
            yield from ((each, inner) for each in ([part.iter] if number else []) + part.ifs)
        yield from ((part, inner) for part in ([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]))


def _looked_at(node: ast.ClassDef) -> list[ast.expr]:
    """Annotations in a class that the class may make something of, as pydantic does; data classes and tuples do not."""
    chains = [dotted(each.func if isinstance(each, ast.Call) else each) for each in (*node.decorator_list, *node.bases)]
    if any(chain and chain[-1] in _KEEP_TEXTS for chain in chains):
        return []
    return [part.annotation for part in node.body if isinstance(part, ast.AnnAssign)]


def _parts(node: ast.AST) -> list[ast.AST]:
    """What a node is made of and can hold a name; a third of the nodes of a source are constants and marks."""
    found: list[ast.AST] = []
    for name in node._fields:
        part = getattr(node, name, None)
        if isinstance(part, list):
            found += (each for each in part if isinstance(each, ast.AST) and not isinstance(each, ast.Constant))
        elif isinstance(part, ast.AST) and not isinstance(part, ast.Constant | ast.expr_context):
            found.append(part)
    return found


def dotted(node: ast.AST) -> Chain:
    """`a.b.c` as its parts; empty for what is no dotted name."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else ()
