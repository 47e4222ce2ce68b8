"""Why mail is set aside: Zendesk's causes of suspension, by their ids."""

from __future__ import annotations

from typing import Any

from zdsync.sandbox.errors import bad_request

CAUSES: dict[int, tuple[str, str]] = {
    0: ("spam", "Detected as spam"),
    2: ("unverified", "Submitted by unverified user"),
    3: ("auto_mailer", "Automated response mail"),
    4: ("loop", "Detected as mail loop"),
    5: ("unknown_user_update", "Unknown user tried to update existing ticket"),
    6: ("other_user_update", "End user only allowed to update their own tickets"),
    7: ("auto_delivery_failure", "Automated response mail, delivery failed"),
    8: ("auto_vacation", "Automated response mail, out of office"),
    9: ("system_user", "Detected email as being from a system user"),
    10: ("unknown_author", "Permission denied for unknown email submitter"),
    11: ("blank", "Email has no content"),
    12: ("signup_required", "User must sign up to submit email, user notified"),
    13: ("blocklisted", "Email is from a blocklisted sender or domain"),
    14: ("backscatter", "Backscatter from remote mail server"),
    16: ("to_noreply", 'Email for "noreply" address'),
    20: ("unauthenticated_email_update", "Permission denied due to unauthenticated email update"),
    21: ("registered_user_logged_out", "Submitted by registered user while logged out"),
    22: ("from_support_address", "Received from support address"),
    25: ("malware_detected", "Malware detected"),
    26: ("failed_email_authentication", "Email authentication failed"),
    27: ("from_noreply", 'Email from "noreply" address'),
    29: ("malicious_pattern_detected", "Content pattern detected as malicious"),
}
"""Cause id to its name and text, as documented."""
FOR_GOOD = 22
"""What comes from the account's own address cannot be recovered: it would be mail to itself."""


def cause_id(cause: Any) -> int:
    """A cause by its id, name or text. Raises 400 with the known ones."""
    for number, names in CAUSES.items():
        if cause in (number, *names):
            return number
    known = ", ".join(name for name, _ in CAUSES.values())
    raise bad_request("InvalidAct", f"suspended: {cause!r} is no cause; known: {known}")
