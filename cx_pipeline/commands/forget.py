"""`cx-pipeline forget`: take one person out of everything, and prove it."""

from __future__ import annotations

from collections.abc import Callable

from rich.markup import escape

from cx_pipeline.commands import console
from cx_pipeline.erasure.certificate import Certificate
from cx_pipeline.erasure.forget import Plan, plan
from cx_pipeline.erasure.forget import forget as erase
from cx_pipeline.erasure.subject import Selector
from cx_pipeline.errors import DataError
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings


def forget(settings: Settings, selector: Selector, *, dry_run: bool, agreed: Callable[[], bool], as_json: bool) -> int:
    """Forget one person, or with `dry_run` say what that would do.

    Args:
        settings: of the data folder.
        selector: names the person.
        dry_run: change nothing.
        agreed: asks for consent, after the counts were shown.
        as_json: for machines.

    Returns:
        1 where something of the person is left, which the certificate names.
    """
    layout = Layout(settings.data_dir.absolute())
    if not layout.state.is_dir():
        raise DataError("there is no data folder here", where=str(layout.data), next_step="cx-pipeline run")
    if dry_run or not as_json:
        told = plan(selector, settings, layout)
        _show_plan(told, as_json=as_json)
        if dry_run:
            return 0
    if not agreed():
        console.err.print("nothing was changed")
        return 2
    with console.err.status("forgetting") as status:
        made = erase(selector, settings, layout, progress=lambda what: status.update(escape(what)))
    _show(made, layout, as_json=as_json)
    return 0 if all(certificate.is_clean for certificate in made) else 1


def _show_plan(told: Plan, *, as_json: bool) -> None:
    if as_json:
        console.emit(told._asdict())
        return
    if not told.records and not any(told.places.values()):
        console.err.print("nobody is known by this; where that is not as it should be, look at the spelling")
    console.table("delivered records", ("export", "records"), told.records.items(), ("records",))
    console.table("places", ("place", "found"), told.places.items(), ("found",))
    kept_out = ", ".join(f"{count} {kind}" for kind, count in told.identifiers.items())
    console.out.print(f"customers: {told.customers}; kept out from then on: {kept_out or 'nothing'}; shared: {told.shared}")
    if told.unsearched:
        console.out.print(f"files that cannot be read, and so were not searched: {told.unsearched}")
    if told.unfinished:
        console.out.print(f"unfinished forgets, to be finished first: {told.unfinished}")


def _show(made: list[Certificate], layout: Layout, *, as_json: bool) -> None:
    if as_json:
        console.emit([certificate.model_dump(mode="json") for certificate in made])
        return
    for certificate in made:
        console.table("removed", ("place", "rows or values"), certificate.removed.items(), ("rows or values",))
        for path, count in certificate.residues.items():
            console.err.print(f"left: {path} ({count})", markup=False)
        for path, reason in certificate.refused.items():
            console.err.print(f"not written anew: {path} ({reason})", markup=False)
        for path, reason in certificate.unsearched.items():
            console.err.print(f"not searched: {path} ({reason})", markup=False)
        console.out.print(f"certificate: {layout.reports / 'forget' / certificate.request}.md", markup=False, soft_wrap=True)
