"""The locks install the same everywhere: pinned, hashed, without an address, and agreeing with pyproject.toml."""

import re
import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT

LOCKS = ("requirements.lock", "requirements-duckdb15.lock")
_HASHES = r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+"
_PIN = re.compile(rf"^(?P<requirement>[A-Za-z0-9][^\\#]*?) \\\n{_HASHES}", re.MULTILINE)


def _pins(lock: str) -> list[Requirement]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert _PIN.sub("", text).strip() == "", "there is something that is neither a pin nor one of its hashes"
    return [Requirement(match["requirement"]) for match in _PIN.finditer(text)]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_is_a_pin_with_hashes(lock: str) -> None:
    pins = _pins(lock)
    assert pins
    assert [str(pin) for pin in pins if [item.operator for item in pin.specifier] != ["=="]] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_stands_in_it(lock: str) -> None:
    assert re.findall(r"://|--index|--find-links|@ ", (ROOT / lock).read_text(encoding="utf-8")) == []


def test_it_agrees_with_what_the_project_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [Requirement(text) for text in (*project["dependencies"], *project["optional-dependencies"]["dev"])]
    pinned: dict[str, list[Requirement]] = {}
    for pin in _pins("requirements.lock"):
        pinned.setdefault(canonicalize_name(pin.name), []).append(pin)
    for wanted in declared:
        pins = pinned.get(canonicalize_name(wanted.name), [])
        assert pins, f"{wanted.name} is not locked; next: make lock"
        for pin in pins:
            version = next(iter(pin.specifier)).version
            assert wanted.specifier.contains(version, prereleases=True), f"{pin} is not {wanted}; next: make lock"


def test_dagster_and_its_webserver_are_one_version() -> None:
    both = ("dagster", "dagster-webserver")
    versions = {pin.name: str(pin.specifier) for pin in _pins("requirements.lock") if pin.name in both}
    assert len(versions) == 2
    assert len(set(versions.values())) == 1


def test_what_runs_here_is_what_is_locked() -> None:
    """But for DuckDB, which a second environment replaces on purpose."""
    here = {pin.name: pin for pin in _pins("requirements.lock") if pin.marker is None or pin.marker.evaluate()}
    other = {
        name: metadata.version(name)
        for name, pin in here.items()
        if name != "duckdb" and not pin.specifier.contains(metadata.version(name), prereleases=True)
    }
    assert other == {}
