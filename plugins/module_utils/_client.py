# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request to the platform: session, time-outs, retries, errors out of answers. The only place that speaks HTTP."""

from __future__ import annotations

import random
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.community.acronis.plugins.module_utils._auth import (
    API_PATH,
    Settings,
    Token,
    TokenStore,
    explain_token_error,
    parse_token,
)
from ansible_collections.community.acronis.plugins.module_utils._errors import (
    TOKEN_PATH,
    AcronisError,
    AuthError,
    TransportError,
    clean,
    decode,
    from_response,
)

try:
    import requests
    import urllib3
    from requests.auth import AuthBase, HTTPBasicAuth

    REQUESTS_IMPORT_ERROR = None
except ImportError:
    AuthBase = object  # type: ignore[assignment,misc]
    REQUESTS_IMPORT_ERROR = traceback.format_exc()

VERSION = "0.1.0"

# Seconds. The vendor advises to repeat after a 50x with 1 to 2 s in between (page "HTTP status response codes").
FIRST_DELAY = 1.0
LONGEST_DELAY = 20.0
LONGEST_NAP = 0.2
# What one request may spend on retries while the platform seems to be down.
SHORT_BUDGET = 2.0
# Those who rested together come back within this time, not all at once.
SPREAD = 0.25
# Retries that took longer than this in all are worth a warning.
SLOW_SECONDS = 5.0


