"""Made-up support messages of about 300 characters, with what personal data stands in them, to measure redaction on."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench import numbers

OPENINGS = (
    "Hello, I have been waiting for an answer for quite a while now and nobody seems to care.",
    "Hi there, the parcel never arrived although the status page says that it was handed over.",
    "Good morning, the app closes itself whenever I open the settings, and I lost all of my lists.",
    "I would like to return the shoes because they are too small, but the label does not print.",
    "The invoice shows an amount that I did not agree to and the refund has not come yet.",
    "Your last reply did not help, the device still restarts every time I plug it in.",
)
CLOSINGS = (
    "Please let me know what happens next, since I will be travelling and cannot check every hour.",
    "I expect this to be solved soon, otherwise I will have to cancel the whole subscription.",
    "Could somebody look into it and tell me whether there is anything else that you need from me?",
    "It would be great to hear back today, as the present is for a party at the weekend.",
    "That is all for now, and sorry for the long message, but I wanted to explain it properly.",
)
_BUY = ("the blue jacket", "a pair of headphones", "the coffee machine", "two tickets", "the annual plan")


@dataclass(frozen=True)
class Message:
    """A text and the values in it that must go: entity and value."""

    text: str
    holds: tuple[tuple[str, str], ...] = ()


_TEMPLATES: dict[str, tuple[str, ...]] = {
    "EMAIL": (
        "You can write to me at {}.",
        "My email is {} and not the old one.",
        "Contact: {}",
        "{} is the address on file.",
        "I signed up with {}, can you see it?",
    ),
    "PHONE": (
        "Please call me at {} after five.",
        "My number is {}.",
        "Phone: {}",
        "You can reach me on {} tomorrow.",
        "Call {} if the driver cannot find the house.",
        "mobile {}",
        "My phone number changed to {}, please update it.",
        "{} is my new number.",
    ),
    "CARD": (
        "I paid with my card {} last week.",
        "The card number is {}.",
        "Please charge {} instead.",
        "Was {} charged twice?",
        "My credit card {} was declined.",
        "Card: {}",
    ),
    "IBAN": (
        "Please send the refund to {}.",
        "My IBAN is {}.",
        "The money should go to {} and not to the old account.",
        "IBAN: {}",
    ),
    "IP": (
        "My IP address is {}.",
        "The login came from {} in the log.",
        "Requests from {} are blocked.",
        "The router shows {} as its address.",
    ),
    "NATIONAL_ID": (
        "My SSN is {}.",
        "Social security number: {}",
        "For the check: SSN {}.",
        "The social security number on the form is {}.",
    ),
    "URL": ("I found it on {} yesterday.", "See {} for the picture.", "The page {} does not load.", "Here is the link: {}"),
}
_MAKERS: dict[str, Callable[[random.Random], str]] = {
    "EMAIL": numbers.email,
    "PHONE": numbers.phone,
    "CARD": numbers.card,
    "IBAN": numbers.iban,
    "IP": numbers.ip,
    "NATIONAL_ID": numbers.ssn,
    "URL": numbers.url,
}


def personal(seed: int, count: int, *, each: int = 1) -> Iterator[Message]:
    """Messages that hold so many values of the pattern entities each."""
    dice = random.Random(seed)
    for number in range(count):
        kinds = [list(_MAKERS)[(number + step * 3) % len(_MAKERS)] for step in range(each)]
        values = [(kind, _MAKERS[kind](dice)) for kind in kinds]
        said = " ".join(dice.choice(_TEMPLATES[kind]).format(value) for kind, value in values)
        yield Message(f"{dice.choice(OPENINGS)} {said} {dice.choice(CLOSINGS)}", tuple(values))


def harmless(seed: int, count: int) -> Iterator[Message]:
    """Messages that hold numbers and codes of things, and nothing of people."""
    dice = random.Random(seed)
    for _ in range(count):
        said = " ".join(dice.choice(numbers.HARMLESS)(dice) for _ in range(dice.randint(1, 2)))
        yield Message(f"{dice.choice(OPENINGS)} {said} {dice.choice(CLOSINGS)}")


def everyday(seed: int, count: int) -> Iterator[Message]:
    """A stream as it comes: nothing in most messages, numbers of things in some, personal data in a third."""
    dice = random.Random(seed)
    own, things = personal(seed + 1, count), harmless(seed + 2, count)
    for _ in range(count):
        lot = dice.random()
        if lot < 0.35:
            yield next(own)
        elif lot < 0.6:
            yield next(things)
        else:
            yield Message(
                f"{dice.choice(OPENINGS)} I ordered {dice.choice(_BUY)} and like it so far. {dice.choice(OPENINGS)} "
                f"{dice.choice(CLOSINGS)}"
            )
