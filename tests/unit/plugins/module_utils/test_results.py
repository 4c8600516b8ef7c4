# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._desired import RESULT_KEYS
from ansible_collections.community.acronis.plugins.module_utils._errors import (
    AcronisError,
    ApiError,
    RefusedError,
    UnknownOutcomeError,
)
from ansible_collections.community.acronis.plugins.module_utils._impact import KINDS, Impact
from ansible_collections.community.acronis.plugins.module_utils._references import Reference, parse_tenant
from ansible_collections.community.acronis.plugins.module_utils._results import MAX_NAMED, STATUSES, Report, Target
from ansible_collections.community.acronis.plugins.module_utils._rules import STATES, UNKNOWN, Desired, Snapshot
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant

PARENT = "00000000-0000-4000-8000-000000000000"
ENABLED, DISABLED, DELETED = Snapshot("enabled", 5), Snapshot("disabled", 6), Snapshot("deleted", None)
SOME = Impact({**dict.fromkeys(KINDS, 0), "unit": 2}, 3, None, 5, True)


def tenant_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def target(number: int, state: Any = "disabled", name: str | None = None, **values: Any) -> Target:
    """What became of an enabled tenant that was read."""
    tenant = Tenant(tenant_id(number), 5, name or f"T{number}", "customer", True, PARENT)
    reference = Reference("id", tenant.id, tenant.id)
    return Target(Desired(state, reference), **{"tenant": tenant, "before": ENABLED, "after": ENABLED, **values})


def failed(number: int, message: str, state: Any = "disabled", **values: Any) -> Target:
    return target(number, state, error=RefusedError(message), **values)


# -- the message ------------------------------------------------------------------------------------------------------
def test_no_failure_no_message() -> None:
    assert Report([target(1), target(2, skipped=True)]).failure is None
    assert Report().failure is None
    assert Report([target(1)], refusal="the plan is too long.").failure == "the plan is too long."


def test_one_tenant_alone() -> None:
    assert Report([failed(1, "it is protected.")]).failure == (
        f"tenant 'T1' ({tenant_id(1)}) was not disabled: it is protected. (1 of 1 failed)"
    )


def test_what_was_never_seen_is_named_as_in_the_task() -> None:
    for reference, words in (
        (parse_tenant("Fabrikam", "tenant"), "the tenant with name 'Fabrikam'"),
        (parse_tenant(tenant_id(7), "tenant"), f"the tenant with ID '{tenant_id(7)}'"),
        (Reference("customer_id", "C-1", "C-1"), "the tenant with external ID 'C-1'"),
    ):
        report = Report([Target(Desired("absent", reference), error=AcronisError("it is not there."))])
        assert report.failure == f"{words} was not deleted: it is not there. (1 of 1 failed)"


def test_failures_are_grouped_by_reason() -> None:
    report = Report(
        [
            failed(1, "it is protected."),
            failed(2, "it is locked."),
            target(3, actions=("disable",), after=DISABLED),
            failed(4, "it is protected."),
            target(5, skipped=True),
            failed(6, "it is protected.", "absent"),
        ]
    )
    assert report.failure == (
        f"tenant 'T1' ({tenant_id(1)}), tenant 'T4' ({tenant_id(4)}) were not disabled: it is protected. "
        f"tenant 'T2' ({tenant_id(2)}) was not disabled: it is locked. "
        f"tenant 'T6' ({tenant_id(6)}) was not deleted: it is protected. "
        "(4 of 6 failed, 1 changed, 1 not tried)"
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"actions": ("disable",), "after": DISABLED}, "is disabled, not deleted: no."),
        ({"actions": ("disable",), "after": UNKNOWN}, "is in an unknown state, not deleted: no."),
        (
            {"error": UnknownOutcomeError("no."), "after": UNKNOWN},
            "is in an unknown state and perhaps not deleted: no.",
        ),
        ({"error": UnknownOutcomeError("no."), "after": DISABLED}, "is disabled, not deleted: no."),
        ({}, "was not deleted: no."),
    ],
)
def test_the_state_that_was_reached_is_told(values: dict[str, Any], words: str) -> None:
    def made(number: int) -> Target:
        return target(number, "absent", **{"error": RefusedError("no."), **values})

    one, two = Report([made(1)]).failure, Report([made(1), made(2)]).failure
    assert one is not None and one.startswith(f"tenant 'T1' ({tenant_id(1)}) {words} (1 of 1")
    several = {"is": "are", "was": "were"}[words.partition(" ")[0]] + words[words.index(" ") :]
    assert two is not None and f"({tenant_id(2)}) {several} (2 of 2 failed, " in two


