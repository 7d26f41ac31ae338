"""Texts that were searched for known people already, so that nobody is looked for twice in the same text.

That a text holds none of some identifiers stays true for as long as there are both. So a text that was searched before needs to
be asked only for the identifiers that came since; in this way the build's last pass tells the gate what it need not do again, and
one night the next. A text that came past the last pass is not among them, and is searched like any other.

Of texts and identifiers nothing is held but hashes of 64 bits: among ten million texts, one that holds somebody is taken for
another with a chance of 1 in 10^12.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from cx_pipeline.privacy.needles import Needles
from cx_pipeline.privacy.search import search
from cx_pipeline.sorted_keys import among

Hashes = npt.NDArray[np.uint64]
_SEED = 5
_TOKEN = "k[0-9]+_[a-z2-7]{26}"  # noqa: S105  # a shape, no secret
_IN_TAG = rf"(\[[A-Z_]+):{_TOKEN}\]"
_TIME = r"[0-9]{4}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:\+00)?"
_IN_LIST = rf"'{_TIME}'|(?-u:\b){_TOKEN}(?-u:\b)"
_NONE = np.empty(0, dtype=np.uint64)


def bare(texts: pl.Series) -> pl.Series:
    """Texts without tokens, and without the times that the engine writes into lists: what nobody can be found in.

    A text with tokens in its tags is as its masked twin, and of lists that differ in tokens and times alone one is as all others.
    """
    return texts.str.replace_all(_IN_TAG, "$1]").str.replace_all(_IN_LIST, "''")


@dataclass(frozen=True)
class Cleared:
    """Sorted hashes, each once, of texts, and of the identifiers of which none stands in any of them."""

    texts: Hashes
    needles: Hashes


NOTHING = Cleared(_NONE, _NONE)


@dataclass
class Searched:
    """What is looked for now, and what is known of texts before they are searched. Several threads may ask and add at once.

    Args:
        needles: identifiers of all known people.
        before: what was found to hold none of other identifiers, or of the same.
    """

    needles: Needles
    before: Cleared = NOTHING
    _since: Needles = field(init=False)
    _clear: list[Hashes] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._since = _without(self.needles, self.before.needles)

    def doubtful(self, texts: pl.Series, *, ids: bool = False) -> pl.Series:
        """Places of the texts, `bare` and none of them null, that may hold an identifier: the others hold none.

        `ids` as `search` has it: whatever holds nothing at all holds nothing that is looked for in ids.
        """
        hashes = texts.hash(seed=_SEED).to_numpy()
        is_cleared = among(self.before.texts, hashes)
        cleared = np.flatnonzero(is_cleared)
        if len(cleared) and len(self._since):
            held = search(texts[cleared], self._since, ids=ids)["row"].unique()
            is_cleared[cleared[held]] = False
        return pl.Series(np.flatnonzero(~is_cleared), dtype=pl.UInt32)

    def add(self, texts: pl.Series) -> None:
        """Texts, `bare`, that hold none of `needles`, searched as texts and not as ids."""
        self._clear.append(texts.hash(seed=_SEED).to_numpy())

    def told(self) -> Cleared:
        """All texts that were added, and `needles`."""
        texts = np.unique(np.concatenate([_NONE, *self._clear]))
        return Cleared(texts, np.unique(np.concatenate(_keys(self.needles))))


def _without(needles: Needles, known: Hashes) -> Needles:
    """The needles whose hashes are not among those known."""
    phrases, codes, phones = (pl.Series(~among(known, keys)) for keys in _keys(needles))
    return Needles(needles.phrases.filter(phrases), needles.codes.filter(codes), needles.phones.filter(phones))


def _keys(needles: Needles) -> tuple[Hashes, Hashes, Hashes]:
    # An external id stands where others of its letters may not (`search`); all else is looked for alike, whatever its kind.
    told = needles.codes.select("low", "high", pl.col("kind") == "external_id")
    frames = needles.phrases.select("phrase", "is_cased"), told, needles.phones.select("digits")
    phrases, codes, phones = (frame.hash_rows(seed=seed).to_numpy() for seed, frame in enumerate(frames))
    return phrases, codes, phones
