# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong, in the platform's codes and in the user's words. No I/O.

    AcronisError                    anything that stops the work on a tenant
    ├── InputError                  the options of the task are wrong
    ├── RefusedError                a guard stands against the change
    ├── NotFoundError               no such tenant, or none that can be brought to the desired state
    ├── StoppedError                the task was told to stop
    ├── UnsentError                 the platform is down, so nothing is sent any more
    ├── TransportError              no answer: no connection, a time-out, a cut, TLS, a proxy
    ├── AnswerError                 an answer that the platform does not give
    ├── ApiError                    an error status of the platform
    │   └── AuthError               credentials or a token that it does not accept
    └── UnknownOutcomeError         a write whose outcome could not be found out

An error is never changed, since several tenants may share it: `but` and `with_advice` return another one.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

Error = TypeVar("Error", bound="AcronisError")

# The platform is still at work on the tenant and takes the same request later.
BUSY_CODES = frozenset({1011, 1029})

TENANT_NOT_FOUND = 1005

TOKEN_PATH = "/idp/token"

TEXT_LIMIT = 240

# What a refused token may mean when a tenant was disabled just before.
ADVICE_AFTER_SUSPENSION = (
    "The API client may belong to the tenant that was just disabled, or to one below it, and have stopped working "
    "with it; enable the tenant in the management portal, and use an API client of a tenant above it."
)

# What stands for a secret in a text, and the shortest one that is replaced: shorter ones are found in any text.
MASK = "********"
SHORTEST_SECRET = 4
# So much of an answer that is not the platform's is looked at for an excerpt.
EXCERPT_BYTES = 100_000


class PlatformCode(NamedTuple):
    """A row of the vendor's error code table: what it means and what the user can do (empty where it cannot happen
    here).
    """

    meaning: str
    advice: str = ""


# Source: the vendor's page "API error codes".
PLATFORM_CODES: Mapping[int, PlatformCode] = {
    1000: PlatformCode("internal system error", "Run the task again later."),
    1001: PlatformCode("the tenant's version has changed", "Somebody else is changing it; run the task again."),
    1002: PlatformCode(
        "access denied", "Check that the tenant lies below the API client's own tenant and that its role may manage it."
    ),
    1003: PlatformCode("the parent tenant is disabled", "Enable the parent tenant first."),
    1004: PlatformCode("another tenant has this name", "Rename that tenant."),
    1005: PlatformCode("tenant not found", "Check the ID; the tenant may have been deleted."),
    1006: PlatformCode("only a disabled tenant can be deleted", "Somebody enabled it again; run the task again."),
    1007: PlatformCode("a tenant cannot be moved below its own child"),
    1008: PlatformCode("a tenant cannot be moved within a customer"),
    1009: PlatformCode("the storage is in use"),
    1010: PlatformCode("a Sync & Share e-mail address is already taken"),
    1011: PlatformCode(
        "services are still being removed", "Wait until the platform has finished and run the task again."
    ),
    1012: PlatformCode("the tenant is locked", "Ask the tenant that owns the lock to lift it."),
    1013: PlatformCode("a tenant cannot be moved below a disabled tenant"),
    1014: PlatformCode("offering items to move are not available"),
    1015: PlatformCode("infrastructure components conflict"),
    1016: PlatformCode("the storage has children"),
    1017: PlatformCode("the default storage cannot be turned off"),
    1018: PlatformCode("the user is disabled", "Enable the account that the credentials belong to."),
    1019: PlatformCode("the backup service is not available", "Run the task again later."),
    1020: PlatformCode("the machine was registered by somebody who is not a user of the service"),
    1021: PlatformCode("an offering item is not available"),
    1022: PlatformCode("a hard quota is exceeded"),
    1023: PlatformCode("an offering item depends on another"),
    1024: PlatformCode("the address is forbidden"),
    1025: PlatformCode("the SMTP settings are wrong"),
    1026: PlatformCode("the service cannot be enabled"),
    1027: PlatformCode("business rules are not satisfied", "The management portal shows which rule is violated."),
    1028: PlatformCode("the guest user exists already"),
    1029: PlatformCode(
        "a storage is still being removed", "Wait until the platform has finished and run the task again."
    ),
    1030: PlatformCode("the quota of Sync & Share users is exceeded"),
    1031: PlatformCode("locations conflict"),
    1032: PlatformCode("the target hierarchy lacks the locking tenant"),
    1033: PlatformCode("the login is not valid"),
    1034: PlatformCode("the previous version of a legal document is not published"),
    1035: PlatformCode("offering items to move are legally blocked"),
}

