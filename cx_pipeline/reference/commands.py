"""The commands reference, made of the command line itself."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from cx_pipeline.cli import app
from cx_pipeline.reference.markdown import code, page, table

_INTRODUCTION = """\
Exit codes: 0 published (perhaps with warnings) or shown; 1 failed; 2 bad usage or settings; 3 blocked by the audit; 143 stopped.
After 2 and 3 the published file is as it was; after 1 and 143 too, unless it says `published, but`. Personal values are shown as
their shapes unless `--show-values` is given."""


def commands_page() -> str:
    """The page as Markdown, a section a command."""
    return page("Commands", _INTRODUCTION, (_section(name, command) for name, command in commands()))


def commands() -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    """Every command by its full name, groups resolved; a group that does something by itself is a command too."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    yield from _below(root, root.name or "")


def _below(group: TyperGroup, path: str) -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            if command.invoke_without_command:
                yield f"{path} {name}", command
            yield from _below(command, f"{path} {name}")
        elif isinstance(command, TyperCommand):
            yield f"{path} {name}", command


def _section(name: str, command: TyperCommand | TyperGroup) -> str:
    rows = [
        (
            code(", ".join(option.opts) if isinstance(option, TyperOption) else str(option.name).upper()),
            getattr(option, "help", "") or "",
        )
        for option in command.params
        if option.name != "help"
    ]
    return f"## {name}\n\n{command.help}\n\n{table(('', ''), rows)}"
