"""E-mail addresses."""

from __future__ import annotations

from cx_pipeline.privacy.detector import NumberDetector, Sort
from cx_pipeline.privacy.entity import Entity

# `logo@2x.png` is a picture, and so are its like.
_FILES = "png|jpe?g|gif|svg|webp|pdf|css|js|html?|exe|dll|zip|txt|csv|json|xml|ico|mp[34]"

EMAIL = NumberDetector(
    id="email.address",
    entity=Entity.EMAIL,
    title="An e-mail address: a local part, an @ and a domain with a top level of letters.",
    pattern=(
        r"(?<![\w.+@])(?P<value>[\w][\w.+%'!#$&*/=?^`{|}~-]{0,63}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+"
        rf"(?!(?:{_FILES})(?![\w-]))(?:xn--[a-z0-9-]+|[^\W\d_]{{2,24}}))(?![\w@])"
    ),
    score=0.99,
    reads=frozenset({Sort.MAIL}),
)
BRACKETED_HOST = NumberDetector(
    id="email.numeric_host",
    entity=Entity.EMAIL,
    title="An e-mail address at a numeric host, such as ada@[192.0.2.1].",
    pattern=r"(?<![\w.+@])(?P<value>[\w][\w.+%'-]{0,63}@\[?[0-9]{1,3}(?:\.[0-9]{1,3}){3}\]?)(?![\w@])",
    score=0.98,
    reads=frozenset({Sort.MAIL}),
)
