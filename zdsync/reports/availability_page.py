"""The month's availability as one HTML page: no scripts, nothing from elsewhere, for screens and for paper."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from zdsync.reports.availability_sheet import Sheet

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(sheet: Sheet) -> str:
    return _TEMPLATES.get_template("availability.html.j2").render(sheet=sheet, words=sheet.words)
