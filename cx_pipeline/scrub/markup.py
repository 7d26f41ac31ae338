"""HTML to text, for texts that really are HTML.

A text is HTML when it holds a tag that nobody types by accident (`<br>`, `</p>`, `<a href=…>`). Tags whose names are also
words (`<address>`, `<title>`) go only where such a tag stands too, and unknown ones (`<order>`, `<x@y.z>`) never. Entities are
decoded until none is left, so escaped markup is markup: exports escape once, twice or not at all, and nothing tells which.
"""

from __future__ import annotations

import html
import re
from functools import partial
from html.entities import html5

import polars as pl

from cx_pipeline.scrub.characters import drop_controls, drop_invisible
from cx_pipeline.scrub.fixpoint import as_step, on_matching, until_stable
from cx_pipeline.scrub.mojibake import repair
from cx_pipeline.scrub.rule import Rule, on_unique

_PARAGRAPH = r"p|h[1-6]|blockquote|table|ul|ol|dl|hr|pre|body|html|center"
_BLOCK = r"div|li|tr|dt|dd|thead|tbody|tfoot|section|article|header|footer|main|aside|nav|form|fieldset|figure|figcaption|address"
_CELL = r"td|th"
_TYPED = (  # nobody writes these in angle brackets and means something else
    rf"br|{_PARAGRAPH}|div|li|tr|dt|dd|thead|tbody|tfoot|{_CELL}|span|strong|em|img|font|script|style|head|meta|sup|sub|strike|"
    r"del|ins|tt|small|big|colgroup|iframe|svg|noscript|wbr|textarea"
)
_WORDS = (  # tags that are also words; they count only in company
    r"section|article|header|footer|main|aside|nav|form|fieldset|figure|figcaption|address|title|code|time|object|link|label|"
    r"summary|data|source|details|button|input|select|option|optgroup|output|map|area|base|menu|mark|picture|video|audio|"
    r"frame|frameset|caption|col|cite|kbd|samp|var|abbr|acronym|bdo|bdi|embed|param|track|canvas|template|legend|meter|progress|"
    r"path|dfn|applet|nobr|q"
)
_LETTERS = r"a|b|i|s|u"  # 'if a <b and c' is no tag: these need an attribute or nothing at all
_VALUES = r"""(?:"[^"<\n]*"|'[^'<\n]*'|[^<>])*"""
_ATTRIBUTES = rf"(?:\s{_VALUES})?/?"
_SAID = rf"(?:\s+[\w:@.-]+\s*={_VALUES})?\s*/?"

_TAG = (
    rf"</?(?:{_TYPED}){_ATTRIBUTES}>|<(?:{_LETTERS}){_SAID}>|</(?:{_LETTERS})\s*>|</?[ovwxm]:\w+{_ATTRIBUTES}>"
    r"|<!--|<!(?i:doctype)[^<>]*>|<\?xml[^<>]*>"
)
IS_HTML = rf"(?i){_TAG}"
_HAS_BLOCKS = rf"(?i)</?(?:br|{_PARAGRAPH}|div|li|tr|{_CELL}){_ATTRIBUTES}>"
# What is dropped with all it holds: how it opens and how it closes.
_UNSEEN = (
    ("<!--", "-->"),
    *((rf"<{name}{_ATTRIBUTES}>", rf"</{name}\s*>") for name in ("script", "style", "head", "title")),
)

_GAP = r"[^\x20-\x7e\n]*"  # what other rules may drop or rewrite from between the two
TOUCHES = rf"<{_GAP}[a-zA-Z/!?]|&{_GAP}[a-zA-Z#]"

_AMPERSANDS = r"&(?:(?:amp|AMP|#0*38|#[xX]0*26);)+"
_NAMED = {f"&{name}": text for name, text in html5.items() if name.endswith(";") and name not in {"amp;", "AMP;"}}
_NUMBER = re.compile(r"&#(?:[0-9]{1,7}|[xX][0-9a-fA-F]{1,6});")
_ANY_ENTITY = r"&[a-zA-Z][a-zA-Z0-9]{1,31};"
_ANY_NUMBER = r"&#(?:[0-9]{1,7}|[xX][0-9a-fA-F]{1,6});"


def _decode_numbers(texts: list[str]) -> list[str | None]:
    return [_NUMBER.sub(lambda hit: html.unescape(hit.group()), text) for text in texts]


