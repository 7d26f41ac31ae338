# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Links, with and without a scheme."""

from __future__ import annotations

import re

from cx_pipeline.privacy.detector import NumberDetector, Sort
from cx_pipeline.privacy.entity import Entity

# Closing punctuation belongs to the sentence; a closing bracket does where none was opened.
_TAIL = r"(?:[^\s<>\[\"\x02]*[^\s<>\[\"\x02.,;:!?'’)\]}*_|]|\([^\s()]*\))?"

# Top levels under which a bare word with a dot is taken for a domain: no file's ending, and no word that begins a sentence
# when the blank behind a full stop is missing (`done.it`).
TOP_LEVELS = frozenset(
    {
        *("com", "org", "net", "edu", "gov", "mil", "int", "info", "biz", "io", "ai", "app", "dev", "co", "eu", "uk", "de", "fr"),
        *("nl", "es", "ch", "ca", "au", "nz", "jp", "cn", "kr", "br", "mx", "ar", "cl", "ru", "ua", "cz", "hu", "ro", "bg", "gr"),
        *("pt", "dk", "fi", "se", "ie", "za", "il", "tr", "ae", "sg", "hk", "tw", "th", "vn", "ph", "tv", "fm", "xyz", "shop"),
        *("store", "online", "site", "tech", "cloud", "blog", "website", "club", "agency", "email", "support", "example", "test"),
        *("pl", "sk", "hr", "lt", "lv", "ee", "lu", "cc", "ly", "gg", "name", "pro", "jobs", "mobi", "travel", "life", "world"),
    }
)
WITH_PATH = frozenset({"it", "at", "be", "no", "in", "me", "us", "my", "to", "is", "so", "id", "page", "link", "do", "am"})
_FULL = re.compile(r"(?i)^((?:[a-z0-9-]+\.)+)([a-z]{2,12})(.*)$", re.DOTALL)
_PROGRAMS = frozenset({"asp.net", "ado.net", "vb.net", "ml.net", "socket.io", "system.net", "b.com"})


def is_domain(text: str) -> bool:
    """Whether the top level is one, and is meant as one."""
    found = _FULL.match(text)
    if found is None:
        return False
    labels, top, path = found.group(1), found.group(2).lower(), found.group(3)
    if not any(character.isalpha() for character in labels) or f"{labels}{top}".lower() in _PROGRAMS:
        return False
    if top in TOP_LEVELS:
        return len(labels) > 2 and (text[: len(labels) + len(top)].islower() or not labels[:-1].istitle() or top == "com")
    return top in WITH_PATH and bool(path)


SCHEME = NumberDetector(
    id="url.scheme",
    entity=Entity.URL,
    title="A link with a scheme.",
    pattern=rf"(?i)(?<![a-z0-9])(?P<value>(?:https?|ftps?|sftp|wss?)://[^\s<>\[\"\x02.,;:!?')\]}}]{_TAIL})",
    score=0.97,
    reads=frozenset({Sort.LINK}),
)
WWW = NumberDetector(
    id="url.www",
    entity=Entity.URL,
    title="A link that begins with www.",
    pattern=rf"(?i)(?<![a-z0-9@.])(?P<value>www[0-9]?\.(?:[a-z0-9-]+\.)+[a-z]{{2,24}}(?![a-z0-9-])(?:[:/?#]{_TAIL})?)",
    score=0.96,
    reads=frozenset({Sort.LINK}),
)
DOMAIN = NumberDetector(
    id="url.domain",
    entity=Entity.URL,
    title="A domain name under a well-known top level, perhaps with a path.",
    pattern=(
        r"(?i)(?<![\w@.%+-])(?P<value>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?P<top>[a-z]{2,12})(?![\w@-])"
        rf"(?::[0-9]{{2,5}}(?![0-9]))?(?:[/?#]{_TAIL})?)"
    ),
    check=is_domain,
    score=0.9,
    reads=frozenset({Sort.DOMAIN, Sort.LINK}),
)
