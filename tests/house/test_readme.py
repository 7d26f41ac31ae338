"""What the README tells people to type and to read is there."""

import re

import pytest

from cx_pipeline.reference.commands import commands
from tests.house.tree import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, flags=re.MULTILINE))


@pytest.mark.parametrize("page", [README, CONTRIBUTING, GUIDE], ids=["README", "CONTRIBUTING", "guide"])
def test_every_make_target_that_is_named_exists(page: str) -> None:
    named = set(re.findall(r"(?:`|^|\s)make ([a-z0-9-]+)(?=[`\s,;.])", page, flags=re.MULTILINE)) - {"instead"}
    told = {target for target in named if f"`make {target}`" in page or re.search(rf"^make {target}\b", page, re.MULTILINE)}
    assert told
    assert told - TARGETS == set()


@pytest.mark.parametrize("page", [README, GUIDE], ids=["README", "guide"])
def test_every_command_that_is_shown_exists_with_its_options(page: str) -> None:
    known = dict(commands())
    blocks = "\n".join(re.findall(r"```(?:sh|cron)\n(.*?)```", page, re.DOTALL))
    shown = re.findall(r"^.*?(cx-pipeline [a-z].*)$", blocks, re.MULTILINE)
    assert len(shown) > 2
    for line in shown:
        text = line.partition("#")[0]
        name = max((name for name in known if f"{text.strip()} ".startswith(f"{name} ")), key=len, default=None)
        assert name is not None, line
        options = {option for parameter in known[name].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", text)) - options == set(), line


def test_every_target_is_declared_phony_or_is_a_file() -> None:
    phony = set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE)[0].split())
    assert phony == TARGETS


@pytest.mark.parametrize("page", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_test_that_carries_a_promise_exists(page: str) -> None:
    named = set(re.findall(r"`((?:tests|cx_pipeline)/[\w/]+\.py)`", page))
    assert len(named) > 8
    assert {name for name in named if not (ROOT / name).is_file()} == set()
    for name in named:
        if name.startswith("tests/"):
            assert re.search(r"^def test_", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE), name


def test_the_eight_promises_are_there() -> None:
    table = README.partition("## Promises")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith(("| promise", "|---"))]
    assert len(rows) == 8
    assert all("`tests/" in row for row in rows)


def test_ci_asks_what_the_readme_says() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in script
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    assert {"make check", "make test | tee"} <= set(re.findall(r"^make (?:check|test \| tee)", script, flags=re.MULTILINE))