STATUS_ADVICE: Mapping[int, str] = {
    400: "The platform does not accept the request.",
    401: "The platform does not accept the token.",
    403: "Check that the tenant lies below the API client's own tenant and that its role may manage it.",
    404: "Check the ID; the tenant may have been deleted.",
    405: "Check datacenter_url.",
    407: "A proxy requires credentials: check the proxy settings in the environment.",
    429: "The platform throttles requests; increase retry_timeout or run the task again later.",
}

RETRYABLE_STATUSES = frozenset({429, 500, 502, 503, 504})


class AcronisError(Exception):
    """Anything that stops the work on a tenant.

    message: one line in plain words, with advice. code: the platform's error code, an integer where it is numeric.
    status: HTTP status. method, path: the request, without query. retryable: the same request may succeed later.
    uncertain: if the request was a write, it may have taken effect. retry_after: seconds the platform asks to wait.
    spent: the retries that the policy allows have been made.
    """

    # Checked by mypy: nothing may be assigned after __init__.
    message: Final[str]
    code: Final[int | str | None]
    status: Final[int | None]
    method: Final[str | None]
    path: Final[str | None]
    retryable: Final[bool]
    uncertain: Final[bool]
    retry_after: Final[float | None]
    spent: Final[bool]

    def __init__(
        self,
        message: str,
        *,
        code: int | str | None = None,
        status: int | None = None,
        method: str | None = None,
        path: str | None = None,
        retryable: bool = False,
        uncertain: bool = False,
        retry_after: float | None = None,
        spent: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.method = method
        self.path = path
        self.retryable = retryable
        self.uncertain = uncertain
        self.retry_after = retry_after
        self.spent = spent

    def but(self: Error, **changes: Any) -> Error:
        """Return the same error with some of its fields changed."""
        fields = {name: getattr(self, name) for name in AcronisError.__annotations__} | changes
        return type(self)(fields.pop("message"), **fields)

    def with_advice(self: Error, advice: str) -> Error:
        """Return the same error with a sentence added to its message."""
        return self.but(message=f"{self.message} {advice}") if advice else self

    def as_result(self) -> dict[str, Any]:
        """Return the error as it stands in a result: snake_case, no headers, no secrets."""
        return {
            "message": self.message,
            "code": self.code,
            "status": self.status,
            "method": self.method,
            "path": self.path,
            "retryable": self.retryable,
        }

    def refuses(self, *statuses: int) -> bool:
        """Whether the platform has answered the request itself with one of these statuses, not that for a token."""
        return self.status in statuses and self.path != TOKEN_PATH


class InputError(AcronisError):
    """The task's options are wrong; no request was sent."""


class RefusedError(AcronisError):
    """A guard stands against the change; nothing was written on its account."""


class NotFoundError(AcronisError):
    """There is no such tenant, or none that can be brought to the desired state."""


class StoppedError(AcronisError):
    """The task was told to stop: the next write was not begun, or a read was not waited for."""


class UnsentError(AcronisError):
    """Nothing was sent: the platform has stopped answering, or asks for a longer pause than may be waited."""


class UnknownOutcomeError(AcronisError):
    """A write was sent, and whether it took effect could not be found out."""


class ApiError(AcronisError):
    """The platform answered with an error status."""


class AuthError(ApiError):
    """The credentials or the token were not accepted."""


class TransportError(AcronisError):
    """There was no answer: no connection, a time-out, a dropped connection, TLS."""


class AnswerError(AcronisError):
    """There was an answer, but not one that the platform gives: not JSON, another host, another shape or size."""


def outside_of(root_id: str) -> RefusedError:
    """Return the refusal of a tenant that is not below the one that the task is about."""
    return RefusedError(f"it is outside the subtree of {root_id} (subtree_root_id); check both IDs.")


def clean(text: object, limit: int = TEXT_LIMIT) -> str:
    """Return text from the server fit for a message: one line, no control characters, nothing that cannot be encoded
    (a lone surrogate), at most limit characters.
    """
    printable = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in str(text))
    line = " ".join(printable.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def listed(items: Sequence[str], limit: int) -> str:
    """Return the first items, and how many more there are."""
    more = f" and {len(items) - limit} more" if len(items) > limit else ""
    return ", ".join(items[:limit]) + more


def mask(text: str, secrets: Iterable[str]) -> str:
    """Return the text without the secrets. To be called before the text is shortened: half a secret is not found."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    return text


def own_error(error: Exception) -> AcronisError:
    """Return what the user is told of an exception that should not be."""
    return AcronisError(
        f"an error in community.acronis itself ({type(error).__name__}: {clean(error)}); please report it."
    )


def retry_after_seconds(value: str | None, now: float) -> float | None:
    """Return the seconds to wait that a Retry-After header asks for, or None.

    value: whole seconds or an HTTP date (RFC 9110, section 10.2.3). now: Unix time in seconds.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.fromtimestamp(now, timezone.utc)).total_seconds())


