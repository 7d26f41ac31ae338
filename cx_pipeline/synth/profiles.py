"""A person's record in one tool: what that tool believes, and since when."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth.dice import Dice, Ints
from cx_pipeline.synth.people import BOTH, CRM, DESK

_HEX = 40
NOBODY, DUMMY = "testUser", "Dummy Wendel_"
"""How the names of records begin that are nobody in particular."""
_SHARED = (
    "person",
    "locale",
    "country",
    "language",
    "given",
    "family",
    "name",
    "street",
    "city",
    "state",
    "postal",
    "organization",
    "quirk",
    "link",
)


def desk(dice: Dice, people: pl.DataFrame) -> pl.DataFrame:
    """Records of the help desk, `profile` from 0 on.

    Columns: profile, owner (who it truly is), kind (person, phone_contact, placeholder, dummy), the person's own columns,
    email, phone, shared_phone, outer (the CRM person number it names as external id, -1: none).
    """
    linked = pl.col("link")
    elsewhere = linked.is_in(["external_id", "none"])
    own = people.filter(pl.col("tools").is_in([BOTH, DESK])).select(
        *_SHARED,
        kind=pl.lit("person"),
        email=pl.when(linked == "phone").then(None).when(elsewhere).then("alias_email").otherwise("email"),
        phone=pl.when(elsewhere).then(None).otherwise("phone"),
        outer=pl.when(linked == "external_id").then("person").otherwise(-1),
    )  # fmt: skip
    again = own.filter(
        pl.Series(dice.chance("phone_contact", own["person"].to_numpy(), 0.08))
        & pl.col("email").is_not_null()
        & (pl.col("quirk") == "none")
        & pl.col("phone").is_not_null()
    ).with_columns(
        kind=pl.lit("phone_contact"),
        email=pl.lit(None, pl.String),
        outer=pl.lit(-1),
        name=pl.concat_str(pl.lit("Caller "), "phone"),
    )
    nobody = [_nobodies(dice, kind, len(people)) for kind in ("placeholder", "dummy")]
    together = pl.concat([own, again, *nobody], how="diagonal_relaxed")
    return _numbered(together)


def crm(dice: Dice, people: pl.DataFrame) -> pl.DataFrame:
    """Records of the CRM, `profile` from 0 on.

    Columns as in `desk` with kinds person, second_contact (same e-mail, name in another spelling) and merged (a loser,
    deleted, whose `survivor` is the profile that goes on).
    """
    own = people.filter(pl.col("tools").is_in([BOTH, CRM])).select(
        *_SHARED, "email", "phone", kind=pl.lit("person"), outer=pl.lit(-1, pl.Int64)
    )
    plain = own.filter((pl.col("quirk") == "none") & pl.col("email").is_not_null())
    keys = plain["person"].to_numpy()
    second = plain.filter(pl.Series(dice.chance("second_contact", keys, 0.06))).with_columns(
        kind=pl.lit("second_contact"), given=pl.concat_str(pl.col("given").str.slice(0, 1), pl.lit("."))
    )
    merged = plain.filter(pl.Series(dice.chance("merged", keys, 0.05))).with_columns(kind=pl.lit("merged"))
    together = _numbered(pl.concat([own, second, merged], how="diagonal_relaxed"))
    first = together.filter(pl.col("kind") == "person").select("person", survivor="profile")
    return together.join(first, on="person", how="left", maintain_order="left").with_columns(
        survivor=pl.when(pl.col("kind") == "merged").then("survivor").otherwise(-1)
    )


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    owner = pl.concat_str(pl.lit("person-"), pl.col("person").cast(pl.String))
    return frame.with_columns(
        profile=pl.int_range(pl.len(), dtype=pl.Int64),
        owner=pl.when(pl.col("kind").is_in(["placeholder", "dummy"]))
        .then(pl.concat_str("kind", pl.lit("-"), pl.col("person").cast(pl.String)))
        .otherwise(owner),
        shared_phone=pl.col("phone").is_duplicated() & pl.col("phone").is_not_null(),
    )


def _nobodies(dice: Dice, kind: str, customers: int) -> pl.DataFrame:
    """Records that look alike and are nobody in particular: one in fifty, each its own."""
    keys = np.arange(max(8, customers // 50), dtype=np.int64)
    number = pl.Series("person", keys)
    if kind == "dummy":
        names = pl.select(pl.concat_str(pl.lit(f"{DUMMY}1940+"), (number + 3000).cast(pl.String))).to_series()
        emails = pl.select(
            pl.concat_str(pl.lit("dummy_1940+"), (number + 3000).cast(pl.String), pl.lit("@example.org"))
        ).to_series()
    else:
        names, emails = _placeholder_names(dice, keys), pl.Series([None] * len(keys), dtype=pl.String)
    return pl.DataFrame({"person": number, "name": names, "email": emails}).with_columns(
        kind=pl.lit(kind),
        locale=pl.lit(0, pl.Int64),
        language=pl.lit(0, pl.Int64),
        country=pl.lit("US"),
        organization=pl.lit(-1, pl.Int64),
        quirk=pl.lit("none"),
        link=pl.lit("single"),
        outer=pl.lit(-1, pl.Int64),
    )


def _placeholder_names(dice: Dice, keys: Ints) -> pl.Series:
    """`testUser`, a third of them followed by 40 hex digits."""
    words = [dice.bits(f"placeholder/{part}", keys).tolist() for part in range(3)]
    digests = ["".join(f"{word:016x}" for word in row)[:_HEX] for row in zip(*words, strict=True)]
    suffix = pl.Series(["" if key % 3 else digest for key, digest in zip(keys.tolist(), digests, strict=True)])
    return pl.select(pl.concat_str(pl.lit(NOBODY), suffix)).to_series()
