"""Who is one person and who is not, from literal records; and ids that stay."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import cx_pipeline.identity
from cx_pipeline.errors import ConfigError
from cx_pipeline.identity import Resolution, resolve
from cx_pipeline.identity.overrides import Overrides, Statement, settle
from cx_pipeline.settings.identity import Identity
from tests.identity.persons import Row, crowd, customer_ids, groups, people

HOME = {"street": "12 Harbour Street", "city": "Dunmore", "postcode": "48213"}
ADA = {"given_name": "Ada", "family_name": "Quennell", "date_of_birth": "1984-03-17"}
EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def together(*rows: Row, overrides: Overrides | None = None, settings: Identity | None = None) -> list[int]:
    """How many of the rows each customer has, among a crowd of others."""
    known = [{"source": f"tool{place}", **row, "record_id": f"x{place}"} for place, row in enumerate(rows)]
    found = resolve(people(*known, *crowd(40)), settings, None, overrides)
    sizes = [sum(record.startswith("x") for record in group) for group in groups(found)]
    assert all(len(group) == 1 for group in groups(found) if not any(record.startswith("x") for record in group))
    return sorted(size for size in sizes if size)


NOT_ONE: dict[str, list[Row]] = {
    "no address and a placeholder name": [{"full_name": text} for text in ("test user", "Unknown", "N/A", "testUser", "-")],
    "a placeholder name and address": [{"full_name": "Test User", "email": "test@test.com", "phone": "555-555-5555"}] * 3,
    "nothing at all": [{}, {}, {}],
    "template complaints": [
        {"given_name": given_name, "family_name": family, "city": "Dunmore", "region": "Westshire", "country": "GB"}
        for given_name, family in (("Pauline", "Egan"), ("Marcus", "Thorne"), ("Yusuf", "Adeyemi"))
    ],
    "template complaints without names": [{"city": "Dunmore", "region": "Westshire", "postcode": "482XX"}] * 4,
    "repeat reports of one address": [HOME] * 4,
    "a reported address and who lives there": [HOME, {**HOME, **ADA}],
    "a role mailbox": [
        {"email": "support@harbour.example.net", "full_name": "Pauline Egan"},
        {"email": "support@harbour.example.net", "full_name": "Marcus Thorne"},
        {"email": "support@harbour.example.net"},
        {"email": "support@harbour.example.net"},
    ],
    "a noreply mailbox and one company": [
        {"email": "noreply@harbour.example.net", "full_name": "Pauline Egan", "city": "Dunmore"},
        {"email": "noreply@harbour.example.net", "full_name": "Marcus Thorne", "city": "Dunmore"},
    ],
    "a household's phone": [
        {"full_name": "Pauline Egan", "phone": "+353 86 555 0123"},
        {"full_name": "Marcus Thorne", "phone": "+353 86 555 0123"},
    ],
    "a household's phone, home and family name": [
        {"full_name": "Pauline Egan", "phone": "+353865550123", **HOME},
        {"full_name": "Declan Egan", "phone": "+353865550123", **HOME},
        {"full_name": "Siobhan Egan", "phone": "+353865550123", **HOME},
    ],
    "hashes of nothing": [
        {"email": EMPTY_MD5, "external_ids": f"uid:{EMPTY_SHA256}", "full_name": "Pauline Egan"},
        {"email": EMPTY_MD5, "external_ids": f"uid:{EMPTY_SHA256}", "full_name": "Marcus Thorne"},
        {"email": EMPTY_MD5, "external_ids": f"uid:{EMPTY_SHA256}"},
        {"email": EMPTY_MD5, "external_ids": f"uid:{EMPTY_SHA256}"},
    ],
    "one rare name": [{"full_name": "Philomena Quirke"}, {"full_name": "Philomena Quirke"}],
    "one name in two parts": [{"given_name": "Philomena", "family_name": "Quirke"}] * 2,
    "one address, two names": [{"full_name": "Pauline Egan", **HOME}, {"full_name": "Marcus Thorne", **HOME}],
    "one birthday": [{"date_of_birth": "1984-03-17"}, {"date_of_birth": "1984-03-17"}],
    "father and son at one mailbox": [
        {"full_name": "John Egan", "date_of_birth": "1951-02-03", "email": "egans@lark.example.net", **HOME},
        {"full_name": "John Egan", "date_of_birth": "1984-11-26", "email": "egans@lark.example.net", **HOME},
    ],
    "a couple's mailbox": [
        {"full_name": "Pauline Egan", "email": "egans@lark.example.net"},
        {"full_name": "Marcus Egan", "email": "egans@lark.example.net"},
    ],
    "one short id of two systems": [
        {"full_name": "Pauline Egan", "external_ids": "crm:12"},
        {"full_name": "Marcus Thorne", "external_ids": "desk:12"},
    ],
}


@pytest.mark.parametrize("rows", NOT_ONE.values(), ids=NOT_ONE)
def test_they_are_not_one_person(rows: list[Row]) -> None:
    assert together(*rows) == [1] * len(rows)


ONE: dict[str, list[Row]] = {
    "one mailbox": [{"email": "ada.q@lark.example.net"}, {"email": " Ada.Q@Lark.example.net "}],
    "one mailbox, initial": [
        {"full_name": "Ada Quennell", "email": "ada.q@lark.example.net"},
        {"full_name": "A Quennell", "email": "ada.q@lark.example.net"},
    ],
    "typos": [
        {**ADA, **HOME, "email": "ada.quennell84@lark.example.net"},
        {**ADA, **HOME, "family_name": "Quenell", "date_of_birth": "1984-03-71", "email": "ada.quenell84@lark.example.net"},
    ],
    "names that changed places": [
        {**ADA, **HOME},
        {**HOME, "given_name": "Quennell", "family_name": "Ada", "date_of_birth": "1984-03-17"},
    ],
    "a family name first, with a comma": [
        {"full_name": "Quennell, Ada", "date_of_birth": "17/03/1984", **HOME},
        {"full_name": "Ms Ada Quennell", "date_of_birth": "17/03/1984", **HOME},
    ],
    "a short form": [
        {"given_name": "Elizabeth", "family_name": "Quennell", "date_of_birth": "1984-03-17", **HOME},
        {"given_name": "Liz", "family_name": "Quennell", "date_of_birth": "1984-03-17", **HOME},
    ],
    "moved house": [
        {**ADA, **HOME, "phone": "+353865550123"},
        {**ADA, "street": "3 Mill Lane", "city": "Norwood", "postcode": "71100", "phone": "086 555 0123"},
    ],
    "two mailboxes, one phone": [
        {**ADA, "email": "ada.q@lark.example.net", "phone": "+353865550123"},
        {**ADA, "email": "quennell@brook.example.org", "phone": "+353865550123"},
    ],
    "a married name, one mailbox": [
        {"full_name": "Ada Quennell", "email": "ada.q@lark.example.net"},
        {"full_name": "Ada Thorne", "email": "ada.q@lark.example.net"},
    ],
    "two scripts, one mailbox": [
        {"full_name": "山田 花子", "email": "hanako.y@lark.example.net"},
        {"full_name": "Hanako Yamada", "email": "hanako.y@lark.example.net"},
    ],
    "one id": [{"external_ids": "crm:A-77120;desk:1"}, {"external_ids": "crm:A-77120"}],
    "an account without a name": [{"email": "ada.q@lark.example.net", **ADA}, {"email": "ada.q@lark.example.net"}],
    "a family name alone": [
        {"full_name": "Ada Quennell", "email": "ada.q@lark.example.net"},
        {"full_name": "Quennell", "email": "ada.q@lark.example.net"},
    ],
}


@pytest.mark.parametrize("rows", ONE.values(), ids=ONE)
def test_they_are_one_person(rows: list[Row]) -> None:
    assert together(*rows) == [len(rows)]


def stated(same: Sequence[tuple[str, str]] = (), different: Sequence[tuple[str, str]] = ()) -> Overrides:
    """Statements about pairs, the smaller record first."""
    return settle([Statement(left, right, "a list") for left, right in same], list(different))


def test_what_a_person_decided_joins_whatever_the_records_say() -> None:
    rows = NOT_ONE["a household's phone, home and family name"]
    assert together(*rows, overrides=stated([("x0", "x2")])) == [1, 2]


def test_what_a_person_keeps_apart_no_rule_joins() -> None:
    rows = ONE["one mailbox"]
    assert together(*rows, overrides=stated(different=[("x0", "x1")])) == [1, 1]


def test_what_a_person_keeps_apart_no_evidence_joins() -> None:
    rows = ONE["names that changed places"]
    assert together(*rows, overrides=stated(different=[("x0", "x1")])) == [1, 1]


def test_what_a_person_keeps_apart_no_third_record_joins() -> None:
    rows: list[Row] = [{**ADA, **HOME, "email": "ada.q@lark.example.net", "phone": "+353865550123"}] * 4
    found = together(*rows, overrides=stated(different=[("x0", "x1")]))
    assert sum(found) == 4
    assert len(found) >= 2


def test_decisions_hold_before_and_after_clustering() -> None:
    rows = [
        {**ADA, **HOME},
        {**ADA, **HOME, "given_name": "Adda"},
        {"full_name": "Marcus Thorne", "email": "mt@brook.example.org"},
    ]
    known = people(*({**row, "record_id": f"x{place}"} for place, row in enumerate(rows)))
    found = resolve(known, overrides=stated([("x1", "x2")], [("x0", "x2")]))
    assert groups(found) == {frozenset({"x0"}), frozenset({"x1", "x2"})}
    assert found.explanations.filter(rule="decided").select("left", "right").rows() == [("x1", "x2")]


def test_statements_about_records_that_are_not_there_change_nothing() -> None:
    known = people(*crowd(5))
    assert groups(resolve(known, overrides=stated([("gone", "crowd0001")], [("crowd0002", "gone")]))) == groups(resolve(known))


def test_a_source_without_duplicates_has_one_record_a_customer() -> None:
    rows = [{**row, "source": "crm"} for row in ONE["one mailbox"]]
    assert together(*rows) == [2]
    assert together(*rows, settings=Identity(sources_without_duplicates=frozenset({"crm"}))) == [1, 1]


def test_a_blocked_value_and_one_that_many_carry_join_nobody() -> None:
    rows = [{"email": "ada.q@lark.example.net", "source": "crm"}] * 3
    assert together(*rows) == [3]
    assert together(*rows, settings=Identity(blocked_values=frozenset({"ada.q@lark.example.net"}))) == [1, 1, 1]
    assert together(*rows, settings=Identity(max_records_per_email=2)) == [1, 1, 1]


def _some() -> pl.DataFrame:
    cases = [*NOT_ONE.values(), *ONE.values()]
    rows = [
        {**row, "record_id": f"c{case:02}-{place}", "source": "crm"}
        for case, told in enumerate(cases)
        for place, row in enumerate(told)
    ]
    return people(*rows, *crowd(30))


@pytest.fixture(scope="module")
def first() -> Resolution:
    return resolve(_some())


@examples(max_examples=4)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(first: Resolution, dice: random.Random) -> None:
    known = _some()
    order = list(range(known.height))
    dice.shuffle(order)
    again = resolve(known[order])
    assert again.membership.equals(first.membership)
    assert again.explanations.equals(first.explanations)
    assert again.review.equals(first.review)


def test_a_second_night_that_adds_nothing_changes_nothing(first: Resolution) -> None:
    again = resolve(_some(), registry=first.registry, scores=first.scores)
    assert again.membership.equals(first.membership)
    assert again.events.is_empty()
    assert again.registry.membership.equals(first.registry.membership)
    assert not again.impact["is_beyond"].any()
    assert again.customers.equals(first.customers)


def test_the_first_night_creates_every_customer(first: Resolution) -> None:
    assert set(first.events["kind"]) == {"created"}
    assert first.events.height == first.customers.height == first.membership["customer_id"].n_unique()
    assert first.customers["records"].sum() == first.membership.height == _some().height


def test_a_new_record_keeps_the_id_of_its_person() -> None:
    rows = [{**row, "record_id": f"b{place}"} for place, row in enumerate(ONE["one mailbox"])]
    before = resolve(people(rows[1], *crowd(10)))
    # The new record has the smaller key: were ids minted anew, they would change.
    after = resolve(people({**rows[0], "record_id": "a"}, rows[1], *crowd(10)), registry=before.registry)
    assert customer_ids(after)["a"] == customer_ids(before)["b1"]
    assert after.events.select("kind", "records").rows() == [("grown", 1)]


def test_an_unmerge_brings_the_old_id_back() -> None:
    mail = {"email": "ada.q@lark.example.net"}
    apart = resolve(people({"record_id": "a", **mail}, {"record_id": "b", "email": "quennell@brook.example.org"}))
    merged = resolve(people({"record_id": "a", **mail}, {"record_id": "b", **mail}), registry=apart.registry)
    assert len(set(customer_ids(merged).values())) == 1
    parted = resolve(
        people({"record_id": "a", **mail}, {"record_id": "b", **mail}),
        registry=merged.registry,
        overrides=stated(different=[("a", "b")]),
    )
    assert customer_ids(parted) == customer_ids(apart)
    assert set(parted.events["kind"]) == {"revived", "split"}


def test_columns_that_are_missing_are_not_known() -> None:
    known = pl.DataFrame({"record_id": ["a", "b", "c"], "email": ["x.y@lark.example.net", "x.y@lark.example.net", None]})
    assert groups(resolve(known)) == {frozenset({"a", "b"}), frozenset({"c"})}
    assert groups(resolve(pl.DataFrame({"record_id": ["a", "b"]}))) == {frozenset({"a"}), frozenset({"b"})}


def test_numbers_and_columns_of_its_own_do_no_harm() -> None:
    known = pl.DataFrame({"record_id": [1, 2], "phone": [353865550123, 353865550123], "colour": ["red", "blue"]})
    assert groups(resolve(known)) == {frozenset({"1", "2"})}


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (pl.DataFrame({"email": ["a@b.io"]}), "the people have no column record_id"),
        (pl.DataFrame({"record_id": ["a", None]}), "a record has no record_id"),
        (pl.DataFrame({"record_id": ["a", "a"], "email": ["secret@lark.example.net"] * 2}), "a record_id comes more than once"),
    ],
)
def test_bad_tables_are_refused_without_showing_them(known: pl.DataFrame, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        resolve(known)
    assert "secret" not in str(refused.value)


def test_nobody_and_one_alone() -> None:
    nobody = resolve(people())
    assert nobody.membership.is_empty()
    assert nobody.customers.is_empty()
    assert nobody.events.is_empty()
    alone = resolve(people({**ADA, **HOME}))
    assert alone.membership.select("record_id", "rule", "probability").rows() == [("r000", "single", 1.0)]
    assert alone.customers.select("records", "sources", "confidence").rows() == [(1, 0, 1.0)]
    assert nobody.membership.schema == alone.membership.schema
    assert nobody.customers.schema == alone.customers.schema


def test_explanations_tell_rule_and_weight_of_each_field() -> None:
    rows = [*ONE["one mailbox"], *ONE["names that changed places"]]
    found = resolve(people(*rows, *crowd(20))).explanations
    assert found.select("left", "right", "rule").rows() == [("r000", "r001", "email"), ("r002", "r003", "splink")]
    ruled, weighed = found.rows(named=True)
    assert ruled["probability"] == 0.98
    assert all(value is None for name, value in ruled.items() if name.startswith("bits_"))
    assert 0.5 < weighed["probability"] <= 1
    assert weighed["bits_given"] > 0
    assert weighed["bits_birth"] > 0
    assert weighed["bits_place"] > 0


def test_no_repr_shows_values() -> None:
    shown = repr(resolve(people({**ADA, **HOME}, *crowd(3)))).lower()
    assert not [value for value in (*ADA.values(), *HOME.values()) if value.lower() in shown]


def test_the_room_gives_its_way_in_and_nothing_else() -> None:
    assert cx_pipeline.identity.resolve is resolve
    assert cx_pipeline.identity.Resolution is Resolution
    with pytest.raises(AttributeError, match="no attribute 'link'"):
        _ = cx_pipeline.identity.link


def _fixture(name: str) -> pl.DataFrame:
    shared = Path(os.environ.get("CX_SHARED_FIXTURES", Path(__file__).parents[3] / "shared" / "fixtures"))
    path = shared / "identity" / name
    if not path.is_file():
        pytest.skip(f"the shared fixtures are not here: identity/{name}")
    table = pl.read_csv(path, infer_schema=False)
    return table.rename({column: column.strip() for column in table.columns}).with_columns(pl.all().str.strip_chars())


def _f1(found: Resolution, truth: pl.DataFrame) -> float:
    """Over pairs of records."""
    joined = found.membership.join(truth, on="record_id", validate="1:1")

    def pairs(*by: str) -> int:
        return int(joined.group_by(by).len().select((pl.col("len") * (pl.col("len") - 1) // 2).sum()).item())

    return 2 * pairs("customer_id", "person") / (pairs("customer_id") + pairs("person"))


def test_public_records_with_slips_and_gaps_find_each_other() -> None:
    table = _fixture("fake_1000.csv")
    known = table.select(
        "city", "email", record_id="unique_id", given_name="first_name", family_name="surname", date_of_birth="dob"
    )
    assert _f1(resolve(known), table.select(record_id="unique_id", person="cluster")) >= 0.93


@pytest.mark.slow
def test_public_records_with_one_duplicate_each_find_it() -> None:
    table = _fixture("febrl1.csv")
    known = table.select(
        "given_name",
        "postcode",
        "date_of_birth",
        record_id="rec_id",
        family_name="surname",
        street=pl.concat_str("street_number", "address_1", separator=" ", ignore_nulls=True),
        city="suburb",
        region="state",
        external_ids=pl.concat_str(pl.lit("national:"), "soc_sec_id"),
    )
    truth = table.select(record_id="rec_id", person=pl.col("rec_id").str.extract(r"^rec-(\d+)-"))
    assert _f1(resolve(known), truth) >= 0.995
