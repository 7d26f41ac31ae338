"""SQL text takes in nothing but what went through the quoting module, and numbers; everything else is bound."""

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from tests.house.tree import ROOT, modules

_QUOTING = {"identifier", "qualified", "literal", "parquet"}
_NUMBERS = {"int", "len", "range"}
_WORDS = (
    "SELECT|INSERT|CREATE|DELETE|UPDATE|DROP|ATTACH|DETACH|COPY|COMMENT ON|DESCRIBE|CHECKPOINT|USE|SET|WITH|FROM|WHERE|ORDER BY"
)
_SQL = re.compile(rf"\s*(?:{_WORDS})\b")
# SQL that is declared as SQL in our own files, and expressions that another module made of quoted names.
_DECLARED = {
    "cx_pipeline/warehouse/staging.py: query.select",
    "cx_pipeline/warehouse/staging.py: columns",
    "cx_pipeline/warehouse/staging.py: kind",
    "cx_pipeline/warehouse/staging.py: select",
    "cx_pipeline/warehouse/staging.py: scan",
    "cx_pipeline/warehouse/staging.py: self._selection(table, scan, paths)",
    "cx_pipeline/warehouse/content_hash.py: digest",
    "cx_pipeline/quality/audit.py: told",
    "cx_pipeline/quality/audit.py: counts",
    "checks/suites.py: tail",
    "checks/suites.py: IS_DELETED",
    "cx_pipeline/identity/scoring.py: SUPPORTED",
    "cx_pipeline/quality/consent_audit.py: _STANCES.format(use=use, channel=via)",
    "cx_pipeline/quality/consent_audit.py: ' OR '.join(marks) or 'false'",
    "cx_pipeline/quality/consent_audit.py: use",
    "cx_pipeline/quality/consent_audit.py: via",
    "cx_pipeline/quality/mart_audit.py: offence",
}


def test_sql_takes_in_only_what_is_quoted() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {expression}"
        for path in modules()
        for expression in _open_places(path.read_text(encoding="utf-8"))
    }
    assert found - _DECLARED == set()
    assert _DECLARED - found == set(), "declared and no longer there"


@pytest.mark.parametrize(
    ("source", "open_places"),
    [
        ('q = f"SELECT * FROM {name}"', ["name"]),
        ('def f(name):\n    con.execute(f"SELECT * FROM {name}")', ["name"]),
        ('con.execute(f"DELETE FROM {identifier(name)} WHERE id = {row.id}")', ["row.id"]),
        ('con.execute(f"DELETE FROM {identifier(name)} LIMIT {int(rows)}")', []),
        ('def f(name):\n    target = qualified("main", name)\n    con.execute(f"DELETE FROM {target}")', []),
        ('def f(names):\n    t = ", ".join(identifier(n) for n in names)\n    con.sql(f"SELECT {t}")', []),
        ('def f(names):\n    t = ", ".join(names)\n    con.sql(f"SELECT {t}")', ["t"]),
        ('con.execute("SELECT * FROM " + name)', ["name"]),
        ('con.execute("SELECT * FROM %s" % name)', ["name"]),
        ('con.execute("SELECT * FROM {}".format(name))', ["name"]),
        ('LEAST = -4.0\nq = f"SELECT a FROM t WHERE a > {LEAST}"', []),
        ('q = f"SELECT a FROM t WHERE a > {-least}"', ["-least"]),
        ('text = f"{count} rows were read"', []),
    ],
)
def test_the_test_sees_what_is_open(source: str, open_places: list[str]) -> None:
    assert list(_open_places(source)) == open_places


def _open_places(source: str) -> Iterator[str]:
    module = ast.parse(source)
    for scope in _scopes(module):
        for node in _own_nodes(scope):
            for part in _parts(node):
                if not _is_safe(part, scope, module, set()):
                    yield ast.unparse(part)


def _parts(node: ast.AST) -> Iterator[ast.expr]:
    """What is put into a text that begins as SQL does."""
    if isinstance(node, ast.JoinedStr) and node.values and _begins_as_sql(node.values[0]):
        yield from (value.value for value in node.values if isinstance(value, ast.FormattedValue))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod) and _begins_as_sql(node.left):
        yield node.right
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _begins_as_sql(node.func.value):
        yield from node.args if node.func.attr == "format" else ()


def _begins_as_sql(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.match(node.value) is not None


def _is_safe(node: ast.expr, scope: ast.AST, module: ast.Module, seen: set[str]) -> bool:
    def safe(part: ast.expr) -> bool:
        return _is_safe(part, scope, module, seen)

    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return _assigned(name, scope, module, seen)
        case ast.Call():
            return _is_safe_call(node, safe, module, seen)
        case _:
            parts = _made_of(node)
            return bool(parts) and all(map(safe, parts))


def _made_of(node: ast.expr) -> list[ast.expr]:
    """The parts that decide whether an expression is safe; none where it is not one of these."""
    match node:
        case ast.JoinedStr(values=values):
            return [value.value if isinstance(value, ast.FormattedValue) else value for value in values]
        case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
            return [element]
        case ast.IfExp(body=left, orelse=right) | ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
    return []


def _is_safe_call(node: ast.Call, safe: Callable[[ast.expr], bool], module: ast.Module, seen: set[str]) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name), args=args):
            return name in _QUOTING | _NUMBERS or (name == "str" and all(map(safe, args))) or _returns(name, module, seen)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
            return _returns(name, module, seen)
        case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="join"), args=[given]):
            return safe(given)
    return False


def _assigned(name: str, scope: ast.AST, module: ast.Module, seen: set[str]) -> bool:
    """Every assignment to the name, in its scope or else in the module, is safe, and there is one."""
    if f"={name}" in seen:
        return True
    seen = seen | {f"={name}"}
    for place in (scope, module):
        given = list(_given_to(name, place))
        if given:
            return all(_is_safe(value, place, module, seen) for value in given)
    return False


def _given_to(name: str, scope: ast.AST) -> Iterator[ast.expr]:
    """Values that a name is bound to: by assignment, one by one or several at once, or as the variable of a comprehension."""
    for node in _own_nodes(scope):
        pairs: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(node, ast.Assign):
            for target in node.targets:
                both = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                pairs += zip(target.elts, node.value.elts, strict=True) if both else [(target, node.value)]  # type: ignore[attr-defined]
        elif isinstance(node, ast.comprehension):
            pairs = [(node.target, node.iter)]
        yield from (value for target, value in pairs if isinstance(target, ast.Name) and target.id == name)


def _returns(name: str, module: ast.Module, seen: set[str]) -> bool:
    """Whatever the module's own function of that name returns is safe."""
    found = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef) and node.name == name]
    if not found or name in seen:
        return bool(found)
    given = [node.value for function in found for node in _own_nodes(function) if isinstance(node, ast.Return) and node.value]
    return all(_is_safe(value, found[0], module, seen | {name}) for value in given)


def _scopes(module: ast.Module) -> Iterator[ast.AST]:
    yield module
    yield from (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef))


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a scope without those of the functions in it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, ast.FunctionDef):
            yield child
            yield from _own_nodes(child)
