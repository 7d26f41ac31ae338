"""The command line, `cx-pipeline`.

Exit codes: 0 published (perhaps with warnings) or shown, 1 failed, 2 bad usage or settings, 3 blocked by the audit, 143 stopped.
"""

from __future__ import annotations

import os
import sys
from datetime import date, datetime
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from cx_pipeline import __version__
from cx_pipeline.errors import CxError
from cx_pipeline.settings import Settings, load

app = typer.Typer(
    name="cx-pipeline",
    help="Turn raw customer-experience exports into one clean, audited DuckDB file.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
quarantine_app = typer.Typer(help="What was kept back, and why.", no_args_is_help=True)
app.add_typer(quarantine_app, name="quarantine")
review_app = typer.Typer(help="Pairs of records that wait for a person to decide on.", invoke_without_command=True)
app.add_typer(review_app, name="review")
key_app = typer.Typer(help="The key of tokens and customer ids.", no_args_is_help=True)
app.add_typer(key_app, name="key")
vulnerability_app = typer.Typer(help="Signs that customers may need special care, for people to look at.", no_args_is_help=True)
app.add_typer(vulnerability_app, name="vulnerability")
ai_app = typer.Typer(help="The dataset for models that is cut from what is published.", no_args_is_help=True)
app.add_typer(ai_app, name="ai")

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Where lake, state and the published file live.")]
RawDir = Annotated[
    Path | None, typer.Option("--raw-dir", help="Where the deliveries lie; by default raw/ below the data folder.")
]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output, for machines.")]
ShowValues = Annotated[bool, typer.Option("--show-values", help="Show personal values instead of their shapes.")]
_PAIRS = 20
_SIGNALS = 50


class Verdict(StrEnum):
    """What may be decided on a pair of records."""

    SAME = "same"
    DIFFERENT = "different"
    UNDO = "undo"


class SignalState(StrEnum):
    """What may be decided on a sign of vulnerability."""

    NEW = "new"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    HANDLED = "handled"


def _settings(data_dir: Path | None, raw_dir: Path | None = None) -> Settings:
    settings = load(data_dir=data_dir, raw_dir=raw_dir)
    if settings.exclude or settings.accept_drift:
        from cx_pipeline.sources.asked_for import refuse_unknown  # noqa: PLC0415  # reads every source

        refuse_unknown(settings)
    return settings


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Options of every command."""
    os.umask(0o077)
    del version


@app.command()
def run(
    day: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Only this delivery date.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every delivery date there is, in one run.")] = False,
    accept_impact: Annotated[
        bool, typer.Option("--accept-impact", help="Publish although more customer ids change than the settings allow.")
    ] = False,
    now: Annotated[datetime | None, typer.Option("--now", help="The run's frozen clock, for tests and back-fills.")] = None,
    data_dir: DataDir = None,
    raw_dir: RawDir = None,
    as_json: Json = False,
) -> None:
    """Take deliveries in, scrub, audit and publish. Without --date or --all: whatever is not taken in yet."""
    from cx_pipeline.commands import run as command  # noqa: PLC0415

    if day is not None and everything:
        raise typer.BadParameter("--date and --all exclude each other")
    chosen: date | None = day.date() if day is not None else None
    clock = now.astimezone() if now is not None else None
    code = command.run(
        _settings(data_dir, raw_dir),
        day=chosen,
        everything=everything,
        now=clock,
        accepts_impact=accept_impact,
        as_json=as_json,
    )
    raise typer.Exit(code)


@app.command()
def status(data_dir: DataDir = None, raw_dir: RawDir = None, as_json: Json = False) -> None:
    """What is published, what waits, and what the last audit found."""
    from cx_pipeline.commands import inspect as command  # noqa: PLC0415

    raise typer.Exit(command.status(_settings(data_dir, raw_dir), as_json=as_json))


@app.command()
def audit(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Write reports/cx_audit.html: metrics against targets, what is not seen of the journey, loops, teams, silos, data."""
    from cx_pipeline.commands import cx_audit as command  # noqa: PLC0415

    raise typer.Exit(command.audit(_settings(data_dir), as_json=as_json))


@app.command()
def sources(as_json: Json = False) -> None:
    """Every vendor's exports, with formats and the tables they feed."""
    from cx_pipeline.commands import inspect as command  # noqa: PLC0415

    raise typer.Exit(command.sources(as_json=as_json))


@app.command()
def preview(
    file: Annotated[Path, typer.Argument(help="Any delivered file.")],
    export: Annotated[str | None, typer.Option("--as", help="Scrub and map it as this export, such as zendesk.tickets.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="How many records to show.")] = 10,
    out: Annotated[Path | None, typer.Option("--out", help="Write the good records as Parquet, all text.")] = None,
    rejects: Annotated[Path | None, typer.Option("--rejects", help="Write the damaged records as Parquet.")] = None,
    show_values: ShowValues = False,
    as_json: Json = False,
) -> None:
    """Show a file as the pipeline reads it: dialect, records, damage. Nothing is taken in."""
    from cx_pipeline.commands import preview as command  # noqa: PLC0415

    code = command.preview(
        file, load(), export_id=export, rows=rows, out=out, rejects=rejects, show_values=show_values, as_json=as_json
    )
    raise typer.Exit(code)


@app.command()
def explain(
    row_id: Annotated[str | None, typer.Argument(help="row_id of any published or quarantined row.")] = None,
    customer: Annotated[str | None, typer.Option(help="A customer_id.")] = None,
    record: Annotated[str | None, typer.Option(help="A record, such as zendesk.tickets:123.")] = None,
    show_values: ShowValues = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Replay the rules on one raw record and show every step, or tell who a customer is."""
    from cx_pipeline.commands import explain as command  # noqa: PLC0415

    settings = _settings(data_dir)
    raise typer.Exit(
        command.explain(settings, row_id, customer=customer, record=record, show_values=show_values, as_json=as_json)
    )


@quarantine_app.command("list")
def quarantine_list(data_dir: DataDir = None, as_json: Json = False) -> None:
    """What was kept back, by file and rule."""
    from cx_pipeline.commands import inspect as command  # noqa: PLC0415

    raise typer.Exit(command.quarantine_list(_settings(data_dir), as_json=as_json))


@quarantine_app.command("show")
def quarantine_show(row_id: str, show_values: ShowValues = False, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Every rule that one record broke."""
    from cx_pipeline.commands import inspect as command  # noqa: PLC0415

    raise typer.Exit(command.quarantine_show(_settings(data_dir), row_id, show_values=show_values, as_json=as_json))


@review_app.callback()
def review(
    context: typer.Context,
    who: Annotated[str | None, typer.Option(help="Who decides; the user of the system where not given.")] = None,
    show_values: ShowValues = False,
    data_dir: DataDir = None,
) -> None:
    """Go through the pairs that wait, one by one; where nobody is at a terminal, list them."""
    from cx_pipeline.commands import review as command  # noqa: PLC0415

    if context.invoked_subcommand is not None:
        return
    settings = _settings(data_dir)
    if sys.stdin.isatty() and sys.stdout.isatty():
        raise typer.Exit(command.walk(settings, _ask, who=who, show_values=show_values))
    raise typer.Exit(command.review_list(settings, limit=_PAIRS, show_values=show_values, as_json=False))


def _ask(question: str) -> str:
    return str(typer.prompt(question, default="n"))


@review_app.command("list")
def review_list(
    limit: Annotated[int, typer.Option(min=1, help="How many pairs to show.")] = _PAIRS,
    show_values: ShowValues = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """The pairs that wait, most probable first, with what their records say side by side."""
    from cx_pipeline.commands import review as command  # noqa: PLC0415

    raise typer.Exit(command.review_list(_settings(data_dir), limit=limit, show_values=show_values, as_json=as_json))


@review_app.command("decide")
def review_decide(
    left: Annotated[str, typer.Argument(help="A record, such as zendesk.users:123.")],
    right: Annotated[str, typer.Argument(help="Another record.")],
    decision: Annotated[Verdict, typer.Argument(help="same, different, or undo what was decided before.")],
    note: Annotated[str, typer.Option(help="Why; kept with the decision.")] = "",
    who: Annotated[str | None, typer.Option(help="Who decides; the user of the system where not given.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Keep a decision on two records. It holds from the next run on, against every rule, until it is undone."""
    from cx_pipeline.commands import review as command  # noqa: PLC0415

    raise typer.Exit(command.review_decide(_settings(data_dir), left, right, decision.value, who=who, note=note))


@vulnerability_app.command("list")
def vulnerability_list(
    state: Annotated[SignalState | None, typer.Option(help="Only signs of this state.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind, such as bereavement.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = _SIGNALS,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """The signs that the last run found, most recent first, with what was decided since."""
    from cx_pipeline.commands import vulnerability as command  # noqa: PLC0415

    chosen = state.value if state is not None else None
    raise typer.Exit(command.list_signals(_settings(data_dir), state=chosen, kind=kind, limit=limit, as_json=as_json))


@vulnerability_app.command("review")
def vulnerability_review(
    signal: Annotated[str, typer.Argument(help="A signal_id of cx-pipeline vulnerability list.")],
    state: Annotated[SignalState, typer.Argument(help="confirmed, dismissed, handled, or new to take back what was decided.")],
    note: Annotated[str, typer.Option(help="Why; kept with the decision.")] = "",
    who: Annotated[str | None, typer.Option(help="Who decides; the user of the system where not given.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Keep what a person decided on a sign. It stays over all nights."""
    from cx_pipeline.commands import vulnerability as command  # noqa: PLC0415

    raise typer.Exit(command.review_signal(_settings(data_dir), signal, state.value, who=who, note=note))


@app.command()
def identify(
    file: Annotated[Path, typer.Argument(help="A table with a row a record: CSV in any dialect, JSON or Parquet.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the answer; one that holds an answer is continued.")],
    mapping: Annotated[
        list[str] | None, typer.Option("--map", help="What columns say, such as given_name=first,family_name=last.")
    ] = None,
    truth: Annotated[str | None, typer.Option(help="Column that tells whose a record is; only to judge the answer.")] = None,
    must_link: Annotated[Path | None, typer.Option(help="CSV of record pairs that are one person: left,right.")] = None,
    cannot_link: Annotated[Path | None, typer.Option(help="CSV of record pairs that are not one person: left,right.")] = None,
    settings: Annotated[Path | None, typer.Option(help="A file like cx_pipeline.toml.")] = None,
    model: Annotated[Path | None, typer.Option(help="Model to score with; fitted on the file itself when not given.")] = None,
    save_model: Annotated[Path | None, typer.Option(help="Keep the model that was used.")] = None,
    as_json: Json = False,
) -> None:
    """Find out which records of a table are one person. Nothing is taken in, and no value is shown."""
    from cx_pipeline.commands import identify as command  # noqa: PLC0415

    options = command.Options(mapping or (), truth, must_link, cannot_link, settings, model, save_model)
    raise typer.Exit(command.identify(file, out, options, as_json=as_json))


@app.command()
def versions(data_dir: DataDir = None, as_json: Json = False) -> None:
    """The versions that are kept, newest first."""
    from cx_pipeline.commands import versions as command  # noqa: PLC0415

    raise typer.Exit(command.versions(_settings(data_dir), as_json=as_json))


@app.command()
def rollback(name: Annotated[str, typer.Argument(help="A name from cx-pipeline versions.")], data_dir: DataDir = None) -> None:
    """Publish an older version again, after reading it in full."""
    from cx_pipeline.commands import versions as command  # noqa: PLC0415

    raise typer.Exit(command.rollback(_settings(data_dir), name))


@key_app.command("status")
def key_status(data_dir: DataDir = None, as_json: Json = False) -> None:
    """The version in use, and what is left of earlier keys. No key is shown."""
    from cx_pipeline.commands import key as command  # noqa: PLC0415

    raise typer.Exit(command.status(_settings(data_dir), as_json=as_json))


@key_app.command("rotate")
def key_rotate(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    map_file: Annotated[Path | None, typer.Option("--map", help="Where the map of old to new ids goes.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Change over to a new key. The next run publishes with it; customer ids can be joined by the map until it is destroyed."""
    from cx_pipeline.commands import key as command  # noqa: PLC0415

    raise typer.Exit(command.rotate(_settings(data_dir), map_file, None if yes else typer.confirm))


@key_app.command("forget-map")
def key_forget_map(data_dir: DataDir = None) -> None:
    """Destroy the maps of old to new customer ids."""
    from cx_pipeline.commands import key as command  # noqa: PLC0415

    raise typer.Exit(command.forget_map(_settings(data_dir)))


@key_app.command("forget-old")
def key_forget_old(data_dir: DataDir = None) -> None:
    """Destroy the keys that were in use before."""
    from cx_pipeline.commands import key as command  # noqa: PLC0415

    raise typer.Exit(command.forget_old(_settings(data_dir)))


@ai_app.command("build")
def ai_build(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Cut the dataset from the published file; where nothing changed there is no new version."""
    from cx_pipeline.commands import ai as command  # noqa: PLC0415

    raise typer.Exit(command.build(_settings(data_dir), as_json=as_json))


@ai_app.command("card")
def ai_card(
    version: Annotated[str | None, typer.Argument(help="A version; the newest where not given.")] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """What is in a version, where it comes from, and what was left out."""
    from cx_pipeline.commands import ai as command  # noqa: PLC0415

    raise typer.Exit(command.card(_settings(data_dir), version, as_json=as_json))


@ai_app.command("diff")
def ai_diff(
    before: Annotated[str | None, typer.Argument(help="A version; the one before the newest where not given.")] = None,
    after: Annotated[str | None, typer.Argument(help="A later version; the newest where not given.")] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """What changed from one version to another, and why something is gone."""
    from cx_pipeline.commands import ai as command  # noqa: PLC0415

    raise typer.Exit(command.diff(_settings(data_dir), before, after, as_json=as_json))


@app.command()
def forget(
    customer: Annotated[str | None, typer.Option(help="The person's customer_id.")] = None,
    email: Annotated[str | None, typer.Option(help="An e-mail address of theirs.")] = None,
    phone: Annotated[str | None, typer.Option(help="A phone number of theirs.")] = None,
    record: Annotated[str | None, typer.Option(help="A person record of theirs, such as zendesk.users:123.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go; nothing is changed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
    raw_dir: RawDir = None,
    as_json: Json = False,
) -> None:
    """Take one person out of everything: raw files, lake, published file, all versions. It cannot be undone."""
    from cx_pipeline.commands import forget as command  # noqa: PLC0415
    from cx_pipeline.erasure.subject import Selector  # noqa: PLC0415

    def agreed() -> bool:
        return yes or (sys.stdin.isatty() and bool(typer.confirm("Forget this person? It cannot be undone.")))

    code = command.forget(
        _settings(data_dir, raw_dir), Selector(customer, email, phone, record), dry_run=dry_run, agreed=agreed, as_json=as_json
    )
    raise typer.Exit(code)


@app.command("audit-log")
def audit_log(
    verify: Annotated[bool, typer.Option("--verify", help="Check that no line was changed, put in or left out.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Who forgot, rolled back, decided or accepted what, and when."""
    from cx_pipeline.commands import audit_log as command  # noqa: PLC0415

    raise typer.Exit(command.audit_log(_settings(data_dir), verify=verify, as_json=as_json))


@app.command()
def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of 127.0.0.1 to listen on.")] = 3000,
    data_dir: DataDir = None,
    raw_dir: RawDir = None,
) -> None:
    """Open the Dagster UI on 127.0.0.1, with the runs of this data folder in it."""
    from cx_pipeline.commands import ui as command  # noqa: PLC0415

    raise typer.Exit(command.ui(_settings(data_dir, raw_dir), port=port))


@app.command()
def redact(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet with a column of texts.")],
    column: Annotated[str, typer.Option(help="The column of texts.")],
    out: Annotated[Path, typer.Option(help="Parquet file to write: all columns, text_masked and findings.")],
    profile: Annotated[
        Path | None, typer.Option(help="CSV or Parquet of what is known of the people, with a column shared with the file.")
    ] = None,
    purpose: Annotated[str, typer.Option(help="What the texts are for; decides what is masked.")] = "analytics",
    as_json: Json = False,
) -> None:
    """Mask personal data in a file of texts. Values are never shown, only counts."""
    from cx_pipeline.commands import redact as command  # noqa: PLC0415

    raise typer.Exit(command.redact(file, column=column, profile=profile, out=out, purpose=purpose, as_json=as_json))


@app.command()
def synth(
    out: Annotated[Path, typer.Option(help="Folder to write the dated deliveries and their truth to.")],
    customers: Annotated[int, typer.Option(min=1, help="People in the world.")] = 300,
    nights: Annotated[int, typer.Option(min=1, help="Delivery dates to write.")] = 2,
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 1,
) -> None:
    """Write dirty exports of one made-up world, with the truth beside them."""
    from cx_pipeline.commands import synth as command  # noqa: PLC0415

    raise typer.Exit(command.synth(out, customers=customers, nights=nights, seed=seed))


def main() -> None:
    """Entry point: errors on purpose are told in one line, never as a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows few letters shows the others as escapes
    try:
        app(standalone_mode=True)
    except CxError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
