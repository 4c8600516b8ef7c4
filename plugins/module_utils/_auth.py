# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that all content shares, and the access token."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.errors import AnsibleFallbackNotFound

from ansible_collections.community.acronis.plugins.module_utils._errors import (
    AcronisError,
    AnswerError,
    ApiError,
    AuthError,
    InputError,
    clean,
)
from ansible_collections.community.acronis.plugins.module_utils._text import is_uuid

# Unix time in seconds of a day that no token sees; a number beyond it is no time.
LATEST_TIME = 1e11

API_PATH = "/api/2"


def filled_env(*variables: str) -> str:
    """Return the value of the first of the environment variables that is set to more than blanks.

    A fallback of an argument spec, to be used by all options: CI systems and AWX set optional variables to nothing.
    Raises AnsibleFallbackNotFound.
    """
    for variable in variables:
        value = os.environ.get(variable, "")
        if value.strip():
            return value
    raise AnsibleFallbackNotFound


# datacenter_url is required too; that is checked here, since Ansible's own message does not name the variable.
AUTH_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "datacenter_url": {"type": "str", "fallback": (filled_env, ["ACRONIS_DATACENTER_URL"])},
    "client_id": {"type": "str", "fallback": (filled_env, ["ACRONIS_CLIENT_ID"])},
    "client_secret": {"type": "str", "no_log": True, "fallback": (filled_env, ["ACRONIS_CLIENT_SECRET"])},
    "access_token": {"type": "str", "no_log": True, "fallback": (filled_env, ["ACRONIS_ACCESS_TOKEN"])},
    "validate_certs": {"type": "bool", "default": True, "fallback": (filled_env, ["ACRONIS_VALIDATE_CERTS"])},
    "ca_path": {"type": "path", "fallback": (filled_env, ["ACRONIS_CA_PATH"])},
    "timeout": {"type": "int", "default": 30},
    "retry_timeout": {"type": "int", "default": 120},
}

# Seconds. More is a slip of the keyboard, and more than a clock of the system takes.
MAX_TIMEOUT = 86_400

# The vendor's pattern for a bearer token; whatever else is in the text would break the header.
TOKEN_PATTERN = re.compile(r"[0-9A-Za-z\-._~+/]+=*")

# A token lives for two hours (vendor's page "Authentication"). One that ends within this many seconds is not used
# for another request.
RENEW_BEFORE_SECONDS = 60.0


