# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

import pytest

from ansible_collections.community.acronis.plugins.module_utils._errors import AcronisError
from ansible_collections.community.acronis.plugins.module_utils._pool import Lazy, Pool

# Seconds after which a thread that waits for others gives up: then they do not work at the same time.
PATIENCE = 10


@pytest.mark.parametrize("size", [1, 3, 32])
@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_each_item_is_worked_on_once(size: int, count: int) -> None:
    done: list[int] = []
    with Pool(size) as pool:
        pool.each(done.append, range(count))
        assert sorted(done) == list(range(count)), "each has ended when the call returns"


def test_as_many_as_asked_for_work_at_the_same_time_and_no_more() -> None:
    size = 4
    meeting = threading.Barrier(size)
    lock = threading.Lock()
    busy, most = 0, 0

    def work(_item: int) -> None:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        meeting.wait(PATIENCE)
        with lock:
            busy -= 1

    with Pool(size) as pool:
        pool.each(work, range(size * 5))
    assert most == size


@pytest.mark.parametrize(("size", "count"), [(1, 3), (8, 1)])
def test_one_after_the_other_needs_no_thread(size: int, count: int) -> None:
    seen: list[tuple[int, threading.Thread]] = []
    with Pool(size) as pool:
        pool.each(lambda item: seen.append((item, threading.current_thread())), range(count))
    assert seen == [(item, threading.current_thread()) for item in range(count)]


def test_the_threads_stay_the_same_for_the_whole_block() -> None:
    """Each has a connection of its own, which would be lost with it."""
    meeting = threading.Barrier(2)

    def work(_item: int) -> None:
        meeting.wait(PATIENCE)
        names.add(threading.current_thread().name)

    names: set[str] = set()
    with Pool(2) as pool:
        for _round in range(5):
            pool.each(work, range(2))
    assert len(names) == 2


@pytest.mark.parametrize("size", [1, 4])
def test_what_work_raises_is_raised_to_the_caller(size: int) -> None:
    def work(item: int) -> None:
        if item == 2:
            raise KeyError(item)

    with Pool(size) as pool, pytest.raises(KeyError):
        pool.each(work, range(5))


def test_once_is_asked_by_one_of_many_threads() -> None:
    asked: list[None] = []
    meeting = threading.Barrier(8)
    once = Lazy(lambda: asked.append(None) or len(asked))

    def work(_item: int) -> None:
        meeting.wait(PATIENCE)
        answers.append(once())

    answers: list[int] = []
    with Pool(8) as pool:
        pool.each(work, range(8))
    assert (answers, len(asked)) == ([1] * 8, 1)


def test_once_remembers_none_too() -> None:
    asked: list[None] = []
    once = Lazy(lambda: asked.append(None))
    assert (once(), once(), len(asked)) == (None, None, 1)


def test_once_tells_each_caller_why_it_is_not_known() -> None:
    def ask() -> int:
        asked.append(None)
        raise AcronisError("no answer.", status=503, retryable=True)

    asked: list[None] = []
    once = Lazy(ask)
    errors: list[AcronisError] = []
    for _caller in range(2):
        with pytest.raises(AcronisError) as caught:
            once()
        # Callers add to the message, which must not reach the others.
        errors.append(caught.value.with_advice("Mine."))
    assert [error.message for error in errors] == ["no answer. Mine."] * 2
    assert [(error.status, error.retryable) for error in errors] == [(503, True)] * 2
    assert len(asked) == 1


def test_work_does_the_work_that_it_shares_out_itself() -> None:
    """All threads may be at such work, and none left for that."""
    done: list[bool] = []

    def work(_item: int) -> None:
        here = threading.get_ident()
        pool.each(lambda _item: done.append(threading.get_ident() == here), range(3))

    with Pool(3) as pool:
        pool.each(work, range(2))
    assert done == [True] * 6
