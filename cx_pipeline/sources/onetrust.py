"""OneTrust: consent receipts, one decision a purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import address_told, looks_like_test_person
from cx_pipeline.sources.columns import (
    as_written,
    boolean,
    each,
    email_address,
    external_id,
    identifier,
    identity,
    key_of,
    language_code,
    names,
    phone_number,
    timestamp,
    word,
)
from cx_pipeline.sources.consents import consent, who
from cx_pipeline.sources.export import Context, Export, Field, Items, Rows, TableMap
from cx_pipeline.sources.items import elements_of, entries_of
from cx_pipeline.sources.spellings import iso_of, made_or_own, spellings_of, spelt

_NAMES: Mapping[str, tuple[str, ...]] = {
    "receiptId": ("Receipt ID", "receiptGuid", "transactionGuid", "consentReceiptID", "jti", "id"),
    "identifier": ("dataSubjectIdentifier", "Data Subject Identifier", "piiPrincipalId", "subject"),
    "identifierType": ("dataSubjectIdentifierType", "Identifier Type"),
    "interactionDate": ("Interaction Date", "receiptDate", "consentTimestamp", "iat", "createdDate", "timestamp"),
    "consentDate": ("Consent Date",),
    "withdrawnDate": ("withdrawalDate", "Withdrawn Date"),
    "language": (),
    "purposes": (),
    "services": (),
    "additionalIdentifiers": (),
    "test": ("isTest", "testReceipt"),
}
_SPELT = spelt(_NAMES)
_KEY = "key of the receipt"
_TIMES = ("interactionDate", "consentDate", "withdrawnDate")
_NUMBER = r"^\+[0-9][0-9 ().-]{5,20}$"


def _derive(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    made = dict(_SPELT(columns, context))
    of = partial(made_or_own, made, columns)
    made |= {name: iso_of(of(name)) for name in _TIMES}
    person, kind = of("identifier").str.strip_chars(), of("identifierType").fill_null("").str.to_lowercase()
    # An identifier is free text at the vendor, and its type a name that the customer chose.
    is_email = person.str.contains("@", literal=True)
    is_phone = ~is_email & (kind.str.contains("phone|mobile|sms") | person.str.contains(_NUMBER))
    made["email"] = pl.when(is_email).then(person)
    made["phone"] = pl.when(is_phone).then(person)
    made["other"] = pl.when(~is_email & ~is_phone).then(person)
    decided = pl.concat_str((person.str.to_lowercase(), made["interactionDate"]), separator="|")
    made[_KEY] = pl.coalesce(of("receiptId"), pl.concat_str(pl.lit("@"), decided))
    return made


_STATES = {
    "CONFIRMED": "granted",
    "ACTIVE": "granted",
    "ALWAYSACTIVE": "granted",
    "EXTEND": "granted",
    "OPTIN": "granted",
    "EXPLICIT": "granted",
    # Preferences can be changed where there is consent alone.
    "CHANGEPREFERENCES": "granted",
    "WITHDRAWN": "withdrawn",
    "OPTOUT": "withdrawn",
    "HARDOPTOUT": "withdrawn",
    "NOCONSENT": "denied",
    "DENIED": "denied",
    "DECLINED": "denied",
    "PENDING": "pending",
    "NOCHOICE": "not_given",
    "NOTGIVEN": "not_given",
    "NONE": "not_given",
    "CANCEL": "not_given",
    "EXPIRED": "not_given",
}


def _cased(read: partial[Field], alias: str, *keys: str) -> tuple[Field, ...]:
    """A key of a purpose in the spellings of the vendor's APIs; read as `alias.1`, `alias.2`, …"""
    return tuple(read("item", alias=f"{alias}.{number}", at=f"$.{key}") for number, key in enumerate(keys, 1))


def _any(alias: str, number: int, raw: str = "") -> pl.Expr:
    return pl.coalesce(f"{raw}item.{alias}.{place}" for place in range(1, number + 1))


_purpose_id = partial(identifier, shape=shaped("OneTrust purpose", "^[0-9A-Za-z-]{1,64}$"))
_STATE_RAW = _any("type", 6, "raw.")
_TOLD_STATE = (
    _any("type", 6)
    .str.to_uppercase()
    .str.replace_all("[^A-Z]", "")
    .replace_strict(_STATES, default="unknown", return_dtype=pl.String)
)


def _purposes(column: str, *paths: str) -> Items:
    return elements_of(
        "purposes",
        column,
        *paths,
        fields=(
            *_cased(partial(_purpose_id), "id", "Id", "id", "purposeId", "PurposeId", "purposeGuid"),
            *_cased(partial(word), "name", "Name", "name", "purposeName", "label", "purpose"),
            *_cased(partial(word), "type", "TransactionType", "transactionType", "status", "Status", "State", "consentType"),
            *_cased(partial(timestamp), "consent", "ConsentDate", "consentDate", "lastTransactionDate"),
            *_cased(partial(timestamp), "withdrawn", "WithdrawnDate", "withdrawnDate", "withdrawalDate"),
            *_cased(partial(timestamp), "expiry", "ExpiryDate", "expiryDate"),
            *_cased(partial(word), "basis", "LawfulBasis", "lawfulBasis", "legalBasis"),
        ),
        prepare={
            # Ids without hyphens: their digits would pass for a phone number.
            "purpose": pl.coalesce(
                key_of("onetrust.purposes", _any("id", 5).str.replace_all("-", "", literal=True)), _any("name", 5)
            ),
            "told": pl.when(_STATE_RAW.is_not_null()).then(_TOLD_STATE),
            "consented_at": pl.coalesce(_any("consent", 3), "consentDate"),
            "withdrawn_at": pl.coalesce(_any("withdrawn", 3), "withdrawnDate"),
            "state": pl.coalesce(
                "told",
                pl.when(pl.col("withdrawn_at").is_not_null()).then(pl.lit("withdrawn")),
                pl.when(pl.col("consented_at").is_not_null()).then(pl.lit("granted")),
                pl.lit("unknown"),
            ),
            "decided_at": pl.coalesce(
                pl.when(pl.col("state") == "withdrawn").then("withdrawn_at"),
                pl.when(pl.col("state") == "granted").then("consented_at"),
                "interactionDate",
            ),
        },
    )


