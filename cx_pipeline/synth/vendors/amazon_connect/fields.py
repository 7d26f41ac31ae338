"""A leg in the vendor's fields: first flat, so that cells can be spoilt, then nested as it stands in the file."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import texts
from cx_pipeline.synth.allot import met
from cx_pipeline.synth.calls import CALLED_BACK, MENU, OUTBOUND, VOICE
from cx_pipeline.synth.phrases import LANGUAGES
from cx_pipeline.synth.timeline import FOREVER, iso
from cx_pipeline.synth.vendors.amazon_connect import site
from cx_pipeline.synth.world import World

_NONE = pl.lit(None, pl.String)
NEW_FIELD = "CustomerSentimentTrend"
TESTER, WITHHELD = "qa.caller@example.com", "anonymous"


def _moment(column: str) -> pl.Expr:
    return pl.when(pl.col(column) < FOREVER).then(iso(pl.col(column)))


def addresses(world: World, sent: pl.DataFrame) -> pl.Series:
    """What the record says of who calls or writes: a number, `anonymous`, an address, or nothing."""
    line = site.customer_lines(world, sent["person"].to_numpy())
    hidden = line["phone"].is_null() | site.withheld(world, sent["number"].to_numpy())
    return pl.select(
        pl.when(site.has_phone(sent) & hidden)
        .then(pl.lit(WITHHELD))
        .when(site.has_phone(sent))
        .then(line["phone"])
        .when(site.has_email(sent) & sent["by_tester"])
        .then(pl.lit(TESTER))
        .when(site.has_email(sent))
        .then(line["email"])
    ).to_series()


def _reasons() -> pl.Expr:
    return (
        pl.when(pl.col("passed") < FOREVER)
        .then(pl.lit("CONTACT_FLOW_DISCONNECT"))
        .when((pl.col("connected") == FOREVER) | (pl.col("number") % 3 > 0))
        .then(pl.lit("CUSTOMER_DISCONNECT"))
        .otherwise(pl.lit("AGENT_DISCONNECT"))
    )


def flat(world: World, sent: pl.DataFrame) -> pl.DataFrame:
    """One row a record, a column a value, nested ones as `Queue.Name`. Times are text, durations whole seconds."""
    numbers, position, legs = (sent[name].to_numpy() for name in ("number", "position", "legs"))
    person = site.customer_lines(world, sent["person"].to_numpy())
    queue = sent["agent"].to_numpy() % len(site.QUEUES)
    queued, answered = pl.col("enqueued") < FOREVER, pl.col("connected") < FOREVER
    inverted = met(sent["trap"], "clock_inversion")
    passed_on = (pl.col("passed") < FOREVER) & (pl.col("way") != CALLED_BACK)
    columns: dict[str, pl.Expr | pl.Series | str] = {
        "ContactId": site.contact_ids(world, numbers, position),
        "InitialContactId": site.contact_ids(world, numbers, np.where(position > 0, 0, -1)),
        "PreviousContactId": site.contact_ids(world, numbers, position - 1),
        "NextContactId": site.contact_ids(world, numbers, np.where(position + 1 < legs, position + 1, -1)),
        "Channel": pl.Series(site.CHANNELS).gather(sent["channel"].to_numpy()),
        "InitiationMethod": site.initiation(sent),
        "InitiationTimestamp": iso(pl.col("began")),
        "ConnectedToSystemTimestamp": iso(pl.col("began") + 1),
        "TransferCompletedTimestamp": pl.when(passed_on).then(iso(pl.col("passed"))),
        "DisconnectTimestamp": iso(pl.when(inverted).then(pl.col("began") - site.INVERSION).otherwise("ended")),
        "LastUpdateTimestamp": iso(pl.col("clock")),
        "DisconnectReason": _reasons(),
        "CustomerEndpoint.Address": addresses(world, sent),
        "CustomerEndpoint.Type": pl.select(
            pl.when(site.has_phone(sent))
            .then(pl.lit("TELEPHONE_NUMBER"))
            .when(site.has_email(sent))
            .then(pl.lit("EMAIL_ADDRESS"))
        ).to_series(),
        "SystemEndpoint.Address": pl.when((pl.col("channel") == VOICE) & ~_without_system_endpoint()).then(pl.lit(site.LINE)),
        "Queue.ARN": pl.when(queued).then(site.queue_arns(world, queue)),
        "Queue.Name": pl.when(queued).then(pl.Series(site.QUEUES).gather(queue)),
        "Queue.EnqueueTimestamp": _moment("enqueued"),
        "Queue.DequeueTimestamp": _moment("dequeued"),
        "Queue.Duration": pl.when(queued).then(pl.col("dequeued") - pl.col("enqueued")),
        "Agent.ARN": pl.when(answered).then(site.agent_arns(world, sent["agent"].to_numpy())),
        "Agent.Username": pl.when(answered).then(
            world.agents["email"].str.split("@").list.first().gather(sent["agent"].to_numpy())
        ),
        "Agent.ConnectedToAgentTimestamp": _moment("connected"),
        "Agent.AgentInteractionDuration": "talked",
        "Agent.CustomerHoldDuration": "held",
        "Agent.LongestHoldDuration": pl.col("held") // pl.max_horizontal(pl.lit(1), "holds"),
        "Agent.NumberOfHolds": "holds",
        "Agent.AfterContactWorkDuration": "wrapped",
        "Agent.AfterContactWorkStartTimestamp": pl.when(answered).then(iso(pl.col("ended"))),
        "Agent.AfterContactWorkEndTimestamp": pl.when(answered).then(iso(pl.col("ended") + pl.col("wrapped"))),
        "AgentConnectionAttempts": answered.cast(pl.Int64),
        "Attributes.greetingPlayed": pl.when(pl.col("way") == MENU).then(pl.lit("false")).otherwise(pl.lit("true")),
        "Attributes.orderRef": texts.orders(numbers),
        "Attributes.followUp": pl.when("is_changed").then(pl.lit("requested")).otherwise(pl.lit("none")),
        "LanguageCode": pl.Series(LANGUAGES).gather(person["language"].to_numpy()),
    }
    return sent.select(**columns)


def _without_system_endpoint() -> pl.Expr:
    """The vendor leaves it empty for what it began itself."""
    by_queue = (pl.col("position") > 0) & ((pl.col("number") % 3 == 0) | (pl.col("way") == CALLED_BACK))
    return by_queue | (pl.col("way") == OUTBOUND) & (pl.col("number") % 4 == 0)


def _group(frame: pl.DataFrame, name: str, there: str) -> pl.Expr:
    """The columns `name.…` as one value, null where `there` is."""
    columns = [column for column in frame.columns if column.startswith(f"{name}.")]
    return pl.when(pl.col(f"{name}.{there}").is_not_null()).then(
        pl.struct(pl.col(column).alias(column.removeprefix(f"{name}.")) for column in columns)
    )


def nested(frame: pl.DataFrame, night: int) -> pl.DataFrame:
    """As the vendor nests it; after the first night with a field that nobody announced."""
    new_field = {NEW_FIELD: _NONE} if night else {}
    endpoint = pl.struct(Address="SystemEndpoint.Address", Type=pl.lit("TELEPHONE_NUMBER"))
    return frame.select(
        AWSAccountId=pl.lit(site.ACCOUNT),
        AWSContactTraceRecordFormatVersion=pl.lit("2017-03-10"),
        Agent=_group(frame, "Agent", "ARN"),
        AgentConnectionAttempts="AgentConnectionAttempts",
        AnsweringMachineDetectionStatus=_NONE,
        Attributes=_group(frame, "Attributes", "orderRef"),
        Channel="Channel",
        ConnectedToSystemTimestamp="ConnectedToSystemTimestamp",
        ContactId="ContactId",
        CustomerEndpoint=_group(frame, "CustomerEndpoint", "Address"),
        DisconnectReason="DisconnectReason",
        DisconnectTimestamp="DisconnectTimestamp",
        InitialContactId="InitialContactId",
        InitiationMethod="InitiationMethod",
        InitiationTimestamp="InitiationTimestamp",
        InstanceARN=pl.lit(site.INSTANCE),
        LanguageCode="LanguageCode",
        LastUpdateTimestamp="LastUpdateTimestamp",
        MediaStreams=pl.lit([], pl.List(pl.String)),
        NextContactId="NextContactId",
        PreviousContactId="PreviousContactId",
        Queue=_group(frame, "Queue", "ARN"),
        Recording=_NONE,
        SystemEndpoint=pl.when(pl.col("SystemEndpoint.Address").is_not_null()).then(endpoint),
        TransferCompletedTimestamp="TransferCompletedTimestamp",
        **new_field,
        References=pl.lit([], pl.List(pl.String)),
        ScheduledTimestamp=_NONE,
        TransferredToEndpoint=_NONE,
    )
