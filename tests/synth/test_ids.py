from __future__ import annotations

from uuid import RFC_4122, UUID

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.synth import ids
from cx_pipeline.synth.dice import Dice


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


def test_uuids_are_of_version_four_and_differ() -> None:
    made = ids.uuids(Dice(1), "x", np.arange(2_000)).to_list()
    assert {(UUID(one).version, UUID(one).variant, str(UUID(one)) == one) for one in made} == {(4, RFC_4122, True)}
    assert len(set(made)) == 2_000
    assert ids.uuids(Dice(1), "x", np.array([7, -1])).to_list() == [made[7], None]


def test_opaque_ids_have_fifteen_letters_and_digits() -> None:
    made = ids.opaque("R_", Dice(1), "x", np.arange(2_000))
    assert made.str.contains("^R_[0-9A-Za-z]{15}$").all()
    assert made.n_unique() == 2_000
    assert ids.opaque("R_", Dice(1), "x", np.array([7, -1])).to_list() == [made[7], None]
    assert ids.opaque("R_", Dice(2), "x", np.array([7]))[0] != made[7]