_numbers = as_step(on_unique(_decode_numbers))
_ampersands = as_step(lambda column: column.str.replace_all(_AMPERSANDS, "&"))
_named = as_step(lambda column: column.str.replace_many(_NAMED))
_no_ampersands = as_step(lambda column: column.str.replace_all("&", "", literal=True))
_no_brackets = as_step(lambda column: column.str.replace_all("[<&]", ""))
_visible = as_step(lambda column: drop_invisible(drop_controls(column)))


def decode_entities(values: pl.Series) -> pl.Series:
    """Named (with semicolon) and numeric entities as characters, until none is left."""
    return until_stable(values, _decode_once, _no_ampersands, rounds=16)


def _decode_once(values: pl.Series) -> pl.Series:
    plain = _ampersands(values)
    return on_matching(on_matching(plain, _ANY_ENTITY, _named), _ANY_NUMBER, _numbers)


def _flow(column: pl.Expr) -> pl.Expr:
    """In markup a newline is a space; where lines end, a tag says so."""
    return column.str.replace_all(r"[\r\n]+[ \t]*", " ")


def _untag(column: pl.Expr) -> pl.Expr:
    return (
        column.str.replace_all("<!--", "", literal=True)
        .str.replace_all(rf"(?i)<br{_ATTRIBUTES}>|</br\s*>", "\n")
        .str.replace_all(rf"(?i)(?:</?(?:{_PARAGRAPH}){_ATTRIBUTES}>[ \t]*)+", "\n\n")
        .str.replace_all(rf"(?i)(?:</?(?:{_BLOCK}){_ATTRIBUTES}>[ \t]*)+", "\n")
        .str.replace_all(rf"(?i)</(?:{_CELL})\s*>", " ")
        .str.replace_all(rf"(?i){_TAG}|</?(?:{_WORDS}){_ATTRIBUTES}>", "")
    )


_flowed = as_step(_flow)
_untagged = as_step(_untag)
_PREFORMATTED = r"(?i)<pre[\s>]"


def _strip_tags(values: pl.Series) -> pl.Series:
    return on_matching(values, IS_HTML, _strip_html)


def _strip_html(values: pl.Series) -> pl.Series:
    flowing = values.str.contains(_HAS_BLOCKS) & ~values.str.contains(_PREFORMATTED)
    seen = values.zip_with(~flowing, _flowed(values))
    for opening, closing in _UNSEEN:
        seen = on_matching(seen, f"(?i){opening}", partial(_drop_between, opening=opening, closing=closing))
    return _untagged(seen)


def _drop_between(values: pl.Series, opening: str, closing: str) -> pl.Series:
    """Without what stands between the two, both included.

    Only the text up to the last closing is searched: there every opening finds its end, so the search is over in one pass;
    behind it, each opening would look through all the rest in vain.
    """
    return (
        values.to_frame("text")
        .with_columns(head=pl.col("text").str.extract(rf"(?is)^(.*{closing})").fill_null(""))
        .with_columns(tail=pl.col("text").str.slice(pl.col("head").str.len_chars()))
        .select(pl.concat_str(pl.col("head").str.replace_all(rf"(?is){opening}.*?{closing}", ""), pl.col("tail")))
        .to_series()
    )


def _once(values: pl.Series) -> pl.Series:
    """Decode and strip, where there is still something that looks like markup."""
    return on_matching(values, TOUCHES, _convert)


def _convert(values: pl.Series) -> pl.Series:
    """Decode and strip; a text where that finds nothing is tried again as the other rules would leave it.

    A zero-width character between `<` and `br>` hides a tag until it is dropped, and so does mojibake that spells one.
    """
    plain = _strip_tags(decode_entities(values))
    rows = plain.eq_missing(values).arg_true()
    if rows.is_empty():
        return plain
    found_nothing = plain.gather(rows)
    tidy = _visible(repair(found_nothing))
    again = _strip_tags(decode_entities(tidy))
    return plain.scatter(rows, found_nothing.zip_with(again.eq_missing(tidy), again))


def to_text(values: pl.Series) -> pl.Series:
    """HTML as text: one line a block, no script, no style, no comment, entities decoded; other texts as they were."""
    return until_stable(values, _once, _no_brackets)


HTML_TO_TEXT = Rule(
    id="text.html",
    version=1,
    title="Turns HTML into text: blocks become lines, script and style go, entities are decoded until none is left.",
    reads="text that may be HTML",
    guards="word counts, search and models that would read the markup as words",
    transform=lambda column: column.map_batches(to_text, return_dtype=pl.String, is_elementwise=True),
    touches=TOUCHES,
)
