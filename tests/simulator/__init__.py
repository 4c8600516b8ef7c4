# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stateful stand-in for the Acronis Cyber Protect Cloud account management API, for tests and demonstrations."""

from __future__ import annotations

from .app import SimulatorApp
from .control import make_app
from .platform import Platform
from .server import Simulator
from .transport import SimulatorAdapter, make_session

__all__ = ["Platform", "Simulator", "SimulatorAdapter", "SimulatorApp", "make_app", "make_session"]
