"""Users: end users as NDJSON, agents among them, and on the first night an admin export that Excel saved."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth import damage, dirt, encode, ids, unsaid
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.locales import LOCALES
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, HOUR, iso
from cx_pipeline.synth.vendors.zendesk import site
from cx_pipeline.synth.world import World

TRAPS = {
    "mojibake": 2,
    "nfd": 2,
    "white_space": 2,
    "zero_width": 2,
    "email_capitals": 3,
    "impossible_date": 2,
    "leading_zeros": 2,
    "cut_line": 2,
    "admin_export": 9,
    "excel_key": 3,
}
_CELLS = {
    "mojibake": (CellTrap("name", dirt.name_mojibake),),
    "nfd": (CellTrap("name", dirt.decomposed),),
    "white_space": (CellTrap("name", dirt.spaced),),
    "zero_width": (CellTrap("name", dirt.zero_width),),
    "email_capitals": (CellTrap("email", dirt.shouted),),
    "impossible_date": (CellTrap("last_login_at", dirt.always("2022-02-30T08:00:00Z", None)),),
}
_UNSAID = {
    "name": (unsaid.NAME,),
    "email": (unsaid.EMAIL,),
    "phone": (unsaid.PHONE,),
    "external_id": (unsaid.HASH,),
}
_PER_FILE = 250_000


def write(world: World, folder: Delivery) -> None:
    """On the first night everybody, then who changed since."""
    night = folder.night
    cut, before = world.timeline.cut(night), world.timeline.cut(night - 1)
    profiles = world.desk_profiles
    changed = (pl.col("changed") > pl.col("created")) & (pl.col("changed") <= cut)
    known = profiles.with_columns(
        allot(world.dice, "zendesk/users", profiles["profile"].to_numpy(), len(profiles), TRAPS).alias("allotted"),
        updated=pl.when(changed).then("changed").otherwise("created"),
    ).filter((pl.col("created") <= cut) & (pl.col("updated") > before))
    by_admin = met(known["allotted"], "admin_export", "excel_key") & (night == 0)
    rest, agents = known.filter(~by_admin), _agents(world, night)
    for at, start in enumerate(range(0, max(1, len(rest)), _PER_FILE)):
        frame, noted = _end_users(world, rest.slice(start, _PER_FILE), night)
        lines = damage.damaged_texts(encode.json_texts(frame), noted["damage"], "cut_line", damage.cut_line)
        noted = noted.with_columns(lines.alias("text"))
        name = f"users_{at + 1:03}.ndjson{site.COMPRESSION[at % 4]}"
        traps = {"unknown_new_column": 1} if night and at == 0 else {}
        folder.lines("zendesk.users", name, noted if at else pl.concat([agents, noted]), traps=traps)
    if by_admin.any():
        _admin_export(world, folder, known.filter(by_admin))


def _end_users(world: World, known: pl.DataFrame, night: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    numbers = known["profile"]
    frame = _frame(known, site.user_ids(world, numbers.to_numpy()), _external_ids(world, known), night)
    spoilt, cells = dirt.soil(frame, numbers, known["allotted"], _CELLS)
    cells = unsaid.note(spoilt, cells, _UNSAID)
    cut = pl.select(pl.when(met(known["allotted"], "cut_line") & (night == 0)).then(pl.lit("cut_line"))).to_series()
    test = (known["kind"] == "dummy") | (known["quirk"] == "test_person")
    empty = pl.Series([None] * len(known), dtype=pl.String)
    return spoilt, records(empty, frame["id"], known["updated"], test=test, damage=cut, cells=cells)


def _external_ids(world: World, known: pl.DataFrame) -> pl.Series:
    """The CRM's contact id, a hash of nothing, or a number with zeros in front."""
    contacts = world.crm_profiles.filter(pl.col("kind") == "person").select("person", contact="profile")
    outer = known.select("outer").join(contacts, left_on="outer", right_on="person", how="left", maintain_order="left")
    linked = ids.salesforce(ids.CONTACT, outer["contact"].fill_null(-1).to_numpy())
    hashes = pl.Series(dirt.NULL_HASHES).gather(known["person"].to_numpy() // 2 % len(dirt.NULL_HASHES))
    zeros = (known["quirk"] == "leading_zeros") | (met(known["allotted"], "leading_zeros") & linked.is_null())
    person = known["kind"] == "person"
    return pl.select(
        pl.when((known["quirk"] == "null_hash") & person)
        .then(hashes)
        .when(zeros & person)
        .then(known["person"].cast(pl.String).str.zfill(9))
        .otherwise(linked)
    ).to_series()


def _agents(world: World, night: int) -> pl.DataFrame:
    """All agents on the first night but the hidden one, afterwards those whose details changed."""
    agents = world.agents.filter(~pl.col("hidden") & (pl.lit(night == 0) | (pl.col("agent") % 7 == 4)))
    cut = world.timeline.cut(night)
    nobody = pl.lit(-1, pl.Int64)
    known = agents.with_columns(
        profile=pl.col("agent"),
        person=pl.col("agent"),
        kind=pl.lit("agent"),
        phone=pl.lit(None, pl.String),
        shared_phone=pl.lit(value=False),
        organization=nobody,
        created=pl.lit(world.timeline.start - 500 * DAY),
        updated=pl.lit(cut - 400 * DAY if night == 0 else cut - HOUR) - pl.col("agent") * 60,
        allotted=pl.lit(None, pl.String),
    )
    none = pl.Series([None] * len(known), dtype=pl.String)
    frame = _frame(known, site.agent_ids(known["agent"].to_numpy()), none, night).with_columns(
        role=pl.lit("agent"),
        active=agents["active"],
        tags=pl.concat_list(agents["team"].str.to_lowercase().str.replace(" ", "_")),
    )
    bots = pl.select(pl.when(agents["bot"]).then(pl.lit("bot_agent"))).to_series()
    return records(encode.json_texts(frame), frame["id"], known["updated"], trap=bots)


def _frame(known: pl.DataFrame, user_ids: pl.Series, external: pl.Series, night: int) -> pl.DataFrame:
    locale = known["locale"].to_numpy()
    none = pl.lit(None, pl.String)
    seen = (pl.col("profile") % 2 == 0) | (pl.col("allotted") == "impossible_date")
    new_column = {"remote_photo_url": none} if night else {}
    return known.select(
        id=user_ids,
        url=pl.concat_str(pl.lit(f"{site.API}/users/"), user_ids.cast(pl.String), pl.lit(".json")),
        name="name",
        email="email",
        created_at=iso(pl.col("created")),
        updated_at=iso(pl.col("updated")),
        time_zone=pl.Series([item.zone_name for item in LOCALES]).gather(locale),
        iana_time_zone=pl.Series([item.zone for item in LOCALES]).gather(locale),
        phone="phone",
        shared_phone_number="shared_phone",
        locale=pl.Series([f"{item.language}-{item.country}" for item in LOCALES]).gather(locale),
        organization_id=site.organization_ids(known["organization"]),
        role=pl.lit("end-user"),
        verified=pl.col("email").is_not_null(),
        external_id=external,
        tags=pl.lit([], pl.List(pl.String)),
        alias=none,
        active=(pl.col("kind") != "placeholder") | (pl.col("person") % 4 == 0),
        last_login_at=pl.when(seen).then(iso(pl.col("updated") - HOUR)),
        details=none,
        notes=pl.when(pl.col("updated") > pl.col("created")).then(pl.lit("Details checked on the phone; all right.")),
        suspended=pl.lit(value=False),
        user_fields=pl.struct(plan=pl.lit("standard")),
        permanently_deleted=pl.lit(value=False),
        **new_column,
    )


def _admin_export(world: World, folder: Delivery, known: pl.DataFrame) -> None:
    """A CSV that a spreadsheet saved: some ids are in scientific notation, all the same, and lost."""
    frame, noted = _end_users(world, known, 0)
    flat = frame.with_columns(
        pl.col("tags").list.join(" "),
        pl.col("user_fields").struct.json_encode(),
        pl.col(pl.Boolean, pl.Int64).cast(pl.String),
    )
    lost = met(known["allotted"], "excel_key")
    rounded = ((frame["id"] + 5_000_000) // 10_000_000).cast(pl.String)
    scientific = pl.concat_str(rounded.str.slice(0, 1), pl.lit("."), rounded.str.slice(1), pl.lit("E+12"))
    flat = flat.with_columns(id=pl.when(lost).then(scientific).otherwise("id"))
    noted = noted.with_columns(
        text=encode.csv_texts(flat),
        key=pl.when(~lost).then("key"),
        trap=pl.when(lost).then(pl.lit("excel_key")).otherwise("trap"),
    )
    name, rounded_away = "users_admin_export.csv", pl.lit(None, pl.String)
    folder.table("zendesk.users", name, flat.columns, noted, dialect=encode.PLAIN)
    digits = flat.filter(lost).select(
        key=rounded_away, column=pl.lit("id"), dirty="id", clean=rounded_away, trap=pl.lit("excel_key")
    )
    folder.book.cells(folder.name(name), digits)
