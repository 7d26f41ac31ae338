"""What each line of a message is: said now, quoted from before, a signature, or text that everybody gets.

Nothing is deleted: a message keeps its whole text, beside it the parts with their labels and what is left as its body. Lines of a
quotation run to the end of the message, or alone where each begins with `>`; a signature runs from its first line to the end.
"""

from __future__ import annotations

import polars as pl

BODY, QUOTED, SIGNATURE, BOILERPLATE = "body", "quoted", "signature", "boilerplate"
LABELS = (BODY, QUOTED, SIGNATURE, BOILERPLATE)
PARTS = pl.List(pl.Struct({"label": pl.String, "text": pl.String}))
COMMON_LINE_LETTERS = 20
"""A shorter line is nobody's template: everybody writes "Thank you"."""

_QUOTE_FROM = (
    r"(?i)^\s*(?:"
    + "|".join(
        (
            r"-{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|weitergeleitete nachricht)\s*-{2,}",
            r"-{2,}\s*(?:message d'origine|mensaje original|messaggio originale|oorspronkelijk bericht)\s*-{2,}",
            r"begin forwarded message:",
            r"on .{4,120}\bwrote:",
            r"am .{4,120}\bschrieb\b.{0,80}:",
            r"le .{4,120}\ba écrit\s*:",
            r"el .{4,120}\bescribió\s*:",
            r"il .{4,120}\bha scritto\s*:",
            r"op .{4,120}\bschreef\b.{0,80}:",
            r"em .{4,120}\bescreveu\s*:",
            r"_{20,}",
        )
    )
    + r")\s*$"
)
_QUOTE_LINE = r"^\s*(?:>|\|\s)"
_SIGN_FROM = (
    r"(?i)^\s*(?:"
    + "|".join(
        (
            r"--",
            r"sent from my .{1,40}",
            r"(?:von meinem|gesendet von) .{1,40}gesendet|gesendet von mein\w+ .{1,40}",
            r"envoyé (?:de|depuis) mon .{1,40}",
            r"enviado desde mi .{1,40}",
            r"(?:(?:kind|best|warm|many)(?:est)? )?regards",
            r"(?:best|kind|warm) wishes|sincerely(?: yours)?|yours (?:sincerely|faithfully|truly)|cheers|best",
            r"mit freundlichen grüßen|(?:viele|beste|liebe|freundliche) grüße|mfg|lg",
            r"(?:bien )?cordialement|bien à vous|salutations(?: distinguées)?",
            r"(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente",
            r"(?:cordiali|distinti) saluti",
            r"met vriendelijke groet(?:en)?|groet(?:en|jes)?",
            r"atenciosamente|cumprimentos|com os melhores cumprimentos",
            r"med vänlig hälsning|vänliga hälsningar|med venlig hilsen|med vennlig hilsen",
            r"z poważaniem|pozdrawiam",
            r"敬具|よろしくお願いいたします。?|此致|\u0417 повагою|\u0421 уважением",
        )
    )
    + r")\s*[,.!]?\s*$"
)
_LINES_OF_A_SIGNATURE = 8
_AUTO = (
    r"(?i)^(?:\W*)(?:"
    + "|".join(
        (
            r"automatic reply|auto(?:matic)?[- ]?(?:response|reply)|out of (?:the )?office",
            r"i am (?:currently )?out of (?:the )?office|i will be out of (?:the )?office",
            r"abwesenheitsnotiz|automatische antwort|ich bin (?:derzeit|zurzeit|bis) .{0,60}nicht im (?:büro|haus)",
            r"réponse automatique|je suis (?:actuellement )?absent",
            r"respuesta automática|fuera de (?:la )?oficina|risposta automatica|automatisch antwoord|resposta automática",
            r"自動返信|自动回复",
        )
    )
    + r")"
)


def is_automatic(texts: pl.Expr) -> pl.Expr:
    """True where a text begins as answers do that no person sends."""
    return texts.str.contains(_AUTO).fill_null(value=False)


