"""One page with all pictures, to be looked at."""

from __future__ import annotations

from html import escape
from pathlib import Path

_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Pictures of the pages</title>
<style>body{font:14px system-ui;margin:1rem}main{display:grid;grid-template-columns:repeat(auto-fill,minmax(20rem,1fr));gap:1rem}
figure{margin:0;border:1px solid #ccc;padding:.5rem}img{width:100%;max-height:30rem;object-fit:contain;object-position:top}</style><main>
"""


def write_sheet(folder: Path) -> None:
    """`index.html` beside the pictures that are there."""
    names = sorted(one.name for one in folder.glob("*.png"))
    if names:
        shown = [
            f'<figure><a href="{escape(one)}"><img loading="lazy" src="{escape(one)}" alt=""></a>{escape(one)}</figure>' for one in names
        ]
        (folder / "index.html").write_text(_HEAD + "\n".join(shown) + "\n</main></html>\n", encoding="utf-8")
