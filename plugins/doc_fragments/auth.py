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
      - Address of the data centre where the API client was made, for example V(https://eu2-cloud.acronis.com).
        The management portal shows it together with the client's ID and secret.
      - A trailing V(/) or V(/api/2) is accepted. It must be C(https), except on a loopback address.
      - If not set, the environment variable E(ACRONIS_DATACENTER_URL) is used.
    type: str
    required: true
  client_id:
    description:
      - ID of the API client, a UUID.
      - Required together with O(client_secret), unless O(access_token) is given. It is useful beside O(access_token)
        too, because it tells which tenant the client lives in.
      - If not set, the environment variable E(ACRONIS_CLIENT_ID) is used.
    type: str
  client_secret:
    description:
      - Secret of the API client.
      - If not set, the environment variable E(ACRONIS_CLIENT_SECRET) is used.
    type: str
  access_token:
    description:
      - A token obtained elsewhere, used instead of O(client_secret). It cannot be renewed; a token ends after two
        hours.
      - If not set, the environment variable E(ACRONIS_ACCESS_TOKEN) is used.
    type: str
  validate_certs:
    description:
      - Whether to check the server's TLS certificate. V(false) lets anybody on the way read the credentials.
      - If not set, the environment variable E(ACRONIS_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File or directory with the certificates of the authorities to trust, instead of those that C(requests) brings.
      - If not set, the environment variable E(ACRONIS_CA_PATH) is used.
    type: path
  timeout:
    description:
      - Seconds to wait for a connection, and again for an answer, before one request counts as failed. At least 1.
    type: int
    default: 30
  retry_timeout:
    description:
      - Seconds that one request may spend in retries in all, when the platform cannot be reached, is overloaded or
        has trouble. V(0) means no retry.
    type: int
    default: 120
"""
