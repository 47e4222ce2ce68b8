"""The Major Incident Report as PDF and as one HTML page. What stands in it is decided in `core/incident_sheet.py`."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Final

import typst
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from zdsync.core.incident_sheet import Sheet

HERE: Final = Path(__file__).parent

STYLE: Final = """
:root{--ink:#1b1f24;--quiet:#5c6670;--line:#d0d5db;--paper:#fff;--box:#f3f4f6;--accent:#0b57a4;--alert:#a3260b;--warn:#fdeeea}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e6e8ea;--quiet:#a5adb5;--line:#3a424a;--paper:#14181c;--box:#1f252b;--accent:#7db4f0;--alert:#ff9c83;--warn:#3a1d16}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 Georgia,'Times New Roman',serif}
main{max-width:52rem;margin:0 auto;padding:2rem 1.25rem 3rem}
h1{font-size:2rem;line-height:1.2;margin:.1em 0 .2em;overflow-wrap:anywhere}
h2{font-size:1.2rem;color:var(--accent);margin:2.2rem 0 .6rem}
p{margin:0 0 .6rem;overflow-wrap:anywhere}
.kind{font-size:.8rem;letter-spacing:.06em;text-transform:uppercase;color:var(--quiet);margin:0}
.kind span{float:right;text-transform:none;letter-spacing:0}
.quiet{color:var(--quiet);font-size:.875rem}
.draft{padding:.75rem 1rem;border:1px solid var(--alert);border-radius:.25rem;color:var(--alert);background:var(--warn)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));gap:.75rem;margin:1.25rem 0 0}
.figures div{background:var(--box);border-radius:.25rem;padding:.75rem}
dt{font-size:.8rem;color:var(--quiet)}
dd{margin:0;font-size:1.3rem;font-weight:600}
dd.quiet{font-size:.8rem;font-weight:400}
table{width:100%;border-collapse:collapse;font-size:.9375rem}
th{font-size:.8rem;color:var(--quiet);text-align:left;font-weight:600}
th,td{padding:.4rem .5rem;border-bottom:1px solid var(--line);vertical-align:top}
section{overflow-x:auto}
td.free{overflow-wrap:anywhere}
td.time,td.quiet,td.day,td.number{white-space:nowrap}
td.who{min-width:8rem}
.number{text-align:right}
tr.strong td:nth-child(2){font-weight:600}
tr.alert td:not(.quiet){color:var(--alert)}
footer{margin-top:2.5rem}
@media print{@page{size:A4;margin:16mm}:root{color-scheme:light;font-size:13.5px}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}main{max-width:none;padding:0}section{overflow:visible}h2{break-after:avoid;margin-top:1.4rem}tr,.figures div{break-inside:avoid}}
@media (max-width:34rem){h1{font-size:1.5rem}.kind span{float:none;display:block}dd{font-size:1.1rem}table{font-size:.8125rem}th,td{padding:.35rem .25rem}th,td.quiet{font-size:.75rem}td.quiet,td.number{white-space:normal}td.quiet{min-width:4.5rem}td.who{min-width:6rem}}
"""  # noqa: E501 - one rule a line


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def html(sheet: Sheet) -> str:
    """One page that needs nothing else: style within, no scripts, everything escaped. For the desk: it stays on the
    problem, and names the notice that a line is taken from."""
    template = _environment().from_string((HERE / "incident.html.j2").read_text("utf-8"))
    return template.render(style=Markup(STYLE), **asdict(sheet))  # noqa: S704 - a constant


def pdf(sheet: Sheet) -> bytes:
    """An A4 document, for customers. The values go in as data: nothing that stands in them is taken for markup."""
    made = typst.compile(str(HERE / "incident.typ"), sys_inputs={"report": json.dumps(asdict(sheet))})
    assert isinstance(made, bytes)
    return made
