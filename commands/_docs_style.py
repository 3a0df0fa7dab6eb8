"""The looks of the document that `docs` writes; what every page shares is in `_docs_html`."""

from __future__ import annotations

STYLE = """
header.title { max-width:58rem; }
.facts-of { display:grid; grid-template-columns:repeat(auto-fit,minmax(15rem,1fr)); gap:.9rem 2rem; margin:1.6rem 0 0; padding:1.2rem 0;
  border-top:1px solid var(--line); border-bottom:1px solid var(--line); font-size:.92rem; }
.facts-of dt { font-size:.76rem; color:var(--soft); letter-spacing:.04em; } .facts-of dd { margin:.1rem 0 0; }
.layout { display:block; }
nav { font-size:.88rem; margin-top:1.6rem; columns:2 16rem; column-gap:2rem; }
nav ul { list-style:none; padding:0; margin:.4rem 0 1.2rem; } nav li { break-inside:avoid; }
nav li a { display:grid; grid-template-columns:2.3rem minmax(0,1fr); padding:.16rem 0; text-decoration:none;
  color:var(--ink); }
nav li a:hover { color:var(--accent); }
nav b { color:var(--soft); font-variant-numeric:tabular-nums; } nav .kicker { break-after:avoid; }
.criterion,.definition { background:var(--paper); border:1px solid var(--line); border-radius:.6rem; padding:1.3rem 1.5rem;
  margin:0 0 1.4rem;
  scroll-margin-top:1rem; }
.criterion { border-top:3px solid var(--in); } .criterion.exclusion { border-top-color:var(--ex); }
.criterion:target,.definition:target,tr:target td { outline:2px solid var(--accent); outline-offset:-1px; }
.top { display:flex; flex-wrap:wrap; align-items:baseline; gap:.4rem .8rem; }
.top h3 { flex:1 1 14rem; }
.badge { font:600 .95rem/1 var(--sans); padding:.35rem .55rem; border-radius:.35rem; background:var(--in-soft); color:var(--in); }
.exclusion .badge { background:var(--ex-soft); color:var(--ex); }
.chip { display:inline-block; font-size:.8rem; color:var(--soft); border:1px solid var(--line); border-radius:1rem;
  padding:.05rem .6rem; white-space:nowrap; }
.text { font-size:1.04rem; max-width:64ch; margin:.7rem 0 0; }
blockquote { margin:.8rem 0 0; padding:.1rem 0 .1rem 1rem; border-left:3px solid var(--line); color:var(--soft);
  font-family:var(--serif); max-width:70ch; }
blockquote p { margin:.3rem 0; }
.pair { display:grid; grid-template-columns:minmax(0,1fr) minmax(0,1fr); gap:0 1.6rem; }
.pair.wide { grid-template-columns:minmax(0,1fr); }
.words { font-size:.98rem; } .words .of { color:var(--soft); font-style:italic; }
.words .when { margin:.5rem 0 .2rem; font-weight:600; } .words .block { margin-left:.9rem; }
.tree { margin:.15rem 0 .3rem; padding-left:1.15rem; } .tree li { margin:.22rem 0; } .tree li::marker { color:var(--soft); }
.label { font-weight:600; } .label::after { content:":"; } :lang(zh) .label::after { content:"："; }
.then { color:var(--soft); font-style:italic; }
pre.rule { background:var(--code); border-radius:.4rem; padding:.8rem 1rem; margin:0; overflow-x:auto; line-height:1.55;
  white-space:pre-wrap; tab-size:2; }
pre .l { display:block; padding-left:calc((var(--i) + 4) * 1ch); text-indent:calc((var(--i) + 4) * -1ch); }
pre .k { color:var(--accent); } pre .s { color:var(--in); } pre .n,pre .u { color:var(--ex); } pre .c { color:var(--soft);
  font-style:italic; }
pre .fact { color:var(--ink); text-decoration-style:dotted; } pre .label-of { color:var(--soft); }
pre .moment { font-style:italic; } pre .i { color:var(--ink);
  font-weight:600; }
ul.assumed,ul.warned { margin:.2rem 0; padding:.6rem .9rem .6rem 2rem; border-radius:.4rem; background:var(--warn-soft);
  font-size:.92rem; }
ul.warned { background:var(--ex-soft); }
table.facts { font-size:.86rem; background:transparent; } table.facts code { color:var(--soft); }
table.facts td:first-child { min-width:9rem; } table.facts td .small { font-weight:400; margin:.2em 0; }
details { margin-top:1.2rem; } summary { cursor:pointer; font-size:.86rem; color:var(--soft); font-weight:600; }
.examples { list-style:none; padding:0; margin:.5rem 0 0; font-size:.9rem; columns:2 20rem; column-gap:2rem; }
  .examples li { margin:.25rem 0; break-inside:avoid; }
.mark { display:inline-block; font-size:.76rem; border-radius:.3rem; padding:.05rem .45rem; margin-right:.25rem;
  background:var(--code); color:var(--ink);
  border-left:3px solid var(--soft); }
.mark.met { border-left-color:var(--in); } .mark.not-met { border-left-color:var(--ex); } .mark.unknown { border-left-style:dotted; }
h3.part { margin:2rem 0 .8rem; } .definition { padding:1rem 1.3rem; }
.scroll + .definition { margin-top:1.4rem; }
 .definition h3 { font-size:1.05rem; margin-bottom:.5rem; }
.definition h3 code { color:var(--soft); font-weight:400; } .definition pre { margin-top:.7rem; }
@media (min-width:72rem) {
  .layout { display:grid; grid-template-columns:15rem minmax(0,1fr); gap:0 2.6rem; }
  nav { position:sticky; top:0; align-self:start; max-height:100vh; overflow-y:auto; columns:auto; padding:2rem 0; margin:0;
  font-size:.83rem; }
  .content > section:first-child > h2 { margin-top:2rem; } }
@media (max-width:46rem) {
  main { padding:1.5rem .9rem 3rem; } .criterion { padding:1rem 1rem 1.1rem; } .pair { grid-template-columns:minmax(0,1fr); }
  table.facts thead { position:absolute; width:1px; height:1px; overflow:hidden; clip-path:inset(50%); }
  table.facts,table.facts tbody,table.facts tr,table.facts td { display:block; }
  table.facts tr { border-bottom:1px solid var(--line); padding:.6rem 0; } table.facts td { border:0; padding:.12rem 0; }
  table.facts td::before { content:attr(data-label); display:inline-block; min-width:7.2rem; padding-right:.6rem; color:var(--soft);
  font-size:.78rem; }
  table.facts td:first-child::before { content:none; } table.facts td:first-child { font-weight:600; } }
@media print {
  nav { display:none; } .layout { display:block; } .criterion,.definition { border-radius:0; break-inside:auto; box-shadow:none; }
  .top,.text,h3,h4 { break-after:avoid; } pre.rule { white-space:pre-wrap; } .pair { break-inside:avoid; } }
"""
