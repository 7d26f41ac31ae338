"""Made-up people and messages in which they name themselves, to measure redaction by the own record."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from bench import numbers
from bench.messages import CLOSINGS, OPENINGS

_GIVEN = (
    *(
        "William",
        "Elizabeth",
        "Zoë",
        "Mark",
        "Grace",
        "May",
        "José",
        "Mohammed",
        "Anna",
        "Will",
        "Rose",
        "Siobhán",
        "Jean-Luc",
        "Li",
    ),
    *(
        "Catherine",
        "Robert",
        "Priya",
        "Hiroshi",
        "Olga",
        "Jürgen",
        "Chloe",
        "Ahmed",
        "Fatima",
        "Björn",
        "Dmitri",
        "Amy",
        "Bo",
        "Ed",
    ),
)
_FAMILY = (
    *("King", "Müller", "O'Brien", "van der Berg", "García", "Smith-Jones", "Young", "Novák", "Okafor", "Ng", "Brown", "Tanaka"),
    *("Dubois", "Kowalski", "Rossi", "Green", "Singh", "Petrov", "Øster", "Price", "Wu", "Fernandes", "Schäfer", "McDonald"),
)
_SYLLABLES = ("ba", "ker", "lin", "mo", "ra", "to", "vel", "dan", "shi", "gu", "pe", "nor", "wes", "hal")
_STREETS = ("High Street", "Station Road", "Park Avenue", "Mill Lane", "Church Drive", "Oak Court")
_CUES = (
    "My name is {}.",
    "this is {} writing again.",
    "Regards, {}",
    "Kind regards,\n{}",
    "The account is under the name {}.",
    "Best wishes,\n{}",
)
_PLAIN = ("{} ordered this.", "The parcel was for {}, not for the neighbour.", "Please change it to {} in your files.", *_CUES)


@dataclass(frozen=True)
class Person:
    """What is known of one customer."""

    customer_id: str
    given_name: str
    family_name: str
    full_name: str
    email: str
    phone: str
    street: str
    postcode: str
    order_id: str


@dataclass(frozen=True)
class OwnMessage:
    """A text of a customer, what kind of value it holds, and the value as written; empty kind for none."""

    customer_id: str
    text: str
    kind: str = ""
    value: str = ""


def people(seed: int, count: int) -> list[Person]:
    dice = random.Random(seed)
    return [_person(dice, number) for number in range(count)]


def _person(dice: random.Random, number: int) -> Person:
    given = dice.choice(_GIVEN)
    family = dice.choice(_FAMILY) if dice.random() < 0.5 else "".join(dice.choice(_SYLLABLES) for _ in range(3)).capitalize()
    return Person(
        f"c{number}",
        given,
        family,
        f"{given} {family}",
        f"u{number}.{numbers.digits(dice, '##')}@example.org",
        "+1" + numbers.digits(dice, "%##%######"),
        f"{dice.randint(1, 250)} {dice.choice(_STREETS)}",
        numbers.digits(dice, "SW%# %AA") if dice.random() < 0.5 else numbers.digits(dice, "%####"),
        numbers.digits(dice, dice.choice(("10######", "ORD-#####", "#%###-A"))),
    )


def profiles(known: list[Person]) -> pl.DataFrame:
    return pl.DataFrame(known)


def _name(dice: random.Random, person: Person) -> str:
    given, family = person.given_name, person.family_name
    forms = (
        person.full_name,
        given,
        family,
        f"{given[0]}. {family}",
        f"{given} {family[0]}.",
        f"{family}, {given}",
        person.full_name.lower(),
        person.full_name.upper(),
    )
    return dice.choice(forms)


def _phone(dice: random.Random, person: Person) -> str:
    body = person.phone[2:]
    spellings = ("({}) {}-{}", "{}.{}.{}", "{}-{}-{}", "+1 {} {} {}", "1{}{}{}", "{} {} {}", "+1-{}-{}-{}", "001{}{}{}")
    return dice.choice(spellings).format(body[:3], body[3:6], body[6:])


def _street(dice: random.Random, person: Person) -> str:
    short = person.street.replace("Street", "St").replace("Road", "Rd").replace("Avenue", "Ave")
    return dice.choice((person.street, person.street.lower(), short))


def _email(dice: random.Random, person: Person) -> str:
    return dice.choice((person.email, person.email.upper(), person.email.replace("@", " (at) ").replace(".org", " dot org")))


_KINDS: dict[str, Callable[[random.Random, Person], str]] = {
    "name": _name,
    "email": _email,
    "phone": _phone,
    "street": _street,
    "postcode": lambda dice, person: dice.choice((person.postcode, person.postcode.lower().replace(" ", ""))),
    "order": lambda dice, person: dice.choice((person.order_id, f"#{person.order_id}")),
}


def exact(seed: int, known: list[Person], count: int) -> Iterator[OwnMessage]:
    """Messages that hold one own value each, as its owner may write it."""
    dice = random.Random(seed)
    for number in range(count):
        person, kind = dice.choice(known), list(_KINDS)[number % len(_KINDS)]
        value = _KINDS[kind](dice, person)
        said = dice.choice(_CUES if value.islower() or len(value) < 4 else _PLAIN) if kind == "name" else "About {} again."
        yield OwnMessage(person.customer_id, _around(dice, said.format(value)), kind, value.lstrip("#"))


def mistyped(seed: int, known: list[Person], count: int) -> Iterator[OwnMessage]:
    """Messages in which a customer's given name, of four letters and more, has one typing error behind a cue."""
    dice = random.Random(seed)
    long = [person for person in known if len(person.given_name) > 3 and person.given_name.isalpha()]
    for _ in range(count):
        person = dice.choice(long)
        value = typo(dice, person.given_name)
        yield OwnMessage(person.customer_id, _around(dice, dice.choice(_CUES).format(value)), "name", value)


def nothing(seed: int, known: list[Person], count: int) -> Iterator[OwnMessage]:
    """Messages that hold nothing of their customer's: words that are names, and other people's months and marks."""
    dice = random.Random(seed)
    words = (
        "I will wait until May.",
        "Mark it as done, please.",
        "A rose is green and brown.",
        "The price may rise.",
        "Will you call?",
        "Grace period?",
        "The king size is for the young.",
    )
    for _ in range(count):
        yield OwnMessage(dice.choice(known).customer_id, _around(dice, dice.choice(words)))


def typo(dice: random.Random, word: str) -> str:
    """One letter dropped, doubled, exchanged or swapped with the next, behind the first."""
    place = dice.randint(1, len(word) - 2)
    letter = dice.choice("aeiorstnl")
    made = dice.choice(
        (
            word[:place] + word[place + 1 :],
            word[:place] + word[place] + word[place:],
            word[:place] + letter + word[place + 1 :],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        )
    )
    return made if made != word else word + letter


def _around(dice: random.Random, said: str) -> str:
    if "\n" in said or said.startswith(("Regards", "Kind", "Best")):
        return f"{dice.choice(OPENINGS)} {dice.choice(CLOSINGS)} {said}"
    return f"{dice.choice(OPENINGS)} {said} {dice.choice(CLOSINGS)}"
