"""What the words of consent stand for, by the public taxonomy of data uses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.data_uses import DATA_USES, line
from cx_pipeline.errors import ConfigError
from cx_pipeline.privacy.policy import PURPOSES
from cx_pipeline.privacy.purposes import ANY, Question, basis_of, channels_of, purposes_of
from cx_pipeline.settings import load
from cx_pipeline.settings.privacy import Consent


def test_the_taxonomy_is_a_tree() -> None:
    assert {whole for use in DATA_USES for whole in line(use)} == DATA_USES
    assert line("marketing.communications.sms") == ("marketing.communications.sms", "marketing.communications", "marketing")
    assert set(PURPOSES) <= DATA_USES


@pytest.mark.parametrize(
    ("asked", "precise"),
    [
        (("marketing.communications", "email"), ("marketing.communications.email", "email")),
        (("marketing", "email"), ("marketing.communications.email", "email")),
        (("marketing", "push"), ("marketing.communications", "push")),
        (("marketing", "any"), ("marketing", "any")),
        (("marketing.communications.sms", "any"), ("marketing.communications.sms", "sms")),
        (("essential.service.notifications", "sms"), ("essential.service.notifications.sms", "sms")),
        (("functional.service.improve", "email"), ("functional.service.improve", "email")),
        (("train_ai_system", "any"), ("train_ai_system", "any")),
    ],
)
def test_a_question_has_one_form(asked: tuple[str, str], precise: tuple[str, str]) -> None:
    assert Question(*asked).precise == precise
    assert Question(*precise).precise == precise


DECLARED = Consent(
    purposes={"onetrust.purposes:b86f": "marketing.communications.email", "Marketing": "sales"}, channels={"Telex": "post"}
)


@pytest.mark.parametrize(
    ("word", "use", "mapped_by"),
    [
        ("marketing", "sales", "settings"),
        (" ONETRUST.purposes:B86F ", "marketing.communications.email", "settings"),
        ("Newsletter", "marketing.communications.email", "known"),
        ("train_ai_system", "train_ai_system", "taxonomy"),
        ("marketing.communications", "marketing.communications", "taxonomy"),
        ("marketing.carrier_pigeons", None, "nothing"),
        ("unspecified", None, "nothing"),
        ("", None, "nothing"),
    ],
)
def test_words_stand_for_data_uses(word: str, use: str | None, mapped_by: str) -> None:
    assert purposes_of([word], DECLARED).rows() == [(word, use, mapped_by)]


@given(st.text(max_size=30))
def test_no_word_stands_for_what_is_no_data_use(word: str) -> None:
    [(_, use, mapped_by)] = purposes_of([word], Consent()).rows()
    assert (use is None) == (mapped_by == "nothing")
    assert use is None or use in DATA_USES


def test_words_stand_for_channels() -> None:
    words = ["email", "E-Mail", "mobilepush", "any", "telex", "pigeon"]
    assert channels_of(words, DECLARED) == {
        "email": "email",
        "E-Mail": "email",
        "mobilepush": "push",
        "any": ANY,
        "telex": "post",
    }


def test_another_basis_is_only_what_the_settings_declare() -> None:
    declared = Consent(other_basis={"essential": "contract", "essential.service.notifications": "legitimate_interests"})
    assert basis_of("essential.service.operations.support", declared) == "contract"
    assert basis_of("essential.service.notifications.sms", declared) == "legitimate_interests"
    assert basis_of("analytics", declared) is None
    assert basis_of("essential.legal_obligation", Consent()) == "legal_obligation"
    assert {use for use in DATA_USES if basis_of(use, Consent())} == {"essential.legal_obligation"}


@pytest.mark.parametrize(
    "consent",
    [
        {"purposes": {"newsletter": "newsletters"}},
        {"other_basis": {"everything": "contract"}},
        {"other_basis": {"analytics": "because"}},
        {"contact_purposes": ["marketing.nothing"]},
        {"channels": {"fax": "fax"}},
    ],
)
def test_settings_that_say_nothing_known_are_refused(consent: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        load(consent=consent)
