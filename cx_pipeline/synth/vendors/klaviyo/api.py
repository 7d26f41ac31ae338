"""Addresses and ids of the vendor's API."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth import ids
from cx_pipeline.synth.dice import Ints
from cx_pipeline.synth.envelopes import Paging
from cx_pipeline.synth.world import World

URL = "https://a.klaviyo.com/api"


def profile_ids(world: World, persons: Ints) -> pl.Series:
    """Ids of profiles: as long as an ULID, and as opaque."""
    return ids.opaque("01HKLAVIYOQ", world.dice, "klaviyo/profile", persons)


def links(path: str) -> Paging:
    """How pages of a resource go on."""

    def paging(at: int, is_last: bool) -> str:
        following = "null" if is_last else f'"{URL}/{path}?page%5Bcursor%5D=bmV4dDo6{at + 1}"'
        return f'"links":{{"self":"{URL}/{path}","next":{following},"prev":null}}'

    return paging
