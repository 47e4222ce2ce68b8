"""The error replies of the API, each in the envelope that the real one uses (there is no single shape).

Raised anywhere below `app.py`, which turns them into replies.
"""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refusal: `body` is JSON, or text when it is a str."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


def not_authenticated() -> ApiError:
    return ApiError(401, {"error": "Couldn't authenticate you"})


def forbidden(message: str = "You do not have access to this page. Please contact the account owner.") -> ApiError:
    return ApiError(403, {"error": {"title": "Forbidden", "message": message}})


def not_found() -> ApiError:
    return ApiError(404, {"error": "RecordNotFound", "description": "Not found"})


def no_endpoint() -> ApiError:
    return ApiError(404, {"error": "InvalidEndpoint", "description": "Not found"})


def bad_request(error: str, description: str, **more: Any) -> ApiError:
    return ApiError(400, {"error": error, "description": description, **more})


def too_many_values() -> ApiError:
    # The two spaces are the real one's.
    return bad_request("TooManyValues", "Parameter  cannot specify more than 100 values", max_count=100)


def conflict() -> ApiError:
    return ApiError(
        409,
        {
            "error": "UpdateConflict",
            "description": "Safe Update prevented the update due to outdated ticket data. "
            "Please fetch the latest ticket data and try again.",
        },
    )


def invalid(field: str, description: str, **more: Any) -> ApiError:
    """422 with `details`: a map of field to a list of objects."""
    details = {field: [{"description": description, **more}]}
    return ApiError(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details})


def invalid_value(description: str) -> ApiError:
    return ApiError(422, {"error": "InvalidValue", "description": description})
