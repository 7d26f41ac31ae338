# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Names behind phrases that introduce them. Names that are known are found as known values; these are the others."""

from __future__ import annotations

import re

from cx_pipeline.privacy.detector import PhraseDetector
from cx_pipeline.privacy.entity import Entity
from cx_pipeline.privacy.letters import CAPITALS, LETTERS

_PARTICLE = "(?:van|von|de|der|den|del|della|di|da|dos|la|le|el|bin|al|ter|ten|zu|st\\.)"
_LONG = rf"[{CAPITALS}][{LETTERS}]*['’\-]?[{LETTERS}]+(?:['’\-][{LETTERS}]+)*"
NAME = rf"{_LONG}(?:[ ](?:{_PARTICLE}[ ]){{0,2}}(?:[{CAPITALS}]\.?[ ])?{_LONG}){{0,3}}(?:[ ][{CAPITALS}]\.)?"

#: Capitalised words that begin what follows a name, or are what stands where a name could.
NOT_NAMES_TEXT = """
a an the i i'm im i've it its it's he she we they you your my our his her their this that these those there here and but or so
if when while where what why how who not no yes please thanks thank thx regards best kind sincerely hello hi hey dear sir
madam team support customer customers service services care help helpdesk desk sales billing accounts account department
technical tech manager agent representative rep advisor assistant someone somebody anyone everyone nobody all both each monday
tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november
december today tomorrow yesterday english german french spanish american british is am are was were be been have has had do
does did can could will would shall should may might must just still also too very really only even on in at of for from to
with by about as sent get order ticket case email phone re fw fwd subject date number id chat bot virtual live online amazon
google apple microsoft facebook paypal ebay netflix fedex ups dhl usps hermes visa mastercard app store website company inc
llc ltd gmbh corp mr mrs ms dr prof chief head office human resources quality assurance marketing finance logistics everything
nothing something new old good great bad late refund delivery shipping return returns warehouse
"""
NOT_NAMES = frozenset(NOT_NAMES_TEXT.split())
_FIRST = re.compile(r"[^\W\d_][\w'’.\-]*")


def name_length(text: str) -> int:
    """Characters up to the first word that is no part of a name; 0 where that is the first of all."""
    end = 0
    for word in _FIRST.finditer(text):
        if word.group().rstrip(".").lower() in NOT_NAMES:
            break
        end = word.end()
    return end - (text[:end].endswith(".") and len(text[:end].rsplit(maxsplit=1)[-1]) > 2)


