"""Pictures of rectangles, lines and words, as SVG. Colours are classes, so that the page they are on decides them.

Numbers are written with two decimals at most, and nothing depends on fonts or clocks: the same data give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from cx_pipeline.report.shown import text

_NS = 'xmlns="http://www.w3.org/2000/svg"'


class Picture:
    """A picture that is drawn element by element.

    Args:
        width, height: of its own space; it is shown as wide as there is room.
        title: what it shows, for those who cannot see it.
    """

    def __init__(self, width: float, height: float, title: str) -> None:
        self.width, self.height, self._title = width, height, title
        self._parts: list[str] = []

    def rect(self, x: float, y: float, width: float, height: float, kind: str, *, round_by: float = 0, says: str = "") -> None:
        """A rectangle; `says` is shown to whoever points at it."""
        said = f"<title>{text(says, 300)}</title>" if says else ""
        size = f'x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 0))}" height="{_n(max(height, 0))}"'
        self._parts.append(f'<rect {size} rx="{_n(round_by)}" class="{text(kind)}">{said}</rect>')

    def line(self, points: Sequence[tuple[float, float]], kind: str) -> None:
        self._parts.append(f'<polyline points="{_points(points)}" class="{text(kind)}"/>')

    def area(self, points: Sequence[tuple[float, float]], kind: str) -> None:
        self._parts.append(f'<polygon points="{_points(points)}" class="{text(kind)}"/>')

    def dot(self, x: float, y: float, radius: float, kind: str) -> None:
        self._parts.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" class="{text(kind)}"/>')

    def words(self, x: float, y: float, said: object, kind: str = "", *, anchor: str = "start", most: int = 40) -> None:
        """Text; cut where it is longer than `most` characters."""
        self._parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{text(anchor)}" class="{text(kind)}">{text(said, most)}</text>'
        )

    def inline(self, kind: str = "") -> str:
        """For a page, whose style it takes."""
        return (
            f'<svg class="{text(kind)}" viewBox="0 0 {_n(self.width)} {_n(self.height)}" role="img" '
            f'aria-label="{text(self._title, 200)}">{"".join(self._parts)}</svg>'
        )

    def alone(self, style: str) -> str:
        """A file of its own, with its style."""
        return (
            f'<svg {_NS} viewBox="0 0 {_n(self.width)} {_n(self.height)}" width="{_n(self.width)}" height="{_n(self.height)}" '
            f'role="img"><title>{text(self._title, 200)}</title><style>{style}</style>'
            f'<rect width="100%" height="100%" class="ground"/>{"".join(self._parts)}</svg>\n'
        )


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
