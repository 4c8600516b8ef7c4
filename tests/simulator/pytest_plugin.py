# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for pytest: ``simulator`` over HTTP, ``simulator_app`` and ``platform`` in the same process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .app import SimulatorApp
from .control import make_app
from .platform import Platform
from .server import Simulator


@pytest.fixture(scope="session")
def _running_simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def simulator(_running_simulator: Simulator) -> Simulator:
    """A simulator over HTTP with the demo tree, fresh for each test."""
    _running_simulator.app.reset()
    return _running_simulator


@pytest.fixture
def simulator_app() -> SimulatorApp:
    """The application with the demo tree; reach it with ``transport.make_session``."""
    return make_app()


@pytest.fixture
def platform(simulator_app: SimulatorApp) -> Platform:
    """The state of ``simulator_app``."""
    return simulator_app.platform
