# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a request may be sent, and sent again: the word to stop, pauses, budgets of retries. No HTTP."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.community.acronis.plugins.module_utils._errors import (
    AcronisError,
    TransportError,
    UnsentError,
    clean,
)

# Seconds. The vendor advises to repeat after a 50x with 1 to 2 s in between (page "HTTP status response codes").
FIRST_DELAY = 1.0
MAX_DELAY = 20.0
# Those who wait look this often whether they were told to stop.
MAX_NAP = 0.2
# Those who paused together come back within this time, not all at once.
SPREAD = 0.25
# Retries that took longer than this in all are worth a warning, with so many of their reasons.
SLOW_SECONDS = 5.0
MAX_REASONS = 5
# Without retries, too, one failed request is no proof that the platform is down.
LEAST_PATIENCE = 5.0
# Times that were added up may differ by this much from what they should be.
ROUNDING = 0.001


@dataclass(frozen=True)
class Timing:
    """Time and chance, so that a test can bring its own. Seconds throughout; now is Unix time."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    uniform: Callable[[float, float], float] = random.uniform


class Stop:
    """Whether the task was told to stop: no write is begun any more, and nothing is waited for.

    A flag that is looked at, not an event: a handler of a signal may run while its own thread holds an event's lock.
    """

    requested = False

    def request(self, *_signal: object) -> None:
        """Ask to stop. Can be used as the handler of a signal, and from any thread."""
        self.requested = True

    def sleep(self, seconds: float) -> None:
        """Sleep, but not on when told to stop."""
        end = time.monotonic() + seconds
        while not self.requested and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, MAX_NAP))


class Retries:
    """How often requests were repeated, how long was waited before, and after which errors (the first few kinds)."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0
        self.reasons: list[str] = []
        self._lock = threading.Lock()

    def note(self, error: AcronisError, seconds: float) -> None:
        """Note a retry that follows the error after so many seconds."""
        reason = clean(error.message, 80)
        with self._lock:
            self.count += 1
            self.seconds += seconds
            if reason not in self.reasons and len(self.reasons) < MAX_REASONS:
                self.reasons.append(reason)


def slowness(retries: Retries) -> list[str]:
    """Return a warning when retries have cost much time, else nothing."""
    if retries.seconds <= SLOW_SECONDS:
        return []
    return [
        f"the platform was slow: {retries.count} requests were retried, with {retries.seconds:.0f} seconds of delay "
        f"({clean(', '.join(retries.reasons))})"
    ]


class Pause:
    """The time for which no worker sends a request, because the platform asks for it."""

    def __init__(self, timing: Timing, stop: Stop) -> None:
        self._timing = timing
        self._stop = stop
        self._until = -math.inf
        self._lock = threading.Lock()

    def extend(self, seconds: float) -> None:
        """Let no request begin for so long."""
        with self._lock:
            self._until = max(self._until, self._timing.monotonic() + seconds)

    def wait(self, latest: float) -> None:
        """Wait until requests may begin, or until told to stop.

        latest: the time until which waiting is worth while. Raises UnsentError when the pause is longer.
        """
        while (left := self._until - self._timing.monotonic()) > ROUNDING and not self._stop.requested:
            if self._until > latest + ROUNDING:
                raise UnsentError(
                    f"the platform asks to wait {math.ceil(left)} seconds, more than retry_timeout allows, so nothing "
                    "more was sent; run the task again later.",
                    retryable=True,
                )
            self._timing.sleep(left + self._timing.uniform(0, SPREAD))


