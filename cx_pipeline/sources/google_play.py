"""Google Play: reviews from the monthly files of the Play Console, and from the API for replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.sources.columns import decimal, each, html, identifier, key_of, line, timestamp, word, written
from cx_pipeline.sources.export import Context, Export, Rows, TableMap

review_id = partial(identifier, shape=shaped("Google Play", "^[A-Za-z0-9_.:-]{1,200}$"))
milliseconds = partial(timestamp, declared="epoch_ms")

_USER, _REPLY = "$[0].userComment", "$[1].developerComment"
_COLUMNS = (
    *("Package Name", "App Version Code", "App Version Name", "Reviewer Language", "Device"),
    *("Review Submit Date and Time", "Review Submit Millis Since Epoch"),
    *("Review Last Update Date and Time", "Review Last Update Millis Since Epoch"),
    *("Star Rating", "Review Title", "Review Text"),
    *("Developer Reply Date and Time", "Developer Reply Millis Since Epoch", "Developer Reply Text", "Review Link"),
)


def _derive(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    by_name = {name.strip().lower(): name for name in columns}
    nothing = pl.lit(None, dtype=pl.String)

    def cell(name: str) -> pl.Expr:
        found = by_name.get(name.lower())
        return pl.when(written(found)).then(pl.col(found)) if found is not None else nothing

    def inside(path: str) -> pl.Expr:
        return pl.col("comments").str.json_path_match(path) if "comments" in columns else nothing

    def moment(path: str) -> pl.Expr:
        """Seconds and nanoseconds of the API as milliseconds."""
        nanos = inside(f"{path}.lastModified.nanos").cast(pl.Int64, strict=False).fill_null(0) // 1_000_000
        seconds = inside(f"{path}.lastModified.seconds").cast(pl.Int64, strict=False)
        return (seconds * 1000 + nanos).cast(pl.String)

    own = pl.col("reviewId") if "reviewId" in columns else nothing
    link = cell("Review Link").str.extract(r"(?i)[?&#:]reviewid=([^&#]+)").str.replace_all("(?i)%3A", ":")
    # A rating without words has no link; who rated when with what tells it apart.
    alone = pl.concat_str(
        pl.lit("rating"),
        *(
            cell(name).str.replace_all("[^A-Za-z0-9.]", "")
            for name in ("Package Name", "Review Submit Millis Since Epoch", "Device")
        ),
        separator="_",
        ignore_nulls=True,
    )
    has_time = (
        written(by_name["review submit millis since epoch"])
        if "review submit millis since epoch" in by_name
        else pl.lit(value=False)
    )
    review = pl.coalesce(own, link, pl.when(has_time).then(alone))
    updated = pl.coalesce(cell("Review Last Update Millis Since Epoch"), moment(_USER), cell("Review Submit Millis Since Epoch"))
    text = inside(f"{_USER}.text")
    return {
        "review": review,
        # A review is edited in place: each of its states is a version of its own.
        "version_key": pl.concat_str(review, updated, separator="_", ignore_nulls=True).str.replace_all("[^A-Za-z0-9_.:-]", ""),
        "package": pl.coalesce(cell("Package Name"), pl.lit(context.file_label or None, dtype=pl.String)),
        "version": pl.coalesce(
            cell("App Version Name"),
            inside(f"{_USER}.appVersionName"),
            cell("App Version Code"),
            inside(f"{_USER}.appVersionCode"),
        ),
        "rating": pl.coalesce(cell("Star Rating"), inside(f"{_USER}.starRating")),
        "submitted_ms": cell("Review Submit Millis Since Epoch"),
        "submitted": cell("Review Submit Date and Time"),
        "updated_ms": updated,
        "updated": cell("Review Last Update Date and Time"),
        "replied_ms": pl.coalesce(cell("Developer Reply Millis Since Epoch"), moment(_REPLY)),
        # The API writes title and text as one, apart by a tab.
        "title": pl.coalesce(
            cell("Review Title"), pl.when(text.str.contains(r"^[^\t]+\t")).then(text.str.extract(r"^([^\t]*)\t"))
        ),
        "text": pl.coalesce(cell("Review Text"), text.str.replace(r"^[^\t]*\t", "")),
        "author": pl.col("authorName") if "authorName" in columns else nothing,
    }


REVIEWS = Export(
    source="google_play",
    name="reviews",
    title="Reviews: one record a state of a review, which is edited in place.",
    formats=("CSV in UTF-16 (monthly)", "JSON (API pages)"),
    page_keys=("reviews",),
    is_named_by_file=True,
    derive=_derive,
    known=frozenset({*_COLUMNS, "reviewId", "authorName", "comments"}),
    key="version_key",
    clock=("changed", "replied_ms"),
    fields=(
        review_id("version_key"),
        review_id("review"),
        word("package"),
        word("version"),
        decimal("rating"),
        milliseconds("submitted_ms"),
        timestamp("submitted"),
        milliseconds("updated_ms"),
        timestamp("updated"),
        milliseconds("replied_ms"),
        line("title"),
        html("text"),
        line("author"),
    ),
    prepare={
        "created_at": pl.coalesce("submitted_ms", "submitted"),
        "changed": pl.coalesce("updated_ms", "updated", "submitted_ms", "submitted"),
    },
    tables=(
        TableMap(
            "reviews",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "review_id": key_of("google_play.reviews", "review"),
                        "platform": pl.lit("google_play"),
                        "product": pl.col("package"),
                        "app_version": pl.col("version"),
                        "rating": pl.col("rating").cast(pl.Float64),
                        "author": pl.col("author"),
                        "created_at": pl.col("created_at"),
                        "updated_at": pl.col("changed"),
                        "replied_at": pl.col("replied_ms"),
                        # Numbered when all deliveries are together.
                        "version_number": pl.lit(1),
                        "is_current": pl.lit(value=True),
                        "text_title": pl.col("title"),
                        "text_body": pl.col("text"),
                    },
                ),
            ),
        ),
    ),
)
