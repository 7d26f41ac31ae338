"""The chapters of the card, each from the facts of the version; a reader needs nothing beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from cx_pipeline.ai.card_front import EXAMPLES
from cx_pipeline.ai.card_terms import LICENCE, LICENCE_TEXT, REFUSALS, SUMMARY, USE_CASES
from cx_pipeline.ai.card_words import FLAGS, MEMBERS, PARTS
from cx_pipeline.ai.croissant_fields import members
from cx_pipeline.ai.facts import Facts, FileFact
from cx_pipeline.ai.features import FEATURE_ID, FEATURES_FILE, LABELS_FILE
from cx_pipeline.ai.meanings import CONVERSATIONS

_REASONS = {
    "no_consent": "nobody said yes",
    "never_asked": "the person was never asked, which is no yes",
    "withdrawn": "the person withdrew their consent",
    "denied": "the person said no",
    "expired": "the consent had ended",
    "pending": "the consent was not confirmed",
    "not_given": "the person made no choice",
    "unknown": "what the person said is not known",
    "nobody_known": "it is not known whose it is",
    "unknown_customer": "it is not known whose it is",
    "another_person_in_it": "somebody else wrote in it who did not agree",
    "erased": "the person asked to be forgotten",
    "is_test": "it is a test record",
    "is_deleted": "it was deleted at its source",
    "nothing_said": "nothing was said in it",
    "not_finished": "the conversation was not finished",
    "bad_survey": "the customer was not satisfied, so it is not imitated",
    "injected_instructions": "a text tries to give instructions to a model",
    "unknown_author": "it is not known who wrote a message",
    "truncated_history": "the beginning is missing",
}


_FIGURES = {
    "privacy.leaks": "cells of the published tables that hold an identifier of a known person",
    "privacy.false_masks": "masks per 1,000 made-up messages that hold nothing personal",
    "privacy.false_masks_share": "share of the characters of these messages that is masked",
}
_READING = (
    "All times are UTC. Names in square brackets, such as `[CUSTOMER_NAME]`, stand for masked personal data. `und` is a language"
    " that could not be told."
)


def contents(facts: Facts) -> str:
    """What is in it: the files, then the columns of each."""
    files = table(
        ("file", "rows", "size, bytes", "what it is"),
        ((f"`{file.name}`", count(file.rows), count(file.bytes), file.meaning) for file in facts.files),
    )
    described = [
        f"### `{names[0].name}`{_also([file.name for file in names[1:]])}\n\n"
        + table(
            ("column", "type", "unit", "nulls", "meaning"),
            (
                (f"`{column.name}`", f"`{column.type}`", column.unit or "", count(column.nulls), column.meaning)
                for column in names[0].columns
            ),
        )
        + (f"\n\n{_inside(names[0])}" if names[0].name == CONVERSATIONS else "")
        for names in _alike(facts)
    ]
    shares = [
        f"Conversations by {what}: " + ", ".join(f"{share.name} {count(share.conversations)}" for share in parts) + "."
        for what, parts in (("language", facts.languages), ("channel", facts.channels))
        if parts
    ]
    return "\n\n".join(
        [
            f"{SUMMARY}\n\n{count(facts.conversations)} conversations. Nothing in it is younger than {moment(facts.as_of)} UTC.",
            files,
            *([" ".join(shares)] if shares else []),
            _READING,
            *described,
        ]
    )


def _inside(file: FileFact) -> str:
    """What the lists of conversations hold."""
    kinds = {column.name: column.type for column in file.columns}
    inner = dict(members(kinds.get("messages", "").removesuffix("[]"))) if "messages" in kinds else {}
    rows = [(f"`{name}`", f"`{kind}`", MEMBERS[name]) for name, kind in inner.items() if name in MEMBERS]
    labels = "; ".join(f"`{name}`: {meaning}" for name, meaning in PARTS.items())
    flags = "; ".join(f"`{name}`: {meaning}" for name, meaning in FLAGS.items())
    return (
        "Each of `messages` is:\n\n"
        + table(("member", "type", "meaning"), rows)
        + f"\n\nLabels of `parts`: {labels}.\n\nWords of `quality_flags`: {flags}."
    )


def origin(facts: Facts) -> str:
    """Where it came from."""
    sources = table(
        ("source", "deliveries", "conversations", "messages"),
        (
            (source.name, _days(source.first_delivery, source.last_delivery), count(source.conversations), count(source.messages))
            for source in facts.sources
        ),
    )
    return (
        "Exports of the company's own customer-experience systems, written in the course of business by its customers and"
        f" employees. Run `{facts.run_id}` of the nightly pipeline read, cleaned, redacted and audited them, published them as"
        " one database file (the published tables, of which columns here speak), and cut"
        f" this version from it on {moment(facts.made_at)} UTC. No text was bought, scraped or made up by a model.\n\n{sources}"
    )


def removal(facts: Facts) -> str:
    """What was removed and why, in counts."""
    withheld = table(
        ("left out of", "why", "reason", "how many"),
        (
            (
                item.output,
                _REASONS.get(item.reason, item.reason.replace("_", " ")),
                f"`{item.reason}`",
                _units(item.count, item.unit),
            )
            for item in facts.withheld
        ),
    )
    duplicates = table(
        ("duplicates of a", "found by", "removed"), ((item.level, item.method, count(item.count)) for item in facts.duplicates)
    )
    return (
        f"{_out_of(facts)}Left out, under the reason that decided:\n\n{withheld}\n\n"
        "Of duplicates the earliest is kept; `exact` means equal after normalising, `near` nearly alike by a verified Jaccard"
        f" similarity.\n\n{duplicates}\n\n"
        "Personal data were masked in place, which removes no message; see the chapter on privacy. Quoted replies, signatures and"
        " boilerplate are labelled and still there."
    )


def _out_of(facts: Facts) -> str:
    """How much of all there is came into the conversations."""
    left = sum(item.count for item in facts.withheld if item.output == "conversations" and item.unit == "conversation")
    total = facts.conversations + left
    return f"Of {count(total)} conversations in which something is written, {count(facts.conversations)} are in it. "


def loading(facts: Facts) -> str:
    """How to load each file; the folder of this card is the working directory."""
    tables = [file.name for file in facts.files if file.name.endswith(".parquet")]
    examples = [split.name for split in facts.splits if facts.file(f"{EXAMPLES}/{split.name}.jsonl") is not None]
    lines = ["import polars as pl", ""]
    lines += [f'{_variable(name)} = pl.read_parquet("{name}")' for name in tables]
    lines += [f'{EXAMPLES}_{split} = pl.read_ndjson("{EXAMPLES}/{split}.jsonl")' for split in examples]
    if {FEATURES_FILE, LABELS_FILE} <= set(tables):
        lines += [
            "# To train on: features of the earlier cut-off with what came after. Features without a label are to be scored.",
            f'labelled = features.join(labels, on="{FEATURE_ID}", suffix="_of_label")',
        ]
    hub = ["from datasets import load_dataset", ""]
    hub += [f'{_variable(name)} = load_dataset("parquet", data_files="{name}", split="train")' for name in tables]
    if examples:
        files = ", ".join(f'"{split}": "{EXAMPLES}/{split}.jsonl"' for split in examples)
        hub.append(f'{EXAMPLES} = load_dataset("json", data_files={{{files}}})')
    return (
        "In the folder of this card, with Polars:\n\n"
        f"{_code(lines)}\n\nWith Hugging Face `datasets`, which reads one format by a card's front matter: the path of the folder"
        f" (`load_dataset(path)`) gives the fine-tuning files, and the tables are named:\n\n{_code(hub)}\n\n"
        "`croissant.json` describes the same files for tools that read Croissant 1.1, with a SHA-256 of each."
    )


def splits(facts: Facts) -> str:
    """The splits, how they were made, and how far they differ."""
    rows = table(
        ("split", "conversations", "examples", "customers", "first", "last"),
        (
            (
                split.name,
                count(split.conversations),
                count(split.examples),
                count(split.customers),
                moment(split.first_started_at),
                moment(split.last_started_at),
            )
            for split in facts.splits
        ),
    )
    drift = (
        "Distance from `train`: population stability index. A shift is above 0.2, and above what chance explains, which in few"
        " rows is much.\n\n"
        + table(
            ("split", "column", "index", "chance explains", "shift"),
            (
                (item.split, item.column, f"{item.index:.3f}", f"{item.chance:.3f}", "yes" if item.is_shift else "no")
                for item in facts.drift
            ),
        )
        if facts.drift
        else "How far the splits differ was not measured."
    )
    cut = (
        f" What began at {moment(facts.test_from)} UTC or later is in `test` alone, with the older conversations that hang"
        " together with it."
        if facts.test_from is not None
        else ""
    )
    return (
        "A customer, a conversation and everything nearly alike is in one split only, and `test` is of the newest, as it would be"
        f" in use.{cut} Examples are those conversations that are good enough to be imitated.\n\n{rows}\n\n{drift}"
    )


def uses(facts: Facts) -> str:
    """What people agreed to, by output."""
    told = [
        f"- {USE_CASES.get(item.output, item.output)} (`{item.output}`, agreed as `{item.purpose}`)" for item in facts.consents
    ]
    return "\n".join(told) or "Nothing: nobody was asked for any purpose."


def refusals() -> str:
    return "\n".join(f"- {refusal.text}" for refusal in REFUSALS)


def privacy(facts: Facts) -> str:
    """Figures of masking and of consent."""
    redaction = facts.redaction
    kinds = table(("kind", "masked spans"), ((f"`{kind}`", count(number)) for kind, number in redaction.by_kind))
    figures = table(
        ("figure", "value", "what it is"),
        ((f"`{name}`", f"{value:.6g}", _FIGURES.get(name, "")) for name, value in redaction.measured),
        "(not measured)",
    )
    consent = table(
        ("output", "purpose", "customers", "agreed", "share"),
        (
            (item.output, f"`{item.purpose}`", count(item.subjects), count(item.allowed), f"{item.coverage:.1%}")
            for item in facts.consents
        ),
    )
    return (
        "The data stay personal data: they are pseudonymous, not anonymous. Customers are keyed tokens, the same in every file;"
        " what somebody tells of themselves can point to them without a name.\n\n"
        f"Masking, rules of version {redaction.version}: {count(redaction.masked_spans)} spans in the texts of this version.\n\n"
        f"{kinds}\n\nMeasured by the run:\n\n{figures}\n\n"
        "Consent is asked anew at every build; no answer is a no, and of two answers the stricter counts. Purposes are data uses"
        f" of the fideslang taxonomy.\n\n{consent}"
    )


def checks(facts: Facts) -> str:
    """What was checked before the version was kept, with its outcome."""
    return table(
        ("check", "outcome", "looked at", "failed", "what it says"),
        (
            (
                f"`{check.name}`",
                ("passed" if check.passed else "failed") + (", blocking" if check.blocking else ""),
                count(check.checked),
                count(check.failed),
                check.meaning,
            )
            for check in facts.checks
        ),
    )


def limits(facts: Facts) -> str:
    always = (
        "People who agree, write and answer surveys are not a random sample of all customers.",
        "Answers were written by employees of one company, with its habits and mistakes.",
        "Masking misses something now and then, as the figures of the chapter on privacy say.",
    )
    return "\n".join(f"- {limit}" for limit in (*facts.known_limits, *_of_labels(facts), *always))


def readiness(scorecard: Mapping[str, Any]) -> str:
    """The six factors; the requirements are in scorecard.json."""
    rows = table(
        ("factor", "score", "measured", "requirements"),
        (
            (name, _fraction(factor["score"]), count(factor["measured"]), count(factor["requirements"]))
            for name, factor in scorecard["factors"].items()
        ),
    )
    worst = sorted((row for row in scorecard["requirements"] if row["score"] is not None), key=lambda row: float(row["score"]))[
        :5
    ]
    weakest = table(
        ("weakest requirement", "score", "what it is of"),
        ((row["name"], _fraction(row["score"]), row["meaning"]) for row in worst),
    )
    return (
        "Fractions from 0 to 1, a factor's score the mean of what could be measured; what could not is left out of it and is"
        f" null in `scorecard.json`, which tells each requirement with its check.\n\n{rows}\n\n{weakest}"
    )


def versions(facts: Facts) -> str:
    before = f"It follows version {facts.previous_version}." if facts.previous_version is not None else "It is the first version."
    return (
        f"This is version {facts.version}, cut on {moment(facts.made_at)} UTC. {before} MAJOR rises when a record was removed or"
        " edited, MINOR when records or columns were added, PATCH when only the form changed. People are removed from newer"
        " versions only: use the newest, and delete the others."
        f"{_changed(facts)}{_since(facts)}"
    )


def _changed(facts: Facts) -> str:
    if facts.previous_version is None or not facts.changes:
        return ""
    rows = ((f"`{item.file}`", item.change, item.reason.replace("_", " "), count(item.records)) for item in facts.changes)
    return "\n\nSince the version before:\n\n" + table(("file", "change", "why", "records"), rows)


def _since(facts: Facts) -> str:
    if not facts.since:
        return ""
    shifted = [f"`{item.column}` of `{item.file}` ({item.index:.2f})" for item in facts.since if item.is_shift]
    said = f"shifted: {', '.join(shifted)}" if shifted else "none of them shifted"
    return f"\n\nOf {count(len(facts.since))} distributions that both versions have, {said}. `drift.json` tells of each."


def licence() -> str:
    return f"`{LICENCE}`. {LICENCE_TEXT}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], empty: str = "(none)") -> str:
    """A Markdown table; a word where there are no rows."""
    made = [" | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows]
    if not made:
        return empty
    return "\n".join([f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}", *(f"| {row} |" for row in made)])


def count(number: int) -> str:
    return f"{number:,}"


def moment(at: datetime | None) -> str:
    return at.isoformat(sep=" ", timespec="seconds") if at is not None else "not known"


def _of_labels(facts: Facts) -> tuple[str, ...]:
    file = facts.file("labels.parquet")
    open_ones = [column for column in file.columns if column.name == "churned_next_90d"] if file is not None else []
    if file is None or not open_ones:
        return ()
    known = file.rows - open_ones[0].nulls
    if known:
        return (f"`labels.parquet` tells of {count(known)} of its {count(file.rows)} customers whether they churned.",)
    return ("`labels.parquet` tells of nobody whether they churn: nobody in it did anything in the 90 days before the cut-off.",)


def _days(first: date | None, last: date | None) -> str:
    return f"{first.isoformat()} to {last.isoformat()}" if first is not None and last is not None else "not known"


def _units(number: int, unit: str) -> str:
    return f"{count(number)} {unit}{'' if number == 1 else 's'}"


def _fraction(score: float | None) -> str:
    """Three digits, cut and not rounded: 1 is only what is whole."""
    return "not measured" if score is None else f"{int(score * 1000) / 1000:.3f}"


def _alike(facts: Facts) -> list[list[Any]]:
    """Files in groups of equal columns that follow each other, those without columns left out."""
    return [list(group) for columns, group in groupby(facts.files, key=lambda file: file.columns) if columns]


def _also(names: Sequence[str]) -> str:
    return "".join(f", `{name}`" for name in names)


def _variable(file: str) -> str:
    return file.removesuffix(".parquet").replace("/", "_").replace("-", "_")


def _code(lines: Sequence[str]) -> str:
    return "\n".join(["```python", *lines, "```"])
