"""Languages as the base subtag of BCP 47: 'en' for en-US, en_US, English and anglais."""

from __future__ import annotations

import polars as pl

from cx_pipeline.scrub.rule import Kind, Rule, Severity

_TABLE = """
af afr Afrikaans|sq sqi alb Albanian|am amh Amharic|ar ara Arabic العربية|hy hye arm Armenian
az aze Azerbaijani|eu eus baq Basque Euskara|be bel Belarusian|bn ben Bengali Bangla|bs bos Bosnian
bg bul Bulgarian Български|my mya bur Burmese|ca cat Catalan Català
zh zho chi cmn Chinese Mandarin 中文 简体中文 繁體中文|hr hrv Croatian Hrvatski|cs ces cze Czech Čeština
da dan Danish Dansk|nl nld dut Dutch Nederlands Flemish
en eng English Anglais Englisch Inglés Inglese Inglês|et est Estonian Eesti|fi fin Finnish Suomi
fr fra fre French Français Francais Französisch Francés|gl glg Galician|ka kat geo Georgian
de deu ger German Deutsch Allemand Alemán|el ell gre Greek Ελληνικά|gu guj Gujarati|ht hat Haitian
he heb iw Hebrew עברית|hi hin Hindi हिन्दी|hu hun Hungarian Magyar|is isl ice Icelandic
id ind in Indonesian|ga gle Irish|it ita Italian Italiano Italienisch|ja jpn jp Japanese 日本語
kn kan Kannada|kk kaz Kazakh|km khm Khmer|ko kor Korean 한국어|ku kur Kurdish|ky kir Kyrgyz|lo lao Lao
lv lav Latvian Latviešu|lt lit Lithuanian Lietuvių|lb ltz Luxembourgish|mk mkd mac Macedonian
ms msa may Malay|ml mal Malayalam|mt mlt Maltese|mr mar Marathi|mn mon Mongolian|ne nep Nepali|nb nob
nn nno|no nor Norwegian Norsk|fa fas per Persian Farsi فارسی|pl pol Polish Polski
pt por Portuguese Português Portugues|pa pan Punjabi|ro ron rum mo Romanian Română
ru rus Russian Русский|sr srp Serbian Српски|si sin Sinhala|sk slk slo Slovak Slovenčina
sl slv Slovenian Slovene Slovenščina|so som Somali
es spa Spanish Español Espanol Castilian Spanisch Espagnol|sw swa Swahili|sv swe Swedish Svenska
tl tgl fil Tagalog Filipino|ta tam Tamil|te tel Telugu|th tha Thai ไทย|tr tur Turkish Türkçe
uk ukr Ukrainian Українська|ur urd Urdu|uz uzb Uzbek|vi vie Vietnamese|cy cym wel Welsh Cymraeg
yi yid Yiddish|zu zul Zulu
"""
#: Spelling in lower case to base subtag; old codes (iw, in, mo) and ISO 639-2 codes included.
LANGUAGES: dict[str, str] = {
    spelling.lower(): entry.split()[0] for entry in _TABLE.strip().replace("\n", "|").split("|") for spelling in entry.split()
}


_VARIANT = r"(?:(?:simplified|traditional|brazilian|canadian|british|american|mexican|european|swiss|austrian|us|uk)\s+)?"


def base_of(column: pl.Expr) -> pl.Expr:
    """What precedes the region or script: 'en' of 'en-US', 'zh' of 'zh_Hant', 'portuguese' of 'Portuguese (Brazil)'."""
    return (
        column.str.strip_chars()
        .str.to_lowercase()
        .str.extract(rf"^{_VARIANT}([\p{{L}}\p{{M}}]+)(?:$|[-_@.][\p{{L}}0-9].*$|\s*[(,/].*$|\s+-\s+.*$)")
    )


LANGUAGE = Rule(
    id="language.base",
    version=1,
    title="Writes languages as two letters: en-US, en_US and English are en.",
    reads="language",
    guards="groups by language",
    transform=lambda column: base_of(column).replace_strict(LANGUAGES, default=None, return_dtype=pl.String),
    kind=Kind.PARSE,
    severity=Severity.WARNING,
    flag="unknown",
)
