#!/usr/bin/env bash
# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

set -eu

source ../setup_simulator/environment.sh
exec ansible-playbook test.yml -e @../../integration_config.yml "$@"
