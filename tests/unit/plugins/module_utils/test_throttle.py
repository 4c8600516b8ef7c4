# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Budgets, pauses and the word to stop, in simulated time."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from ansible_collections.community.acronis.plugins.module_utils._auth import Settings
from ansible_collections.community.acronis.plugins.module_utils._client import Client
from ansible_collections.community.acronis.plugins.module_utils._errors import (
    AcronisError,
    ApiError,
    TransportError,
    UnsentError,
)
from ansible_collections.community.acronis.plugins.module_utils._throttle import (
    LEAST_PATIENCE,
    MAX_DELAY,
    SPREAD,
    Backoff,
    Health,
    Pause,
    Retries,
    Stop,
    Timing,
)

TIMEOUT = 30
BUDGET = 120
WORKERS = 8


class Timeline:
    """Time that several threads share: it passes when all that are at work sleep, up to the first who wakes."""

    def __init__(self, threads: int = 1) -> None:
        self.now = 1_700_000_000.0
        self._at_work = threads
        self._wakes: list[float] = []
        self._changed = threading.Condition()

    def sleep(self, seconds: float) -> None:
        with self._changed:
            wake = self.now + seconds
            self._wakes.append(wake)
            self._pass()
            assert self._changed.wait_for(lambda: self.now >= wake, 60), "somebody neither works nor sleeps"

    def leave(self) -> None:
        """Have time pass without the calling thread from now on."""
        with self._changed:
            self._at_work -= 1
            self._pass()

    def _pass(self) -> None:
        if self._wakes and len(self._wakes) == self._at_work:
            self.now = max(self.now, min(self._wakes))
            self._wakes = [wake for wake in self._wakes if wake > self.now]
            self._changed.notify_all()

    def timing(self) -> Timing:
        return Timing(lambda: self.now, lambda: self.now, self.sleep, random.Random(7).uniform)


@dataclass
class Platform(BaseAdapter):
    """A platform that answers as a test says: with a status and headers, or not at all (None). An answer takes 0.1 s.

    times: when each request arrived.
    """

    timeline: Timeline
    answer: Callable[[requests.PreparedRequest], tuple[int, dict[str, str]] | None]
    times: list[float] = field(default_factory=list)

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        self.times.append(self.timeline.now)
        found = self.answer(request)
        self.timeline.sleep(TIMEOUT if found is None else 0.1)
        if found is None:
            raise requests.exceptions.ReadTimeout
        response = requests.Response()
        response.status_code, response.headers = found[0], requests.structures.CaseInsensitiveDict(found[1])
        response.request, response.url = request, str(request.url)
        response.raw = Body()
        return response

    def close(self) -> None:
        """Nothing is open."""


