"""The confirmation page over HTTP: `/confirm/<token>` of the public side.

Only a POST acts: mail scanners open every link, some more than once. Whoever holds the link may answer; the token is
the secret, of the address as of the form. A token that is not genuine costs no call to Zendesk or Redis.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

import structlog
from redis.exceptions import RedisError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from zdsync.confirm import Answer, State, View
from zdsync.core import links
from zdsync.core.links import Link, Links
from zdsync.web.confirm_page import HEADERS, language_of, render
from zdsync.web.confirm_texts import Alert, Situation

BODY_LIMIT: Final = 65_536
"""Bytes: 2,000 characters take 18,000 at most as a form sends them."""
BODY_SECONDS: Final = 10.0
WORK_SECONDS: Final = 25.0
"""For one answer with all its repeats; a browser waits longer."""
LOOKS_A_MINUTE: Final = 20
ANSWERS_A_MINUTE: Final = 5
RETRY_AFTER: Final = {"retry-after": "60"}

_STATUS: Final[dict[State, int]] = {
    "open": 200,
    "recorded": 200,
    "answered": 200,
    "ended": 409,
    "stopped": 503,
    "busy": 503,
    "unsure": 503,
    "away": 503,
}
_DONE: Final[dict[tuple[State, Answer], Situation]] = {
    ("recorded", "yes"): "recorded yes",
    ("recorded", "no"): "recorded no",
    ("answered", "yes"): "answered yes",
    ("answered", "no"): "answered no",
}
_ALERTS: Final[dict[State, Alert]] = {"busy": "busy", "away": "away", "unsure": "unsure"}
"""After these the form comes back, with what was typed."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Desk:
    """What the page works with. Each may raise anything; `RedisError` and being slow are expected."""

    look: Callable[[Link], Awaitable[View]]
    answer: Callable[[Link, Answer, str], Awaitable[View]]
    allow: Callable[[str, str, int], Awaitable[bool]]
    """Whether a token may be used in a way (`look`, `answer`) that is allowed so often a minute."""


@dataclass(frozen=True, slots=True)
class _Form:
    answer: Answer | None
    said: str
    too_long: bool = False


def confirm_route(found: Links, now: Callable[[], datetime], desk: Desk, *, seconds: float = WORK_SECONDS) -> Route:
    """The route of the page. `now` in the account's time, against which links end."""
    page = _Confirm(found, now, desk, seconds)
    return Route(f"{links.PATH}{{token:path}}", page.respond, methods=["GET", "POST"])


@dataclass(frozen=True, slots=True)
class _Confirm:
    links: Links
    now: Callable[[], datetime]
    desk: Desk
    seconds: float

    async def respond(self, request: Request) -> Response:
        token = request.path_params["token"]
        link = links.read(self.links, token, self.now())
        if link == "forged":
            return _page(request, "forged", 404)
        if link == "expired":
            return _page(request, "expired", 410, reference=links.ticket_of(token))
        if request.method == "HEAD":
            return _page(request, "open", 200, reference=link.ticket_id)
        if request.method == "GET":
            return await self._look(request, token, link)
        return await self._answer(request, token, link)

    async def _look(self, request: Request, token: str, link: Link) -> Response:
        try:
            async with asyncio.timeout(self.seconds):
                if not await self.desk.allow(token, "look", LOOKS_A_MINUTE):
                    return _page(request, "limited", 429, reference=link.ticket_id, again=True)
                view = await self.desk.look(link)
        except Exception as error:
            view = _failed(link, error)
        return _shown(request, link, view)

    async def _answer(self, request: Request, token: str, link: Link) -> Response:
        form = await _form(request)
        if form.too_long:
            return _form_again(request, link, "too long", 413)
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "same-site", "none"):
            return _form_again(request, link, "elsewhere", 403)
        if form.answer is None:
            return _form_again(request, link, "no choice", 400, said=form.said)
        begun = False
        try:
            async with asyncio.timeout(self.seconds):
                if not await self.desk.allow(token, "answer", ANSWERS_A_MINUTE):
                    return _form_again(request, link, "limited", 429, said=form.said)
                begun = True
                view = await self.desk.answer(link, form.answer, form.said)
        except Exception as error:
            view = _failed(link, error)
            if begun:  # the write may have gone out, or may be under way in its thread
                view = View("unsure")
        if alert := _ALERTS.get(view.state):
            return _form_again(request, link, alert, _STATUS[view.state], said=form.said, view=view)
        return _shown(request, link, view)


def _failed(link: Link, error: Exception) -> View:
    if isinstance(error, RedisError | OSError):
        log.warning("the confirmation page cannot work", ticket=link.ticket_id, why=type(error).__name__)
    else:
        log.error("the confirmation page has failed", ticket=link.ticket_id, why=type(error).__name__)
    return View("away")


async def _form(request: Request) -> _Form:
    """What was sent, read no further than the limit. Whatever is not a form with one answer has none."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > BODY_LIMIT:
                    return _Form(None, "", too_long=True)
    except (TimeoutError, ClientDisconnect):
        return _Form(None, "")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return _Form(None, "")
    try:
        fields = parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return _Form(None, "")
    answers = [value for name, value in fields if name == "answer"]
    said = next((value for name, value in fields if name == "said"), "").replace("\x00", "")
    match answers:
        case ["yes"]:
            return _Form("yes", said)
        case ["no"]:
            return _Form("no", said)
    return _Form(None, said)


def _shown(request: Request, link: Link, view: View) -> Response:
    situation: Situation
    match view.state:
        case "recorded" | "answered" as done:
            situation = _DONE[done, view.answer or "no"]
        case "busy":
            situation = "away"
        case state:
            situation = state
    again = view.state in ("away", "busy", "unsure", "stopped")
    return _page(request, situation, _STATUS[view.state], reference=link.ticket_id, view=view, again=again)


def _form_again(
    request: Request, link: Link, alert: Alert, status: int, *, said: str = "", view: View | None = None
) -> Response:
    return _page(request, "open", status, reference=link.ticket_id, alert=alert, said=said, view=view)


def _page(
    request: Request,
    situation: Situation,
    status: int,
    *,
    reference: int = 0,
    view: View | None = None,
    alert: Alert | None = None,
    said: str = "",
    again: bool = False,
) -> Response:
    locale, subject = (view.locale, view.subject) if view else (None, "")
    language = language_of(request.query_params.get("lang", ""), locale, request.headers.get("accept-language", ""))
    html = render(language, situation, reference=reference, subject=subject, alert=alert, said=said, again=again)
    later = RETRY_AFTER if status in (429, 503) else {}
    headers = {**HEADERS, **later, "content-language": language}
    return Response(html, status, headers=headers, media_type="text/html")
