# ruff: noqa: RUF001 - look-alike characters are the subject here
"""The public face: shapes, profiles, tokens, policies, batches; and that what comes out stays as it is."""

from __future__ import annotations

import itertools
import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.errors import ConfigError
from cx_pipeline.privacy import redact, redaction
from cx_pipeline.privacy.entity import Entity
from cx_pipeline.privacy.policy import DEFAULT, STRICT, Action, Policy, for_purpose
from cx_pipeline.privacy.tokens import Tokeniser

KEY = Tokeniser(b"k" * 32)
PEOPLE = pl.DataFrame(
    {
        "customer_id": ["c1", "c2"],
        "given_name": ["William", "Zoë"],
        "family_name": ["King", "Müller"],
        "email": ["will.king@example.org", "zoe@example.org"],
        "phone": ["+442079460958", "+14155552671"],
        "street": ["12 High Street", "Hauptstr. 5"],
        "postcode": ["SW1A 1AA", "10115"],
        "order_ids": [["ORD-55512", "ORD-9"], ["100042"]],
        "date_of_birth": ["1985-03-04", None],
    }
)
AGENTS = pl.DataFrame({"agent_id": ["a1"], "full_name": ["Ben Carter"], "role": ["agent"]})


def _masked(text: str, customer: str = "c1") -> str:
    frame = pl.DataFrame({"text": [text], "customer_id": [customer], "agent_id": ["a1"]})
    return str(redact(frame, [PEOPLE, AGENTS])["text_masked"].item())


@pytest.mark.parametrize(
    ("text", "customer", "masked"),
    [
        ("this is will king from 12 High St", "c1", "this is [CUSTOMER_NAME] from [ADDRESS]"),
        ("I will pay, Will", "c1", "I will pay, [CUSTOMER_NAME]"),
        ("Billy King or W. King", "c1", "[CUSTOMER_NAME] or [CUSTOMER_NAME]"),
        ("My name is Wiliam", "c1", "My name is [CUSTOMER_NAME]"),
        ("Zoe Mueller, zoë, ZOE", "c2", "[CUSTOMER_NAME], [CUSTOMER_NAME], [CUSTOMER_NAME]"),
        ("7946 0958 or 0044 20 79460958", "c1", "[PHONE] or [PHONE]"),
        ("about ORD-55512 and #100042", "c1", "about [ORDER] and #100042"),
        ("about ord55512", "c1", "about [ORDER]"),
        ("sw1a1aa is mine, 10115 is not", "c1", "[ADDRESS] is mine, 10115 is not"),
        ("born 4 March 1985 or 04.03.1985", "c1", "born [DATE_OF_BIRTH] or [DATE_OF_BIRTH]"),
        ("Thanks Ben, Mr Carter", "c1", "Thanks [AGENT_NAME], Mr [AGENT_NAME]"),
        ("Zoë and Müller are strangers", "c1", "Zoë and Müller are strangers"),
        ("Kingston and Willing are words", "c1", "Kingston and Willing are words"),
    ],
)
def test_known_values_are_masked_in_the_texts_of_their_own(text: str, customer: str, masked: str) -> None:
    assert _masked(text, customer) == masked


@pytest.mark.parametrize(
    ("name", "text", "masked"),
    [
        ("Logan St. James", "Bye\nLogan St. James", "Bye\n[CUSTOMER_NAME]"),
        ("Logan St. James", "Thanks, Logan. James", "Thanks, [CUSTOMER_NAME]. [CUSTOMER_NAME]"),
        ("Eva van 't Hof", "Groet\nEva van 't Hof", "Groet\n[CUSTOMER_NAME]"),
        ("Luísa dos Santos", "Luísa Maria, Luísa dos Santos", "[CUSTOMER_NAME] Maria, [CUSTOMER_NAME]"),
        ("李 伟", "我是李伟，请退款", "我是[CUSTOMER_NAME]，请退款"),
        ("李 伟", "谢谢\n李 伟", "谢谢\n[CUSTOMER_NAME]"),
        ("李 伟", "我的行李很伟大", "我的行李很伟大"),
        ("健一 髙橋", "髙橋健一です、健一より", "[CUSTOMER_NAME]です、[CUSTOMER_NAME]より"),
    ],
)
def test_names_of_many_scripts_are_found_in_one_piece(name: str, text: str, masked: str) -> None:
    frame = pl.DataFrame({"text": [text], "customer_id": ["c"]})
    assert redact(frame, pl.DataFrame({"customer_id": ["c"], "full_name": [name]}))["text_masked"].item() == masked


