"""What people are sent or shown as a whole: the incident report as PDF and HTML. Values in, bytes or text out."""

from __future__ import annotations

from dataclasses import replace

from zdsync.core.model import Enclosure
from zdsync.documents.incident import html, pdf


def drawn(file: Enclosure) -> Enclosure:
    """The same with its bytes; those of one that has bytes already are left as they are."""
    if isinstance(file.content, bytes):
        return file
    content = pdf(file.content) if file.content_type == "application/pdf" else html(file.content).encode()
    return replace(file, content=content)
