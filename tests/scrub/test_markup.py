import time

import polars as pl
import pytest

from cx_pipeline.scrub.markup import HTML_TO_TEXT, to_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Hello</p><p>World</p>", "Hello\n\nWorld"),
        ("one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<b>bold</b> and <i>it</i>", "bold and it"),
        ('<a href="https://x.example/?a=1&amp;b=2">link</a> end', "link end"),
        ("<style>p{}</style>x<script>var a='<p>';</script>y", "xy"),
        ("<!-- hidden -->shown", "shown"),
        ("<p>line\nbreaks\r\n  are spaces</p>", "line breaks are spaces"),
        ("<b>no blocks</b>\nkeeps lines", "no blocks\nkeeps lines"),
        ("<pre>a\nb</pre>", "a\nb"),
        ("<td>a</td><td>b</td>", "a b"),
        ("<o:p>Outlook</o:p>", "Outlook"),
        ("<address>12 High St</address><br>x", "12 High St\n\nx"),
        ('<img alt="a>b" src=x>after', "after"),
        ("&lt;p&gt;escaped&lt;/p&gt;", "escaped"),
        ("=&amp;amp;gt;", "=>"),
        ("&amp;amp;gt;", ">"),
        ("Q&amp;A &eacute;t&#233; &#x2019;", "Q&A été ’"),  # noqa: RUF001
        ("&lt;3", "<3"),
        ("<\u200bbr>hidden", "hidden"),
        ("&#38;#60;br&#38;#62;x", "\nx"),
    ],
)
def test_html_becomes_text(markup: str, text: str) -> None:
    result = to_text(pl.Series([markup])).to_list()[0]
    assert result is not None
    assert result.strip() == text.strip()


@pytest.mark.parametrize(
    "plain",
    [
        "a < b and c > d",
        "I <3 you, x<y>z",
        "if a <b and c> d",
        "<x@y.z>",
        "Ada <ada@example.com> wrote:",
        "send <order> to <address>",
        "use <title> or <code>",
        "AT&T; R&D; Tom & Jerry &copy 2020",
        "https://x.example/?a=1&para=2&lt=3",
        "5 <= 6 => 7 <> 8 << 9",
        "List<String> x; vector<int> y",
        "<",
        "&",
    ],
)
def test_text_that_is_no_html_stays(plain: str) -> None:
    assert to_text(pl.Series([plain])).to_list() == [plain]


def test_only_suspects_are_touched() -> None:
    assert HTML_TO_TEXT.touched(pl.Series(["plain", "a < b", "Tom & Jerry", "<3", None])).sum() == 0
    assert HTML_TO_TEXT.touched(pl.Series(["<p>", "&amp;", "</b>", "<!-- -->"])).sum() == 4


HOSTILE = {
    "nested tags": "<" * 100_000 + "b>" * 100_000,
    "nested entities": "&" + "amp;" * 200_000,
    "open comments": "<!--" * 100_000,
    "open tags": "<p " * 100_000,
    "open numbers": "&#" * 200_000,
    "many tags": "<div>" * 50_000,
    "open scripts": "</script>" + "<script>" * 50_000,
    "spaces": "<br>" + " " * 300_000,
    "newlines": "<div>" + "\n" * 300_000,
    "comments after their end": "-->" + "<!--" * 50_000,
    "open quotes": "<p title='" * 50_000,
}


@pytest.mark.parametrize("hostile", list(HOSTILE.values()), ids=list(HOSTILE))
def test_hostile_markup_costs_bounded_time_and_is_stable(hostile: str) -> None:
    started = time.perf_counter()
    once = to_text(pl.Series([hostile]))
    assert time.perf_counter() - started < 5
    assert to_text(once).equals(once)
