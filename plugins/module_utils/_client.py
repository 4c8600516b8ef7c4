# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request to the platform: session, time-outs, retries, errors out of answers. The only place that speaks HTTP."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
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
    AnswerError,
    AuthError,
    StoppedError,
    TransportError,
    UnsentError,
    decode,
    from_response,
)
from ansible_collections.community.acronis.plugins.module_utils._http import (
    ENCODING,
    MAX_WAITS,
    Answer,
    Exchange,
    LeftError,
    Route,
    Sender,
    UnfitError,
    open_session,
)
from ansible_collections.community.acronis.plugins.module_utils._throttle import (
    MAX_NAP,
    Backoff,
    Health,
    Pause,
    Retries,
    Stop,
    Timing,
)
from ansible_collections.community.acronis.plugins.module_utils._transport import explain_failure

try:
    import requests
    import urllib3
    from requests.auth import AuthBase, HTTPBasicAuth
except ImportError:
    AuthBase = object  # type: ignore[assignment,misc]

VERSION = "0.1.0"

# Seconds that a read may take when the task was told to stop after it has written: it tells what became of that.
LAST_LOOK = 2.0
# So many of the tokens that were sent are remembered, to be masked in what is told.
MAX_TOKENS = 50


class BearerAuth(AuthBase):
    """Puts the token in the header. An AuthBase, since a plain Authorization header loses to a .netrc entry."""

    def __init__(self, token: Token) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.value}"
        return request


