"""The few parts that the page is made of. Nothing on it may run or load anything: the policy says so, by the style's digest."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from cx_pipeline.report.shown import text


def section(name: str, title: str, lead: str, *parts: str) -> str:
    """A part of the page; nothing where it has nothing to tell.

    Args:
        name: of its anchor.
        title, lead: words of ours.
        parts: HTML.
    """
    body = "".join(parts)
    if not body:
        return ""
    return f'<section id="{text(name)}"><h2>{text(title)}</h2><p class="lead">{text(lead, 400)}</p>{body}</section>'


def paragraph(said: str, kind: str = "note") -> str:
    return f'<p class="{text(kind)}">{text(said, 600)}</p>' if said else ""


def figure(picture: str, caption: str = "", kind: str = "") -> str:
    """A picture that may be wider than a telephone: then it is moved sideways."""
    said = f"<figcaption>{text(caption, 600)}</figcaption>" if caption else ""
    return f'<figure class="{text(kind)}"><div class="wide" tabindex="0">{picture}</div>{said}</figure>'


def tiles(figures: Iterable[tuple[str, str, str]]) -> str:
    """Figures side by side: what is counted, the figure, and good, warn, bad or nothing."""
    made = "".join(
        f'<div class="tile {text(kind)}"><b>{text(value)}</b><span>{text(name, 80)}</span></div>' for name, value, kind in figures
    )
    return f'<div class="tiles">{made}</div>' if made else ""


def badge(word: str, kind: str) -> str:
    return f'<span class="badge {text(kind)}">{text(word)}</span>'


def bars(rows: Sequence[tuple[str, float, str, str]]) -> str:
    """Bars with their names and figures: name, share of the whole width, figure as shown, class of the bar."""
    made = "".join(
        f'<div class="row"><span class="name">{text(name)}</span>'
        f'<svg class="bar-line" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="100" height="8" class="off-map"/><rect width="{max(0.0, min(share, 1.0)) * 100:.2f}" height="8" '
        f'class="{text(kind)}"/></svg><span class="value">{text(shown, 80)}</span></div>'
        for name, share, shown, kind in rows
    )
    return f'<div class="bars">{made}</div>' if made else ""


def items(said: Iterable[str]) -> str:
    made = "".join(f"<li>{text(one, 300)}</li>" for one in said)
    return f'<ul class="short">{made}</ul>' if made else ""


def page(title: str, body: str) -> str:
    """A whole page that needs nothing but itself."""
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
        f'<meta name="color-scheme" content="light dark"><title>{text(title)}</title><style>{style}</style></head>'
        f"<body><main>{body}</main></body></html>\n"
    )


@cache
def _style() -> str:
    folder = files("cx_pipeline.report")
    return " ".join(" ".join((folder / name).read_text(encoding="utf-8") for name in ("page.css", "picture.css")).split())
