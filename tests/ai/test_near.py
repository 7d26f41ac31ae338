from __future__ import annotations

import random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.ai.near import THRESHOLD, components, near_pairs

_WORDS = [f"word{number}" for number in range(3_000)]


def _runs(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[at : at + 3]) for at in range(len(words) - 2)} if len(words) > 2 else {tuple(words)}


def _jaccard(left: str, right: str) -> float:
    one, other = _runs(left), _runs(right)
    return len(one & other) / len(one | other)


def _world(count: int) -> tuple[pl.Series, set[tuple[int, int]]]:
    """Texts of which a fifth has one near copy, some with more changes than count as near; and the true pairs."""
    dice = random.Random(3)
    texts: list[str] = []
    pairs: set[tuple[int, int]] = set()
    while len(texts) < count:
        words = dice.choices(_WORDS, k=dice.randrange(12, 70))
        texts.append(" ".join(words))
        if dice.random() < 0.25:
            changed = list(words)
            for _ in range(dice.choice((1, 1, 2, 6))):
                changed[dice.randrange(len(changed))] = dice.choice(_WORDS)
            if changed != words:
                texts.append(" ".join(changed))
                if _jaccard(texts[-2], texts[-1]) >= THRESHOLD:
                    pairs.add((len(texts) - 2, len(texts) - 1))
    return pl.Series(texts), pairs


def test_near_copies_are_found_and_nothing_else() -> None:
    texts, true = _world(50_000)
    assert len(true) > 3_000
    found = set(near_pairs(texts).pairs.select("left", "right").iter_rows())
    assert not found - true
    assert len(found & true) >= 0.999 * len(true)


def test_a_pair_tells_its_true_similarity() -> None:
    base = "the desk that I ordered in May has still not been delivered to my house please help me"
    texts = pl.Series([base, f"{base} today", "an altogether different text about a refund of twelve euros"])
    [(left, right, similar)] = near_pairs(texts).pairs.iter_rows()
    assert (left, right) == (0, 1)
    assert similar == _jaccard(texts[0], texts[1])


def test_scripts_without_spaces_are_compared_by_character() -> None:
    texts = pl.Series(
        [
            "注文した机がまだ届きません。いつ届きますか。教えてください。",
            "注文した机がまだ届きません。いつ届きますか。教えて",
            "返金をお願いします。",
        ]
    )
    assert near_pairs(texts).pairs.select("left", "right").rows() == [(0, 1)]


def test_a_crowd_of_alike_texts_hangs_together() -> None:
    base = " ".join(_WORDS[:60])
    texts = pl.Series([f"{base} number{number}" for number in range(300)])
    near = near_pairs(texts)
    kin = components(len(texts), pl.concat([near.pairs.select("left", "right"), near.kin]))
    assert kin.unique().to_list() == [0]
    assert near.pairs.height < 300 * 299 / 2
    assert (near.pairs["jaccard"] >= THRESHOLD).all()


def test_texts_without_words_are_like_nothing() -> None:
    assert near_pairs(pl.Series(["", "…", "!!!"])).pairs.height == 0
    assert near_pairs(pl.Series([], dtype=pl.String)).pairs.height == 0


@settings(max_examples=30)
@given(
    st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=9).map(" ".join), min_size=2, max_size=25, unique=True)
)
def test_every_pair_that_is_told_is_one(texts: list[str]) -> None:
    for left, right, similar in near_pairs(pl.Series(texts)).pairs.iter_rows():
        assert left < right
        assert similar == _jaccard(texts[left], texts[right])


def test_components_are_named_by_their_smallest() -> None:
    pairs = pl.DataFrame({"left": [4, 1], "right": [2, 4]}, schema={"left": pl.UInt32, "right": pl.UInt32})
    assert components(6, pairs).to_list() == [0, 1, 1, 3, 1, 5]
