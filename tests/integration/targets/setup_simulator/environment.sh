# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck shell=bash
# To be sourced: puts the credentials into the environment of what is started, and nowhere into its output.

eval "$(
    python - ../../integration_config.yml <<'PYTHON'
import shlex
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    settings = yaml.safe_load(file)
for variable, setting in {
    "ACRONIS_DATACENTER_URL": "simulator_url",
    "ACRONIS_CLIENT_ID": "client_id",
    "ACRONIS_CLIENT_SECRET": "client_secret",
}.items():
    print(f"export {variable}={shlex.quote(settings[setting])}")
PYTHON
)"
export ANSIBLE_ROLES_PATH=..
