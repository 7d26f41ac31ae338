"""Every switch of redaction is watched: switched off, it lets a stranger's identifier through, and that is noticed.

What notices is the canary's mark in the text, and for kinds that the lake knows of people (`known`) the gate itself. The values
are strangers', so the own record does not cover for a detector, and each is written so that no other detector does.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import pytest

from cx_pipeline.privacy import redact
from cx_pipeline.privacy.catalogue import OWN_RECORD, TYPOS, switches
from cx_pipeline.privacy.needles import needles
from cx_pipeline.privacy.policy import STRICT, Policy
from cx_pipeline.privacy.search import search
from cx_pipeline.privacy.sweep import sweep


@dataclass(frozen=True)
class Case:
    """A text whose identifier only one switch takes out. `known`: its kind and value as the lake holds them."""

    switch: str
    text: str
    value: str
    known: tuple[str, str] | None = None


CASES = [
    Case("account.cue", "account number: 12345678", "12345678"),
    Case("address.box", "to PO Box 1234", "PO Box 1234"),
    Case("address.continental", "Quaplostraße 12, 10115 Berlin", "Quaplostraße 12, 10115 Berlin", ("address", "Quaplostraße 12")),
    Case("address.street", "I live at 12 Quaplo Lane, Apt 4", "12 Quaplo Lane", ("address", "12 Quaplo Lane")),
    Case("address.town", "in Quaplofield, IL 62704 today", "Quaplofield, IL 62704"),
    Case("address.uk_postcode", "London SW1A 1AA", "SW1A 1AA"),
    Case("card.context", "my card is 41111 11111 111111 ok", "41111 11111 111111"),
    Case("card.luhn", "here is 3714-496353-98431 ok", "3714-496353-98431"),
    Case("date_of_birth.cue", "I was born on 12 March 1985 in Ulm", "12 March 1985"),
    Case(
        "email.address",
        "Write to quaplo.velzor@plumage.museum please",
        "quaplo.velzor@plumage.museum",
        ("email", "quaplo.velzor@plumage.museum"),
    ),
    Case("email.numeric_host", "Write to quaplo@[192.0.2.10] now", "quaplo@[192.0.2.10]"),
    Case("iban.mod97", "pay to GB29 NWBK 6016 1331 9268 19 please", "GB29 NWBK 6016 1331 9268 19"),
    Case("ip.v4", "from 203.0.113.77:8080 it works", "203.0.113.77"),
    Case("ip.v4_context", "my ip is 8.8.8.8 now", "8.8.8.8"),
    Case("ip.v6", "host fe80::1ff:fe23:4567:890a is up", "fe80::1ff:fe23:4567:890a"),
    Case("loyalty.cue", "membership no. AB-99812", "AB-99812"),
    Case("name.introduced", "My name is Quaplo Velzor and I wait", "Quaplo Velzor", ("name", "Quaplo Velzor")),
    Case("name.below_closing", "Nie działa.\nZ poważaniem\nQuaplo Velzor", "Quaplo Velzor", ("name", "Quaplo Velzor")),
    Case("name.below_closing_arabic", "المنتج معطل.\nمع الشكر\nسمير حداد", "سمير حداد"),
    Case("name.below_closing_east", "我的订单还没到。\n谢谢\n王小明", "王小明"),
    Case("name.related", "my wife Quaplo Velzor called", "Quaplo Velzor", ("name", "Quaplo Velzor")),
    Case("name.signed", "It broke.\nBest regards,\nQuaplo Velzor", "Quaplo Velzor", ("name", "Quaplo Velzor")),
    Case("name.signed_inline", "It broke. Regards, Quaplo Velzor", "Quaplo Velzor", ("name", "Quaplo Velzor")),
    Case("name.speaking", "Hi, this is Quaplo Velzor from Berlin", "Quaplo Velzor", ("name", "Quaplo Velzor")),
    Case("name.spoken_to", "I spoke to Quaplo Velzor yesterday", "Quaplo Velzor", ("name", "Quaplo Velzor")),
    Case("name.titled", "Mrs. Quaplo Velzor said so", "Quaplo Velzor", ("name", "Quaplo Velzor")),
    Case("national_id.au", "TFN 123 456 782", "123 456 782"),
    Case("national_id.be", "rijksregisternummer 85.07.30-033.28", "85.07.30-033.28"),
    Case("national_id.br", "here is 529.982.247-25 ok", "529.982.247-25"),
    Case("national_id.br_bare", "cpf 52998224725 ok", "52998224725"),
    Case("national_id.ca", "my SIN is 130 692 544", "130 692 544"),
    Case("national_id.ch", "it is 756.9217.0769.85", "756.9217.0769.85"),
    Case("national_id.cn", "number 11010519491231002X here", "11010519491231002X"),
    Case("national_id.de", "Steuer-ID 36574261809", "36574261809"),
    Case("national_id.dk", "CPR 211062-5629", "211062-5629"),
    Case("national_id.document", "passport number X1234567 expired", "X1234567"),
    Case("national_id.es", "here is 12345678Z for you", "12345678Z"),
    Case("national_id.fi", "it is 131052-308T", "131052-308T"),
    Case("national_id.fr", "NIR 2 95 10 99 126 111 93", "2 95 10 99 126 111 93"),
    Case("national_id.gb_nhs", "NHS number 9430000004", "9430000004"),
    Case("national_id.ie", "PPS 6433435F", "6433435F"),
    Case("national_id.in_aadhaar", "aadhaar 2341 2341 2346", "2341 2341 2346"),
    Case("national_id.in_pan", "pan card ACUPA7085R", "ACUPA7085R"),
    Case("national_id.it", "here RSSMRA85T10A562S", "RSSMRA85T10A562S"),
    Case("national_id.itin", "that is 912-70-1234 I think", "912-70-1234"),
    Case("national_id.mx", "here BOXW310820HNERXN09", "BOXW310820HNERXN09"),
    Case("national_id.nino", "number AB 12 34 56 C on it", "AB 12 34 56 C"),
    Case("national_id.nl", "BSN 1112.22.333", "1112.22.333"),
    Case("national_id.no", "personnummer 151086 95088", "151086 95088"),
    Case("national_id.pl", "PESEL 44051401359", "44051401359"),
    Case("national_id.ro", "CNP 1630615123457", "1630615123457"),
    Case("national_id.se", "personnummer 880320-0016", "880320-0016"),
    Case("national_id.ssn", "that is 123-45-6789 I think", "123-45-6789"),
    Case("national_id.ssn_context", "SSN: 123456789", "123456789"),
    Case("national_id.tr", "TC kimlik 10000000146", "10000000146"),
    Case("national_id.za", "ID number 7503305044089", "7503305044089"),
    Case("order.cue", "order #77-812-A", "77-812-A"),
    Case("own_record", "ask about quaplo velzor there", "quaplo velzor", ("name", "Quaplo Velzor")),
    Case("phone.bare", "2025550143 is ours", "2025550143", ("phone", "+12025550143")),
    Case("phone.brackets", "(11) 4321-8765 is ours", "(11) 4321-8765", ("phone", "+551143218765")),
    Case("phone.context", "call me at 2025 5501 43", "2025 5501 43", ("phone", "+12025550143")),
    Case("phone.north_american", "202-555-0143 is ours", "202-555-0143", ("phone", "+12025550143")),
    Case("phone.plus", "+44 (0)20 7946 0958 is ours", "+44 (0)20 7946 0958", ("phone", "+442079460958")),
    Case("phone.trunk", "030/1234567 is ours", "030/1234567", ("phone", "+49301234567")),
    Case("phone.zeros", "0044 20 7946 0958 is ours", "0044 20 7946 0958", ("phone", "+442079460958")),
    Case("secret.key", "api key: 9f8e7d6c5b4a3f2e", "9f8e7d6c5b4a3f2e"),
    Case("secret.password", "my password is quaplo2!x", "quaplo2!x"),
    Case("secret.pin", "the PIN is 4829", "4829"),
    Case("secret.shape", "use sk_live_abcdefghijk1234", "sk_live_abcdefghijk1234"),
    Case("typos", "my name is quapol", "quapol"),
    Case("url.domain", "I saw it on quaplo-velzor.co.uk, really", "quaplo-velzor.co.uk"),
    Case("url.scheme", "See https://plumage/quaplovel there", "https://plumage/quaplovel"),
    Case("url.www", "(www.quaplovel.museum/page)", "www.quaplovel.museum/page"),
]
OWN = pl.DataFrame({"customer_id": ["c1"], "name": ["Quaplo Velzor"]})


def masked(case: Case, policy: Policy) -> str:
    frame = pl.DataFrame({"customer_id": ["c1"], "text": [case.text]})
    profiles = OWN if case.switch in (OWN_RECORD, TYPOS) else None
    return str(redact(frame, profiles, policy=policy)["text_masked"].item())


def test_no_switch_is_without_evidence() -> None:
    assert sorted(case.switch for case in CASES) == sorted(switches())


def test_whole_kinds_of_the_gate_are_among_the_evidence() -> None:
    assert {case.known[0] for case in CASES if case.known} == {"email", "phone", "name", "address"}
    assert sum(case.known is not None for case in CASES) == 19


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.switch)
def test_switched_off_it_is_noticed(case: Case) -> None:
    right, wrong = masked(case, STRICT), masked(case, STRICT.without(case.switch))
    assert case.value not in right
    assert case.value in wrong
    if case.known is not None:
        known = needles(pl.DataFrame([case.known], schema=["kind", "value"], orient="row"))
        assert search(pl.Series([right]), known).is_empty()
        assert search(pl.Series([wrong]), known)["kind"].to_list() == [case.known[0]]
        # What the gate would turn red for, the last pass takes out, whichever detector is broken.
        assert search(sweep(pl.Series([wrong]), known).texts, known).is_empty()


def test_the_whole_corpus_is_clean_with_everything_on_and_red_with_any_one_off() -> None:
    frame = pl.DataFrame({"text": [case.text for case in CASES if case.switch not in (OWN_RECORD, TYPOS)]})
    people = needles(pl.DataFrame([case.known for case in CASES if case.known], schema=["kind", "value"], orient="row"))
    assert search(redact(frame, policy=STRICT)["text_masked"], people).is_empty()
    for case in CASES:
        if case.known is not None and case.switch != OWN_RECORD:
            left = redact(frame, policy=STRICT.without(case.switch))["text_masked"]
            assert case.known[0] in search(left, people)["kind"].to_list(), case.switch
