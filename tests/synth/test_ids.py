from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.synth import ids


def checksum(body: str) -> str:
    """The vendor's rule, letter by letter."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    parts = [body[at : at + 5] for at in (0, 5, 10)]
    return "".join(
        letters[sum(1 << at for at, letter in enumerate(part) if letter.isascii() and letter.isupper())] for part in parts
    )


@given(st.lists(st.integers(0, 62**5), min_size=1, max_size=20, unique=True))
def test_salesforce_ids_carry_their_checksum_and_differ(numbers: list[int]) -> None:
    made = ids.salesforce(ids.CONTACT, np.array(numbers)).to_list()
    assert all(len(one) == 18 and one.startswith("003") and one[15:] == checksum(one[:15]) for one in made)
    assert len({one[:15] for one in made}) == len(numbers)


def test_some_salesforce_ids_differ_in_case_only() -> None:
    made = ids.salesforce(ids.CASE, np.arange(300)).str.slice(0, 15)
    assert made.n_unique() == 300
    assert made.str.to_lowercase().n_unique() < 300


def test_zendesk_ids_have_thirteen_digits_and_negative_numbers_have_none() -> None:
    made = ids.zendesk(np.array([0, 5_000_000, -1]))
    assert made.cast(pl.String).str.len_chars().to_list() == [13, 13, None]
    assert ids.salesforce(ids.USER, np.array([-1])).to_list() == [None]
