"""Addresses of the internet protocol."""

from __future__ import annotations

import ipaddress
import re

from cx_pipeline.privacy.detector import NumberDetector, Sort
from cx_pipeline.privacy.detectors import words
from cx_pipeline.privacy.entity import Entity

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_QUAD = rf"(?<![\w])(?<!\w[.\-/,])(?P<value>{_OCTET}(?:\.{_OCTET}){{3}})(?![\w])(?!\.\w)(?!-\w)"
_SMALL = 20  # the highest part of what is more likely the edition of a program
_SAID = (
    "ip",
    "ips",
    "ip address",
    "ipv4",
    "ipv6",
    "ip-adresse",
    "address",
    "addresses",
    "host",
    "server",
    "router",
    "ping",
    "dns",
)
_GROUPS = re.compile(r"[0-9a-f]+", re.IGNORECASE)


_MASK_PART = r"(?:255|254|252|248|240|224|192|128|0)"
_NOBODYS = re.compile(rf"255\.255\.{_MASK_PART}\.{_MASK_PART}|255\.(?:0\.0\.0|255\.255\.255)|127\.0\.[01]\.1|0\.0\.0\.0")


def _is_somebodys(text: str) -> bool:
    """Not a mask of a network, nor a machine's name for itself."""
    return _NOBODYS.fullmatch(text) is None


def _is_no_edition(text: str) -> bool:
    parts = [int(part) for part in text.split(".")]
    return _is_somebodys(text) and (max(parts) >= _SMALL or parts[0] == 10)


def is_ipv6(text: str) -> bool:
    """Whether it is an address of version 6, and no time of day or operator of a programming language."""
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    groups = _GROUPS.findall(text)
    return (len(groups) >= 2 and (any(len(group) > 2 for group in groups) or text.count(":") > 5)) or text == "::1"


IPV4 = NumberDetector(
    id="ip.v4",
    entity=Entity.IP,
    title="Four numbers from 0 to 255 with dots, too large for the edition of a program.",
    pattern=_QUAD,
    check=_is_no_edition,
    context=_SAID,
    against=words.EDITIONS,
    score=0.94,
    digits=(4, 60),
    sign=".",
)
IPV4_SAID = NumberDetector(
    id="ip.v4_context",
    entity=Entity.IP,
    title="Four numbers from 0 to 255 with dots, behind a word that says they are an address.",
    pattern=_QUAD,
    check=_is_somebodys,
    context=_SAID,
    needs_context=True,
    score=0.94,
    digits=(4, 60),
    sign=".",
)
IPV6 = NumberDetector(
    id="ip.v6",
    entity=Entity.IP,
    title="An address of version 6, in full or with :: in place of zeros.",
    pattern=r"(?i)(?<![\w:.])(?P<value>(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{0,4}|\d{1,3}(?:\.\d{1,3}){3}))(?:%\w+)?(?![\w:])",
    check=is_ipv6,
    score=0.94,
    reads=frozenset({Sort.HEX}),
)
