# ruff: noqa: RUF001 - look-alike characters are the subject here
"""What opens something: passwords, keys and codes. The phrase stays, the secret goes."""

from __future__ import annotations

import re

from cx_pipeline.privacy.detector import PhraseDetector
from cx_pipeline.privacy.entity import Entity

_SAID = r"(?i:[ ]+(?:is|was)|[ ]*[:=])[ ]*(?i:now |still |set to )?[\"'“‘`]?"
_PLAIN = re.compile(r"[A-Za-z]+|[^A-Za-z0-9]+")
_TRAIL = ".,;:!?)\"'”’`"


def _secret_length(text: str) -> int:
    """Without closing punctuation; 0 for what is a word and so more likely part of the sentence."""
    kept = text.rstrip(".,;:)\"'”’`")
    return 0 if len(kept) < 4 or _PLAIN.fullmatch(kept.rstrip("!?")) else len(kept)


PASSWORD = PhraseDetector(
    id="secret.password",
    entity=Entity.SECRET,
    title="What stands behind 'password is', and is no plain word.",
    gate="pass|pwd|kennwort|mot de|contrasena|login code",
    cue=rf"\b(?i:pass ?words?|passwd|pwd|pass ?code|pass ?phrase|passwort|kennwort|mot de passe|contraseña|login code)\b{_SAID}",
    value=r"[^\s\[\]\x02]{4,64}",
    keep=_secret_length,
    score=0.8,
)
PIN = PhraseDetector(
    id="secret.pin",
    entity=Entity.SECRET,
    title="Three to eight digits behind 'PIN', 'CVV', 'one-time code' and their like.",
    gate="pin|otp|tan|cvv|cvc|security code|verification|one[ -]time|access code|2fa|sms code|unlock|auth|passcode",
    cue=(
        r"\b(?i:pin|pin code|pin number|pin no\.?|otp|tan|cvv2?|cvc2?|cvv code|security code|verification code|"
        r"one[- ]time (?:code|password|pin|passcode)|access code|2fa code|sms code|unlock code|"
        r"auth(?:entication)? code|passcode)\b"
        r"(?i:[ ]+(?:is|was)|[ ]*[:=#])?[ ]*[\"'“]?"
    ),
    value=r"[0-9]{3,8}\b",
    score=0.8,
)
KEY = PhraseDetector(
    id="secret.key",
    entity=Entity.SECRET,
    title="A key behind 'API key', 'access token' and their like.",
    gate="key|token|client[ _-]?secret|bearer",
    cue=(
        r"\b(?i:api[ _\-]?key|access[ _]?token|secret[ _]?key|auth[ _]?token|client[ _]?secret|private key|"
        r"bearer)\b(?i:[ ]+is|[ ]*[:=])?[ ]*[\"'“]?"
    ),
    value=r"[A-Za-z0-9_\-./+=]{12,200}",
    keep=lambda text: len(text.rstrip(".")) if re.search(r"[0-9]", text) else 0,
    score=0.8,
)
SHAPES = PhraseDetector(
    id="secret.shape",
    entity=Entity.SECRET,
    title="A key that its prefix gives away: of payment, code hosting, cloud and chat services, or a signed token.",
    gate="_live_|_test_|gh[pousr]_|github_pat|glpat|akia|asia|xox|aiza|eyj",
    cue=r"\b|^",
    value=(
        r"(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_\-]{16,}|"
        r"(?:AKIA|ASIA)[0-9A-Z]{16}|xox[abeprs]-[A-Za-z0-9\-]{10,}|AIza[0-9A-Za-z_\-]{35}|"
        r"eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}"
    ),
    score=0.95,
)