@pytest.mark.parametrize("count", [MAX_NAMED, MAX_NAMED + 1, 2000])
def test_ten_tenants_are_named(count: int) -> None:
    report = Report([failed(number, "it is locked.") for number in range(count)])
    message = report.failure or ""
    assert re.findall(r"'T(\d+)'", message) == [str(number) for number in range(MAX_NAMED)]
    if count > MAX_NAMED:
        assert f"({tenant_id(9)}) and {count - MAX_NAMED} more were not disabled: it is locked." in message
        assert message.endswith(f" ({count} of {count} failed, 0 changed, 0 not tried; the others are in tenants)")
    else:
        assert message.endswith(f" ({count} of {count} failed, 0 changed, 0 not tried)")
    assert len(message) < 1000


def test_the_ten_are_shared_by_the_groups() -> None:
    reasons = ["one."] * 7 + ["two."] * 5 + ["three."]
    message = Report([failed(number, reason) for number, reason in enumerate(reasons)]).failure or ""
    assert re.findall(r"'T(\d+)'", message) == [str(number) for number in range(10)]
    assert "one. " in message and "and 2 more were not disabled: two." in message and "three." not in message
    assert message.endswith("(13 of 13 failed, 0 changed, 0 not tried; the others are in tenants)")


def test_a_refusal_of_the_task_goes_first() -> None:
    report = Report([failed(1, "no."), target(2, skipped=True)], refusal="the task was told to stop.")
    assert (report.failure or "").startswith(f"the task was told to stop. tenant 'T1' ({tenant_id(1)}) was not")


def test_a_name_cannot_break_the_message() -> None:
    message = Report([failed(1, "no.", name="A\n\x1b[31m\u200b\ud800")]).failure or ""
    assert message.isprintable() and r"'A\n\x1b[31m\u200b\ud800'" in message


# -- what is returned -------------------------------------------------------------------------------------------------
NEVER_SEEN = Target(Desired("absent", parse_tenant("Gone", "tenant")), before=Snapshot("absent", None))
EVERY_WAY = [
    target(1),
    target(2, actions=("disable",), after=DISABLED, impact=SOME),
    failed(3, "no.", "absent", actions=("disable",), after=DISABLED),
    target(4, skipped=True),
    target(5, "absent", changed_with=tenant_id(2), after=DELETED),
    NEVER_SEEN,
    Target(Desired("enabled", Reference("customer_id", "C-1", "C-1")), error=ApiError("no.", status=403, code=1002)),
]


def test_every_key_is_in_every_entry() -> None:
    report = Report(EVERY_WAY)
    entries = report.as_result(False)["tenants"]
    assert [entry["status"] for entry in entries] == [
        "unchanged",
        "changed",
        "failed",
        "skipped",
        "changed",
        "not_found",
        "failed",
    ]
    for entry in entries:
        assert entry.keys() == RESULT_KEYS
        assert entry["before"].keys() == entry["after"].keys() == {"state", "version", "internal_tag"}
        assert (entry["error"] is None) == (entry["status"] != "failed")
    assert entries[6] == {
        **dict.fromkeys(RESULT_KEYS),
        **{"tenant": "C-1", "status": "failed", "changed": False, "actions": []},
        **{key: {"state": None, "version": None, "internal_tag": None} for key in ("before", "after")},
        "error": {"message": "no.", "code": 1002, "status": 403, "method": None, "path": None, "retryable": False},
    }
    assert entries[1]["impact"] == SOME.as_result()
    assert (entries[2]["status"], entries[2]["changed"]) == ("failed", True)
    assert (entries[4]["changed"], entries[4]["actions"], entries[4]["changed_with"]) == (True, [], tenant_id(2))
    assert (entries[5]["name"], entries[5]["id"]) == ("Gone", None)


