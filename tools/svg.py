"""Shapes and words on a light panel, written as SVG (for draw_diagrams.py)."""

from __future__ import annotations

from html import escape

LINE, TEXT, SOFT = "#37474f", "#1c262b", "#5b6b73"
FILLS = {"plain": "#e8edf0", "latent": "#d3e4f7", "style": "#fbdcb9", "noise": "#d2ead0", "image": "#e6d9f2"}


class Drawing:
    """Shapes and texts on a light panel, as SVG. Coordinates are pixels from the upper left corner."""

    def __init__(self, width: int, height: int, title: str, description: str) -> None:
        """Start an empty panel; the title and description are for those who cannot see it."""
        self.width, self.height, self.parts = width, height, []
        self.title, self.description = title, description

    def box(self, x: float, y: float, w: float, h: float, text: str, kind: str = "plain") -> None:
        """Draw a rounded box with its lines of text in the middle."""
        rectangle = f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="5" fill="{FILLS[kind]}"'
        self.parts.append(f'{rectangle} stroke="{LINE}" stroke-width="1.2"/>')
        lines = text.split("\n") if text else []
        for number, line in enumerate(lines):
            self.text(x + w / 2, y + h / 2 + 18 * (number - (len(lines) - 1) / 2) + 5, line)

    def circle(self, x: float, y: float, text: str) -> None:
        """Draw a small circle with a sign in it, such as a sum."""
        self.parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="13" fill="#ffffff" stroke="{LINE}" stroke-width="1.2"/>')
        self.text(x, y + 5.5, text, size=17)

    def text(self, x: float, y: float, text: str, anchor: str = "middle", size: int = 14, **looks: str) -> None:
        """Write one line; ``looks`` are further attributes, such as fill or font_style."""
        more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in {"fill": TEXT, **looks}.items())
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}"{more}>{escape(text)}</text>'
        )

    def note(self, x: float, y: float, text: str, anchor: str = "middle") -> None:
        """Write smaller, softer lines beside a shape."""
        for number, line in enumerate(text.split("\n")):
            self.text(x, y + 16 * number, line, anchor, size=12, fill=SOFT)

    def arrow(self, *points: tuple[float, float], head: bool = True) -> None:
        """Draw a line through points, with a head at its end."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        end = ' marker-end="url(#head)"' if head else ""
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{LINE}" stroke-width="1.4"{end}/>')

    def area(self, kind: str, *points: tuple[float, float]) -> None:
        """Fill a polygon."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.parts.append(f'<polygon points="{path}" fill="{FILLS[kind]}" stroke="{LINE}" stroke-width="1"/>')

    def frame(self, x: float, y: float, w: float, h: float) -> None:
        """Draw a dashed frame around what belongs together."""
        rectangle = f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="8" fill="none"'
        self.parts.append(f'{rectangle} stroke="{SOFT}" stroke-dasharray="5 4"/>')

    def svg(self) -> str:
        """The whole file."""
        size = f'viewBox="0 0 {self.width} {self.height}" width="{self.width}" height="{self.height}"'
        head = f'<path d="M0,0 L9,4.5 L0,9 z" fill="{LINE}"/>'
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title description"',
            '  font-family="DejaVu Sans, Verdana, Arial, sans-serif">',
            f'<title id="title">{escape(self.title)}</title>',
            f'<desc id="description">{escape(self.description)}</desc>',
            '<defs><marker id="head" markerWidth="9" markerHeight="9" refX="8" refY="4.5" orient="auto" '
            f'markerUnits="userSpaceOnUse">{head}</marker></defs>',
            f'<rect x="1" y="1" width="{self.width - 2}" height="{self.height - 2}" rx="10" fill="#fdfdfb" '
            'stroke="#c5ced3"/>',
            *self.parts,
            "</svg>",
        ]
        return "\n".join(lines) + "\n"
