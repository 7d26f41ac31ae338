from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.ai.labels import common_lines, is_automatic, lines, parts, with_common


def _parts(text: str) -> list[tuple[str, str]]:
    told = parts(lines(pl.DataFrame({"message_id": ["m"], "text": [text]})))
    return [(part["label"], part["text"]) for part in told["parts"][0]]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Where is it?", ["body"]),
        ("Where is it?\n\nBest regards\n[CUSTOMER_NAME]", ["body", "signature"]),
        ("Wo bleibt es?\nMit freundlichen Grüßen,\n[CUSTOMER_NAME]", ["body", "signature"]),
        ("Where is it?\nSent from my phone", ["body", "signature"]),
        ("Thanks\n-- \nAcme", ["body", "signature"]),
        ("Thanks!\nOn Mon, 3 Nov 2026 at 10:00, Support wrote:\nhello\n\nBest regards", ["body", "quoted"]),
        ("Danke\nAm 3. November schrieb Support:\n> hallo", ["body", "quoted"]),
        ("See below\n> you said\n> this\nand I disagree", ["body", "quoted", "body"]),
        ("ok\n----- Original Message -----\nFrom: someone", ["body", "quoted"]),
        ("Regards", ["body"]),
        ("Cheers\n" + "a line\n" * 12 + "end", ["body"]),
    ],
)
def test_lines_are_labelled(text: str, labels: list[str]) -> None:
    assert [label for label, _ in _parts(text)] == labels


def test_nothing_is_lost() -> None:
    text = "Hello,\n\nwhere is it?\n> quoted\n\nBest regards\nA"
    assert "\n".join(part for _, part in _parts(text)) == text


def test_the_body_is_what_is_said_now() -> None:
    told = parts(lines(pl.DataFrame({"message_id": ["a", "b"], "text": ["Hi\n> x\nwhere?\n\nBest regards\nA", None]})))
    assert told.select("message_id", "body").rows() == [("a", "Hi\nwhere?")]


def test_what_the_company_sends_to_many_is_boilerplate() -> None:
    greeting = "While you wait, have a look at our help centre."
    rows = [(f"m{number}", f"p{number}", True, greeting) for number in range(4)]
    rows += [("own", "p9", False, greeting), ("short", "p9", True, "Thank you")]
    frame = pl.DataFrame(rows, schema=["message_id", "customer_id", "is_from_company", "text"], orient="row")
    labelled = lines(frame).join(frame.drop("text"), on="message_id", maintain_order="left")
    assert common_lines(labelled.lazy(), 5).is_empty()
    common = common_lines(labelled.lazy(), 4)
    assert common["line"].to_list() == [greeting.lower()]
    found = dict(with_common(labelled, common).select("message_id", "label").iter_rows())
    assert found == {**{f"m{number}": "boilerplate" for number in range(4)}, "own": "body", "short": "body"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Automatic reply: I am away", True),
        ("Out of office until Monday", True),
        ("Abwesenheitsnotiz: bis Montag", True),
        ("My office chair is out of stock", False),
        (None, False),
    ],
)
def test_automatic_answers_are_known_by_how_they_begin(text: str | None, expected: bool) -> None:
    assert pl.select(is_automatic(pl.lit(text, dtype=pl.String))).item() is expected