@dataclass(frozen=True)
class Timing:
    """Time and chance, so that a test can bring its own. Seconds throughout; now is Unix time."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    uniform: Callable[[float, float], float] = random.uniform


class Stop:
    """Whether the task was told to stop: no write is begun any more, and nothing is waited for."""

    requested = False

    def request(self, *_signal: object) -> None:
        """Ask to stop. Can be used as the handler of a signal."""
        self.requested = True

    def sleep(self, seconds: float) -> None:
        """Sleep, but not on when told to stop."""
        end = time.monotonic() + seconds
        while not self.requested and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, LONGEST_NAP))


class Traffic:
    """What the workers of a run share about the platform: how long it wants to be left alone, and whether it answers.

    down: a request has used up its budget, and none was answered since.
    """

    def __init__(self, timing: Timing, stop: Stop) -> None:
        self._timing = timing
        self._stop = stop
        self._rest_until = 0.0
        self._lock = threading.Lock()
        self.down = False

    def rest(self, seconds: float) -> None:
        """Let no request begin for so long."""
        with self._lock:
            self._rest_until = max(self._rest_until, self._timing.monotonic() + seconds)

    def join(self) -> None:
        """Wait until requests may begin."""
        # Less than a millisecond is what is left by rounding to the one who has just slept.
        while (left := self._rest_until - self._timing.monotonic()) > 0.001 and not self._stop.requested:
            self._timing.sleep(left + self._timing.uniform(0, SPREAD))


@dataclass(frozen=True)
class Retry:
    """A request that was repeated: after which error, and after how many seconds."""

    error: AcronisError
    seconds: float

    def as_result(self) -> dict[str, Any]:
        """Return the retry as it stands in a result."""
        return {**self.error.as_result(), "seconds": round(self.seconds, 3)}


def slowness(retries: Sequence[Retry]) -> list[str]:
    """Return a warning when retries have cost much time, else nothing."""
    waited = sum(retry.seconds for retry in retries)
    if waited <= SLOW_SECONDS:
        return []
    reasons = ", ".join(dict.fromkeys(clean(retry.error.message, 80) for retry in retries))
    return [
        f"the platform was slow: {len(retries)} requests were repeated, with {waited:.0f} seconds of waiting "
        f"({clean(reasons)})"
    ]


class Backoff:
    """What one request may still spend on retries: the retry policy.

    The budget (seconds) runs from the first failure. The platform's Retry-After goes first, capped by what is left;
    otherwise the delay is exponential with full jitter. A 500 is repeated once, since it is seldom a passing one.
    When the platform asks to be left alone, all workers rest. Once it has not answered for a whole budget, budgets are
    short until it does.
    """

    def __init__(
        self,
        budget: float,
        timing: Timing,
        note: Callable[[Retry], object] = lambda retry: None,
        stop: Stop | None = None,
        traffic: Traffic | None = None,
    ) -> None:
        """budget: seconds. note is told of each retry before its delay. stop ends the waiting."""
        self._stop = stop or Stop()
        self._traffic = traffic or Traffic(timing, self._stop)
        self._budget = budget
        self._note = note
        self._timing = timing
        self._deadline: float | None = None
        self._attempts = 0
        self._internal_errors = 0

    def wait(self, error: AcronisError) -> bool:
        """Sleep as long as suits the error and return True, or return False when it is not to be repeated."""
        now = self._timing.monotonic()
        if self._deadline is None:
            self._deadline = now + (min(self._budget, SHORT_BUDGET) if self._traffic.down else self._budget)
        left = self._deadline - now
        self._internal_errors += error.status == 500
        if not error.retryable or error.spent or self._internal_errors > 1 or self._stop.requested:
            return False
        if left <= 0:
            # What the platform has answered in due form says nothing of the kind.
            self._traffic.down = error.status is not None or isinstance(error, TransportError)
            return False
        # Retry-After: 0, or a date that has passed by our clock, is no leave to repeat without a pause.
        delay = error.retry_after
        if not delay:
            delay = self._timing.uniform(0, min(LONGEST_DELAY, FIRST_DELAY * 2.0**self._attempts))
        delay = min(delay, left)
        self._attempts += 1
        self._note(Retry(error, delay))
        if error.status == 429 or error.retry_after:
            self._traffic.rest(delay)
        self._timing.sleep(delay)
        return not self._stop.requested


class BearerAuth(AuthBase):
    """Puts the token in the header. An AuthBase, since a plain Authorization header loses to a .netrc entry."""

    def __init__(self, token: Token) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.value}"
        return request


class Client:
    """Sends requests below /api/2 as one API client. Can be used by several threads: each has a session of its own,
    since one of requests is not promised to be thread-safe; token, stop and rests are shared.

    on_secret is told each token that is fetched, so that Ansible can mask it wherever it might turn up.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        comment: str = "",
        timing: Timing | None = None,
        new_session: Callable[[], requests.Session] | None = None,
        on_secret: Callable[[str], object] = lambda secret: None,
    ) -> None:
        self.settings = settings
        self.stop = Stop()
        self._timing = timing or Timing(sleep=self.stop.sleep)
        self._on_secret = on_secret
        self.retries: list[Retry] = []
        self._tokens = TokenStore(settings, self._fetch_token, self._timing.now)
        self._traffic = Traffic(self._timing, self.stop)
        self._new_session = new_session or requests.Session
        self._of_thread = threading.local()
        # The vendor asks integrations for <product>/<version> <comment>; it shows up in the audit log.
        self._user_agent = f"community.acronis/{VERSION} {comment}".rstrip()
        if settings.verify is False:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def backoff(self) -> Backoff:
        """Return a fresh budget for the retries of one request."""
        return Backoff(self.settings.retry_timeout, self._timing, self.retries.append, self.stop, self._traffic)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object at path; retried. Raises AcronisError."""
        return self._object("GET", path, self._repeat(lambda: self._authorized("GET", path, 200, params=params)))

    def put(self, path: str, body: Mapping[str, Any], backoff: Backoff) -> dict[str, Any]:
        """Send body as JSON and return the JSON object of the answer.

        Repeated only while the platform has surely not taken it. Raises AcronisError; one that is uncertain leaves
        it to the caller to read before the request is sent again.
        """
        return self._object(
            "PUT", path, self._repeat(lambda: self._authorized("PUT", path, 200, json=body), backoff, write=True)
        )

    def delete(self, path: str, params: Mapping[str, str], backoff: Backoff) -> None:
        """Delete what is at path. Repeated, and raises, as put does."""
        self._repeat(lambda: self._authorized("DELETE", path, 204, params=params), backoff, write=True)

    def post(self, path: str, backoff: Backoff) -> None:
        """Send a request without a body that is answered without one. Repeated, and raises, as put does."""
        self._repeat(lambda: self._authorized("POST", path, 204), backoff, write=True)

    def _repeat(self, send: Callable[[], bytes], backoff: Backoff | None = None, write: bool = False) -> bytes:
        backoff = backoff or self.backoff()
        while True:
            try:
                return send()
            except AcronisError as error:
                if write and error.uncertain:
                    raise
                if not backoff.wait(error):
                    error.spent = True
                    raise

    def _authorized(self, method: str, path: str, expected: int, **request: Any) -> bytes:
        token = self._tokens.get()
        try:
            return self._send(method, path, expected, auth=BearerAuth(token), **request)
        except AuthError:
            token = self._tokens.renew(token)
            return self._send(method, path, expected, auth=BearerAuth(token), **request)

    def _fetch_token(self) -> Token:
        credentials = (str(self.settings.client_id), str(self.settings.client_secret))
        auth = HTTPBasicAuth(*(part.encode() for part in credentials))
        form = {"grant_type": "client_credentials"}
        try:
            body = self._repeat(lambda: self._send("POST", TOKEN_PATH, 200, auth=auth, data=form))
        except AcronisError as error:
            # Whatever request the token was for, it was not sent.
            error.uncertain = False
            raise explain_token_error(error) from error
        token = parse_token(decode(body), self._timing.now())
        self._on_secret(token.value)
        return token

    @property
    def _session(self) -> requests.Session:
        """The session of the calling thread."""
        session: requests.Session | None = getattr(self._of_thread, "session", None)
        if session is None:
            session = self._of_thread.session = self._new_session()
            session.headers["User-Agent"] = self._user_agent
            session.headers["Accept"] = "application/json"
        return session

    def _send(self, method: str, path: str, expected: int, **request: Any) -> bytes:
        """Send one request once and return the body of the answer."""
        settings = self.settings
        self._traffic.join()
        try:
            response = self._session.request(
                method,
                f"{settings.datacenter_url}{API_PATH}{path}",
                timeout=(settings.timeout, settings.timeout),
                verify=settings.verify,
                allow_redirects=False,
                **request,
            )
            body = response.content
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise _transport_error(error, method, path, settings) from error
        if response.status_code < 429:
            self._traffic.down = False
        if response.status_code != expected:
            raise from_response(method, path, response.status_code, response.headers, body, self._timing.now())
        return body

    @staticmethod
    def _object(method: str, path: str, body: bytes) -> dict[str, Any]:
        document = decode(body)
        if not isinstance(document, dict):
            raise from_response(method, path, 200, {}, body, 0.0)
        return document


def _causes(error: BaseException) -> list[BaseException]:
    """Return the error and all that it was made from, as requests and urllib3 nest them."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        item = waiting.pop()
        if isinstance(item, BaseException) and not any(item is known for known in found):
            found.append(item)
            waiting += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
    return found


