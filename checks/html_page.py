"""The few parts that pages of the Data Docs are made of. Every text is escaped here, and a page may load nothing."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def text(value: str) -> str:
    """Any text as HTML that shows it and does nothing else."""
    return html.escape(value, quote=True)


def link(target: str, label: str) -> str:
    """A link within the docs; the target is one of their own file names."""
    return f'<a href="{text(target)}">{text(label)}</a>'


def badge(word: str) -> str:
    return f'<span class="badge {text(word)}">{text(word)}</span>'


def cell(content: str, kind: str = "") -> str:
    return f'<td class="{kind}">{content}</td>' if kind else f"<td>{content}</td>"


def number(value: int) -> str:
    return cell(f"{value:,}", "number")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; a head that begins with # is over numbers, and each cell is made by `cell` or `number`."""
    head = "".join(
        f'<th class="number">{text(name.removeprefix("#"))}</th>' if name.startswith("#") else f"<th>{text(name)}</th>"
        for name in heads
    )
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f'<div class="sheet"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def tiles(figures: Sequence[tuple[str, int]]) -> str:
    """Figures side by side; one that is not zero takes the colour of its name."""
    made = (
        f'<div class="tile {text(name) if count else ""}"><b>{count:,}</b><span>{text(name)}</span></div>'
        for name, count in figures
    )
    return f'<div class="tiles">{"".join(made)}</div>'


def page(title: str, path: Sequence[tuple[str, str]], body: str) -> str:
    """A whole page.

    Args:
        title: shown by the browser.
        path: (target, name) of the pages above.
        body: HTML made by this module's functions.
    """
    trail = "".join(f"<span>{link(target, name)}</span>" for target, name in path)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
        f"<title>{text(title)}</title><style>{_style()}</style></head>"
        f"<body><main><nav>Data Docs{trail}</nav>{body}</main></body></html>\n"
    )


@cache
def _style() -> str:
    return (files("checks") / "assets_offline" / "data_docs.css").read_text(encoding="utf-8")
