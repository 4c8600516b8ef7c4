# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disable tenants with the fewest requests that do it, and with nothing else: no guard, no retry, no report.

`python bare.py FILE`, where FILE holds JSON with `tenants` (UUIDs) and `concurrency`.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

BATCH = 100
TIMEOUT = 30

api = os.environ["ACRONIS_DATACENTER_URL"] + "/api/2"
credentials = (os.environ["ACRONIS_CLIENT_ID"], os.environ["ACRONIS_CLIENT_SECRET"])
worker = threading.local()


def start(token: str) -> None:
    """Give the worker a session of its own."""
    worker.session = requests.Session()
    worker.session.headers["Authorization"] = f"Bearer {token}"


def read(batch: list[str]) -> list[dict[str, Any]]:
    """Return the tenants with these UUIDs."""
    answer = worker.session.get(f"{api}/tenants", params={"uuids": ",".join(batch)}, timeout=TIMEOUT)
    answer.raise_for_status()
    tenants: list[dict[str, Any]] = answer.json()["items"]
    return tenants


def disable(tenant: dict[str, Any]) -> None:
    """Disable the tenant."""
    body = {"enabled": False, "version": tenant["version"]}
    worker.session.put(f"{api}/tenants/{tenant['id']}", json=body, timeout=TIMEOUT).raise_for_status()


task = json.loads(Path(sys.argv[1]).read_text())
ids = task["tenants"]
answer = requests.post(f"{api}/idp/token", auth=credentials, data={"grant_type": "client_credentials"}, timeout=TIMEOUT)
answer.raise_for_status()
with ThreadPoolExecutor(task["concurrency"], initializer=start, initargs=(answer.json()["access_token"],)) as pool:
    batches = pool.map(read, (ids[first : first + BATCH] for first in range(0, len(ids), BATCH)))
    enabled = [tenant for batch in batches for tenant in batch if tenant["enabled"]]
    for _done in pool.map(disable, enabled):
        pass
