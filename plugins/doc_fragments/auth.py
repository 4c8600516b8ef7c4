# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that all content shares."""

from __future__ import annotations


class ModuleDocFragment:
    """The options of module_utils/_auth.py."""

    DOCUMENTATION = r"""
requirements:
  - Python 3.9 or later (on the host that runs the module, usually the controller)
  - requests >= 2.28 (Python library, on the host that runs the module, usually the controller)
options:
  datacenter_url:
    description:
      - Address of the data center where the API client was created, such as V(https://eu2-cloud.acronis.com). The
        management portal shows it with the client's ID and secret.
      - Required. If not set, the environment variable E(ACRONIS_DATACENTER_URL) is used.
    type: str
  client_id:
    description:
      - ID of the API client, a UUID. Required together with O(client_secret), unless O(access_token) is given. With
        O(access_token), it tells the module which tenant is the client's own.
      - If not set, the environment variable E(ACRONIS_CLIENT_ID) is used.
    type: str
  client_secret:
    description:
      - Secret of the API client.
      - If not set, the environment variable E(ACRONIS_CLIENT_SECRET) is used.
    type: str
  access_token:
    description:
      - A token obtained elsewhere, used instead of O(client_secret). It cannot be renewed, and expires after two hours.
      - If not set, the environment variable E(ACRONIS_ACCESS_TOKEN) is used.
    type: str
  validate_certs:
    description:
      - Whether to check the server's TLS certificate. V(false) exposes the credentials to interception.
      - If not set, the environment variable E(ACRONIS_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File or directory with the certificates of the authorities to trust. By default, C(REQUESTS_CA_BUNDLE) and
        C(CURL_CA_BUNDLE) of the environment are used, or the certificates of C(requests).
      - If not set, the environment variable E(ACRONIS_CA_PATH) is used.
    type: path
  timeout:
    description:
      - Seconds to wait for a connection, and each time for more of an answer, at least 1. One request with its answer
        never takes longer than four times this.
    type: int
    default: 30
  retry_timeout:
    description:
      - Maximum time in seconds to spend on retries of one request if the platform is unreachable, throttles requests,
        or returns a server error. V(0) disables retries.
    type: int
    default: 120
notes:
  - O(datacenter_url) must be C(https), except on a loopback address, for which no proxy is used. A trailing V(/) or
    V(/api/2) is accepted. For C(https), proxies are taken from the environment of the module (C(https_proxy),
    C(all_proxy), C(no_proxy)).
  - An environment variable that is empty or blank counts as not set. An option that is empty is an error.
  - White space around O(client_id), O(client_secret) and O(access_token) is an error. Text from a file often ends in a
    line break, which the C(trim) filter removes.
  - If the platform stops answering read requests or write requests for O(retry_timeout) seconds, each other request of
    this kind is tried once. The task ends when one of these fails.
  - If the platform asks for a longer pause than O(retry_timeout) allows, the task fails at once.
"""
