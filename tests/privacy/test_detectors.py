# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Each detector finds what it is for and leaves what only looks like it."""

from __future__ import annotations

import random

import polars as pl
import pytest

from bench import numbers
from cx_pipeline.privacy import redact
from cx_pipeline.privacy.catalogue import detectors, number_detectors, switches
from cx_pipeline.privacy.policy import STRICT

FOUND = [
    ("Write to ada.king+shop@mail.example.co.uk.", "email.address", "ada.king+shop@mail.example.co.uk"),
    ("Write to ada@[192.0.2.10] now", "email.numeric_host", "ada@[192.0.2.10]"),
    ("See https://example.com/a?b=(c)#d.", "url.scheme", "https://example.com/a?b=(c)#d"),
    ("(www.example.org/page)", "url.www", "www.example.org/page"),
    ("I saw it on smith-jones.co.uk, really", "url.domain", "smith-jones.co.uk"),
    ("Card 3714-496353-98431 was charged", "card.luhn", "3714-496353-98431"),
    ("my card is 41111 11111 111111 ok", "card.context", "41111 11111 111111"),
    ("pay to GB29 NWBK 6016 1331 9268 19 please", "iban.mod97", "GB29 NWBK 6016 1331 9268 19"),
    ("pay to de89370400440532013000.", "iban.mod97", "de89370400440532013000"),
    ("from 203.0.113.77:8080 it works", "ip.v4", "203.0.113.77"),
    ("my ip is 8.8.8.8 now", "ip.v4_context", "8.8.8.8"),
    ("host fe80::1ff:fe23:4567:890a is up", "ip.v6", "fe80::1ff:fe23:4567:890a"),
    ("that is 123-45-6789 I think", "national_id.ssn", "123-45-6789"),
    ("SSN: 123456789", "national_id.ssn_context", "123456789"),
    ("that is 912-70-1234 I think", "national_id.itin", "912-70-1234"),
    ("number AB 12 34 56 C on it", "national_id.nino", "AB 12 34 56 C"),
    ("NHS number 943 476 5919", "national_id.gb_nhs", "943 476 5919"),
    ("here is 12345678Z for you", "national_id.es", "12345678Z"),
    ("cpf 529.982.247-25 ok", "national_id.br", "529.982.247-25"),
    ("AHV 756.9217.0769.85", "national_id.ch", "756.9217.0769.85"),
    ("number 11010519491231002X here", "national_id.cn", "11010519491231002X"),
    ("PESEL 44051401359", "national_id.pl", "44051401359"),
    ("my SIN is 130 692 544", "national_id.ca", "130 692 544"),
    ("codice RSSMRA85T10A562S", "national_id.it", "RSSMRA85T10A562S"),
    ("passport number X1234567 expired", "national_id.document", "X1234567"),
    ("+44 (0)20 7946 0958 is ours", "phone.plus", "+44 (0)20 7946 0958"),
    ("001-555-123-4567x890 is ours", "phone.zeros", "001-555-123-4567x890"),
    ("(555)123-4567x12 is ours", "phone.north_american", "(555)123-4567x12"),
    ("(011) 4321-8765 is ours", "phone.brackets", "(011) 4321-8765"),
    ("030/1234567 is ours", "phone.trunk", "030/1234567"),
    ("2025550143 is ours", "phone.bare", "2025550143"),
    ("call me at 555-0143", "phone.context", "555-0143"),
    ("account number: 12345678", "account.cue", "12345678"),
    ("membership no. AB-99812", "loyalty.cue", "AB-99812"),
    ("order #77-812-A", "order.cue", "77-812-A"),
    ("I was born on 12 March 1985 in Ulm", "date_of_birth.cue", "12 March 1985"),
    ("DOB 03/04/1985", "date_of_birth.cue", "03/04/1985"),
    ("my password is hunter2!x", "secret.password", "hunter2!x"),
    ("the PIN is 4829", "secret.pin", "4829"),
    ("api key: 9f8e7d6c5b4a3f2e", "secret.key", "9f8e7d6c5b4a3f2e"),
    ("use sk_live_abcdefghijk1234", "secret.shape", "sk_live_abcdefghijk1234"),
    ("I live at 12 Mill Lane, Apt 4", "address.street", "12 Mill Lane, Apt 4"),
    ("in Springfield, IL 62704 today", "address.town", "Springfield, IL 62704"),
    ("London SW1A 1AA", "address.uk_postcode", "SW1A 1AA"),
    ("Musterstraße 12, 10115 Berlin", "address.continental", "Musterstraße 12, 10115 Berlin"),
    ("to PO Box 123", "address.box", "PO Box 123"),
    ("My name is Anna van der Berg and I wait", "name.introduced", "Anna van der Berg"),
    ("Hi, this is Ben King from Berlin", "name.speaking", "Ben King"),
    ("It broke.\nBest regards,\nJohn O'Brien", "name.signed", "John O'Brien"),
    ("It broke. Regards, Ada King", "name.signed_inline", "Ada King"),
    ("Es ist kaputt.\n\nMit freundlichen Grüßen\nJürgen Müller", "name.below_closing", "Jürgen Müller"),
    ("Viele Grüße aus dem Süden\nBjörn zu Löwenstein", "name.below_closing", "Björn zu Löwenstein"),
    ("Llegó roto.\nUn saludo\nBegoña Yáñez", "name.below_closing", "Begoña Yáñez"),
    ("Gracias de antemano, señores\nÍñigo", "name.below_closing", "Íñigo"),
    ("Nie działa.\nZ poważaniem\nMałgorzata", "name.below_closing", "Małgorzata"),
    ("Не працює.\nЗ повагою\nТарас Ковальчук", "name.below_closing", "Тарас Ковальчук"),
    ("It broke.\nSent from my phone\nMia", "name.below_closing", "Mia"),
    ("请尽快退款。\n谢谢！\n李 伟", "name.below_closing_east", "李 伟"),
    ("交換をお願いします。\nよろしくお願いいたします。\nさくら", "name.below_closing_east", "さくら"),
    ("أرجو إعادة المبلغ.\nمع الشكر\nمحمد الهاشمي", "name.below_closing_arabic", "محمد الهاشمي"),
    ("my wife Anna called", "name.related", "Anna"),
    ("I spoke to Carla yesterday", "name.spoken_to", "Carla"),
    ("Mrs. King said so", "name.titled", "King"),
]


