"""Who is behind an identifier, by names and birthdays."""

from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.identity.faces import FACE, MOST_FACES, Grouped, can_be_one, grouped
from cx_pipeline.identity.nicknames import NICKNAMES

Face = tuple[str | None, str | None, str | None]
MOST = {"email": 3, "phone": 3, "external_id": 3}
HARRY: Face = ("harry", "smythe", None)
MARY: Face = ("mary", "smythe", None)
NOBODY: Face = (None, None, None)


def grouping(*faces: Face, kind: str = "email", order: list[int] | None = None, most: dict[str, int] = MOST) -> Grouped:
    rows = [(place, *face) for place, face in enumerate(faces)]
    known = pl.DataFrame(rows, schema={"record": pl.Int64, **dict.fromkeys(FACE, pl.String)}, orient="row")
    told = known.select("record", pl.lit(kind).alias("kind"), pl.lit("one").alias("value"))
    places = order if order is not None else list(range(len(faces)))
    return grouped(told[places], known[places], most)


def people(*faces: Face, kind: str = "email", order: list[int] | None = None) -> list[list[int]]:
    """Records by person; those that are nobody's are left out."""
    members = grouping(*faces, kind=kind, order=order).members
    return sorted(sorted(records) for records in members.group_by("group").agg("record")["record"].to_list())


ONE: dict[str, tuple[Face, Face]] = {
    "the same": (HARRY, HARRY),
    "a typo": (("katherine", "smythe", None), ("katherin", "smythe", None)),
    "an initial": (HARRY, ("h", "smythe", None)),
    "a short form": (("elizabeth", "smythe", None), ("liz", "smythe", None)),
    "two short forms": (("bob", "smythe", None), ("rob", "smythe", None)),
    "names that changed places": (HARRY, ("smythe", "harry", None)),
    "a family name alone": (HARRY, (None, "smythe", None)),
    "a family name alone, taken for a given one": (HARRY, ("smythe", None, None)),
    "a given name alone": (HARRY, ("harry", None, None)),
    "two scripts": (("hanako", "yamada", None), ("花子", "山田", None)),
    "one without a birthday": (("harry", "smythe", "19840317"), HARRY),
    "a birthday with a slip": (("harry", "smythe", "19840317"), ("harry", "smythe", "19840318")),
    "day for month": (("harry", "smythe", "19840312"), ("harry", "smythe", "19841203")),
    "another year": (("harry", "smythe", "19840317"), ("harry", "smythe", "19750317")),
}
TWO: dict[str, tuple[Face, Face]] = {
    "two of a household": (HARRY, MARY),
    "father and son": (("harry", "smythe", "19510203"), ("harry", "smythe", "19841126")),
    "strangers": (HARRY, ("siobhan", "egan", None)),
    "another initial": (HARRY, ("m", "smythe", None)),
    "two names of one word": (("harry", None, None), ("smythe", None, None)),
}


@pytest.mark.parametrize("faces", ONE.values(), ids=ONE)
@pytest.mark.parametrize("kind", ["email", "phone", "external_id"])
def test_they_do_not_contradict_each_other(faces: tuple[Face, Face], kind: str) -> None:
    assert people(*faces, kind=kind) == [[0, 1]]
    assert people(*reversed(faces), kind=kind) == [[0, 1]]


@pytest.mark.parametrize("faces", TWO.values(), ids=TWO)
@pytest.mark.parametrize("kind", ["email", "phone", "external_id"])
def test_they_are_two_people(faces: tuple[Face, Face], kind: str) -> None:
    assert people(*faces, kind=kind) == [[0], [1]]


def test_a_family_name_may_change_under_a_mailbox_but_not_under_a_phone() -> None:
    married = (("ada", "quennell", None), ("ada", "thorne", None))
    assert people(*married, kind="email") == [[0, 1]]
    assert people(*married, kind="external_id") == [[0, 1]]
    assert people(*married, kind="phone") == [[0], [1]]


def test_a_record_without_a_name_goes_with_the_only_person() -> None:
    assert people(HARRY, NOBODY, HARRY) == [[0, 1, 2]]
    assert people(HARRY, MARY, NOBODY, NOBODY) == [[0], [1], [2, 3]]
    assert people(HARRY, MARY, NOBODY, kind="phone") == [[0], [1]]
    assert people(NOBODY, NOBODY) == [[0, 1]]
    assert people((None, None, "19840317"), NOBODY) == [[0, 1]]


