"""Job statuses: what bulk calls answer with, and how they end a little later in account time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from zdsync.sandbox.account import Account
from zdsync.sandbox.agenda import Kind
from zdsync.sandbox.base import SECOND, Row
from zdsync.sandbox.errors import ApiError, not_found
from zdsync.sandbox.http import Call, Reply, route

MAX_JOBS = 30


def start(account: Account, items: list[Row], do: Callable[[int, Row], Row]) -> Row:
    """A job over `items`, done at once but told as finished after `options.job_ms`. Raises 429 TooManyJobs.

    `do` gives the result of one item and may raise ApiError: then the item has failed, the others go on.
    """
    _check_number(account)
    results = attempts(items, do)
    return queue(account, len(items), "job", results=results)


def _check_number(account: Account) -> None:
    running = [job["id"] for job in account.jobs.values() if job["status"] in ("queued", "working")]
    if len(running) >= MAX_JOBS:
        description = "Too many UserBulkUpdateJobV2 jobs are currently queued or running. Try again later."
        raise ApiError(429, {"error": "TooManyJobs", "description": description, "current_job_ids": running})


def queue(account: Account, total: int, kind: Kind, **data: Any) -> Row:
    """A job whose work is done when it is due: `travel.py` then hands `data` and the job's id to what does `kind`."""
    _check_number(account)
    job_id = f"V3-{account.random.getrandbits(128):032x}"
    account.jobs[job_id] = {
        "id": job_id,
        "url": "",
        "total": total,
        "progress": None,
        "status": "queued",
        "message": None,
        "results": None,
    }
    account.agenda.add(account.now_ms + account.options.job_ms, kind, job=job_id, **data)
    return account.jobs[job_id]


def attempts(items: list[Row], do: Callable[[int, Row], Row]) -> list[Row]:
    """The result of each item, whether it could be done or not."""
    return [_attempt(index, item, do) for index, item in enumerate(items)]


def _attempt(index: int, item: Row, do: Callable[[int, Row], Row]) -> Row:
    try:
        return do(index, item)
    except ApiError as error:
        body = error.body if isinstance(error.body, dict) else {"error": str(error.body)}
        name = body.get("error")
        details = str(body.get("details") or body.get("description") or "")
        failed = {"id": item.get("id"), "index": index, "success": False, "error": str(name), "details": details}
        return {**failed, "status": "Failed"}


def finish(account: Account, job_id: str, results: list[Row]) -> None:
    job = account.jobs[job_id]
    at = datetime.fromtimestamp(account.now_ms / SECOND, UTC)
    job.update(
        status="completed",
        progress=job["total"],
        message=f"Completed at {at:%Y-%m-%d %H:%M:%S} +0000",
        results=results,
    )


def started(call: Call, job: Row) -> Reply:
    """The reply of a bulk call, with the header that tells how many more jobs may run."""
    running = sum(known["status"] in ("queued", "working") for known in call.account.jobs.values())
    header = f"total={MAX_JOBS}; remaining={MAX_JOBS - running}; resets=60"
    return Reply(200, rendered(call, job), {"zendesk-ratelimit-inflight-jobs": header})


def rendered(call: Call, job: Row) -> Row:
    return {"job_status": {**job, "url": call.url(f"/job_statuses/{job['id']}.json")}}


@route("GET /job_statuses/{job_id}")
def show(call: Call) -> Reply:
    job = call.account.jobs.get(call.params["job_id"])
    if job is None:
        raise not_found()
    return Reply(200, rendered(call, job))