def test_the_word_that_ansible_keeps_for_loops_is_not_returned() -> None:
    """A module that returns `results` defeats no_log on some versions of ansible-core."""
    assert report_keys(Report(EVERY_WAY)) == {"changed", "tenants", "summary", "diff"}
    assert report_keys(Report()) == {"changed", "tenants", "summary", "diff"}


def report_keys(report: Report) -> set[str]:
    return set(report.as_result(True))


def test_what_is_unchanged_can_be_left_out_but_counts() -> None:
    whole, short = Report(EVERY_WAY).as_result(False), Report(EVERY_WAY, return_unchanged=False).as_result(False)
    assert short["tenants"] == whole["tenants"][1:]
    assert (
        short["summary"]
        == whole["summary"]
        == {
            "requested": 7,
            "changed": 2,
            "unchanged": 1,
            "not_found": 1,
            "failed": 2,
            "skipped": 1,
        }
    )


targets = st.builds(
    target,
    number=st.integers(0, 99),
    state=st.sampled_from(STATES),
    actions=st.sampled_from([(), ("disable",), ("disable", "delete")]),
    after=st.sampled_from([UNKNOWN, ENABLED, DISABLED, DELETED]),
    error=st.none()
    | st.sampled_from(["no.", "never."]).map(RefusedError)
    | st.builds(UnknownOutcomeError, st.just("?")),
    skipped=st.booleans(),
    changed_with=st.none() | st.just(PARENT),
    tenant=st.none() | st.just(Tenant(PARENT, 5, "T", "customer", True, PARENT)),
)


@given(st.lists(targets, max_size=30), st.booleans())
def test_the_counts_add_up_and_no_failure_is_silent(made: list[Target], unchanged: bool) -> None:
    report = Report(made, unchanged)
    result = report.as_result(True)
    summary = result["summary"]
    assert list(summary) == ["requested", *STATUSES]
    assert summary["requested"] == len(made) == sum(summary[status] for status in STATUSES)
    assert Counter(one.status for one in made) == {status: summary[status] for status in STATUSES if summary[status]}
    assert result["changed"] == any(one.changed for one in made)
    assert (report.failure is None) == (summary["failed"] == 0)
    if report.failure:
        assert f"({summary['failed']} of {len(made)} failed" in report.failure
    changed = sum(one.changed for one in made)
    assert result["diff"]["before"].count("\n") == result["diff"]["after"].count("\n") == changed


# -- diff -------------------------------------------------------------------------------------------------------------
def test_the_diff_is_text_in_the_order_of_the_task() -> None:
    report = Report(
        [
            target(9, "absent", "Zebra", actions=("disable", "delete"), after=DELETED, impact=SOME),
            target(1),
            target(3, name="Acme\u200b\n", actions=("disable",), after=DISABLED),
            failed(4, "no."),
            target(2, "absent", changed_with=tenant_id(9), after=DELETED),
            target(5, actions=("disable",), after=Snapshot("disabled", None)),
        ]
    )
    assert report.as_result(True)["diff"] == {
        "before": f"customer 'Zebra' ({tenant_id(9)}): enabled, version 5\n"
        rf"customer 'Acme\u200b\n' ({tenant_id(3)}): enabled, version 5"
        f"\ncustomer 'T2' ({tenant_id(2)}): enabled, version 5\n"
        f"customer 'T5' ({tenant_id(5)}): enabled, version 5\n",
        "after": f"customer 'Zebra' ({tenant_id(9)}): deleted, with 2 sub-tenants (2 of kind unit), 3 users, an "
        "unknown number of API clients, 5 bytes of storage\n"
        rf"customer 'Acme\u200b\n' ({tenant_id(3)}): disabled, version 6"
        f"\ncustomer 'T2' ({tenant_id(2)}): deleted\n"
        f"customer 'T5' ({tenant_id(5)}): disabled\n",
    }


def test_without_diff_mode_there_is_none() -> None:
    assert "diff" not in Report(EVERY_WAY).as_result(False)
    assert Report([target(1)]).as_result(True)["diff"] == {"before": "", "after": ""}


def test_an_unknown_state_is_called_so() -> None:
    lost = target(1, actions=("disable",), after=UNKNOWN, error=UnknownOutcomeError("lost."))
    assert Report([lost]).as_result(True)["diff"]["after"] == f"customer 'T1' ({tenant_id(1)}): in an unknown state\n"
