# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disable tenants as the vendor's tutorial does it: read one, write it, take the next.

`python vendor.py FILE`, where FILE holds JSON with `tenants` (UUIDs).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import requests

TIMEOUT = 30

api = os.environ["ACRONIS_DATACENTER_URL"] + "/api/2"
credentials = (os.environ["ACRONIS_CLIENT_ID"], os.environ["ACRONIS_CLIENT_SECRET"])

answer = requests.post(f"{api}/idp/token", auth=credentials, data={"grant_type": "client_credentials"}, timeout=TIMEOUT)
answer.raise_for_status()
headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
for tenant_id in json.loads(Path(sys.argv[1]).read_text())["tenants"]:
    answer = requests.get(f"{api}/tenants/{tenant_id}", headers=headers, timeout=TIMEOUT)
    answer.raise_for_status()
    body = {"enabled": False, "version": answer.json()["version"]}
    answer = requests.put(f"{api}/tenants/{tenant_id}", headers=headers, json=body, timeout=TIMEOUT)
    answer.raise_for_status()
