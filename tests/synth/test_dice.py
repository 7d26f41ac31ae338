from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.synth.dice import Bits, Dice


def test_draws_are_pinned_for_ever() -> None:
    # Worlds of earlier releases must come out the same; a change here changes every world.
    assert Dice(7).bits("label", np.arange(3)).tolist() == [3432408043314070487, 13321262003605695607, 4153457642276032446]
    assert Dice(7).below("label", np.arange(6), 100).tolist() == [18, 72, 22, 98, 39, 82]


@given(st.integers(0, 2**31), st.integers(1, 2**31), st.integers(1, 50))
def test_below_stays_below(seed: int, bound: int, count: int) -> None:
    drawn = Dice(seed).below("x", np.arange(count), bound)
    assert ((drawn >= 0) & (drawn < bound)).all()


def test_a_draw_depends_on_its_own_key_only() -> None:
    whole = Dice(1).below("x", np.arange(1_000), 50)
    assert (Dice(1).below("x", np.arange(500, 600), 50) == whole[500:600]).all()


@pytest.mark.parametrize("other", [Dice(2).bits("x", np.arange(1_000)), Dice(1).bits("y", np.arange(1_000))])
def test_seeds_and_labels_are_independent(other: Bits) -> None:
    assert not np.isin(Dice(1).bits("x", np.arange(1_000)), other).any()


def test_chance_and_weights_keep_their_rates() -> None:
    keys = np.arange(100_000)
    assert abs(int(Dice(3).chance("x", keys, 0.05).sum()) - 5_000) < 300
    counts = np.bincount(Dice(3).weighted("x", keys, (1, 0, 3)), minlength=3)
    assert counts[1] == 0
    assert abs(int(counts[0]) - 25_000) < 700


def test_spread_follows_its_quantiles() -> None:
    drawn = Dice(3).spread("x", np.arange(10_000), [10, 20, 1_000])
    assert drawn.min() >= 10
    assert drawn.max() < 1_000
    assert abs(int((drawn < 20).sum()) - 5_000) < 300