def test_of_two_people_with_one_name_it_is_the_customers() -> None:
    frame = pl.DataFrame({"text": ["Ada King"], "ticket": [1]})
    people = pl.DataFrame({"ticket": [1, 1], "full_name": ["Ada King"] * 2, "role": ["agent", "customer"]})
    assert {redact(frame, rows)["text_masked"].item() for rows in (people, people[::-1])} == {"[CUSTOMER_NAME]"}


def test_a_public_name_has_the_token_of_its_column() -> None:
    frame = pl.DataFrame({"text": ["@nagy77 thanks"], "customer_id": ["c"]})
    made = redact(frame, pl.DataFrame({"customer_id": ["c"], "handle": ["nagy77"]}), KEY)
    assert made["text_tokenised"].item() == f"@[HANDLE:{KEY.token('nagy77', 'handle')}] thanks"


def test_a_frame_keeps_its_columns_and_its_order() -> None:
    frame = pl.DataFrame({"id": [3, 1, 2], "body": ["a@b.com", None, ""]})
    made = redact(frame, tokeniser=KEY, column="body")
    assert made.columns == ["id", "body", "text_masked", "text_tokenised", "findings"]
    assert made["id"].to_list() == [3, 1, 2]
    assert made["text_masked"].to_list() == ["[EMAIL]", None, ""]
    assert made["findings"].to_list()[1:] == [[], []]
    assert made.schema["findings"] == pl.List(redaction.FINDING)


def test_a_series_has_the_made_columns_alone() -> None:
    assert redact(pl.Series(["x"])).columns == ["text_masked", "findings"]
    assert redact(pl.Series([], dtype=pl.String)).height == 0


def test_profiles_may_belong_to_texts_row_by_row() -> None:
    texts = pl.Series(["Zoë wrote", "Zoë wrote"])
    made = redact(texts, PEOPLE.drop("customer_id"))
    assert made["text_masked"].to_list() == ["Zoë wrote", "[CUSTOMER_NAME] wrote"]


@pytest.mark.parametrize(
    ("texts", "profiles", "column", "complaint"),
    [
        (pl.DataFrame({"text": ["x"]}), None, "body", "no such column"),
        (pl.DataFrame({"text": ["x"]}), PEOPLE, "text", "nothing says which profile"),
    ],
)
def test_what_cannot_be_matched_is_refused(
    texts: pl.DataFrame, profiles: pl.DataFrame | None, column: str, complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        redact(texts, profiles, column=column)


def test_tokens_in_texts_are_those_of_the_columns() -> None:
    frame = pl.DataFrame({"text": ["WILL.KING (at) example.org, 020 7946 0958, will king, ord55512"], "customer_id": ["c1"]})
    made = redact(frame, PEOPLE, KEY)["text_tokenised"].item()
    assert made == (
        f"[EMAIL:{KEY.token('will.king@example.org', 'email')}], [PHONE:{KEY.token('+442079460958', 'phone')}], "
        f"[CUSTOMER_NAME:{KEY.token('William King', 'name')}], [ORDER:{KEY.token('ORD-55512', 'id')}]"
    )


def test_cards_and_secrets_have_no_token() -> None:
    made = redact(pl.Series(["4111 1111 1111 1111, PIN 4829"]), tokeniser=KEY)
    assert made["text_tokenised"].to_list() == ["[CARD], PIN [SECRET]"]


@pytest.mark.parametrize(
    ("action", "masked"),
    [
        (Action.KEEP, "a@b.com!"),
        (Action.MASK, "[EMAIL]!"),
        (Action.TOKENISE, f"[EMAIL:{KEY.token('a@b.com', 'email')}]!"),
        (Action.DROP, "!"),
    ],
)
def test_the_policy_decides_and_the_finding_stays(action: Action, masked: str) -> None:
    made = redact(pl.Series(["a@b.com!"]), tokeniser=KEY, policy=Policy({Entity.EMAIL: action}))
    assert made["text_masked"].to_list() == [masked]
    assert made["findings"].list.len().to_list() == [1]


def test_links_about_nobody_may_stay() -> None:
    texts = pl.Series(["https://example.com/help", "https://example.com/u/ada", "https://example.com/?id=1"])
    made = redact(texts, policy=for_purpose("functional.service.improve"))
    assert made["text_masked"].to_list() == ["https://example.com/help", "[URL]", "[URL]"]
    assert made["findings"].list.len().to_list() == [1, 1, 1]


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ConfigError, match="no such detector"):
        DEFAULT.without("email.nothing")
    with pytest.raises(ConfigError, match="no policy for this purpose"):
        for_purpose("fun")


