from __future__ import annotations

from datetime import date

import polars as pl

from cx_pipeline.synth import Truth
from cx_pipeline.synth.people import MAIL_DOMAINS, QUIRKS
from cx_pipeline.synth.world import World

WORLD = World(2_000, 2, 11, date(2026, 11, 1))


def test_addresses_belong_to_one_person_unless_the_trap_is_that_they_do_not() -> None:
    plain = WORLD.people.filter(~pl.col("quirk").is_in(["role_mailbox", "placeholder_email", "test_person"]))
    assert plain["email"].is_unique().all()
    assert plain["email"].str.contains(f"^[a-z.]+[0-9]+@({'|'.join(MAIL_DOMAINS)})$").all()
    shared = WORLD.people.filter(pl.col("quirk").is_in(["household", "placeholder_phone"]) | pl.col("phone").is_null())
    households = WORLD.people.filter(pl.col("quirk") == "household")["person"]
    alone = WORLD.people.filter(
        ~pl.col("person").is_in(shared["person"].implode()) & ~pl.col("person").is_in((households - 1).implode())
    )
    assert alone["phone"].is_unique().all()


def test_every_quirk_has_its_people() -> None:
    assert set(WORLD.people["quirk"].unique()) == {"none", *QUIRKS}


def test_people_in_both_tools_are_recognisable_by_what_the_truth_says() -> None:
    desk = WORLD.desk_profiles.filter(pl.col("kind") == "person").select("person", "email", "phone", "outer")
    crm = WORLD.crm_profiles.filter(pl.col("kind") == "person").select("person", "link", "quirk", "email", "phone")
    both = desk.join(crm, on="person", suffix="_crm")
    same = {
        "email": pl.col("email") == pl.col("email_crm"),
        "phone": pl.col("email").is_null() & (pl.col("phone") == pl.col("phone_crm")),
        "external_id": (pl.col("outer") == pl.col("person")) & (pl.col("email") != pl.col("email_crm")),
        "none": pl.col("phone").is_null() & (pl.col("email") != pl.col("email_crm")) & (pl.col("outer") == -1),
    }
    assert set(both["link"].unique()) == set(same)
    for link, condition in same.items():
        assert both.filter(pl.col("link") == link).select(condition.all()).item(), link


def test_pairs_that_must_stay_apart_are_of_different_people(truth: Truth) -> None:
    people = pl.read_parquet(truth.folder / "people.parquet")
    owner = dict(people.select("record_key", "person").iter_rows())
    pairs = pl.read_parquet(truth.folder / "must_not_merge.parquet")
    assert len(people) == len(owner)
    assert all(owner[left] != owner[right] for left, right, _ in pairs.iter_rows())
    assert set(pairs["why"].unique()) == {
        "household_phone", "role_mailbox", "placeholder_email", "placeholder_phone", "homonym", "look_alike_placeholder",
        "look_alike_dummy", "hash_of_nothing",
    }  # fmt: skip


def test_every_user_and_contact_delivered_has_an_owner(truth: Truth) -> None:
    people = pl.read_parquet(truth.folder / "people.parquet")
    tools = people["record_key"].str.split(":").list.first()
    known = {"zendesk.users", "salesforce.Contact", "salesforce.User"}
    others = {"amazon_connect.contact_records", "qualtrics.responses", "salesforce.Lead"}
    shops = {"shopify.customers", "shopify.orders", "store.visits"}
    assert set(tools.unique()) == known | others | shops
    assert people.group_by("person").len().filter(pl.col("len") > 1).height > 50
