"""Which data use and channel the sources' words of consent stand for.

The words stay beside what they stand for. A word that stands for nothing known is never a grant. A refusal under such a word
is one of all marketing communications in the channel that it names: somebody asked to be left alone there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import polars as pl

from cx_pipeline.data_uses import DATA_USES, line
from cx_pipeline.settings.privacy import Consent

ANY = "any"
CHANNELS = ("email", "sms", "phone", "push", "post", "messenger", "in_app")
LEFT_ALONE = "marketing.communications"
"""What a refusal is about that names a channel and a purpose that stands for nothing known."""

_PURPOSES: Mapping[str, str] = {
    "newsletter": "marketing.communications.email",
    "newsletters": "marketing.communications.email",
    "e-mail marketing": "marketing.communications.email",
    "email marketing": "marketing.communications.email",
    "sms marketing": "marketing.communications.sms",
    "direct marketing": "marketing.communications",
    "advertising": "marketing.advertising",
    "targeted advertising": "marketing.advertising.first_party.targeted",
    "personalisation": "personalize",
    "personalization": "personalize",
    "statistics": "analytics",
    "surveys": "functional.service.improve",
    "service improvement": "functional.service.improve",
    "ai training": "train_ai_system",
}
_CHANNELS: Mapping[str, str] = {
    "any": ANY,
    "all": ANY,
    "e-mail": "email",
    "mail": "email",
    "text": "sms",
    "mms": "sms",
    "smsmarketing": "sms",
    "call": "phone",
    "voice": "phone",
    "telephone": "phone",
    "mobilepush": "push",
    "webpush": "push",
    "letter": "post",
    "postal": "post",
    "directmail": "post",
    "whatsapp": "messenger",
    "inapp": "in_app",
    **{channel: channel for channel in CHANNELS},
}
WORDS = {"word": pl.String, "data_use": pl.String, "mapped_by": pl.String}


class Question(NamedTuple):
    """May data be used for a purpose, by writing or calling in a channel; `any` where nobody is contacted, or in all ways."""

    purpose: str
    channel: str = ANY

    @property
    def precise(self) -> Question:
        """The same in one form: the taxonomy's own kind of the purpose for the channel, where it has one.

        Marketing that is addressed to somebody in a channel is a marketing communication.
        """
        purpose, channel = self
        last = purpose.rsplit(".", 1)[-1]
        if channel == ANY:
            return Question(purpose, last if purpose in DATA_USES and last in CHANNELS else ANY)
        if purpose == "marketing":
            purpose = LEFT_ALONE
        own = f"{purpose}.{channel}"
        return Question(own if own in DATA_USES else purpose, channel)


def purposes_of(words: Iterable[str], declared: Consent) -> pl.DataFrame:
    """`word, data_use, mapped_by` of purposes as sources write them; `mapped_by` is settings, taxonomy, known or nothing.

    Case and white space around do not matter; what the settings say comes first.
    """
    own = {_plain(word): use for word, use in declared.purposes.items()}
    rows = [(word, *_use(_plain(word), own)) for word in words]
    return pl.DataFrame(rows, schema=WORDS, orient="row")


def channels_of(words: Iterable[str], declared: Consent) -> dict[str, str]:
    """The channels that some words stand for; words that stand for none are left out."""
    own: dict[str, str] = {_plain(word): channel for word, channel in declared.channels.items()}
    known = {**_CHANNELS, **own}
    return {word: known[plain] for word in words if (plain := _plain(word)) in known}


def basis_of(use: str, declared: Consent) -> str | None:
    """The legal basis other than consent that a data use has; the nearest that is declared on its line."""
    return next((declared.other_basis[whole] for whole in line(use) if whole in declared.other_basis), None)


def _use(word: str, own: Mapping[str, str]) -> tuple[str | None, str]:
    if word in own:
        return own[word], "settings"
    if word in DATA_USES:
        return word, "taxonomy"
    return (_PURPOSES[word], "known") if word in _PURPOSES else (None, "nothing")


def _plain(word: str) -> str:
    return word.strip().casefold()
