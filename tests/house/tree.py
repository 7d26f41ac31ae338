"""The project's own files, for tests of the house."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("cx_pipeline", "assets", "checks")
_PASSED_OVER = {"__pycache__", "build", "dist"}
_HIDDEN = {".ci", ".gitignore"}  # of the project; whatever else begins with a dot is a cache or an environment


def modules(*folders: str) -> list[Path]:
    """Python files of some folders, by default of the three packages."""
    found = [path for folder in folders or PACKAGES for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "__pycache__" not in path.parts]


def tracked() -> list[Path]:
    """Files that belong to the project: what git would take in, else all but caches and environments."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode == 0 and listed.stdout:
        return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]
    return [path for path in sorted(ROOT.rglob("*")) if path.is_file() and not _is_passed_over(path)]


def _is_passed_over(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    left_by_tools = any(part in _PASSED_OVER or (part.startswith(".") and part not in _HIDDEN) for part in parts)
    return left_by_tools or (parts[0] == "data" and parts[1:2] not in (("sample",), ("README.md",)))