class Body:
    """An empty JSON object."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self._left = b"{}"

    def read(self, _size: int, decode_content: bool) -> bytes:
        left, self._left = self._left, b""
        return left

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Spent:
    """What a task cost. seconds: simulated. requests: that arrived. messages: how often each error came out."""

    seconds: float
    requests: int
    messages: Counter[str]
    times: list[float]


def spend(
    tenants: int,
    answer: Callable[[requests.PreparedRequest], tuple[int, dict[str, str]] | None],
    act: Callable[[Client, int], object],
    pool: int = WORKERS,
    **options: Any,
) -> Spent:
    """Do the same to so many tenants, shared out to workers, whatever fails."""
    timeline = Timeline(pool)
    platform = Platform(timeline, answer)

    def new_session() -> requests.Session:
        session = requests.Session()
        session.mount("https://", platform)
        return session

    params = {
        "datacenter_url": "https://h.example",
        "access_token": "mine",
        "validate_certs": True,
        "timeout": TIMEOUT,
        "retry_timeout": BUDGET,
        **options,
    }
    client = Client(Settings.from_params(params), timing=timeline.timing(), new_session=new_session)
    numbers = iter(range(tenants))
    messages: Counter[str] = Counter()

    def work() -> None:
        try:
            for number in numbers:
                try:
                    act(client, number)
                    messages["done"] += 1
                except AcronisError as error:
                    messages[error.message] += 1
        finally:
            timeline.leave()

    started = timeline.now
    threads = [threading.Thread(target=work) for _worker in range(pool)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(messages.values()) == tenants
    return Spent(timeline.now - started, len(platform.times), messages, platform.times)


def read(client: Client, number: int) -> object:
    return client.get(f"/tenants/{number}")


def write(client: Client, number: int) -> object:
    """Write as the modules do: read after a write in doubt, then try again."""
    backoff = client.backoff()
    while True:
        try:
            return client.put(f"/tenants/{number}", {}, backoff)
        except AcronisError as error:
            repeat = error.uncertain and backoff.wait(error)
            if error.uncertain:
                client.get(f"/tenants/{number}")
            if not repeat:
                raise


def is_write(request: requests.PreparedRequest) -> bool:
    return request.method == "PUT"


MANY = [16, 48, 500, 10_000]


@pytest.mark.parametrize("tenants", MANY)
@pytest.mark.parametrize("act", [read, write])
def test_a_platform_that_is_silent_ends_the_task_once(tenants: int, act: Callable[[Client, int], object]) -> None:
    spent = spend(tenants, lambda request: None if is_write(request) or act is read else (200, {}), act)
    # The first time-out, the budget with its last try, and the one try of those who come after.
    assert BUDGET <= spent.seconds <= BUDGET + 3 * TIMEOUT + 1
    assert spent.requests < 160
    unsent = sum(count for text, count in spent.messages.items() if "stopped answering" in text)
    assert unsent >= tenants - 2 * WORKERS and spent.messages["done"] == 0


@pytest.mark.parametrize("tenants", MANY)
def test_a_platform_without_a_token_ends_the_task_once(tenants: int) -> None:
    options = {"access_token": None, "client_id": "5fc16407-b082-4bc3-a2df-6e738291a0bf", "client_secret": "x"}
    # One after the other, since all wait for the same token.
    spent = spend(tenants, lambda request: None, read, pool=1, **options)
    assert BUDGET <= spent.seconds <= BUDGET + 3 * TIMEOUT + 1
    assert spent.requests < 10


@pytest.mark.parametrize("tenants", MANY)
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "7"}], ids=str)
def test_429_to_every_write_ends_after_one_budget(tenants: int, headers: dict[str, str]) -> None:
    spent = spend(tenants, lambda request: (429, headers) if is_write(request) else (200, {}), write)
    # Who is asked to come back when the budget is over does not wait for that.
    assert BUDGET - 14 <= spent.seconds <= BUDGET + 2
    assert spent.requests < 30 * WORKERS
    # They are tried side by side: each of the first eight has been sent by the time that one of them may come back.
    assert len([moment for moment in spent.times if moment < spent.times[0] + 0.1]) == WORKERS
    assert spent.messages["done"] == 0


@pytest.mark.parametrize("tenants", MANY)
@pytest.mark.parametrize("retry_timeout", [0, 6])
def test_small_budgets(tenants: int, retry_timeout: int) -> None:
    spent = spend(tenants, lambda request: (503, {}), read, retry_timeout=retry_timeout)
    if retry_timeout:
        assert retry_timeout <= spent.seconds <= retry_timeout + 1
        assert spent.requests < 150
    else:
        # Nothing is waited for, so it takes as long as the answers: until patience ends.
        assert spent.requests <= min(tenants, WORKERS * (LEAST_PATIENCE / 0.1 + 3))


@pytest.mark.parametrize("tenants", MANY)
def test_a_retry_after_beyond_the_budget_is_asked_for_once(tenants: int) -> None:
    spent = spend(tenants, lambda request: (429, {"Retry-After": "3600"}), write)
    assert spent.seconds < 1 and spent.requests == WORKERS
    assert all("more than retry_timeout allows" in text for text in spent.messages)


def test_a_platform_of_internal_errors_ends_the_task_once() -> None:
    # Each request is repeated once, and the task goes on as long as for any other trouble.
    spent = spend(10_000, lambda request: (500, {}), read)
    assert BUDGET <= spent.seconds <= BUDGET + 2


def test_writes_that_are_refused_do_not_end_reads() -> None:
    def act(client: Client, number: int) -> object:
        try:
            write(client, number)
        except AcronisError:
            return read(client, number)
        return None

    spent = spend(48, lambda request: (429, {}) if is_write(request) else (200, {}), act)
    assert spent.messages == {"done": 48}


def test_a_platform_that_answers_now_and_then_is_not_given_up() -> None:
    count = iter(range(10**6))
    spent = spend(500, lambda request: (503, {}) if next(count) % 3 else (200, {}), read)
    assert spent.messages == {"done": 500}


@pytest.mark.parametrize("pool", [1, WORKERS])
@pytest.mark.parametrize("act", [read, write])
def test_one_tenant_that_always_fails_does_not_take_the_others_along(
    pool: int, act: Callable[[Client, int], object]
) -> None:
    spent = spend(20, lambda request: (503, {}) if str(request.url).endswith("/tenants/7") else (200, {}), act, pool)
    assert spent.messages["done"] == 19


def test_a_platform_that_comes_back_within_the_budget_is_served() -> None:
    silent_until = [0.0]

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str]] | None:
        silent_until[0] += 1
        return None if silent_until[0] <= 2 * WORKERS else (200, {})

    assert spend(500, answer, read).messages == {"done": 500}


# -- the parts ------------------------------------------------------------------------------------------------------


class Clock:
    """Time that passes only when somebody sleeps; chance that always takes the longest delay."""

    def __init__(self) -> None:
        self.time = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def timing(self, uniform: Callable[[float, float], float] = lambda low, high: high) -> Timing:
        return Timing(lambda: self.time, lambda: self.time, self.sleep, uniform)

    def backoff(self, budget: float = 60.0, timing: Timing | None = None) -> Backoff:
        timing = timing or self.timing()
        stop = Stop()
        return Backoff(budget, timing, stop, Pause(timing, stop), Health(budget, timing.monotonic), Retries())


def test_delays_grow_and_are_drawn_by_chance() -> None:
    clock, drawn = Clock(), []

    def uniform(low: float, high: float) -> float:
        drawn.append((low, high))
        return high / 2

    backoff = clock.backoff(timing=clock.timing(uniform))
    error = ApiError("x", status=503, retryable=True)
    while backoff.wait(error):
        assert len(drawn) < 50
    assert drawn[:6] == [(0, 1.0), (0, 2.0), (0, 4.0), (0, 8.0), (0, 16.0), (0, MAX_DELAY)]
    assert sum(clock.slept) == 60.0
    assert not clock.backoff().wait(ApiError("x", status=403))


def test_a_sleep_ends_with_the_word_to_stop() -> None:
    stop = Stop()
    stop.sleep(0.0)
    started = time.monotonic()
    threading.Timer(0.05, stop.request).start()
    stop.sleep(30.0)
    assert time.monotonic() - started < 10


SILENT = TransportError("no answer.", retryable=True)


@pytest.mark.parametrize(
    "error",
    [
        ApiError("busy", status=409, code=1011, retryable=True),
        ApiError("no", status=403),
        TransportError("certificate", retryable=False),
        AcronisError("the platform is restoring the tenant.", retryable=True),
    ],
    ids=str,
)
def test_what_does_not_speak_of_the_platform_is_no_sign_of_its_health(error: AcronisError) -> None:
    health = Health(60.0, lambda: 100.0)
    health.failed(error, 100.0, first=True)
    assert health.deadline == float("inf")


def test_the_first_exhausted_budget_is_everybodys() -> None:
    clock = Clock()
    health = Health(60.0, lambda: clock.time)
    health.failed(SILENT, 100.0, first=True)
    clock.time += 60
    assert health.deadline == clock.time
    # One that began in time, or that failed before, does not show that the platform is down.
    health.failed(SILENT, 159.0, first=True)
    health.failed(SILENT, 160.0, first=False)
    health.check()
    health.failed(SILENT, 160.0, first=True)
    with pytest.raises(UnsentError, match=r"has stopped answering \(no answer\), so nothing more was sent"):
        health.check()
    health.answered()
    health.check()
    assert health.deadline == float("inf")


def test_refusals_are_told_from_silence() -> None:
    health = Health(60.0, lambda: 100.0)
    health.failed(ApiError("HTTP 429.", status=429, retryable=True), 100.0, first=True)
    health.failed(ApiError("HTTP 429.", status=429, retryable=True), 160.0, first=True)
    with pytest.raises(UnsentError, match=r"refuses all requests \(HTTP 429\)"):
        health.check()


def test_a_pause_is_kept_by_all_and_left_at_different_times() -> None:
    clock = Clock()
    pause = Pause(clock.timing(), Stop())
    pause.wait(clock.time)
    pause.extend(7)
    pause.extend(3)
    pause.wait(clock.time + 7)
    assert clock.slept == [7 + SPREAD]
    pause.extend(7)
    with pytest.raises(UnsentError, match="asks to wait 7 seconds"):
        pause.wait(clock.time + 6)