def _transport_error(error: Exception, method: str, path: str, settings: Settings) -> TransportError:
    """Return what a failure of requests means to the user, and whether the request may have reached the platform.

    The text of the failure is not passed on: it may quote a header or a URL of a proxy with its password.
    """
    causes = _causes(error)

    def caused_by(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    host = settings.datacenter_url
    # A request counts as unsent only where the connection itself failed; all else may have reached the platform.
    unsent = caused_by(
        ssl.SSLCertVerificationError,
        socket.gaierror,
        requests.exceptions.ConnectTimeout,
        urllib3.exceptions.NewConnectionError,
    )
    retryable = True
    if caused_by(requests.exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError):
        reason = next((clean(cause, 100) for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), "")
        text = (
            f"no trusted TLS connection to {host}{f' ({reason})' if reason else ''}: check ca_path and datacenter_url"
        )
        retryable = False
    elif caused_by(requests.exceptions.ProxyError, urllib3.exceptions.ProxyError):
        text = f"no connection to {host} through the proxy: check the proxy settings in the environment"
    elif caused_by(socket.gaierror):
        text = f"the host name of {host} cannot be resolved: check datacenter_url"
        retryable = not any(getattr(cause, "errno", None) == socket.EAI_NONAME for cause in causes)
    elif unsent:
        text = f"no connection to {host}: check datacenter_url, and that this machine may reach it"
    elif caused_by(requests.exceptions.Timeout):
        text = f"no answer from {host} within {settings.timeout} seconds: raise timeout or run the task again later"
    elif caused_by(requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError, ConnectionError):
        text = f"the connection to {host} was cut before the answer was complete: run the task again later"
    else:
        text = (
            f"the request to {host} could not be carried out ({type(error).__name__}): check datacenter_url and ca_path"
        )
        retryable = False
    return TransportError(
        f"{text}.", method=method, path=path, retryable=retryable, uncertain=not unsent and method != "GET"
    )
