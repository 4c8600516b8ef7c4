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
      - A trailing V(/) or V(/api/2) is accepted. It must be C(https), except on a loopback address, where C(http) is
        accepted too and no proxy is ever used.
      - Proxies for C(https) are taken from the environment (C(https_proxy), C(all_proxy), C(no_proxy)), where the
        module runs.
      - Required. If not set, the environment variable E(ACRONIS_DATACENTER_URL) is used. As for all options with an
        environment variable, one that is set to nothing or blanks counts as not set.
    type: str
  client_id:
    description:
      - ID of the API client, a UUID.
      - Required together with O(client_secret), unless O(access_token) is given. It is useful beside O(access_token)
        too, because it tells which tenant the client lives in.
      - White space around it is refused, as around O(client_secret) and O(access_token). A text that was read from a
        file often ends in a line break; the filter P(ansible.builtin.trim#filter) takes it away.
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
      - File or directory with the certificates of the authorities to trust, instead of those that C(requests) brings
        or that the environment variables C(REQUESTS_CA_BUNDLE) and C(CURL_CA_BUNDLE) point to.
      - If not set, the environment variable E(ACRONIS_CA_PATH) is used.
    type: path
  timeout:
    description:
      - Seconds to wait for a connection, and each time for more of an answer, before one request counts as failed. At
        least 1.
      - One request with its answer never takes longer than four times this in all, however slowly it comes.
    type: int
    default: 30
  retry_timeout:
    description:
      - Seconds that one request may spend in retries in all, when the platform cannot be reached, is overloaded or
        has trouble. V(0) means no retry.
      - When no request of a task is answered any more for so long, the others are not waited for either. Each gets one
        try, and when one of these fails too, the rest is not sent. Reading and writing are judged apart.
      - A request that the platform asks to repeat later than this allows fails at once.
    type: int
    default: 120
"""
