import string

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.scrub.salesforce_id import SALESFORCE_ID, checksums, to_18


def checksum(text: str) -> str:
    """The published algorithm, one id at a time."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    groups = (text[start : start + 5] for start in (0, 5, 10))
    return "".join(
        alphabet[sum(1 << bit for bit, letter in enumerate(group) if letter.isupper() and letter.isascii())] for group in groups
    )


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("00130000003CaOM", "00130000003CaOMAA0"),
        ("00130000003CaOMAA0", "00130000003CaOMAA0"),
        ("00130000003caomaa0", "00130000003CaOMAA0"),
        ("00130000003CAOMAA0", "00130000003CaOMAA0"),
        ("500000000000000", "500000000000000AAA"),
        ("not an id", "not an id"),
        ("00130000003CaOMZZZ", "00130000003CaOMZZZ"),
        ("", ""),
        (None, None),
    ],
)
def test_ids(raw: str | None, clean: str | None) -> None:
    assert to_18(pl.Series([raw], dtype=pl.String)).to_list() == [clean]


_ID = st.text(alphabet=string.ascii_letters + string.digits, min_size=15, max_size=15)


@settings(max_examples=15, deadline=None)
@given(ids=st.lists(_ID, min_size=1, max_size=50))
def test_the_checksum_is_the_published_one_and_brings_case_back(ids: list[str]) -> None:
    values = pl.Series("id", ids)
    expected = [text + checksum(text) for text in ids]
    assert checksums(values).to_list() == [checksum(text) for text in ids]
    full = to_18(values)
    assert full.to_list() == expected
    assert to_18(full).to_list() == expected
    assert to_18(full.str.to_lowercase()).to_list() == expected
    assert SALESFORCE_ID.touched(values).all()
