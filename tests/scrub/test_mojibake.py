# ruff: noqa: RUF001 - odd characters are the subject here
import polars as pl
import pytest

from cx_pipeline.scrub.mojibake import MOJIBAKE, repair


@pytest.mark.parametrize(
    ("damaged", "meant"),
    [
        ("cafÃ©", "café"),
        ("doesnâ€™t work", "doesn’t work"),
        ("â€œquotedâ€\x9d", "“quoted”"),
        ("Â£10 and 20Â°C", "£10 and 20°C"),
        ("SÃ£o Paulo", "São Paulo"),
        ("MÃ¼ller", "Müller"),
        ("Ã\xa0 la carte", "à la carte"),
        ("ÐŸÑ€Ð¸Ð²ÐµÑ‚", "Привет"),
        ("ðŸ˜€ thanks", "😀 thanks"),
        ("ÃƒÂ©tÃƒÂ©", "été"),
        ("it\x92s \x93fine\x94", "it’s “fine”"),
        ("Ã\u200b©tÃ©", "été"),
    ],
)
def test_repairs_what_was_decoded_wrongly(damaged: str, meant: str) -> None:
    assert repair(pl.Series([damaged])).to_list() == [meant]
    assert MOJIBAKE.touched(pl.Series([damaged])).to_list() == [True]


@pytest.mark.parametrize(
    "good",
    [
        *("São", "Ñandú", "10 €", "â", "â fost și încă", "Brâncuși", "VOILÀ", "L’Oréal", "naïve’s", "“déjà vu”", "Å", "Ångström"),
        *(
            "AÑO 2024",
            "ÉCOLE",
            "Ça va…",
            "« été »",
            "Größe: 5–6",
            "Привет",
            "Сёмга",
            "Γειά σου",
            "Türkçe",
            "İstanbul",
            "日本語",
            "한국어",
        ),
        *(
            "Ð",
            "Ø",
            "Ã",
            "à Â",
            "Â",
            "½ price™",
            "20 °C",
            "x ≤ 5",
            "√2",
            "re: ÉTÉ »",
            "ÜBER – ALLES",
            "Zoë’s café",
            "e\u0301te\u0301",
        ),
        *("it’s “fine”", "Reykjavík – Þingvellir", "piñata €5", "Â¡", "plain ascii"),
    ],
)
def test_good_text_is_never_changed(good: str) -> None:
    if good == "Â¡":  # '¡' read in Latin-1 is mojibake, and the one case here that must change
        assert repair(pl.Series([good])).to_list() == ["¡"]
    else:
        assert repair(pl.Series([good])).to_list() == [good]


def test_ordinary_european_text_is_not_even_asked_about() -> None:
    texts = ["São Paulo", "été", "Müller", "Привет мир", "Γειά σου Κόσμε", "10 €", "日本語", "it’s"]
    assert MOJIBAKE.touched(pl.Series(texts)).sum() == 0
