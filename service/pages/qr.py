"""QR codes, drawn into the page itself and without styles, so that no policy stands against them."""

from __future__ import annotations

import segno


def qr_svg(text: str) -> str:
    """The code as an SVG element of class `p-qr-code`: dark on light, with its quiet border."""
    code = segno.make(text, error="m", micro=False)
    return code.svg_inline(scale=4, border=3, dark="#000", light="#fff", svgclass="p-qr-code", lineclass=None, omitsize=False)
