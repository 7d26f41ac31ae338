"""The export of who opted out: by address alone, a column a subscription, with contacts that are deleted by now."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth import encode
from cx_pipeline.synth.consents import DENIED, WITHDRAWN
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.records import records
from cx_pipeline.synth.vendors.hubspot import contacts, portal
from cx_pipeline.synth.world import World


def write(world: World, folder: Delivery) -> None:
    """Once, labelled in the language of who downloaded it."""
    cut = world.timeline.cut(folder.night)
    refused = {topic: pl.col(topic).is_in([WITHDRAWN, DENIED]) for topic in portal.SUBSCRIPTIONS}
    known = contacts.people(world, cut).filter(
        (pl.col("quirk") != "test_person") & (pl.col("number") > 0) & pl.any_horizontal(refused.values())
    )
    if not len(known):
        return
    frame = known.select(
        pl.col("email").alias("E-Mail"),
        pl.col("given").alias("Vorname"),
        pl.col("family").alias("Nachname"),
        *(
            pl.when(said).then(pl.lit("TRUE")).alias(f"Unsubscribed from: {portal.LABELS[topic]}")
            for topic, said in refused.items()
        ),
    )
    clock = pl.Series([0] * len(known))
    noted = records(encode.csv_texts(frame), known["email"].str.to_lowercase(), clock)
    folder.table(contacts.EXPORT, "contacts_unsubscribed.csv", frame.columns, noted)
