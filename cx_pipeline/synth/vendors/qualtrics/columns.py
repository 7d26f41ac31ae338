"""The columns that every survey has: who answered, from where and when, and how the header rows call them."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth.vendors.qualtrics.survey import Survey

# Name, import id, and the label of an account in German.
_MODERN = (
    ("StartDate", "startDate", "Anfangsdatum"),
    ("EndDate", "endDate", "Enddatum"),
    ("Status", "status", "Antworttyp"),
    ("IPAddress", "ipAddress", "IP-Adresse"),
    ("Progress", "progress", "Aktueller Stand"),
    ("Duration (in seconds)", "duration", "Dauer (in Sekunden)"),
    ("Finished", "finished", "Beendet"),
    ("RecordedDate", "recordedDate", "Erfassungsdatum"),
    ("ResponseId", "_recordId", "Antwort-ID"),
    ("RecipientLastName", "recipientLastName", "Nachname des Empfängers"),
    ("RecipientFirstName", "recipientFirstName", "Vorname des Empfängers"),
    ("RecipientEmail", "recipientEmail", "E-Mail des Empfängers"),
    ("ExternalReference", "externalDataReference", "Externe Datenreferenz"),
    ("LocationLatitude", "locationLatitude", "Breitengrad des Standorts"),
    ("LocationLongitude", "locationLongitude", "Längengrad des Standorts"),
    ("DistributionChannel", "distributionChannel", "Verteilungskanal"),
    ("UserLanguage", "userLanguage", "Benutzersprache"),
)
_ENGLISH = {
    "StartDate": "Start Date",
    "EndDate": "End Date",
    "Status": "Response Type",
    "IPAddress": "IP Address",
    "RecordedDate": "Recorded Date",
    "ResponseId": "Response ID",
    "RecipientLastName": "Recipient Last Name",
    "RecipientFirstName": "Recipient First Name",
    "RecipientEmail": "Recipient Email",
    "ExternalReference": "External Data Reference",
    "LocationLatitude": "Location Latitude",
    "LocationLongitude": "Location Longitude",
    "DistributionChannel": "Distribution Channel",
    "UserLanguage": "User Language",
}
LEGACY = {
    "V1": "ResponseID",
    "V2": "ResponseSet",
    "V3": "Name",
    "V4": "ExternalDataReference",
    "V5": "EmailAddress",
    "V6": "IPAddress",
    "V7": "Status",
    "V8": "StartDate",
    "V9": "EndDate",
    "V10": "Finished",
}
_LEGACY_TAIL = ("LocationLatitude", "LocationLongitude", "LocationAccuracy", "")
_STATUS_TEXTS = {"0": "IP Address", "1": "Survey Preview", "2": "Survey Test", "4": "Imported", "8": "Spam"}
_TIME = "%Y-%m-%d %H:%M:%S"


def headers(survey: Survey) -> tuple[list[str], ...]:
    """The header rows: tags; labels; and import ids, which a legacy export does not have."""
    tags, labels = [column.tag for column in survey.columns], [column.label for column in survey.columns]
    if survey.legacy:
        return [*LEGACY, *tags, *_LEGACY_TAIL], [*LEGACY.values(), *labels, *_LEGACY_TAIL]
    meta = [german if survey.german else _ENGLISH.get(name, name) for name, _, german in _MODERN]
    ids = [*(item for _, item, _ in _MODERN), *(column.import_id for column in survey.columns), survey.embedded]
    return (
        [*(name for name, _, _ in _MODERN), *tags, survey.embedded],
        [*meta, *labels, survey.embedded],
        [f'{{"ImportId":"{item}"}}' for item in ids],
    )


def _time(column: str) -> pl.Expr:
    return pl.from_epoch(pl.col(column), "s").dt.strftime(_TIME)


def _number(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String)


def before(survey: Survey, known: pl.DataFrame) -> pl.DataFrame:
    """The columns in front of the answers, as text. Times have no zone and are UTC."""
    finished = pl.col("progress") == 100
    done = pl.when(finished)
    ip = pl.concat_str(pl.lit("203.0.113."), (pl.col("person") % 254 + 1).cast(pl.String))
    if survey.legacy:
        return known.select(
            V1="response_id",
            V2=pl.lit("Default Response Set"),
            V3=pl.coalesce("name", pl.lit("Anonymous")),
            V4="external",
            V5="email",
            V6=ip,
            V7="status",
            V8=_time("started"),
            V9=_time("ended"),
            V10=done.then(pl.lit("1")).otherwise(pl.lit("0")),
        )
    words = ("True", "False") if survey.choice_texts else ("1", "0")
    status = pl.col("status").replace_strict(_STATUS_TEXTS) if survey.choice_texts else pl.col("status")
    columns = (
        _time("started"),
        _time("ended"),
        status,
        ip,
        _number("progress"),
        _number("took"),
        done.then(pl.lit(words[0])).otherwise(pl.lit(words[1])),
        _time("recorded"),
        pl.col("response_id"),
        pl.col("family"),
        pl.col("given"),
        pl.col("email"),
        pl.col("external"),
        _latitude(),
        _longitude(),
        pl.col("channel"),
        pl.col("language"),
    )
    return known.select(column.alias(name) for column, (name, _, _) in zip(columns, _MODERN, strict=True))


def _latitude() -> pl.Expr:
    return pl.concat_str((pl.col("person") % 25 + 35).cast(pl.String), pl.lit("."), (pl.col("person") * 7919 % 90_000 + 10_000))


def _longitude() -> pl.Expr:
    return pl.concat_str(
        (pl.col("person") % 30 - 10).cast(pl.String), pl.lit("."), (pl.col("person") * 104_729 % 90_000 + 10_000)
    )


def behind(survey: Survey, known: pl.DataFrame) -> pl.DataFrame:
    """The columns behind the answers."""
    if survey.legacy:
        return known.select(
            LocationLatitude=_latitude(), LocationLongitude=_longitude(), LocationAccuracy=pl.lit("-1"), last=pl.lit("")
        )
    return known.select(pl.col("embedded").alias(survey.embedded))


def names(survey: Survey) -> dict[str, str]:
    """What each traps' column is called in this survey's export."""
    if survey.legacy:
        return {"family": "V3", "given": "V3", "email": "V5", "external": "V4", "started": "V8"}
    return {
        "family": "RecipientLastName",
        "given": "RecipientFirstName",
        "email": "RecipientEmail",
        "external": "ExternalReference",
        "started": "StartDate",
    }