@pytest.mark.parametrize(
    ("off", "masked"), [("own_record", "My name is [CUSTOMER_NAME], ORD-55512"), ("typos", "My name is [CUSTOMER_NAME], [ORDER]")]
)
def test_known_values_can_be_switched_off(off: str, masked: str) -> None:
    frame = pl.DataFrame({"text": ["My name is Wiliam, ORD-55512"], "customer_id": ["c1"]})
    assert redact(frame, PEOPLE, policy=DEFAULT.without(off))["text_masked"].to_list() == [masked]


def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame(
        {"text": [f"Will {number}, +44 20 7946 0{number:03}" for number in range(300)], "customer_id": ["c1"] * 300}
    )
    whole = redact(frame, PEOPLE, KEY)
    monkeypatch.setattr(redaction, "_BATCH", 64)
    assert redact(frame, PEOPLE, KEY).equals(whole)
    assert redact(frame.reverse(), PEOPLE, KEY).reverse().equals(whole)


PARTS = st.sampled_from(
    [
        *("ada@example.com", "+44 20 7946 0958", "555-123-4567", "4111 1111 1111 1111", "DE89370400440532013000", "203.0.113.77"),
        *("123-45-6789", "www.example.com/a?b=c", "SW1A 1AA", "12 High Street", "Will", "will king", "King", "Zoë", "ORD-55512"),
        *(
            "my name is ",
            "Regards,\n",
            "call me at ",
            "order ",
            "account number ",
            "password is ",
            "PIN ",
            "born on ",
            "this is ",
        ),
        *(
            " ",
            "\n",
            ", ",
            ".",
            "-",
            "(",
            ")",
            "[",
            "]",
            "[EMAIL]",
            "@",
            "+",
            "/",
            "#",
            " and ",
            " x12",
            "%40",
            "&#64;",
            "\u200b",
        ),
        *(
            "5",
            "00",
            "1234",
            "12/03/1985",
            "one two three four five six seven ",
            " at example dot com",
            "Mr. ",
            "my wife ",
            "é",
            "Ã©",
        ),
    ]
)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(PARTS, max_size=9).map("".join), min_size=30, max_size=80))
def test_what_was_redacted_stays_as_it_is(texts: list[str]) -> None:
    frame = pl.DataFrame({"text": texts, "customer_id": ["c1"] * len(texts)})
    for policy in (DEFAULT, STRICT):
        once = redact(frame, PEOPLE, KEY, policy)
        for column in ("text_masked", "text_tokenised"):
            again = redact(frame.with_columns(once[column].alias("text")), PEOPLE, KEY, policy)
            assert again[column].to_list() == once[column].to_list()


def test_digits_in_words_beside_a_number_that_letters_touch() -> None:
    said = pl.Series(["born on one two three four five six seven 203.0.113.77DE89370400440532013000 and 1234"])
    once = redact(said)["text_masked"]
    assert once.to_list() == ["born on one two three four five six seven [IP][IBAN] and 1234"]
    assert redact(once)["text_masked"].equals(once)


@pytest.mark.parametrize("letter", ["", "é"], ids=["plain", "another character before"])
def test_digits_in_words_that_go_on_with_figures_before_an_account(letter: str) -> None:
    """Letters touch the figures until the account is a tag; a disguise that shows only then is taken off at once."""
    said = f"{letter} one two three four five six seven 1234DE89370400440532013000 and 5"
    made = redact(pl.Series([said, "Hello", None, said]), tokeniser=KEY)
    once = made["text_masked"]
    assert once.to_list() == [f"{letter} [PHONE][IBAN] and 5", "Hello", None, f"{letter} [PHONE][IBAN] and 5"]
    assert [said[each["start"] : each["end"]] for each in made["findings"][0]] == [
        "one two three four five six seven 1234",
        "DE89370400440532013000",
    ]
    assert redact(once)["text_masked"].equals(once)
    tokenised = made["text_tokenised"][0]
    assert re.fullmatch(rf"{letter} \[PHONE:\w+\]\[IBAN:\w+\] and 5", tokenised), tokenised
    assert redact(made["text_tokenised"], tokeniser=KEY)["text_tokenised"].equals(made["text_tokenised"])


