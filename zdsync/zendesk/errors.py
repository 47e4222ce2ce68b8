"""What can go wrong with a call to Zendesk, as two kinds: later again (`RetryLater`) or never (`GiveUp`).

`session.py` raises these and nothing else; `reconcile.py` and the tasks decide by them. The table "Outcome of 6" of the
protocol is `outcome()` below. Parsing never raises: an error body may be JSON of four shapes, text or HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from requests import Response

LONGEST_WAIT = timedelta(hours=1)
"""A longer `Retry-After` is not believed: the next wake-up asks again."""

UNKNOWN_WAIT = timedelta(minutes=1)
"""After a 429 that does not say: most limits are counted by the minute."""

AFTER_UNCLEAR = timedelta(seconds=5)
"""When a write may or may not have been applied, reading again this much later decides."""

AFTER_REFUSED_CREDENTIAL = timedelta(minutes=1)
"""A refused credential is the operator's to mend and no ticket's fault, so every ticket stays due."""

_REMAINING = ("ratelimit-remaining", "rate-limit-remaining", "x-rate-limit-remaining")  # of the account, by age

TEXT_LIMIT = 300
"""An error's text is cut to this many characters: a proxy's HTML page is no log line."""

_ADDRESS = re.compile(r"[^\s<>()\[\]\"',:;]{1,64}@[^\s<>()\[\]\"',:;]+")


class ZendeskError(Exception):
    """Base of all errors of this package. `str()` is one line without ticket text or secrets."""

    request_id: str = ""
    """Zendesk's `x-request-id`, which its support asks for; empty without a reply."""


