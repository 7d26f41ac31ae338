# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Names below the closing of a message, in the languages that customers write: the last line, when it is nothing but a name."""

from __future__ import annotations

from cx_pipeline.privacy.detector import PhraseDetector
from cx_pipeline.privacy.detectors.names import NAME, name_length
from cx_pipeline.privacy.entity import Entity

_CLOSINGS = (
    r"sent from my [\p{L} ]{2,20}",
    r"(?:mit )?(?:freundlichen?|besten?|herzlichen?|lieben?|viele|schöne) grü(?:ß|ss)en?[^\n]{0,24}",
    r"hochachtungsvoll|danke(?: schön)?|vielen dank|mfg|lg",
    r"(?:bien )?cordialement|(?:meilleures )?salutations(?: distinguées)?|à (?:bientôt|plus)|merci(?: d['’]avance| beaucoup)?",
    r"(?:un )?(?:cordial )?saludos?(?: cordial(?:es)?)?|atentamente|un abrazo",
    r"(?:muchas )?gracias(?: de antemano)?(?:, señore?a?s)?",
    r"(?:cordiali|distinti|cari)? ?saluti|(?:molte |mille )?grazie(?: in anticipo)?",
    r"met (?:vriendelijke|hartelijke) groet(?:en)?|(?:vriendelijke )?groet(?:en|jes)?|mvg|alvast bedankt|bedankt",
    r"atenciosamente|cumprimentos|(?:um )?abraços?|(?:muito )?obrigad[oa]",
    r"z poważaniem|pozdrawiam(?: serdecznie)?|(?:z góry )?dziękuję",
    r"(?:med )?vänliga? hälsning(?:ar)?|mvh|hälsningar|tack(?: på förhand)?",
    r"(?:med )?venlig hilsen|(?:med )?vennlig hilsen|hilsen|(?:på forhånd )?takk?",
    r"ystävällisin terveisin|terveisin|kiitos",
    r"s pozdravem|děkuji|s pozdravom|ďakujem|üdvözlettel|köszönöm|cu stimă|mulțumesc|saygılarımla|teşekkürler",
    r"з повагою|дякую|с уважением|спасибо|με εκτίμηση|ευχαριστώ",
)
_GATE = (
    r"sent from|grus|hochachtung|dank|mfg|\blg\b|cordial|salu[td]|bientot|a plus|merci|atentamente|gracias|abrazo|grazie|groet|"
    r"mvg|bedankt|atenciosamente|cumprimentos|abraco|obrigad|powaz|pozdraw|dziekuj|halsning|mvh|\btack\b|hilsen|\btakk?\b|"
    r"terveisin|kiitos|pozdrav|dekuji|dakujem|udvozlettel|koszon|stima|multum|saygi|tesekkur|повагою|дякую|уважением|спасибо|"
    r"εκτίμηση|ευχαριστώ"
)
_LINE = r"(?:^|\n)[ \t]*"
_END = r"[ ]*[,!.]*[ ]*\n[\s\-–]*"
BELOW = PhraseDetector(
    id="name.below_closing",
    entity=Entity.CUSTOMER_NAME,
    title="A name on the line below a closing such as 'Mit freundlichen Grüßen' or 'Un saludo'.",
    gate=_GATE,
    cue=rf"{_LINE}(?i:{'|'.join(_CLOSINGS)}){_END}",
    value=NAME,
    after=r"[ \t]*(?:\n|$)",
    keep=name_length,
    score=0.7,
)
_EAST = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}ー々]"
_THANKS_EAST = "谢谢|謝謝|多谢|祝好|敬礼|此致|お願い(?:いた|致)?します|よろしく|敬具|ありがとうございます|감사합니다|드림"
BELOW_EAST = PhraseDetector(
    id="name.below_closing_east",
    entity=Entity.CUSTOMER_NAME,
    title="A name on the last line, below a Chinese, Japanese or Korean closing.",
    gate="谢|謝|祝好|敬上|此致|願い|よろしく|敬具|有難|ありがと|감사|드림|올림",
    cue=rf"{_LINE}[^\n]{{0,30}}(?:{_THANKS_EAST})[！!。.，、]?[ ]*\n[\s]*",
    value=rf"{_EAST}{{1,6}}(?:[ 　・]{_EAST}{{1,8}})?",
    after=r"[ \t　]*$",
    score=0.7,
)
BELOW_ARABIC = PhraseDetector(
    id="name.below_closing_arabic",
    entity=Entity.CUSTOMER_NAME,
    title="A name on the last line, below an Arabic closing.",
    gate="شكر|تحي|احترام",
    cue=rf"{_LINE}[^\n]{{0,20}}(?:الشكر|شكرًا|شكرا|تحياتي|التحية|الاحترام)[^\n]{{0,20}}\n[\s]*",
    value=r"\p{Arabic}{2,15}(?:[ ]\p{Arabic}{2,15}){0,3}",
    after=r"[ \t]*$",
    score=0.7,
)
