"""App Store: customer reviews from the public feed, from App Store Connect, and from files of review tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.sources.columns import country, decimal, each, html, identifier, key_of, line, names, timestamp, word, written
from cx_pipeline.sources.export import Context, Export, Rows, TableMap
from cx_pipeline.sources.spellings import folded_names, under_one_name

review_id = partial(identifier, shape=shaped("App Store", "^[A-Za-z0-9_.:-]{1,120}$"))

# The columns of review tools, behind the feed's and App Store Connect's own words.
_SPELLINGS = {
    "id": "review id|reviewid",
    "rating": "im:rating|star rating|stars|score",
    "title": "review title|subject",
    "body": "content|review|review text|text|review body|comment",
    "author": "reviewernickname|reviewer nickname|nickname|author name|user name|username|reviewer",
    "created": "createddate|updated|created date|date|review date|created at|submitted at",
    "edited": "last modified|last modified date|edited at|updated at|edited date",
    "territory": "country|storefront|store front|country code|region",
    "version": "im:version|app version|version reviewed",
    "product": "app id|apple id|app|app name|bundle id|application",
    "replied": "response date|developer response date|reply date|replied at",
}


def _derive(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    made = under_one_name(columns, _SPELLINGS)
    has_attributes = "attributes" in columns
    link = pl.col("link").str.json_path_match("$.attributes.href") if "link" in columns else pl.lit(None, dtype=pl.String)

    def told(name: str, attribute: str = "", label: str = "$.label") -> pl.Expr:
        """The plain text, from inside of the feed's label, or from App Store Connect's attributes."""
        nothing = pl.lit(None, dtype=pl.String)
        own = made.get(name, pl.col(name)) if name in {*columns, *made} else nothing
        plain = pl.when(own.str.starts_with("{")).then(own.str.json_path_match(label)).otherwise(own)
        inside = pl.col("attributes").str.json_path_match(f"$.{attribute}") if has_attributes and attribute else nothing
        return pl.coalesce(plain, inside)

    feed = pl.col("author").str.json_path_match("$.uri.label") if "author" in columns else pl.lit(None, dtype=pl.String)
    # The app's own entry in its feed is known by an address.
    app = told("id").str.extract(r"/id(\d+)")
    own = pl.when(app.is_not_null()).then(pl.concat_str(pl.lit("app"), app)).otherwise(told("id"))
    reply = pl.col("relationships") if "relationships" in columns else pl.lit(None, dtype=pl.String)
    return {
        "id": own,
        "rating": told("rating", "rating"),
        "title": told("title", "title"),
        "body": told("body", "body"),
        "author": told("author", "reviewerNickname", "$.name.label"),
        "created": told("created", "createdDate"),
        "edited": told("edited"),
        "territory": pl.coalesce(
            told("territory", "territory"),
            link.str.extract(r"apple\.com/([a-z]{2})/"),
            feed.str.extract(r"apple\.com/([a-z]{2})/"),
        ),
        "version": told("version", "appVersionString"),
        "product": pl.coalesce(
            told("product"), link.str.extract(r"[?&]id=(\d+)"), pl.lit(context.file_label or None, dtype=pl.String)
        ),
        "replied": pl.coalesce(told("replied"), reply.str.json_path_match("$.response.attributes.lastModifiedDate")),
        # A version of a review is told by when it was written: an edit keeps the id.
        "version_key": pl.concat_str(
            own, pl.coalesce(told("edited"), told("created")).str.replace_all(r"\D", ""), separator="_", ignore_nulls=True
        ),
    }


# The feed of an app begins with the app itself, which nobody rated.
_IS_REVIEW = written("raw.rating")

REVIEWS = Export(
    source="app_store",
    name="reviews",
    title="Customer reviews: one record a version of a review.",
    formats=("JSON (feeds, API pages)", "NDJSON", "CSV"),
    page_keys=("feed.entry", "data", "reviews"),
    is_named_by_file=True,
    derive=_derive,
    ignore=frozenset({"im:voteSum", "im:voteCount", "links"}),
    known=folded_names(_SPELLINGS)
    | frozenset(
        {
            *names("link im:contentType rights im:name im:price im:image im:artist im:releaseDate category summary type"),
            *names("attributes relationships im:rating im:version content updated author title body"),
        }
    )
    | frozenset(
        {
            *("Review ID", "Rating", "Title", "Review", "Body", "Author", "Nickname", "Date", "Country", "Territory", "Version"),
            *("App ID", "App Name", "App Version", "Developer Response", "Response Date", "reviewerNickname", "createdDate"),
        }
    ),
    key="version_key",
    clock=("changed", "replied"),
    fields=(
        review_id("version_key"),
        review_id("id"),
        decimal("rating"),
        line("title"),
        html("body"),
        line("author"),
        timestamp("created"),
        timestamp("edited"),
        timestamp("replied"),
        country("territory"),
        word("version"),
        word("product"),
    ),
    prepare={"changed": pl.coalesce("edited", "created")},
    tables=(
        TableMap(
            "reviews",
            primary=True,
            rows=(
                Rows(
                    contains=each("rating"),
                    when=_IS_REVIEW,
                    columns={
                        "review_id": key_of("app_store.reviews", "id"),
                        "platform": pl.lit("app_store"),
                        "product": pl.col("product"),
                        "territory": pl.col("territory"),
                        "app_version": pl.col("version"),
                        "rating": pl.col("rating").cast(pl.Float64),
                        "author": pl.col("author"),
                        "created_at": pl.col("created"),
                        "updated_at": pl.col("changed"),
                        "replied_at": pl.col("replied"),
                        # Numbered when all deliveries are together.
                        "version_number": pl.lit(1),
                        "is_current": pl.lit(value=True),
                        "text_title": pl.col("title"),
                        "text_body": pl.col("body"),
                    },
                ),
            ),
        ),
    ),
)