_ONE_MORE = "DE89 three seven zero four zero zero four four zero five three two zero one 3000"


@pytest.mark.parametrize(("times", "masked"), [(3, "[IBAN]" * 4), (8, "[IBAN]" * 9), (9, "[SECRET]"), (40, "[SECRET]")])
def test_a_text_that_shows_more_at_every_look_is_withheld(times: int, masked: str) -> None:
    """Each account shows once the one behind it is gone. Looking as often as somebody likes is not for somebody to say."""
    made = redact(pl.Series(["Hello", _ONE_MORE * times + "DE89370400440532013000"]), tokeniser=KEY)
    assert made["text_masked"].to_list() == ["Hello", masked]
    assert re.sub(r":k1_\w+", "", made["text_tokenised"][1]) == masked
    assert redact(made["text_masked"])["text_masked"].equals(made["text_masked"])
    found = made["findings"].to_list()[1]
    assert [each["start"] for each in found[1:]] == [each["end"] for each in found[:-1]]
    assert (found[0]["start"], found[-1]["end"]) == (0, len(_ONE_MORE) * times + 22)


def test_what_shows_at_another_look_goes_before_what_the_policy_keeps() -> None:
    said = pl.Series(["order one two three four five six seven 1234DE89370400440532013000"])
    kept = Policy({Entity.ORDER: Action.KEEP})
    made = redact(said, policy=kept)
    for findings in made["findings"].to_list():
        assert all(one["end"] <= other["start"] for one, other in itertools.pairwise(findings))
    assert redact(made["text_masked"], policy=kept)["text_masked"].equals(made["text_masked"])


@pytest.mark.parametrize("action", [Action.DROP, Action.MASK, Action.TOKENISE])
def test_what_shows_at_another_look_is_done_with_as_the_policy_says(action: Action) -> None:
    said = pl.Series(["a one two three four five six seven 1234DE89370400440532013000 z"])
    policy = Policy({Entity.IBAN: action, Entity.PHONE: action})
    made = redact(said, tokeniser=KEY, policy=policy)
    assert re.sub(r"\[[^\]]+\]", "", made["text_masked"][0]) in ("a  z", "a z")
    assert redact(made["text_masked"], tokeniser=KEY, policy=policy)["text_masked"].equals(made["text_masked"])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=20))
def test_findings_say_exactly_what_was_replaced(texts: list[str]) -> None:
    made = redact(pl.Series(texts))
    for text, masked, findings in zip(texts, made["text_masked"].to_list(), made["findings"].to_list(), strict=True):
        built, done = "", 0
        for each in findings:
            assert done <= each["start"] < each["end"] <= len(text)
            built += text[done : each["start"]] + f"[{each['entity']}]"
            done = each["end"]
        assert built + text[done:] == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call me at 2025550143", "call me at [PHONE]"),
        ("Serial number 2025550143", "Serial number 2025550143"),
        ("555-0143", "555-0143"),
        ("call me at 555-0143", "call me at [PHONE]"),
        ("001-555-123-4567x890 or (555)123-4567x12", "[PHONE] or [PHONE]"),
        ("I will pay, Will", "I will pay, [CUSTOMER_NAME]"),
        ("My order number is 5551234567", "My order number is 5551234567"),
        ("https://example.com/help", "[URL]"),
    ],
)
def test_the_decisions_examples_are_worked(text: str, masked: str) -> None:
    assert _masked(text) == masked
    assert _masked("Will you pay?", "c2") == "Will you pay?"


HOSTILE = ("1", "1 ", "(1", "a.", "a@", "a-", "::", "www.", "AB12 ", "one ", "a at b dot ", "&amp;", "%40", "Ã©", "my name is ")


@pytest.mark.timeout(60)
def test_long_texts_cost_no_more_than_their_length() -> None:
    """A pattern that could be read in many ways would not end within a day on one of these."""
    texts = pl.Series([part * (30_000 // len(part)) for part in HOSTILE])
    assert redact(texts).height == len(HOSTILE)
