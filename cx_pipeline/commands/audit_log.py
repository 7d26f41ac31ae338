"""`cx-pipeline audit-log`: who did what to what is kept, and whether the log of it is whole."""

from __future__ import annotations

import json

from cx_pipeline import audit_log as log
from cx_pipeline.commands import console
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings


def audit_log(settings: Settings, *, verify: bool, as_json: bool) -> int:
    """Show the log, oldest first; with `verify`, check its chain. Exit code 1 where the chain is broken."""
    layout = Layout(settings.data_dir.absolute())
    acts = log.acts(layout)
    verdict = log.verify(layout) if verify else None
    if as_json:
        told: dict[str, object] = {"acts": [act._asdict() for act in acts]}
        if verdict is not None:
            told |= {"lines": verdict.lines, "problems": [{"line": line, "what": what} for line, what in verdict.problems]}
        console.emit(told)
    else:
        rows = [(act.number, act.at, act.who, act.action, json.dumps(act.detail, ensure_ascii=False)) for act in acts]
        console.table("audit log", ("number", "at", "who", "action", "detail"), rows, ("number",))
        if verdict is not None:
            for line, what in verdict.problems:
                console.err.print(f"line {line}: {what}", markup=False)
            console.out.print("the chain is whole" if not verdict.problems else "the chain is broken")
    return 1 if verdict is not None and verdict.problems else 0
