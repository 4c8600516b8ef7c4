# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sessions of antsibull-nox. They are set up in antsibull-nox.toml."""

from __future__ import annotations

import antsibull_nox
import nox

nox.options.envdir = "build/nox"

antsibull_nox.load_antsibull_nox_toml()
