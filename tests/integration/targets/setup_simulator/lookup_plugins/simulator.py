# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to the simulator's control endpoints.

A lookup because it runs in Ansible's own process: a task with ansible.builtin.uri takes as long as the module that
is tested.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    """Sends each term, a mapping of `path`, `method` (default POST) and `body`, and returns the answers."""

    def run(self, terms: list[dict[str, Any]], variables: dict[str, Any], **options: Any) -> list[Any]:
        """Return the answers as parsed JSON, None for an empty one. Raises urllib.error.URLError."""
        opener = build_opener(ProxyHandler({}))
        answers = []
        for order in terms:
            url = f"{variables['simulator_url']}/_simulator/{order['path']}"
            data = json.dumps(order["body"]).encode() if "body" in order else None
            request = Request(url, data, method=order.get("method", "POST"))
            with opener.open(request, timeout=10) as response:
                answers.append(json.loads(response.read() or b"null"))
        return answers