@pytest.mark.parametrize("part", [("smythe", None, None), (None, "smythe", None)])
def test_a_part_of_a_name_that_fits_two_people_goes_with_none_and_joins_nobody(part: Face) -> None:
    assert people(HARRY, MARY, part) == [[0], [1]]
    assert people(HARRY, part, NOBODY) == [[0, 1, 2]]


def test_an_initial_and_a_missing_birthday_bridge_nobody() -> None:
    assert people(HARRY, ("henrietta", "smythe", None), ("h", "smythe", None)) == [[0], [1]]
    assert people(("john", "egan", "19510203"), ("john", "egan", "19841126"), ("john", "egan", None)) == [[0], [1]]


def test_records_are_told_apart_under_each_identifier_by_itself() -> None:
    known = pl.DataFrame([(0, *HARRY), (1, *MARY), (2, *NOBODY)], schema=["record", *FACE], orient="row")
    told = pl.DataFrame(
        [(0, "email", "a"), (2, "email", "a"), (1, "email", "b"), (2, "phone", "a"), (0, "phone", "a"), (1, "phone", "a")],
        schema=["record", "kind", "value"],
        orient="row",
    )
    found = grouped(told, known, MOST)
    together = found.members.group_by("kind", "identifier", "group").agg(pl.col("record").sort()).select("kind", "record")
    # Nobody is told apart under an identifier of one record alone.
    assert sorted(together.rows()) == [("email", [0, 2]), ("phone", [0]), ("phone", [1])]
    assert found.crowded.is_empty()


NAMES = ["pauline", "marcus", "siobhan", "yusuf", "ingrid", "tobias"]


@pytest.mark.parametrize(("names", "is_crowded"), [(3, False), (4, True)])
def test_an_identifier_of_too_many_people_is_anybodys(names: int, is_crowded: bool) -> None:
    found = grouping(*((name, "egan", None) for name in NAMES[:names]), HARRY if is_crowded else NOBODY)
    assert found.crowded.rows() == ([("email", "one", 5)] if is_crowded else [])
    assert found.members.height == (0 if is_crowded else 4)


def test_one_person_in_many_spellings_is_no_crowd() -> None:
    found = grouping(*(("katherine" + "e" * more, "smythe", None) for more in range(4)), most={"email": 1})
    assert found.crowded.is_empty()
    assert found.members["group"].n_unique() == 1


def test_faces_beyond_count_are_not_compared() -> None:
    faces: list[Face] = [
        ("katherine", "smythe", f"1984{number // 28 + 1:02}{number % 28 + 1:02}") for number in range(MOST_FACES + 1)
    ]
    found = grouping(*faces)
    assert found.crowded.rows() == [("email", "one", MOST_FACES + 1)]
    assert found.members.is_empty()
    assert grouping(*faces[:MOST_FACES]).members.height == MOST_FACES


def test_nothing_to_tell_apart() -> None:
    found = grouping()
    assert found.members.is_empty()
    assert found.crowded.is_empty()


faces_of_a_house = st.lists(
    st.tuples(
        st.sampled_from([None, "harry", "h", "mary", "smythe"]),
        st.sampled_from([None, "smythe", "egan", "harry"]),
        st.sampled_from([None, "19840317", "19510203"]),
    ),
    max_size=7,
)


@given(faces_of_a_house, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(faces: list[Face], dice: random.Random) -> None:
    order = list(range(len(faces)))
    dice.shuffle(order)
    assert people(*faces, order=order) == people(*faces)


@given(faces_of_a_house)
def test_it_makes_no_difference_which_of_two_stands_left(faces: list[Face]) -> None:
    rows = [("email", *one, *other) for one in faces for other in faces]
    columns = ["kind", *FACE, *(f"{name}_right" for name in FACE)]
    pairs = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    told = can_be_one(pairs).reshape(len(faces), len(faces))
    assert (told == told.T).all()
    assert told.diagonal().all()


def test_short_forms_are_in_match_form_and_none_is_its_own_name() -> None:
    assert all(short == short.lower().strip() and short.isalpha() for short in NICKNAMES)
    assert all(short != name for short, name in NICKNAMES.items())


@pytest.mark.parametrize(
    ("short", "name"), [("liz", "elizabeth"), ("bill", "william"), ("kate", "catherine"), ("bert", "albert")]
)
def test_usual_short_forms(short: str, name: str) -> None:
    assert NICKNAMES[short] == name
