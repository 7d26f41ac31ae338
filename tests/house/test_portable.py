"""The project speaks of itself alone: no machine, no registry, no place where it was written."""

import re
from pathlib import Path

from tests.house.tree import ROOT, tracked

_TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".lock", ".sql", ".css", ".txt", ""}
_FORBIDDEN = {
    "a folder of one machine": re.compile(r"(?<![\w.<>-])/(?:home|root|Users|work|workspace|mnt|opt/wheels)(?:/|\b)"),
    "an address of a package registry": re.compile(
        r"https?://[^\s/]*(?:registry|packages|files|mirror|index)[^\s/]*/|/simple/|--(?:extra-)?index-url[= ]\S*:"
    ),
    "an unfinished place": re.compile(r"\b(?:TODO|FIXME|XXX)\b"),
}


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {what}"
        for path in tracked()
        if path.suffix in _TEXT and path != Path(__file__) and path.relative_to(ROOT).parts[0] != "data"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for what, pattern in _FORBIDDEN.items()
        if pattern.search(line)
    ]
    assert found == []


def test_the_patterns_see_what_they_are_for() -> None:
    seen = {
        "cd /home/somebody/project": "a folder of one machine",
        "--index-url https://registry.internal/": "an address of a package registry",
        "# TODO later": "an unfinished place",
    }
    for line, what in seen.items():
        assert _FORBIDDEN[what].search(line)
    for line in ("cd /srv/cx", "https://www.apache.org/licenses/", "`<raw>/work`"):
        assert not any(pattern.search(line) for pattern in _FORBIDDEN.values())