class Health:
    """Whether the platform answers requests of one kind, as all workers see it.

    The patience (seconds) runs from the first failure since the last answer, and it is everybody's. When it is over,
    each request has one try; when one fails that had not been tried before, none is sent any more. An answer makes it
    whole again.
    """

    def __init__(self, budget: float, now: Callable[[], float]) -> None:
        """budget: what one request may spend in retries. now: monotonic time in seconds."""
        self.patience = max(budget, LEAST_PATIENCE)
        self._now = now
        self._lock = threading.Lock()
        self._failing_since: float | None = None
        self._down: AcronisError | None = None

    @property
    def deadline(self) -> float:
        """The time at which patience ends."""
        since = self._failing_since
        return math.inf if since is None else since + self.patience

    def check(self) -> None:
        """Raise UnsentError when no request is to be sent."""
        problem = self._down
        if problem is not None:
            what = "refuses all requests" if problem.status == 429 else "has stopped answering"
            raise UnsentError(
                f"the platform {what} ({clean(problem.message.rstrip('.'), 160)}), so nothing more was sent; run the "
                "task again later.",
                retryable=True,
            ) from problem

    def answered(self) -> None:
        """Note that a request was answered, be it with a refusal."""
        with self._lock:
            self._failing_since = self._down = None

    def failed(self, error: AcronisError, begun: float, first: bool) -> None:
        """Note that a request failed which had begun at this time, for the first time or not.

        What does not speak of the platform is passed over: a tenant that is busy, a certificate that is not trusted.
        """
        silent = isinstance(error, TransportError) or (error.status is not None and error.status >= 429)
        if not (silent and error.retryable):
            return
        with self._lock:
            if begun >= self.deadline:
                self._down = error if first else self._down
            elif self._failing_since is None:
                self._failing_since = self._now()


class Backoff:
    """What one request may still spend on retries: the retry policy.

    The budget (seconds) runs from the first failure, and ends with the patience for all requests of its kind. The
    platform's Retry-After goes first, and is an end when it is beyond what is left; otherwise the delay is exponential
    with full jitter. A 500 is repeated once, since it is seldom a passing one. All workers pause when the platform
    throttles requests.
    """

    def __init__(
        self, budget: float, timing: Timing, stop: Stop, pause: Pause, health: Health, retries: Retries
    ) -> None:
        """budget: seconds. stop ends the waiting. retries: where each one is noted."""
        self.health = health
        # Why there is no further retry, if the user can do something about it.
        self.advice = ""
        self._budget = budget
        self._timing = timing
        self._stop = stop
        self._pause = pause
        self._retries = retries
        self._deadline: float | None = None
        self._begun = 0.0
        self._attempts = 0
        self._internal_errors = 0

    def begin(self) -> None:
        """Wait until the request may be sent, as far as others are concerned. Raises UnsentError."""
        own = self._deadline
        latest = self._timing.monotonic() + self.health.patience if own is None else own
        self._pause.wait(min(latest, self.health.deadline))
        self.health.check()
        self._begun = self._timing.monotonic()

    def failed(self, error: AcronisError) -> None:
        """Note that the request failed that was begun."""
        self.health.failed(error, self._begun, first=self._deadline is None)

    def wait(self, error: AcronisError) -> bool:
        """Sleep as long as suits the error and return True, or return False when it is not to be repeated."""
        now = self._timing.monotonic()
        if self._deadline is None:
            self._deadline = now + self._budget
        left = min(self._deadline, self.health.deadline) - now
        self._internal_errors += error.status == 500
        if not error.retryable or error.spent or self._internal_errors > 1 or self._stop.requested:
            return False
        if error.retry_after and error.retry_after > left + ROUNDING:
            self._pause.extend(error.retry_after)
            seconds = math.ceil(error.retry_after)
            self.advice = f"It asks to wait {seconds} seconds, more than retry_timeout allows."
            return False
        if left <= ROUNDING:
            return False
        # Retry-After: 0, or a date that has passed by our clock, is no leave to repeat without a pause.
        delay = error.retry_after
        if not delay:
            delay = min(left, self._timing.uniform(0, min(MAX_DELAY, FIRST_DELAY * 2.0**self._attempts)))
        self._attempts += 1
        if error.status == 429 or error.retry_after:
            self._pause.extend(delay)
        self._timing.sleep(delay)
        if self._stop.requested:
            return False
        self._retries.note(error, delay)
        return True