def lines(messages: pl.DataFrame) -> pl.DataFrame:
    """`message_id, at, line, label`: every line of every message with what it is by itself and its place.

    Args:
        messages: `message_id, text`.
    """
    split = messages.select("message_id", pl.col("text").str.replace_all("\r\n?", "\n").str.split("\n").alias("line"))
    listed = split.filter(pl.col("line").is_not_null()).explode("line")
    line = pl.col("line")
    placed = listed.with_columns(
        pl.int_range(pl.len()).over("message_id").alias("at"),
        (pl.len().over("message_id") - 1).alias("last"),
        line.str.contains(_QUOTE_FROM).alias("opens_quote"),
        line.str.contains(_QUOTE_LINE).alias("is_quote"),
        line.str.contains(_SIGN_FROM).alias("signs"),
    )
    # A closing formula in the middle of a long text closes nothing.
    near_end = pl.col("signs") & (pl.col("last") - pl.col("at") <= _LINES_OF_A_SIGNATURE) & (pl.col("at") > 0)
    in_quote = pl.col("opens_quote").cum_max().over("message_id") | pl.col("is_quote")
    signed = near_end.cum_max().over("message_id")
    label = pl.when(in_quote).then(pl.lit(QUOTED)).when(signed).then(pl.lit(SIGNATURE)).otherwise(pl.lit(BODY))
    return placed.select("message_id", "at", "line", label.alias("label"))


def with_common(labelled: pl.DataFrame, common: pl.DataFrame) -> pl.DataFrame:
    """Lines of the body that everybody gets become boilerplate.

    Args:
        labelled: `message_id, at, line, label, is_from_company`.
        common: `line` of what the company sends to many.
    """
    marked = labelled.join(common.select(pl.col("line").alias("key")).unique(), left_on=_key(), right_on="key", how="semi")
    told = marked.select("message_id", "at", pl.lit(value=True).alias("is_common"))
    is_common = pl.col("is_common").fill_null(value=False) & pl.col("is_from_company") & (pl.col("label") == BODY)
    return (
        labelled.join(told, on=["message_id", "at"], how="left", maintain_order="left")
        .with_columns(pl.when(is_common).then(pl.lit(BOILERPLATE)).otherwise("label").alias("label"))
        .drop("is_common")
    )


def common_lines(labelled: pl.LazyFrame, customers: int) -> pl.DataFrame:
    """Lines that the company sent to so many customers or more, in the form that `with_common` compares.

    Args:
        labelled: `line, label, is_from_company, customer_id`.
        customers: from how many on.
    """
    long = pl.col("line").str.replace_all(r"[^\p{L}]+", "").str.len_chars() >= COMMON_LINE_LETTERS
    return (
        labelled.filter(pl.col("is_from_company"), pl.col("label") == BODY, long)
        .group_by(_key().alias("line"))
        .agg(pl.col("customer_id").n_unique().alias("customers"))
        .filter(pl.col("customers") >= customers)
        .select("line")
        .sort("line")
        .collect()
    )


def parts(labelled: pl.DataFrame) -> pl.DataFrame:
    """`message_id, parts, body`: neighbouring lines of one label as one part, and all that is body, trimmed."""
    changes = (pl.col("label") != pl.col("label").shift(1).over("message_id")).fill_null(value=True)
    runs = labelled.with_columns(changes.cast(pl.Int64).cum_sum().over("message_id").alias("run"))
    joined = runs.group_by("message_id", "run", maintain_order=True).agg(
        pl.col("label").first(), pl.col("line").str.join("\n").alias("text")
    )
    whole = joined.group_by("message_id", maintain_order=True).agg(
        pl.struct("label", "text").alias("parts").cast(PARTS.inner),
        pl.col("text").filter(pl.col("label") == BODY).str.join("\n").str.strip_chars().alias("body"),
    )
    return whole.select("message_id", "parts", "body")


def _key() -> pl.Expr:
    return pl.col("line").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
