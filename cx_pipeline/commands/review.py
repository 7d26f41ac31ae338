"""`cx-pipeline review`: pairs of records that wait for a person, and what people decide on them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import polars as pl

from cx_pipeline import audit_log
from cx_pipeline.commands import console
from cx_pipeline.commands.identifiers import identifiers
from cx_pipeline.errors import ConfigError, DataError
from cx_pipeline.identity.decisions import DIFFERENT, SAME, Decision, decide, load
from cx_pipeline.identity.overrides import Overrides
from cx_pipeline.identity.review import REVIEW, waiting
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.withhold import PERSONAL_ID
from cx_pipeline.settings import Settings
from cx_pipeline.stages.key_record import tokeniser_of
from cx_pipeline.stages.release import registry_in_force

Pair = dict[str, object]
_ANSWERS = {"s": SAME, "d": DIFFERENT}
_HOLDS = "kept; it holds from the next run on: cx-pipeline run"


def review_list(settings: Settings, *, limit: int, show_values: bool, as_json: bool) -> int:
    """Show the pairs that wait, most probable first, with what their records say side by side."""
    layout = _published(settings)
    overrides = load(layout, settings)
    queue = _queue(layout, overrides)
    pairs = _compared(layout, queue.head(limit), show_values=show_values)
    keys = ("left", "right")
    aside = [
        {name: _key(said, show_values=show_values) if name in keys else said for name, said in row.items()}
        for row in overrides.set_aside.to_dicts()
    ]
    if as_json:
        console.emit({"waiting": queue.height, "pairs": pairs, "set_aside": aside})
        return 0
    for number, pair in enumerate(pairs, 1):
        _show(pair, f"{number} of {queue.height}")
    if not pairs:
        console.out.print("no pair waits for a decision")
    if aside:
        console.table(
            "set aside, for they contradict what else was stated", tuple(aside[0]), [list(row.values()) for row in aside]
        )
    return 0


def review_decide(settings: Settings, left: str, right: str, decision: str, *, who: str | None, note: str) -> int:
    """Keep a decision on a pair, whether or not it waits.

    Raises:
        ConfigError: a key that no person record has.
    """
    layout = _published(settings)
    known = registry_in_force(layout).membership["record"]
    unknown = [name for name, key in (("LEFT", left), ("RIGHT", right)) if not (known == key).any()]
    if unknown:
        raise ConfigError(
            "no person record has this key", where=", ".join(unknown), expected="a key such as zendesk.users:123",
            next_step="cx-pipeline review list",
        )  # fmt: skip
    _keep(settings, layout, left, right, decision, who, note)
    console.out.print(_HOLDS)
    return 0


def walk(settings: Settings, ask: Callable[[str], str], *, who: str | None, show_values: bool) -> int:
    """Go through the pairs that wait, one after the other; every answer is kept at once.

    Args:
        settings: of the data folder.
        ask: shows a question and returns the answer.
        who: decides; the user of the system where None.
        show_values: show personal values instead of their shapes.
    """
    layout = _published(settings)
    queue = _queue(layout, load(layout, settings))
    decided = 0
    for number in range(queue.height):
        [pair] = _compared(layout, queue[number], show_values=show_values)
        _show(pair, f"{number + 1} of {queue.height}")
        answer = ask("the same person? s same, d different, n next, q quit").strip().lower()[:1]
        if answer == "q":
            break
        if answer in _ANSWERS:
            left, right = queue.row(number)[:2]
            _keep(settings, layout, left, right, _ANSWERS[answer], who, "")
            decided += 1
    console.out.print(f"{decided} decided, {queue.height - decided} wait" + (f"; {_HOLDS}" if decided else ""))
    return 0


def _published(settings: Settings) -> Layout:
    layout = Layout(settings.data_dir.absolute())
    if not layout.published.exists():
        raise DataError("nothing has been published yet", where=str(layout.published), next_step="cx-pipeline run")
    return layout


def _queue(layout: Layout, overrides: Overrides) -> pl.DataFrame:
    """What waited when the last run resolved people, without what was decided since."""
    path = layout.lake_clean / "tables" / "quality.identity_review.parquet"
    if not path.exists():
        return waiting(pl.DataFrame(schema=REVIEW), overrides)
    return waiting(pl.read_parquet(path, glob=False).rename({"left_record": "left", "right_record": "right"}), overrides)


def _compared(layout: Layout, queue: pl.DataFrame, *, show_values: bool) -> list[Pair]:
    """The pairs, each with a line a kind of identifier: what the left record says, what the right one does."""
    said: dict[str, dict[str, list[str]]] = {}
    for record, kind, value in identifiers(layout, {*queue["left_record"], *queue["right_record"]}).rows():
        said.setdefault(record, {}).setdefault(kind, []).append(value)
    pairs: list[Pair] = []
    for left, right, probability, reason in queue.rows():
        sides = said.get(left, {}), said.get(right, {})
        lines = [
            {
                "kind": kind,
                "left": _shown(sides[0].get(kind, []), show_values=show_values),
                "right": _shown(sides[1].get(kind, []), show_values=show_values),
                "is_same": bool(set(sides[0].get(kind, [])) & set(sides[1].get(kind, []))),
            }
            for kind in sorted({*sides[0], *sides[1]})
        ]
        shown = {"left": _key(left, show_values=show_values), "right": _key(right, show_values=show_values)}
        pairs.append({**shown, "probability": probability, "reason": reason, "compared": lines})
    return pairs


def _key(record: str, *, show_values: bool) -> str:
    """A record's key; where the vendor's own id is personal, an address say, only its shape."""
    export, _, source_id = record.partition(":")
    return f"{export}:{console.masked(source_id)}" if not show_values and re.search(PERSONAL_ID, source_id) else record


def _shown(values: list[str], *, show_values: bool) -> list[str | None]:
    return [value if show_values else console.masked(value) for value in values]


def _agreement(line: Mapping[str, object]) -> str:
    """Whether two records say the same of one kind of identifier; nothing where one of them says nothing."""
    if not line["left"] or not line["right"]:
        return ""
    return "same" if line["is_same"] else "differs"


def _show(pair: Pair, place: str) -> None:
    probability = f", one person with a probability of {pair['probability']:.1%}" if pair["probability"] is not None else ""
    lines = pair["compared"]
    assert isinstance(lines, list)
    rows = [(line["kind"], " ".join(line["left"]), " ".join(line["right"]), _agreement(line)) for line in lines]
    columns = ("", str(pair["left"]), str(pair["right"]), "agreement")
    console.table(f"{place}: {pair['reason']}{probability}", columns, rows)


def _keep(settings: Settings, layout: Layout, left: str, right: str, decision: str, who: str | None, note: str) -> None:
    named = audit_log.user() if who is None else who
    decide(layout, Decision(datetime.now(UTC), left, right, decision, named, note))
    secret = tokeniser_of(settings, layout)
    pair = [secret.token(key, "audit.record") for key in sorted((left, right))]
    audit_log.append(layout, "review_decision", {"decision": decision, "pair": pair}, who=named)