class RetryLater(ZendeskError):
    """The same may work later. `after`: how long Zendesk asked to wait, None when it did not say."""

    def __init__(self, why: str, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.after = after


class GiveUp(ZendeskError):
    """Repeating the same request can never work."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class RateLimited(RetryLater):
    """429, or our own governor said no (`sent` is then False). `family` names the limit that must pause."""

    def __init__(self, family: str, retry_after: timedelta | None = None, why: str = "", *, sent: bool = True) -> None:
        wait = UNKNOWN_WAIT if retry_after is None else retry_after
        super().__init__(why or f"the limit {family!r} is used up", wait)
        self.family = family
        self.retry_after: timedelta = wait
        self.sent = sent


class Conflict(RetryLater):
    """409: the stamp is old (`UpdateConflict`) or writes collided inside Zendesk. The write was not applied."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(f"409 {code}: {description}".rstrip(": "))
        self.code = code
        self.description = description


class Unclear(RetryLater):
    """A write got no reply, a reset or a 5xx: it may have been applied or may still land. Never repeat it blindly."""

    def __init__(self, why: str, after: timedelta | None = None) -> None:
        super().__init__(why, after if after is not None else AFTER_UNCLEAR)


class Unavailable(RetryLater):
    """A read failed several times within seconds, or a write could not even reach Zendesk. Nothing was applied."""


class Unauthorized(RetryLater):
    """401, also after one renewal of the token: an operator must look at the credential."""

    def __init__(self, why: str) -> None:
        super().__init__(why, AFTER_REFUSED_CREDENTIAL)


class NotFound(GiveUp):
    """404 `RecordNotFound`: the record is gone or was never there. Only Zendesk's own word counts for that."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(f"404 {code}: {description}".rstrip(": "))
        self.code = code
        self.description = description


class Rejected(GiveUp):
    """Any other 4xx: this body, or this user, will not do."""

    def __init__(self, status: int, code: str, description: str = "") -> None:
        super().__init__(f"{status} {code}: {description}".rstrip(": "))
        self.status = status
        self.code = code
        self.description = description


class Closed(GiveUp):
    """422: a closed ticket takes no update."""


class OtherBody(Rejected):
    """400 `IdempotentRequestError`: this key was used with another body. Look up what was created."""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error reply, whatever its shape. `details` maps a field to what is wrong with it."""

    status: int
    code: str = ""
    description: str = ""
    details: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """Description and details in one line."""
        parts = [self.description, *(text for texts in self.details.values() for text in texts)]
        return "; ".join(part for part in parts if part)[:TEXT_LIMIT]


def parse_error(response: Response) -> ErrorBody:
    """Read an error body by the parser rule: `error` as object, as string, `errors` as list, plain text."""
    status = response.status_code
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return ErrorBody(status, description=_plain_text(response))
    if not isinstance(body, Mapping):
        return ErrorBody(status, description=_text(body))
    error, errors = body.get("error"), body.get("errors")
    if isinstance(error, Mapping):
        return ErrorBody(status, _text(error.get("title")), _text(error.get("message")), _details(body.get("details")))
    if error is None and isinstance(errors, Sequence) and errors and isinstance(errors[0], Mapping):
        first = errors[0]
        return ErrorBody(status, _text(first.get("code")), _text(first.get("detail") or first.get("title")))
    description = _text(body.get("description") or body.get("message"))
    return ErrorBody(status, _text(error), description, _details(body.get("details")))


def outcome(response: Response, *, write: bool, families: Sequence[str], now: datetime) -> ZendeskError:
    """The error that a reply outside 2xx stands for. `now` is needed where `Retry-After` is a date."""
    body = parse_error(response)
    error = _by_status(response, body, write=write, families=families, now=now)
    error.request_id = response.headers.get("x-request-id", "")[:100]
    return error


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The `Retry-After` of a reply (whole or fractional seconds, or an HTTP date), between 0 and an hour."""
    value = (headers.get("Retry-After") or "").strip()
    try:
        wait = timedelta(seconds=min(float(value), LONGEST_WAIT.total_seconds()))
    except (ValueError, OverflowError):  # a date, nonsense, NaN
        at = http_date(value)
        if at is None:
            return None
        wait = at - now
    return max(timedelta(0), min(wait, LONGEST_WAIT))


def http_date(value: str | None) -> datetime | None:
    """An HTTP date in UTC, None for anything else."""
    try:
        at = parsedate_to_datetime(value or "")
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _by_status(
    response: Response, body: ErrorBody, *, write: bool, families: Sequence[str], now: datetime
) -> ZendeskError:
    status, words = body.status, body.words
    wait = retry_after(response.headers, now)
    if status == 429:
        return _rate_limited(response.headers, body, families, wait)
    if status >= 500 or status < 400:  # a redirect of the API means a wrong host, a 1xx a broken proxy
        return _no_answer(f"{status} {body.code or words or 'without a body'}", write, wait)
    if status == 401:
        return Unauthorized(f"401 {body.code or words or 'credential refused'}")
    if status == 404 and body.code == "RecordNotFound":
        return NotFound(body.code, words)
    if status == 404 and not body.code:  # a proxy's or a missing account's page says nothing about the record
        return _no_answer(f"404 {words}", write, None)
    if status == 409:
        return Conflict(body.code, words)
    if status == 422 and any("closed prevents" in text for texts in body.details.values() for text in texts):
        return Closed(f"422 {body.code}: {words}")
    if body.code == "IdempotentRequestError":
        return OtherBody(status, body.code, words)
    return Rejected(status, body.code, words)


def _no_answer(why: str, write: bool, wait: timedelta | None) -> ZendeskError:
    return Unclear(why[:TEXT_LIMIT], wait) if write else Unavailable(why[:TEXT_LIMIT], wait)


def _rate_limited(
    headers: Mapping[str, str], body: ErrorBody, families: Sequence[str], wait: timedelta | None
) -> RateLimited:
    """Which limit was hit: the headers say it, else the text, else the call's own limit (second of `families`)."""
    if body.code == "TooManyJobs":
        return RateLimited("jobs", wait, body.code)
    for name, value in headers.items():
        limit = _limit_name(name)
        if limit and "remaining=0" in value.replace(" ", "").split(";"):
            known = next((family for family in families if family.split(":")[0] == limit), limit)
            return RateLimited(known, wait if wait is not None else _resets(value))
    left = next((headers[name] for name in _REMAINING if name in headers), None)
    if left is not None and left.strip() == "0":
        reset = headers.get("ratelimit-reset") or headers.get("rate-limit-reset") or ""
        return RateLimited("account", wait if wait is not None else _seconds(reset))
    if "incremental" in body.words.lower():
        return RateLimited("incremental", wait)
    # Something is left of the account's budget, or nobody says: then the limit of this kind of call was meant.
    return RateLimited(families[1] if left is not None and len(families) > 1 else "account", wait)


def _limit_name(header: str) -> str | None:
    for prefix in ("zendesk-ratelimit-", "zendesk-rate-limit-"):
        if header.lower().startswith(prefix):
            name = header.lower()[len(prefix) :]
            return "incremental" if name.startswith("incremental") else name
    return None


def _resets(value: str) -> timedelta | None:
    for part in value.split(";"):
        name, _, number = part.strip().partition("=")
        if name == "resets":
            return _seconds(number)
    return None


def _seconds(text: str) -> timedelta | None:
    try:
        return max(timedelta(0), timedelta(seconds=min(float(text), LONGEST_WAIT.total_seconds())))
    except (ValueError, OverflowError):
        return None


def _details(value: object) -> dict[str, tuple[str, ...]]:
    """`details` is a map of field to a list of objects with a description; anything else is read as far as it goes."""
    if not isinstance(value, Mapping):
        return {}
    found = {}
    for name, items in value.items():
        listed = items if isinstance(items, list) else [items]
        texts = (_text(item.get("description") if isinstance(item, Mapping) else item) for item in listed)
        found[str(name)] = tuple(text for text in texts if text)
    return found


def _plain_text(response: Response) -> str:
    kind = response.headers.get("Content-Type", "")
    if "html" in kind or response.content.lstrip()[:1] == b"<":
        return "an HTML page"
    return _text(response.content[: 4 * TEXT_LIMIT].decode("utf-8", "replace"))


def _text(value: object) -> str:
    """Any JSON value as one short line, without anybody's e-mail address, which Zendesk quotes when it refuses one."""
    if value is None:
        return ""
    return _ADDRESS.sub("(an address)", " ".join(str(value).split())[:TEXT_LIMIT])