def decode(body: bytes) -> Any:
    """Return the JSON value of a body, or None when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _platform_words(document: Any, secrets: Iterable[str]) -> tuple[int | str | None, str] | None:
    """Return code and message out of an error body, without the secrets, or None when it is not one of the platform's.

    Two formats are known: an envelope `{"error": {"code", "message", "details": {"info"}}}`, and for the token endpoint
    the flat `{"error", "error_description"}`. The code is an integer, a numeric string or a word
    (vendor's OpenAPI document, and answers seen in third-party clients).
    """
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, dict):
        code = error.get("code")
        if isinstance(code, str):
            code = int(code) if code.isascii() and code.isdigit() and len(code) < 10 else clean(mask(code, secrets), 60)
        elif isinstance(code, bool) or not isinstance(code, int):
            code = None
        details = error.get("details")
        info = details.get("info") if isinstance(details, dict) else None
        text = next((part for part in (info, error.get("message")) if isinstance(part, str) and part.strip()), "")
        return code, clean(mask(text, secrets))
    if isinstance(error, str):
        description = document.get("error_description")
        text = clean(mask(description, secrets)) if isinstance(description, str) else ""
        return clean(mask(error, secrets), 60), text
    return None


def _host(url: str, secrets: Iterable[str]) -> str:
    try:
        return clean(mask(urlsplit(url).netloc.rpartition("@")[2], secrets), 100)
    except ValueError:
        return ""


def _advice(status: int, path: str, code: PlatformCode | None) -> str:
    """Return what to do about an error status of a request."""
    if status == 404 and not path.startswith("/tenants/"):
        named_by = {TOKEN_PATH: "datacenter_url", "/tenants": "datacenter_url, any gateway, and subtree_root_id"}
        return f"Check {named_by.get(path, 'client_id')}."
    if code is not None and code.advice:
        return code.advice
    return STATUS_ADVICE.get(status, "The platform has a problem; run the task again later." if status >= 500 else "")


def from_response(
    method: str,
    path: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    secrets: Iterable[str] = (),
) -> AcronisError:
    """Return the error that an answer with an unwanted status stands for.

    headers: with case-insensitive keys. now: Unix time in seconds, against which a Retry-After date is read.
    secrets: what was sent and must not be told, although the answer may echo it.
    """
    where: dict[str, Any] = {"status": status, "method": method, "path": path}
    secrets = tuple(secrets)
    words = _platform_words(decode(body), secrets)
    if 300 <= status < 400:
        host = _host(headers.get("Location", ""), secrets) or "another page"
        return AnswerError(
            f"the server redirects to {host} (HTTP {status}): check datacenter_url, it must be the data center's own "
            "address.",
            **where,
        )
    if 200 <= status < 300:
        return AnswerError(
            f"the answer to {method} (HTTP {status}) is not from the platform: check datacenter_url and any proxy.",
            uncertain=True,
            **where,
        )
    retryable = status in RETRYABLE_STATUSES
    if words is None and not retryable:
        excerpt = clean(mask(body[:EXCERPT_BYTES].decode("utf-8", "replace"), secrets)[:2000], 80)
        return AnswerError(
            f"the answer (HTTP {status}) is not JSON from the platform, and may be the page of a proxy: {excerpt!r}; "
            "check datacenter_url and any proxy.",
            uncertain=status >= 500,
            **where,
        )
    code, text = words or (None, "")
    retryable = retryable or code in BUSY_CODES
    known = PLATFORM_CODES.get(code) if isinstance(code, int) else None
    reason = f"HTTP {status}"
    if known is not None:
        reason += f", platform code {code}: {known.meaning}"
    elif code is not None and code != status:
        reason += f", platform code {code}"
    if text:
        reason += f" ({text!r})"
    kind = AuthError if status == 401 else ApiError
    return kind(
        f"{reason}. {_advice(status, path, known)}".rstrip(),
        code=code,
        retryable=retryable,
        uncertain=status >= 500,
        retry_after=retry_after_seconds(headers.get("Retry-After"), now),
        **where,
    )