@pytest.mark.parametrize(("text", "rule", "value"), FOUND, ids=[f"{row[1]} {number}" for number, row in enumerate(FOUND)])
def test_a_detector_finds_what_it_is_for(text: str, rule: str, value: str) -> None:
    (findings,) = redact(pl.Series([text]), policy=STRICT)["findings"].to_list()
    assert [(each["rule"], text[each["start"] : each["end"]]) for each in findings] == [(rule, value)]


@pytest.mark.parametrize("rule", sorted({row[1] for row in FOUND}))
def test_what_is_switched_off_finds_nothing(rule: str) -> None:
    texts = [text for text, found_by, _ in FOUND if found_by == rule]
    findings = redact(pl.Series(texts), policy=STRICT.without(rule))["findings"].explode(empty_as_null=False)
    assert rule not in findings.struct.field("rule").to_list()


def test_every_detector_is_shown_at_work() -> None:
    """Countries' numbers stand in one table and share their code; one of them without, and one with a word, are enough."""
    shown = {row[1] for row in FOUND}
    silent = {detector.id for detector in detectors()} - shown
    assert {each for each in silent if not each.startswith("national_id.")} == set()


def test_what_can_be_switched_off_is_named_once() -> None:
    assert len(switches()) == len(set(switches())) == len(detectors()) + 2


def test_a_check_answers_whatever_it_is_asked() -> None:
    """Libraries of check digits look things up, and must not end a run when they do not find them."""
    dice = random.Random(3)
    shapes = [numbers.digits(dice, "#" * length) + end for length in range(8, 20) for end in ("", "X", "A") for _ in range(200)]
    asked = 0
    for detector in number_detectors(frozenset()):
        for match in (found for text in shapes for found in detector.compiled.finditer(text) if detector.check is not None):
            assert detector.check is not None
            assert detector.check(match["value"]) in (True, False)
            asked += 1
    assert asked > 5_000


KEPT = [
    *("Version 4.12.0.1 of the app", "upgraded to 10.0.19.3", "SKU AB-1234-56789", "Serial number 2025550143", "Flight BA 2490"),
    *(
        "Ticket #2025550143",
        "tracking 9400 1118 9922 3197 4284 47",
        "It was $1,234.56",
        "at 10:33:45 on 2026-11-02",
        "03/04/2026 14:30",
    ),
    *("120 x 80 x 45 cm", "48.13512, 11.58198", "WH-1000XM5", "9/10 or 95%", "in 2024 and 1999", "IMEI 353456789012348"),
    *(
        "order 4111111111111112",
        "reset my password is not working",
        "the logo@2x.png is blurry",
        "std::vector",
        "asp.net and node.js",
    ),
    *("I am done.It works", "12345", "555-0143 pieces", "order 555-123-4567", "My account is locked", "ISBN 978-3-16-148410-0"),
    *("This is Ridiculous.", "timestamp 1731540000", "MAC 00:1a:2b:3c:4d:5e", "the GB29 model", "Error 0x80070005, code 500"),
]


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_personal_stays(text: str) -> None:
    made = redact(pl.Series([text]))
    assert made["text_masked"].to_list() == [text]
    assert made["findings"].to_list() == [[]]
