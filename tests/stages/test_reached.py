"""Definitions are followed, not imports: what is reached is all that can run, and little more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cx_pipeline.stages import reached as module
from cx_pipeline.stages.reached import Reached, Symbol, reached

Write = Callable[..., None]
HEAD = "from __future__ import annotations\n"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write modules of a package in place of the library: `write(a="import …", **{"room.b": "…"})`."""
    caches = [value for value in vars(module).values() if hasattr(value, "cache_clear")]
    assert len(caches) == 5
    monkeypatch.setattr(module, "_HOME", tmp_path)

    def put(**sources: str) -> None:
        for name, source in {"__init__": "", **sources}.items():
            path = tmp_path.joinpath(*name.split(".")).with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(HEAD + source, encoding="utf-8")
        for each in caches:
            each.cache_clear()

    yield put
    monkeypatch.undo()
    for each in caches:
        each.cache_clear()


def files(found: Reached, home: Path) -> set[str]:
    return {path.relative_to(home).with_suffix("").as_posix().replace("/", ".") for path in found.files}


WORDS = """
from cx_pipeline.room import mail, phone as telephone
from cx_pipeline.room.names import NAME

def address(): return mail.rule()
def number(): return telephone.rule(telephone.HOME)
def name(mail): return NAME, mail.rule
def handed_on(): return telephone
def unknown(): return telephone.nowhere
def branches(kind): return mail.rule if kind else NAME
def inside():
    from cx_pipeline.room.late import LATE
    return LATE
"""
ROOM = {
    "words": WORDS,
    "room.__init__": "",
    "room.mail": "import idna\ndef rule(): return idna\n",
    "room.phone": "import phonenumbers\nfrom cx_pipeline.room.land import LAND\nHOME = 1\ndef rule(home): return phonenumbers\n"
    "def other(): return LAND\n",
    "room.land": "LAND = 1\n",
    "room.names": "NAME = 1\n",
    "room.late": "LATE = 1\n",
}


@pytest.mark.parametrize(
    ("word", "expected", "libraries"),
    [
        ("address", "room.mail", {"idna"}),
        ("number", "room.phone", {"phonenumbers"}),
        ("name", "room.names", set()),
        ("handed_on", "room.phone room.land", {"phonenumbers"}),
        ("unknown", "room.phone room.land", {"phonenumbers"}),
        ("branches", "room.mail room.names", {"idna"}),
        ("inside", "room.late", set()),
        ("*", "room.mail room.phone room.land room.names room.late", {"idna", "phonenumbers"}),
    ],
)
def test_a_word_leads_to_its_own_rules(write: Write, tmp_path: Path, word: str, expected: str, libraries: set[str]) -> None:
    write(**ROOM)
    found = reached([Symbol("cx_pipeline.words", word)])
    assert files(found, tmp_path) == {"words", *expected.split()}
    assert found.libraries == libraries


@pytest.mark.parametrize(
    ("source", "is_reached"),
    [
        ("other()", True),
        ("if other: A = 1", True),
        ("for each in other(): pass", True),
        ("TABLE['a'] = other", True),
        ("A.b = other", True),
        ("assert other", True),
        ("@other\ndef f(): pass", True),
        ("@other.register('a')\nclass B: pass", True),
        ("A |= other", True),
        ("B = other", False),
        ("B: int = other()", False),
        ("def f(): other()", False),
        ("from functools import cache\n@cache\ndef f(): other()", False),
        ("'other'", False),
    ],
)
def test_what_a_module_does_on_being_loaded_counts(write: Write, tmp_path: Path, source: str, is_reached: bool) -> None:
    write(a=f"from cx_pipeline.b import other\nA = TABLE = {{}}\n{source}\n", b="def other(): pass\n")
    assert files(reached([Symbol("cx_pipeline.a", "A")]), tmp_path) == ({"a", "b"} if is_reached else {"a"})


def test_a_name_that_a_package_passes_on_is_followed(write: Write, tmp_path: Path) -> None:
    sources = {"pack.__init__": "from cx_pipeline.pack.one import ONE\nfrom cx_pipeline.pack.two import TWO\n"}
    write(a="from cx_pipeline.pack import ONE as FIRST\nA = FIRST\n", **sources, **{"pack.one": "ONE = 1", "pack.two": "TWO = 2"})
    assert files(reached([Symbol("cx_pipeline.a", "A")]), tmp_path) == {"a", "pack.__init__", "pack.one"}


def test_a_package_that_does_something_on_being_loaded_counts_with_its_modules(write: Write, tmp_path: Path) -> None:
    write(**{"pack.__init__": "print()\n", "pack.one": "ONE = 1"})
    assert files(reached([Symbol("cx_pipeline.pack.one", "ONE")]), tmp_path) == {"pack.__init__", "pack.one"}


def test_circles_and_the_end_of_the_walk(write: Write, tmp_path: Path) -> None:
    both = "from cx_pipeline.a import A\nfrom cx_pipeline.c import C\nB = A, C"
    write(a="from cx_pipeline.b import B\nA = lambda: B\n", b=both, c="C = 1")
    assert files(reached([Symbol("cx_pipeline.a", "A")]), tmp_path) == {"a", "b", "c"}
    assert files(reached([Symbol("cx_pipeline.a", "A")], frozenset({"cx_pipeline.b"})), tmp_path) == {"a"}