INTRODUCED = PhraseDetector(
    id="name.introduced",
    entity=Entity.CUSTOMER_NAME,
    title="A name behind 'my name is', 'I am called' and their like.",
    gate="name|called|ich hei|appelle|llamo|nombre|chiamo|nome|naam",
    cue=(
        r"\b(?i:my (?:full |first |last |sur)?name(?:['’]s| is|:)|name['’]s|i am called|i['’]m called|ich heiße|mein name ist|"
        r"je m['’]appelle|me llamo|mi nombre es|mi chiamo|meu nome é|mijn naam is)[ ,:\n]+(?i:(?:mr|mrs|ms|miss|dr)\.? )?"
    ),
    value=NAME,
    keep=name_length,
    score=0.8,
)
SPEAKING = PhraseDetector(
    id="name.speaking",
    entity=Entity.CUSTOMER_NAME,
    title="A name in 'this is Ada King speaking', 'I am Ada King from …'.",
    gate="this is|it's|i am|i'm",
    cue=r"\b(?i:this is|it['’]s|i am|i['’]m)[ ]+(?i:(?:mr|mrs|ms|miss|dr)\.? )?",
    value=NAME,
    after=(
        r"[ ]*(?i:,? (?:here|speaking|calling|writing|again)\b|,? from [A-Z]|(?:, my|,? and my) (?:email|"
        r"e-mail|phone|number|order|account|address)\b)"
    ),
    keep=name_length,
    score=0.75,
)
SIGNED = PhraseDetector(
    id="name.signed",
    entity=Entity.CUSTOMER_NAME,
    title="A name on the line below a greeting at the end.",
    gate="regards|sincerely|yours|wishes|thank|thx|cheers|best|grus|cordial|salu",
    cue=(
        r"(?i:regards|sincerely|yours (?:truly|faithfully|sincerely)|best wishes|many thanks|thanks|thank you|thx|cheers|best|"
        r"grüße|grüßen|cordialement|saludos|saluti)[ ]*[,!.]?[ ]*\n[\s\-–]*"
    ),
    value=NAME,
    after=r"[ \t]*(?:\n|$)",
    keep=name_length,
    score=0.7,
)
SIGNED_INLINE = PhraseDetector(
    id="name.signed_inline",
    entity=Entity.CUSTOMER_NAME,
    title="A name behind 'regards' and at the very end of a text.",
    gate="regards|sincerely|yours|wishes|cheers|best",
    cue=r"(?i:regards|sincerely|yours (?:truly|faithfully|sincerely)|best wishes|cheers|best)[ ]*,[ ]+",
    value=NAME,
    after=r"[\s.!]*$",
    keep=name_length,
    score=0.7,
)
_KIN = (
    "wife|husband|partner|spouse|fiancée?|girlfriend|boyfriend|son|daughter|child|brother|sister|mother|mom|mum|father|dad|"
    "uncle|aunt|cousin|nephew|niece|grandmother|grandfather|grandma|grandpa|grandson|granddaughter|friend|flatmate|roommate|"
    "housemate|neighbou?r|landlord|tenant|boss|manager|supervisor|colleague|coworker|co-worker|assistant|secretary|lawyer|doctor|"
    "accountant|carer|caregiver|nurse|driver|courier|agent|representative|rep|advisor|adviser|technician|engineer|operator|"
    "team ?mate|employee|intern"
)
_KIN_GATE = (
    "wife|husband|partner|spouse|fianc|friend|son|daughter|child|brother|sister|mother|mom|mum|father|dad|uncle|aunt|cousin|nephew|"
    "niece|grand|mate|neighb|landlord|tenant|boss|manager|supervisor|colleague|coworker|co-worker|assistant|secretary|lawyer|doctor|"
    "accountant|carer|caregiver|nurse|driver|courier|agent|rep|advis|technician|engineer|operator|employee|intern"
)
RELATED = PhraseDetector(
    id="name.related",
    entity=Entity.OTHER_NAME,
    title="A name behind who it belongs to: 'my wife Anna', 'your colleague Ben'.",
    gate=_KIN_GATE,
    cue=(
        rf"\b(?i:my|your|our|his|her|their|an?|the)[ ](?i:late |ex-|former |younger |older |"
        rf"elder )?(?i:{_KIN}),?[ ]+(?i:(?:is |was )?(?:called |named )|(?:mr|mrs|ms|dr)\.? )?"
    ),
    value=NAME,
    keep=name_length,
    score=0.72,
)
SPOKEN_TO = PhraseDetector(
    id="name.spoken_to",
    entity=Entity.OTHER_NAME,
    title="A name behind 'spoke to', 'talked with', 'was helped by'.",
    gate=(
        "spoke|speak|talk|chatt|dealt|dealing|correspond|conversation|call|helped by|assisted by|served by|"
        "contacted by|advised by|told by"
    ),
    cue=(
        r"\b(?i:spoke|speak|speaking|spoken|talked|talking|chatted|chatting|dealt|dealing|corresponded|conversation|call)[ ]"
        r"(?i:to|with)[ ]+(?i:(?:mr|mrs|ms|miss|dr)\.? )?|\b(?i:helped|assisted|served|contacted|advised|"
        r"told)[ ]by[ ]+(?i:(?:mr|mrs|ms|miss|dr)\.? )?"
    ),
    value=NAME,
    keep=name_length,
    score=0.72,
)
TITLED = PhraseDetector(
    id="name.titled",
    entity=Entity.OTHER_NAME,
    title="A name behind a title: 'Mrs. King', 'Herr Brandt'.",
    gate="mr|ms|miss|mx|dr|prof|sir|herr|frau|monsieur|madame|senor",
    cue=r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|MR|MRS|MS|DR|Herrn?|Frau|Monsieur|Madame|Señora?)\b\.?[ ]+",
    value=NAME,
    keep=name_length,
    score=0.72,
)
