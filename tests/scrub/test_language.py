import polars as pl
import pytest

from cx_pipeline.scrub.engine import apply_rules
from cx_pipeline.scrub.language import LANGUAGE


@pytest.mark.parametrize(
    ("raw", "base"),
    [
        *(
            ("en-US", "en"),
            ("en_US", "en"),
            ("EN", "en"),
            ("English", "en"),
            ("English (US)", "en"),
            ("eng", "en"),
            ("en-x-1", "en"),
        ),
        *(
            ("zh-Hant-TW", "zh"),
            ("zh_CN.UTF-8", "zh"),
            ("Simplified Chinese", "zh"),
            ("Deutsch", "de"),
            ("ger", "de"),
            ("français", "fr"),
        ),
        *(
            ("Portuguese (Brazil)", "pt"),
            ("pt-br", "pt"),
            ("Brazilian Portuguese", "pt"),
            ("iw", "he"),
            ("日本語", "ja"),
            ("es-419", "es"),
        ),
        *((" sv ", "sv"), ("nb", "nb"), ("हिन्दी", "hi"), ("Русский", "ru")),
    ],
)
def test_languages(raw: str, base: str) -> None:
    assert apply_rules(pl.Series("l", [raw]), [LANGUAGE]).values.to_list() == [base]


def test_unknown_languages_are_null_and_flagged() -> None:
    result = apply_rules(pl.Series("l", ["1", "xx", "Klingon", "", "en", None]), [LANGUAGE])
    assert result.values.to_list() == [None, None, None, None, "en", None]
    assert result.flags["l_unknown"].to_list() == [True, True, True, True, False, False]
