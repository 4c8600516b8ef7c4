# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several things at the same time, and one thing once for all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from ansible_collections.community.acronis.plugins.module_utils._errors import AcronisError

T = TypeVar("T")


class Pool:
    """Threads that share out work. They last until the end of the block, and so do their connections.

    Work may share out work of its own: it does that itself, since all threads may be at such work and none left.
    """

    def __init__(self, size: int) -> None:
        """size: how many work at the same time."""
        self._size = size
        self._thread = threading.local()
        self._pool = ThreadPoolExecutor(size, initializer=self._enter_pool)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.shutdown()

    def _enter_pool(self) -> None:
        self._thread.of_pool = True

    def each(self, work: Callable[[T], object], items: Sequence[T]) -> None:
        """Call work for each item, begun in this order, and wait for all. What it raises is raised here."""
        if self._size == 1 or len(items) == 1 or hasattr(self._thread, "of_pool"):
            for item in items:
                work(item)
        else:
            for _done in self._pool.map(work, items):
                pass


class Lazy(Generic[T]):
    """A value that is asked for when first needed, by whichever thread, and known from then on.

    When it could not be had, it is known why.
    """

    def __init__(self, ask: Callable[[], T]) -> None:
        """ask: may raise AcronisError."""
        self._ask = ask
        self._lock = threading.Lock()
        self._answer: tuple[T] | AcronisError | None = None

    def __call__(self) -> T:
        """Return the value, or raise the AcronisError that came instead."""
        with self._lock:
            if self._answer is None:
                try:
                    self._answer = (self._ask(),)
                except AcronisError as error:
                    self._answer = error
        if isinstance(self._answer, AcronisError):
            raise self._answer
        return self._answer[0]