class Client:
    """Sends requests below /api/2 as one API client. Can be used by several threads: each has a session of its own,
    since one of requests is not promised to be thread-safe; token, stop, pauses and patience are shared.

    on_secret is told what is sent that must not be shown, so that Ansible can mask it wherever it might turn up.
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
        """Sends nothing yet. Raises InputError when the environment has a proxy or certificates that cannot be used."""
        self.settings = settings
        self.stop = Stop()
        self.retries = Retries()
        self._route = Route.of(settings)
        self._timing = timing or Timing(sleep=self.stop.sleep)
        self._pause = Pause(self._timing, self.stop)
        self._reads = Health(settings.retry_timeout, self._timing.monotonic)
        self._writes = Health(settings.retry_timeout, self._timing.monotonic)
        self._on_secret = on_secret
        self._sent_tokens: deque[str] = deque(maxlen=MAX_TOKENS)
        self._tokens = TokenStore(settings, self._fetch_token, self._timing.now)
        self._new_session = new_session or open_session
        self._of_thread = threading.local()
        # Whether something is read although the task was told to stop: what became of its writes.
        self._may_look = False
        # The vendor asks integrations for <product>/<version> <comment>; it shows up in the audit log.
        self._user_agent = f"community.acronis/{VERSION} {comment}".rstrip()
        for secret in settings.secrets:
            on_secret(secret)
        if settings.validate_certs is False:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def backoff(self) -> Backoff:
        """Return a fresh budget for the retries of one write."""
        return self._backoff(self._writes)

    def _backoff(self, health: Health) -> Backoff:
        return Backoff(self.settings.retry_timeout, self._timing, self.stop, self._pause, health, self.retries)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object at path; retried. Raises AcronisError; StoppedError when told to stop meanwhile."""
        send = partial(self._authorized, "GET", path, 200, params=params)
        return self._object("GET", path, self._repeat(send, self._backoff(self._reads)))

    def put(self, path: str, body: Mapping[str, Any], backoff: Backoff) -> dict[str, Any]:
        """Send body as JSON and return the JSON object of the answer.

        Repeated only while the platform has surely not taken it. Raises AcronisError; one that is uncertain leaves
        it to the caller to read before the request is sent again.
        """
        return self._object("PUT", path, self._write("PUT", path, 200, backoff, json=body))

    def delete(self, path: str, params: Mapping[str, str], backoff: Backoff) -> None:
        """Delete what is at path. Repeated, and raises, as put does."""
        self._write("DELETE", path, 204, backoff, params=params)

    def post(self, path: str, backoff: Backoff) -> None:
        """Send a request without a body that is answered without one. Repeated, and raises, as put does."""
        self._write("POST", path, 204, backoff)

    def _write(self, method: str, path: str, expected: int, backoff: Backoff, **request: Any) -> bytes:
        # Where nothing can be read any more, nobody could find out what has become of a write.
        self._reads.check()
        return self._repeat(partial(self._authorized, method, path, expected, **request), backoff)

    def _repeat(self, send: Callable[[Backoff], bytes], backoff: Backoff) -> bytes:
        previous: AcronisError | None = None
        while True:
            try:
                return send(backoff)
            except UnsentError as error:
                # What came before says more.
                raise (previous or error).but(spent=True) from error
            except AcronisError as error:
                # An uncertain write is not repeated blindly.
                if error.uncertain or not backoff.wait(error):
                    if self.stop.requested and error.retryable and not error.uncertain:
                        raise _stopped() from error
                    raise error.with_advice(backoff.advice).but(spent=not error.uncertain) from error
                previous = error

    def _authorized(self, method: str, path: str, expected: int, backoff: Backoff, **request: Any) -> bytes:
        token = self._tokens.get()
        send = partial(self._send, method, path, expected, backoff, **request)
        try:
            return send(auth=BearerAuth(token))
        except AuthError:
            token = self._tokens.renew(token)
            return send(auth=BearerAuth(token))

    def _fetch_token(self) -> Token:
        credentials = (str(self.settings.client_id), str(self.settings.client_secret))
        auth = HTTPBasicAuth(*(part.encode() for part in credentials))
        form = {"grant_type": "client_credentials"}

        def send(backoff: Backoff) -> bytes:
            return self._send("POST", TOKEN_PATH, 200, backoff, auth=auth, data=form)

        try:
            body = self._repeat(send, self._backoff(self._reads))
        except AcronisError as error:
            raise explain_token_error(error) from error
        token = parse_token(decode(body), self._timing.now())
        self._sent_tokens.append(token.value)
        self._on_secret(token.value)
        return token

    @property
    def _sender(self) -> Sender:
        """The session of the calling thread."""
        sender: Sender | None = getattr(self._of_thread, "sender", None)
        if sender is None:
            session = self._new_session()
            # What the environment says is in the route; netrc must not replace the token.
            session.trust_env = False
            session.headers["User-Agent"] = self._user_agent
            session.headers["Accept"] = "application/json"
            session.headers["Accept-Encoding"] = ENCODING
            sender = self._of_thread.sender = Sender(session)
        return sender

    def _send(self, method: str, path: str, expected: int, backoff: Backoff, **request: Any) -> bytes:
        """Send one request once and return the body of the answer."""
        writes = backoff.health is self._writes
        backoff.begin()
        if self.stop.requested and (writes or not self._may_look):
            raise _stopped()
        self._may_look = self._may_look or writes
        try:
            answer = self._exchange(method, path, writes, **request)
        except TransportError as error:
            backoff.failed(error)
            raise
        if answer.status == expected:
            backoff.health.answered()
            return answer.body
        secrets = (*self.settings.secrets, *self._sent_tokens)
        refusal = from_response(method, path, answer.status, answer.headers, answer.body, self._timing.now(), secrets)
        refusal = refusal.but(uncertain=refusal.uncertain and writes)
        if refusal.retryable and answer.status >= 429:
            backoff.failed(refusal)
        else:
            backoff.health.answered()
        raise refusal

    def _exchange(self, method: str, path: str, writes: bool, **request: Any) -> Answer:
        """Send one request and return the answer, whatever its status."""
        settings = self.settings
        sender = self._sender
        exchange = Exchange(
            sender,
            partial(
                sender.session.request,
                method,
                f"{settings.datacenter_url}{API_PATH}{path}",
                timeout=(settings.timeout, settings.timeout),
                verify=self._route.verify,
                proxies=dict(self._route.proxies),
                allow_redirects=False,
                stream=True,
                **request,
            ),
        )
        try:
            return exchange.answer(self._patience(writes), MAX_NAP)
        except LeftError as left:
            # Its thread may still be at it.
            del self._of_thread.sender
            if self.stop.requested and not writes:
                self._may_look = False
                raise _stopped() from left
            raise TransportError(
                f"the answer from {settings.datacenter_url} was not complete within "
                f"{MAX_WAITS * settings.timeout} seconds, which is {MAX_WAITS} times timeout: increase timeout "
                "or run the task again later.",
                method=method,
                path=path,
                retryable=True,
                uncertain=left.sent and writes,
            ) from left
        except UnfitError as unfit:
            raise AnswerError(
                f"the answer is not from the platform ({unfit}): check datacenter_url and any proxy.",
                method=method,
                path=path,
                uncertain=writes,
            ) from unfit
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as failure:
            error = explain_failure(failure, method, path, settings, self._route)
            raise error.but(uncertain=error.uncertain and writes) from failure

    def _patience(self, writes: bool) -> Callable[[], bool]:
        """Return what tells whether to wait on for an answer. In real time, whatever time a test brings."""
        end = time.monotonic() + MAX_WAITS * self.settings.timeout
        last_look: float | None = None

        def may_wait() -> bool:
            nonlocal last_look
            now = time.monotonic()
            if self.stop.requested and not writes:
                last_look = last_look or now + (LAST_LOOK if self._may_look else 0)
                return now < min(end, last_look)
            return now < end

        return may_wait

    @staticmethod
    def _object(method: str, path: str, body: bytes) -> dict[str, Any]:
        document = decode(body)
        if not isinstance(document, dict):
            raise from_response(method, path, 200, {}, body, 0.0)
        return document


def _stopped() -> StoppedError:
    return StoppedError("the task was interrupted before the platform answered; run the task again to continue.")
