"""New ids for old: each id has one, equal ids have equal ones, and the old ones cannot be told from them."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.identity.registry import assign, empty
from cx_pipeline.identity.rekeying import id_map, rekeyed
from cx_pipeline.privacy.tokens import Tokeniser

OLD, NEW = Tokeniser(bytes(32)), Tokeniser(b"\x01" * 32, 2)
_KEYS = st.lists(st.text(min_size=1, max_size=4), unique=True, min_size=1, max_size=8)


@given(_KEYS, _KEYS)
def test_every_id_has_one_new_id(records: list[str], others: list[str]) -> None:
    minted = OLD.tokens(pl.Series(records), "customer")
    odd = pl.Series([f"k1_{other}" for other in others])
    made = id_map(pl.concat([minted, odd, minted]), pl.Series([*records, "never minted"]), OLD, NEW)
    assert made["old_id"].sort().to_list() == sorted({*minted, *odd})
    assert made["new_id"].n_unique() == made.height
    assert made["new_id"].str.starts_with("k2_").all()
    as_minted = dict(zip(minted, NEW.tokens(pl.Series(records), "customer"), strict=True))
    assert {old: new for old, new in made.rows() if old in as_minted} == as_minted


def test_a_registry_goes_on_as_it_was() -> None:
    clusters = pl.DataFrame({"record": ["a", "b", "c"], "cluster": ["a", "a", "c"]})
    first = assign(clusters, empty(), OLD)
    merged = pl.DataFrame({"record": ["a", "b", "c", "d"], "cluster": ["a", "a", "a", "d"]})
    second = assign(merged, first, OLD)
    ids = id_map(
        pl.concat([second.membership["customer_id"], second.retired["customer_id"], second.held["customer_id"]]),
        second.membership["record"],
        OLD,
        NEW,
    )
    moved = type(second)(*(rekeyed(part, ids) for part in second))
    apart = pl.DataFrame({"record": ["a", "b", "c", "d"], "cluster": ["a", "a", "c", "d"]})
    expected = rekeyed(assign(apart, second, OLD).membership, ids)
    assert assign(apart, moved, NEW).membership.equals(expected)
    assert expected["customer_id"].str.starts_with("k2_").all()