def parse_datacenter_url(text: str) -> str:
    """Return scheme and host of the data center, without a trailing slash and without /api/2, or raise InputError."""

    def refuse(reason: str) -> InputError:
        return InputError(
            f"datacenter_url: {reason}; give only the data center's address, such as https://eu2-cloud.acronis.com."
        )

    url = text.strip()
    if not url:
        raise refuse("it is empty")
    if "://" not in url:
        raise refuse("the scheme (https://) is missing")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise refuse("it is not a URL") from None
    if parts.username is not None or parts.password is not None:
        raise refuse("it must not contain credentials (use client_id and client_secret)")
    if parts.scheme not in ("http", "https"):
        raise refuse("the scheme must be https")
    if not host or any(char.isspace() for char in parts.netloc):
        raise refuse("it has no valid host")
    if parts.scheme == "http" and not _is_loopback(host):
        raise refuse("http would send the credentials without encryption and is accepted for a loopback address only")
    if parts.path.rstrip("/") not in ("", API_PATH) or parts.query or parts.fragment:
        raise refuse(
            f"remove what follows the host ({clean(url[url.index(parts.netloc) + len(parts.netloc) :], 60)!r})"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_blanks(values: Mapping[str, Any]) -> None:
    for name in ("datacenter_url", "client_id", "client_secret", "access_token", "ca_path"):
        if values[name] is not None and not values[name].strip():
            raise InputError(f"{name}: it is empty; give it a value or leave it out.")
    for name in ("client_id", "client_secret", "access_token"):
        if values[name] is not None and values[name] != values[name].strip():
            raise InputError(
                f"{name}: there is white space around it (text from a file often ends in a line break); remove "
                "it, for example with the trim filter."
            )


def _check_credentials(values: Mapping[str, Any], secret_needed: bool = True) -> None:
    if values["datacenter_url"] is None:
        raise InputError(_required("datacenter_url"))
    if values["access_token"] is None:
        missing = [name for name in ("client_id", "client_secret") if values[name] is None]
        if missing and (secret_needed or "client_id" in missing):
            raise InputError(f"{_required(*missing)} Or give access_token (ACRONIS_ACCESS_TOKEN) instead.")
    elif not TOKEN_PATTERN.fullmatch(values["access_token"]):
        raise InputError(
            "access_token: it has characters that no token has; give only the token, without 'Bearer' and line breaks."
        )
    # Not quoted in the message: it may be the secret in the wrong place.
    if values["client_id"] is not None and not is_uuid(values["client_id"]):
        raise InputError("client_id: it is not a UUID; check that client_id and client_secret are not swapped.")


def identify(params: Mapping[str, Any]) -> tuple[str, str | None, str | None]:
    """Return what tells the view of one API client on one platform from any other: the data center, the client, and a
    digest of the token that was given.

    Does without client_secret. Raises InputError.
    """
    values: dict[str, Any] = {name: params.get(name) for name in AUTH_OPTIONS}
    _check_blanks(values)
    _check_credentials(values, secret_needed=False)
    token = values["access_token"]
    return (
        parse_datacenter_url(values["datacenter_url"]),
        values["client_id"] and values["client_id"].lower(),
        token and hashlib.sha256(token.encode()).hexdigest(),
    )


@dataclass(frozen=True)
class Settings:
    """The shared options, checked. timeout and retry_timeout in seconds."""

    datacenter_url: str
    client_id: str | None
    client_secret: str | None = field(repr=False)
    access_token: str | None = field(repr=False)
    validate_certs: bool
    ca_path: str | None
    timeout: int
    retry_timeout: int

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Settings:
        """Check the shared options and return them; raise InputError for what no request could mend."""
        values: dict[str, Any] = {name: params.get(name) for name in AUTH_OPTIONS}
        _check_blanks(values)
        _check_credentials(values)
        if not 1 <= values["timeout"] <= MAX_TIMEOUT:
            raise InputError(f"timeout: it must be at least 1 second and at most {MAX_TIMEOUT}.")
        if not 0 <= values["retry_timeout"] <= MAX_TIMEOUT:
            raise InputError(f"retry_timeout: it must be 0 (no retry) or a number of seconds, at most {MAX_TIMEOUT}.")
        if values["ca_path"] is not None and not os.path.exists(values["ca_path"]):
            raise InputError(f"ca_path: there is no file or directory {clean(values['ca_path'], 120)!r}.")
        values["datacenter_url"] = parse_datacenter_url(values["datacenter_url"])
        values["client_id"] = values["client_id"] and values["client_id"].lower()
        return cls(**values)

    @property
    def in_clear(self) -> bool:
        """Whether the platform is spoken to without TLS, on a loopback address."""
        return self.datacenter_url.startswith("http:")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What is sent and must not be shown, in each form: the secret alone is not found in what it is sent as."""
        basic = ""
        if self.client_id and self.client_secret:
            basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        return tuple(filter(None, (self.client_secret, self.access_token, basic)))


def _required(*names: str) -> str:
    """Return the message for options that are missing."""
    variables = " and ".join(f"ACRONIS_{name.upper()}" for name in names)
    return (
        f"{' and '.join(names)}: required; set {'it' if len(names) == 1 else 'them'} in the task, in module_defaults "
        f"or in the inventory file, or in the environment as {variables}."
    )


@dataclass(frozen=True)
class Token:
    """An access token and, where known, the Unix time in seconds at which it ends."""

    value: str = field(repr=False)
    expires_at: float | None = None


def parse_token(document: Any, now: float) -> Token:
    """Return the token out of an answer of the token endpoint, or raise AnswerError.

    The end comes as `expires_in` (seconds) or `expires_on` (Unix time) or not at all (vendor's OpenAPI document and
    guide). An end that has already come tells of clocks that differ, not of a useless token, and is left out.
    """
    value = document.get("access_token") if isinstance(document, dict) else None
    if not isinstance(value, str) or not TOKEN_PATTERN.fullmatch(value):
        raise AnswerError(
            "the answer to the token request holds no token: check datacenter_url and any proxy.",
            status=200,
            method="POST",
            path="/idp/token",
        )
    expires_in, expires_on = document.get("expires_in"), document.get("expires_on")
    expires_at = None
    if _is_time(expires_in):
        expires_at = now + expires_in
    elif _is_time(expires_on):
        expires_at = float(expires_on)
    if expires_at is not None and expires_at <= now + RENEW_BEFORE_SECONDS:
        expires_at = None
    return Token(value, expires_at)


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < LATEST_TIME


def explain_token_error(error: AcronisError) -> AcronisError:
    """Return the refusal of a token request in the user's words; any other error as it is."""
    if error.status not in (400, 401, 403) or not isinstance(error, ApiError):
        return error
    reason = f"HTTP {error.status}" + (f", {error.code}" if error.code is not None else "")
    return AuthError(
        f"the platform does not accept client_id and client_secret ({reason}): check both, "
        "that datacenter_url is the data center where the API client was created, and that neither the client nor its "
        "tenant is disabled.",
        code=error.code,
        status=error.status,
        method=error.method,
        path=error.path,
    )


class TokenStore:
    """The one token of a run, for all its threads: fetched when first needed, renewed when it ends or is refused.

    When the credentials were refused once, they are not tried again.
    """

    def __init__(self, settings: Settings, fetch: Callable[[], Token], now: Callable[[], float]) -> None:
        """fetch: asks the platform for a token. now: Unix time in seconds."""
        self._fetch = fetch
        self._now = now
        self._given = settings.access_token is not None
        self._token: Token | None = Token(settings.access_token) if settings.access_token is not None else None
        self._failure: AuthError | None = None
        self._lock = threading.Lock()

    def get(self) -> Token:
        """Return a token that can be used for the next request. Raises AcronisError."""
        with self._lock:
            token = self._token
            if token is None or (
                token.expires_at is not None and token.expires_at <= self._now() + RENEW_BEFORE_SECONDS
            ):
                token = self._fetch_once()
            return token

    def renew(self, refused: Token) -> Token:
        """Return another token than the one that the platform refused, or raise AuthError when it was given by the
        user.
        """
        if self._given:
            raise AuthError(
                "the platform does not accept access_token (HTTP 401): it has expired or was revoked, or belongs to "
                "another data center than datacenter_url; get a new one, or give client_id and client_secret instead.",
                status=401,
            )
        with self._lock:
            token = self._token
            if token is None or token is refused:
                token = self._fetch_once()
            return token

    def _fetch_once(self) -> Token:
        if self._failure is not None:
            raise self._failure
        try:
            self._token = self._fetch()
        except AuthError as error:
            self._failure = error
            raise
        return self._token
