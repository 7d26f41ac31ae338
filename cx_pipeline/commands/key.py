"""`cx-pipeline key`: change the key of tokens, and destroy what is left of the old one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cx_pipeline.commands import console
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings
from cx_pipeline.stages import old_keys
from cx_pipeline.stages import rotation as stage
from cx_pipeline.stages.run import Run, only_run


def status(settings: Settings, *, as_json: bool) -> int:
    """Show the version in use, and what is left of earlier ones."""
    found = old_keys.status(settings, Layout(settings.data_dir.absolute()))
    if as_json:
        console.emit(found._asdict())
        return 0
    rows = [
        ("version of the key", found.version),
        ("fingerprint", found.fingerprint),
        ("where it is", "in the settings" if found.is_configured else "state/token.key"),
        ("version in the published file", found.published_version),
        ("earlier keys kept", ", ".join(f"k{version}" for version in found.old_keys) or "none"),
        ("maps of ids kept", ", ".join(str(change["map"]) for change in found.changes if change["map"]) or "none"),
    ]
    console.table("key", ("what", "is"), rows)
    if found.is_pending:
        console.out.print("a change of key was interrupted: cx-pipeline key rotate carries it through, and so does the next run")
    return 0


def rotate(settings: Settings, map_file: Path | None, ask: Callable[[str], bool] | None) -> int:
    """Change over to a new key; `ask` is asked first, where it is given."""
    layout = Layout(settings.data_dir.absolute())
    now = datetime.now(UTC)
    with _held(layout, now):
        if stage.resume(layout):
            console.out.print("carried through: a change of key that was interrupted")
            return 0
        if ask is not None and not ask("Every token and customer_id changes with the next run. Go on?"):
            console.out.print("nothing was changed")
            return 1
        change = stage.rotate(settings, layout, now, map_file)
    console.out.print(f"key k{change.before} -> k{change.after}, {change.ids:,} customer ids; the next run publishes with it")
    if map_file is not None and change.map != str(map_file.absolute()):
        console.err.print("the map could no longer be written where it was asked for, and is kept below state/")
    console.out.print(f"map of old to new ids: {change.map}", markup=False, soft_wrap=True)
    console.out.print("when everybody has joined what they keep: cx-pipeline key forget-map, then cx-pipeline key forget-old")
    return 0


def forget_map(settings: Settings) -> int:
    """Destroy the maps of old to new ids."""
    layout = Layout(settings.data_dir.absolute())
    with _held(layout, datetime.now(UTC)):
        count = old_keys.forget_maps(layout)
    console.out.print(f"maps destroyed: {count}; copies and backups are yours to destroy")
    return 0


def forget_old(settings: Settings) -> int:
    """Destroy the earlier keys."""
    layout = Layout(settings.data_dir.absolute())
    with _held(layout, datetime.now(UTC)):
        found = old_keys.forget_old_keys(layout)
    console.out.print(f"keys destroyed: {', '.join(f'k{version}' for version in found) or 'none'}; backups are yours to destroy")
    return 0


@contextmanager
def _held(layout: Layout, now: datetime) -> Iterator[None]:
    with only_run(layout, Run(f"key-{now:%Y%m%dT%H%M%S}", now)):
        yield