def _decisions(items: Items) -> Rows:
    return consent(
        pl.col("item.number").cast(pl.String),
        state=pl.col("state"),
        items=items,
        contains=each(),
        at=pl.col("decided_at"),
        # A receipt that names nobody, or nothing but a placeholder, stands for itself: a decision is never lost.
        identity=who(email="email", phone="phone", external_id=pl.coalesce("other", "source_id")),
        person=pl.when(pl.col("is_known")).then("record"),
        channel="any",
        purpose=pl.coalesce("purpose", pl.lit("unspecified")),
        state_raw=_STATE_RAW,
        legal_basis=_any("basis", 3),
        expires_at=_any("expiry", 2),
        receipt_id=pl.col("source_id"),
    )


_FURTHER = entries_of(
    "identifiers",
    "additionalIdentifiers",
    fields=(as_written("item", alias="text", at="$"),),
    prepare={
        "further": pl.col("item.text").str.strip_chars(),
        "further_kind": pl.when(pl.col("item.text").str.contains(r"^\s*[^@\s]+@[^@\s]+\s*$"))
        .then(pl.lit("email"))
        .otherwise(pl.lit("external_id")),
    },
)


def _test_receipt(context: Context) -> pl.Expr:
    by_address = looks_like_test_person(pl.lit(None, dtype=pl.String), address_told("email"), context.test_domains)
    return pl.col("test").fill_null(value=False) | by_address


def _own(kind: str, column: str) -> Rows:
    return identity(kind, column, pl.when(pl.col("is_known")).then("record"), column, since=pl.col("interactionDate"))


RECEIPTS = Export(
    source="onetrust",
    name="receipts",
    title="Consent receipts: what a person decided for every purpose.",
    formats=("JSON API pages", "JSON array", "NDJSON"),
    page_keys=("content", "receipts", "consentReceipts", "data"),
    known=spellings_of(_NAMES)
    | names(
        """
        requestInformation dsDataElements customPayload collectionPointGuid collectionPointId collectionPointUUID
        collectionPointVersion collectionPointName dataSubjectGuid source attachments geolocation parentPrimaryIdentifiers
        enableDataElementDateValidation dsBatch version jurisdiction collectionMethod publicKey policyUrl piiControllers
        consentString sensitive spiCat generateDataSubjectLinkToken authenticationRequired
        """
    ),
    key=_KEY,
    personal_key=True,
    clock=("interactionDate", "consentDate"),
    derive=_derive,
    fields=(
        identifier(_KEY, shaped("OneTrust receipt", r"^(?:[0-9A-Za-z_-]{1,100}|@[^|]{1,400}\|[0-9TZ:.+ -]{4,40})$")),
        email_address("email"),
        phone_number("phone"),
        external_id("other"),
        *(timestamp(name) for name in _TIMES),
        language_code("language"),
        as_written("purposes"),
        as_written("services"),
        as_written("additionalIdentifiers"),
        boolean("test", blank=False),
    ),
    test=_test_receipt,
    prepare={"is_known": pl.any_horizontal(pl.col(name).is_not_null() for name in ("email", "phone", "other"))},
    tables=(
        TableMap(
            "consent_events",
            primary=True,
            # Receipts of the Kantara standard list purposes by service.
            rows=(_decisions(_purposes("purposes")), _decisions(_purposes("services", "$", "$.purposes"))),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=pl.sum_horizontal(each(name) for name in ("email", "phone", "other")),
                    when=pl.col("is_known"),
                    columns={
                        "customer_record": pl.col("record"),
                        "language": pl.col("language"),
                        "first_seen_at": pl.col("interactionDate"),
                        "last_seen_at": pl.col("interactionDate"),
                        "is_contact": pl.lit(value=True),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                _own("email", "email"),
                _own("phone", "phone"),
                _own("external_id", "other"),
                Rows(
                    items=_FURTHER,
                    contains=(pl.col("item").str.strip_chars('" ').fill_null("null") != "null").cast(pl.Int64),
                    when=pl.col("item.text").fill_null("").str.strip_chars('" ') != "",
                    columns={
                        "customer_record": pl.when(pl.col("is_known")).then("record"),
                        "kind": pl.col("further_kind"),
                        "value": pl.when(pl.col("further_kind") == "email")
                        .then(pl.col("further").str.to_lowercase())
                        .otherwise("further"),
                        "value_domain": pl.when(pl.col("further_kind") == "email").then(
                            pl.col("further").str.to_lowercase().str.extract("@(.+)$")
                        ),
                        "is_placeholder": pl.lit(value=False),
                        "is_null_hash": pl.lit(value=False),
                        "valid_from": pl.col("interactionDate"),
                    },
                ),
            ),
        ),
    ),
)
