"""What a statement reads of its module, and what it gives a value to."""

from __future__ import annotations

import ast

import pytest

from cx_pipeline.stages.names_read import Chain, assigned, dotted, reads, statements


def read(source: str, *, is_lazy: bool = True) -> set[str]:
    return {".".join(chain) for chain in reads(ast.parse(source).body[0], is_lazy=is_lazy)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("A = b", "A b"),
        ("A = b.c.d(e)[f]", "A b.c.d e f"),
        ("A = g().h", "A g"),
        ("A = {b: c, **d}", "A b c d"),
        ("A = f'{b:{c}}'", "A b c"),
        ("A = 'b c'", "A"),
        ("def f(a, *b, c=d, **e): return a, b, c, e, g", "d g"),
        ("def f(x=x): return x", "x"),
        ("def f():\n a = b\n return a.c", "b"),
        ("def f():\n for a, (b, *c) in d: a, b, c", "d"),
        ("def f():\n with a as b: b", "a"),
        ("def f():\n global a\n a = b\n return a", "a b"),
        ("def f():\n def g(a): return a, b, c\n c = 1\n return g", "b"),
        ("def f():\n a = [b for b in c]\n return b", "b c"),
        ("def f():\n class A(b):\n  c = d\n  def e(self): return c\n return A", "b c d"),
        ("A = lambda a, b=c: a + b + d", "A c d"),
        ("A = [a for a in b if a > c]", "A b c"),
        ("A = [a for b in c for a in b]", "A c"),
        ("A = {a: b for a, b in a}", "A a"),
        ("A = [a for a in a.b]", "A a.b"),
        ("@a(b)\ndef f(): c", "a b c"),
        ("async def f(a): await b(a)", "b"),
    ],
)
def test_names_of_the_module_are_read_and_a_function_s_own_are_not(source: str, expected: str) -> None:
    assert read(source) == set(expected.split())


@pytest.mark.parametrize(
    ("source", "lazy", "eager"),
    [
        ("def f(a: B) -> C: d: E = a", "", "B C E"),
        ("A: B = c", "A c", "A B c"),
        ("@dataclass\nclass A:\n b: C = d", "dataclass b d", "dataclass C b d"),
        ("@dataclass(frozen=True)\nclass A:\n b: C", "dataclass b", "dataclass C b"),
        ("class A(NamedTuple):\n b: C", "NamedTuple b", "NamedTuple C b"),
        ("class A(BaseModel):\n b: C", "BaseModel C b", "BaseModel C b"),
        ("class A(BaseModel):\n def f(self, b: C) -> D: return b", "BaseModel", "BaseModel C D"),
    ],
)
def test_annotations_are_texts_but_for_a_class_that_may_look_at_them(source: str, lazy: str, eager: str) -> None:
    assert read(source) == set(lazy.split())
    assert read(source, is_lazy=False) == set(eager.split())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = b = c", "a b"),
        ("a, (b, *c) = d", "a b c"),
        ("a.b = c[d] = e", ""),
        ("if (a := b): c = 1", "a c"),
        ("for a in b:\n  c = [d for d in a]", "a c"),
        ("class A:\n  b = 1", "A"),
        ("del a", "a"),
    ],
)
def test_what_is_assigned(source: str, expected: str) -> None:
    assert assigned(ast.parse(source).body[0]) == set(expected.split())


@pytest.mark.parametrize(("source", "expected"), [("a", ("a",)), ("a.b.c", ("a", "b", "c")), ("a().b", ()), ("1", ())])
def test_dotted_names(source: str, expected: Chain) -> None:
    assert dotted(ast.parse(source, mode="eval").body) == expected


def test_statements_are_found_however_deep() -> None:
    tried = "def f():\n  try:\n    if a:\n      import b\n  except c:\n    import d\n  finally:\n    import e\n"
    found = statements(ast.parse(f"{tried}match a:\n  case 1:\n    import g"))
    assert sorted(name.name for node in found if isinstance(node, ast.Import) for name in node.names) == ["b", "d", "e", "g"]
