"""The frame of the pages that `docs` and `trace` write: one file, no scripts, nothing fetched."""

from __future__ import annotations

from html import escape as _escape

STYLE = """
:root { --ink:#1c2430; --soft:#5a6675; --line:#dfe3e8; --paper:#fff; --ground:#f6f7f9; --in:#0b6b62; --in-soft:#e3f3f0; --ex:#9a3b1e;
  --ex-soft:#fbece5; --accent:#274c8f; --warn:#7a5b00; --warn-soft:#fdf4d7; --code:#f3f5f8;
  --serif:"Iowan Old Style","Palatino Linotype",Palatino,"Source Serif 4",Georgia,"Noto Serif CJK SC","Songti SC",serif;
  --sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;
  --mono:ui-monospace,"SF Mono","Cascadia Mono","JetBrains Mono",Menlo,Consolas,"DejaVu Sans Mono","Noto Sans Mono CJK SC",monospace; }
@media (prefers-color-scheme: dark) { :root { --ink:#e6eaf0; --soft:#a3aebb; --line:#323b47; --paper:#1b212a; --ground:#12161c;
  --in:#5cc9bb;
  --in-soft:#12332f; --ex:#f0997a; --ex-soft:#3b2118; --accent:#8fb4f5; --warn:#e8c860; --warn-soft:#342b10; --code:#141a21; } }
* { box-sizing:border-box; }
html { -webkit-text-size-adjust:100%; }
body { margin:0; background:var(--ground); color:var(--ink); font:16px/1.6 var(--sans); overflow-wrap:anywhere; }
a { color:var(--accent); text-decoration-thickness:1px; text-underline-offset:.15em; }
main { max-width:76rem; margin:0 auto; padding:2.5rem 1.25rem 4rem; }
h1,h2,h3 { font-family:var(--serif); line-height:1.25; font-weight:600; text-wrap:balance; }
h1 { font-size:clamp(1.7rem,4.5vw,2.6rem); margin:.1em 0 .3em; }
h2 { font-size:1.6rem; margin:3rem 0 1rem; padding-bottom:.35rem; border-bottom:1px solid var(--line); }
h3 { font-size:1.2rem; margin:0; }
h4 { font-size:.76rem; letter-spacing:.06em; text-transform:uppercase; color:var(--soft); margin:1.3rem 0 .4rem; font-weight:600; }
p { margin:.4em 0 .8em; }
small,.small { font-size:.86rem; color:var(--soft); }
code,pre { font-family:var(--mono); font-size:.84rem; }
.kicker { font-size:.8rem; letter-spacing:.08em; text-transform:uppercase; color:var(--soft); margin:0; }
.lead { font-size:1.08rem; color:var(--soft); }
.scroll { overflow-x:auto; }
table { border-collapse:collapse; width:100%; font-size:.92rem; background:var(--paper); }
th,td { text-align:left; vertical-align:top; padding:.5rem .7rem; border-bottom:1px solid var(--line); }
th { white-space:nowrap; font-size:.76rem; letter-spacing:.04em; color:var(--soft); font-weight:600; }
tr.bad td { background:var(--ex-soft); }
td.key,.who { white-space:nowrap; } td.d1 { padding-left:1.8rem; } td.d2 { padding-left:2.9rem; } td.d3 { padding-left:4rem; }
.findings li { margin:.4rem 0; } .findings strong { color:var(--ex); }
.foot { margin-top:4rem; padding-top:1rem; border-top:1px solid var(--line); }
@media print { :root { --ground:#fff; --paper:#fff; --ink:#000; --soft:#444; --line:#bbb; --code:#f6f6f6; --in:#0b6b62;
  --in-soft:#e9f4f2; --ex:#9a3b1e;
  --ex-soft:#f9ede8; --accent:#274c8f; --warn:#5c4500; --warn-soft:#faf3dd; }
  body { font-size:10pt; } main { max-width:none; padding:0; } a { color:inherit; text-decoration:none; } h2 { break-after:avoid; }
  tr { break-inside:avoid; } .scroll { overflow:visible; } }
"""


def escape(text: str) -> str:
    """Text for HTML, inside attributes too."""
    return _escape(text, quote=True)


def page(title: str, body: str, lang: str, style: str = "") -> str:
    """A whole page; the policy in its head lets a browser run and fetch nothing."""
    return (
        f'<!doctype html>\n<html lang="{escape("zh-Hans" if lang == "zh" else lang)}">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="generator" content="trialrules">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
