# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task asks for, out of the options of tenant_state. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.community.acronis.plugins.module_utils._auth import parse_uuid
from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.module_utils._lifecycle import Wanted
from ansible_collections.community.acronis.plugins.module_utils._references import (
    check_text,
    parse_customer_id,
    parse_tenant,
)


@dataclass(frozen=True)
class Request:
    """What a task asks for: a wish for each tenant, in the order given, and where to look for them."""

    wishes: Sequence[Wanted]
    root_id: str | None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Request:
        """Check the options of tenant_state and return what they ask for; raise InputError for what no request could
        mend.
        """
        if params["tenant"] is not None:
            reference = parse_tenant(params["tenant"], "tenant")
        elif params["customer_id"] is not None:
            reference = parse_customer_id(params["customer_id"], "customer_id")
        else:
            raise InputError("tenant: it has no value, nor has customer_id; one of them is required.")
        if params["expected_name"] is not None:
            check_text(params["expected_name"], "expected_name")
        # A comma-separated list comes with the blanks behind its commas.
        protected = [entry.strip() for entry in params["protected_tenants"] or []]
        for number, entry in enumerate(protected):
            parse_tenant(entry, f"protected_tenants[{number}]")
        wanted = Wanted(
            state=params["state"],
            reference=reference,
            expected_name=params["expected_name"],
            expected_version=params["expected_version"],
            protected_tenants=tuple(protected),
            delete_descendants=params["delete_descendants"],
            restore_deleted=params["restore_deleted"],
        )
        root_id = params["subtree_root_id"]
        return cls([wanted], None if root_id is None else parse_uuid(root_id, "subtree_root_id"))
