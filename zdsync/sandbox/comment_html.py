"""What Zendesk makes of a comment that is given as text: paragraphs, line breaks and links. Nothing else is markup.

`update.py` shows it as a comment's `html_body`; `zdsync preview --html` shows it to who writes a text. Markdown, which
an account may have switched on, is not rendered here: a text that needs it would read badly elsewhere.
"""

from __future__ import annotations

import re
from html import escape

_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")


def html_of(body: str) -> str:
    """The whole `html_body`: `<div class="zd-comment" dir="auto"><p dir="auto">Hello<br>there</p></div>`."""
    paragraphs = re.split(r"\n{2,}", body.strip("\n"))
    inner = "".join(f'<p dir="auto">{_lines(each)}</p>' for each in paragraphs)
    return within_comment(inner)


def within_comment(html: str) -> str:
    return f'<div class="zd-comment" dir="auto">{html}</div>'


def _lines(paragraph: str) -> str:
    return "<br>".join(_linked(line) for line in paragraph.split("\n"))


def _linked(line: str) -> str:
    made, at = [], 0
    for link in _LINK.finditer(line):
        url = escape(link[0])
        made += [escape(line[at : link.start()]), f'<a href="{url}" rel="noopener noreferrer">{url}</a>']
        at = link.end()
    return "".join((*made, escape(line[at:])))
