# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import sys
import unicodedata
from typing import Any

import pytest

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.plugin_utils._standing import CLASSES, DOUBTFUL, decide
from ansible_collections.community.acronis.tests.unit.plugins.plugin_utils.export import (
    MARKER,
    POLICY,
    ROOT,
    TODAY,
    row,
    suspended,
    tenant,
    uuid,
)

Dicts = list[dict[str, Any]]


def run(rows: Dicts, tenants: Dicts, policy: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    return decide(rows, tenants, {**POLICY, **(policy or {})}, **{"date": TODAY, **options})


def one(the_row: dict[str, Any], tenants: Dicts, policy: dict[str, Any] | None = None, **options: Any) -> Any:
    return run([the_row], tenants, {"min_rows_percent": 0, **(policy or {})}, **options)["decisions"][0]


def classes(rows: Dicts, tenants: Dicts, policy: dict[str, Any] | None = None, **options: Any) -> list[str]:
    return [decision["class"] for decision in run(rows, tenants, policy, **options)["decisions"]]


def test_a_decision_says_all_there_is_to_know() -> None:
    customer = tenant(1, impact={"storage_bytes": 5})
    decision = one(row(1, days_overdue=21), [customer])
    assert decision == {
        "line": 2,
        "class": "suspend",
        "reason": "21 days overdue, the limit is 14",
        "wanted": "disabled",
        "id": uuid(1),
        "name": "Customer 1",
        "path": ["Northwind MSP", "Customer 1"],
        "kind": "customer",
        "customer_id": "C-1",
        "reference": "C-1",
        "enabled": True,
        "version": 7,
        "days_overdue": 21,
        "hold": None,
        "suspended_since": None,
        "disabled_above": None,
        "storage_bytes": 5,
        "marker": "",
        "doubtful": False,
        "change": {
            "tenant": uuid(1),
            "state": "disabled",
            "expected_name": "Customer 1",
            "expected_version": 7,
            "expected_internal_tag": "",
            "internal_tag": f"{MARKER}{TODAY}",
        },
    }


def test_the_result_adds_up() -> None:
    result = run(
        [row(1, days_overdue=14), row(2), row(9)],
        [tenant(1), tenant(2), tenant(3, deleted_at="2026-10-01T00:00:00")],
        last_rows=3,
    )
    assert result["totals"] == {**dict.fromkeys(CLASSES, 0), "suspend": 1, "keep": 1, "not_found": 1}
    assert (result["rows"], result["tenants"], result["date"], result["refusal"]) == (3, 2, TODAY, None)
    assert result["doubtful"] == [result["decisions"][2]]
    assert result["policy"]["reactivate"] == "own"


@pytest.mark.parametrize(
    ("days", "expected"),
    [(None, "keep"), (-3, "keep"), (0, "keep"), (13, "keep"), (14, "suspend"), (60, "suspend"), (5000, "suspend")],
)
def test_an_enabled_tenant_is_suspended_from_the_limit_on_and_nothing_more(days: int | None, expected: str) -> None:
    assert one(row(1, days_overdue=days), [tenant(1)])["class"] == expected


def test_a_limit_of_zero_means_today() -> None:
    policy = {"suspend_after_days": 0}
    assert one(row(1, days_overdue=0), [tenant(1)], policy)["class"] == "suspend"
    assert one(row(1, days_overdue=None), [tenant(1)], policy)["class"] == "keep"
    assert one(row(1, days_overdue=-1), [tenant(1)], policy)["class"] == "keep"


def test_no_limit_means_never() -> None:
    never = {"suspend_after_days": None, "terminate_after_days": None}
    decision = one(row(1, days_overdue=900), [tenant(1)], never)
    assert (decision["class"], decision["wanted"]) == ("keep", None)
    # Who owes something is not reactivated either.
    assert one(row(1, days_overdue=900), [suspended(1, "2026-01-01")], never)["class"] == "keep"
    assert one(row(1, days_overdue=0), [suspended(1, "2026-01-01")], never)["class"] == "reactivate"
    only_suspend = {"terminate_after_days": None}
    assert one(row(1, days_overdue=900), [suspended(1, "2026-01-01")], only_suspend)["class"] == "keep"


@pytest.mark.parametrize(
    ("since", "expected"),
    [("2026-09-18", "terminate"), ("2026-09-17", "terminate"), ("2026-09-19", "keep"), ("2026-11-04", "keep")],
)
def test_a_termination_needs_our_marker_of_the_days_between_the_limits(since: str, expected: str) -> None:
    decision = one(row(1, days_overdue=60), [suspended(1, since)])
    assert (decision["class"], decision["suspended_since"]) == (expected, since)
    if expected == "terminate":
        assert decision["change"] == {
            "tenant": uuid(1),
            "state": "absent",
            "expected_name": "Customer 1",
            "expected_version": 7,
            "expected_internal_tag": f"{MARKER}{since}",
        }


@pytest.mark.parametrize(
    "tag", [None, "", "mine", f"{MARKER}2026-02-31", f"{MARKER}2026-01-01 ", MARKER.upper() + "2026-01-01"]
)
def test_without_our_marker_nothing_is_terminated_or_reactivated(tag: str | None) -> None:
    customer = tenant(1, enabled=False, internal_tag=tag)
    assert one(row(1, days_overdue=900), [customer])["class"] == "keep"
    assert one(row(1, state="absent"), [customer])["class"] == "keep"
    kept = one(row(1), [customer])
    assert kept["class"] == "keep" and "not suspended by reconcile" in kept["reason"]
    assert kept["suspended_since"] is None


def test_a_marker_of_the_future_says_so() -> None:
    assert "2026-11-04, which is to come" in one(row(1, days_overdue=90), [suspended(1, "2026-11-04")])["reason"]


@pytest.mark.parametrize(
    ("policy", "since", "expected"),
    [
        ({"suspend_after_days": None, "terminate_after_days": None}, TODAY, "keep"),
        ({"suspend_after_days": None, "terminate_after_days": None}, "2026-11-02", "terminate"),
        ({"terminate_after_days": None}, "2026-11-02", "terminate"),
        ({}, "2026-11-02", "keep"),
        ({}, "2026-09-18", "terminate"),
    ],
)
def test_a_row_that_says_absent_terminates_in_two_steps_too(policy: dict[str, Any], since: str, expected: str) -> None:
    assert one(row(1, state="absent"), [tenant(1)], policy)["class"] == "suspend"
    assert one(row(1, state="absent"), [suspended(1, since)], policy)["class"] == expected


def test_a_row_can_say_the_state() -> None:
    assert one(row(1, state="disabled"), [tenant(1)])["class"] == "suspend"
    assert one(row(1, state="disabled"), [suspended(1, TODAY)])["class"] == "keep"
    assert one(row(1, state="enabled"), [suspended(1, TODAY)])["class"] == "reactivate"
    assert one(row(1, state="enabled"), [tenant(1)])["class"] == "keep"


def test_a_hold_wins() -> None:
    for customer in (tenant(1), suspended(1, "2026-01-01"), tenant(1, enabled=False), tenant(1, internal_tag="CRM")):
        for wish in ({"days_overdue": 900}, {"days_overdue": None}, {"state": "absent"}, {"state": "enabled"}):
            decision = one(row(1, hold="dispute", **wish), [customer], {"reactivate": "all"})
            assert (decision["class"], decision["change"]) == ("hold", None)
    assert one(row(9, hold="x"), [tenant(1)])["class"] == "not_found"


def test_a_hold_also_keeps_what_is_above_in_service() -> None:
    tenants = [tenant(1, kind="partner", has_children=True), tenant(2, above=1)]
    assert classes([row(1, days_overdue=20), row(2, hold="x")], tenants) == ["hold", "hold"]
    gone = [suspended(1, "2026-01-01", has_children=True), tenant(2, above=1)]
    rows = [row(1, days_overdue=90), row(2, hold="x", error="line 3: unreadable")]
    decisions = run(rows, gone, {"delete_descendants": True})["decisions"]
    assert [decision["class"] for decision in decisions] == ["hold", "bad_row"]
    assert "'Customer 2'" in decisions[0]["reason"] and "line 3" in decisions[0]["reason"]


def test_only_our_own_suspensions_are_undone_and_the_marker_goes() -> None:
    decision = one(row(1), [suspended(1, "2026-10-01")])
    assert decision["class"] == "reactivate"
    assert decision["change"] == {
        "tenant": uuid(1),
        "state": "enabled",
        "expected_name": "Customer 1",
        "expected_version": 7,
        "expected_internal_tag": f"{MARKER}2026-10-01",
        "internal_tag": "",
    }


def test_all_reactivates_whatever_is_disabled_but_leaves_tags_of_others() -> None:
    decision = one(row(1), [tenant(1, enabled=False, internal_tag="CRM")], {"reactivate": "all"})
    assert decision["class"] == "reactivate"
    assert decision["change"]["expected_internal_tag"] == "CRM"
    assert "internal_tag" not in decision["change"]


def test_none_reactivates_nothing() -> None:
    assert one(row(1), [suspended(1, "2026-10-01")], {"reactivate": "none"})["class"] == "keep"


def test_a_tag_of_others_is_not_overwritten() -> None:
    decision = one(row(1, days_overdue=20), [tenant(1, internal_tag="CRM 4711")])
    assert (decision["class"], decision["doubtful"], decision["change"]) == ("tag_in_use", True, None)
    assert "'CRM 4711'" in decision["reason"]


def test_an_old_marker_on_an_enabled_tenant_is_replaced() -> None:
    decision = one(row(1, days_overdue=90), [suspended(1, "2026-01-01", enabled=True)])
    assert (decision["class"], decision["suspended_since"]) == ("suspend", None)
    assert decision["change"]["expected_internal_tag"] == f"{MARKER}2026-01-01"
    assert decision["change"]["internal_tag"] == f"{MARKER}{TODAY}"


def test_a_row_names_its_tenant_by_uuid_name_or_external_id() -> None:
    for names in ({"tenant": uuid(10).upper()}, {"tenant": "Customer 10"}, {"customer_id": "C-10"}):
        decision = one(row(1, **{"customer_id": None, "days_overdue": 20, **names}), [tenant(10), tenant(2)])
        assert (decision["class"], decision["id"]) == ("suspend", uuid(10))


@pytest.mark.parametrize(
    ("names", "expected", "said"),
    [
        ({"tenant": "Nobody"}, "not_found", "no tenant matches 'Nobody'"),
        ({"tenant": uuid(99)}, "not_found", "no tenant matches"),
        ({"tenant": "customer  1"}, "nearly_found", "'Customer 1'"),
        ({"tenant": "C-1"}, "nearly_found", "give it as customer_id"),
        ({"customer_id": "Customer 1"}, "nearly_found", "give it as tenant"),
        ({"customer_id": "c-1"}, "nearly_found", "'C-1'"),
        ({"tenant": uuid(77)}, "nearly_found", "give it as customer_id"),
        ({"tenant": " Customer 1"}, "bad_row", "white space"),
        ({"tenant": "N/A"}, "bad_row", "without a value"),
        ({"tenant": "Customer 1", "customer_id": "C-1"}, "bad_row", "either"),
        ({}, "bad_row", "either"),
        ({"tenant": "Customer 1", "state": "enabled", "days_overdue": 3}, "bad_row", "both"),
        ({"tenant": "Customer 1", "state": "suspended"}, "bad_row", "'suspended'"),
        ({"tenant": "Customer 1", "error": "line 2, column 'Days': no."}, "bad_row", "line 2, column 'Days': no."),
        ({"tenant": "N/A", "error": "line 2, column 'Name': no."}, "bad_row", "line 2, column 'Name': no."),
    ],
)
def test_a_row_that_names_no_tenant_for_sure_is_doubtful(names: dict[str, Any], expected: str, said: str) -> None:
    decision = one(row(1, **{"customer_id": None, **names}), [tenant(1), tenant(2, customer_id=uuid(77))])
    assert (decision["class"], decision["doubtful"], decision["change"]) == (expected, True, None)
    assert said in decision["reason"] and "line 2" in decision["reason"]


def test_several_tenants_of_a_name_are_shown_three_at_most() -> None:
    same = [tenant(number, name="Acme", customer_id=None) for number in range(1, 6)]
    decision = one(row(1, customer_id=None, tenant="Acme"), same)
    assert decision["class"] == "bad_row" and decision["id"] is None
    assert f"{uuid(1)} (Northwind MSP / Customer 1)" in decision["reason"]
    assert uuid(3) in decision["reason"] and uuid(4) not in decision["reason"] and "2 more" in decision["reason"]


def test_the_name_in_the_row_must_be_the_tenants() -> None:
    cafe = tenant(1, name="Caf\u00e9")
    other_form = unicodedata.normalize("NFD", "Caf\u00e9")
    assert one(row(1, days_overdue=20, expected_name=other_form), [cafe])["class"] == "suspend"
    decision = one(row(1, days_overdue=20, expected_name="Neighbor", hold="x"), [cafe])
    assert decision["class"] == "bad_row"
    assert "'Neighbor'" in decision["reason"] and "'Caf\u00e9'" in decision["reason"]


@pytest.mark.parametrize(
    "second",
    [
        row(1, line=9),
        row(1, line=9, customer_id=None, tenant="Customer 1"),
        row(1, line=9, customer_id=None, tenant=uuid(1), hold="x"),
        row(1, line=9, error="line 9: unreadable"),
        row(1, line=9, expected_name="Neighbor"),
    ],
)
def test_two_rows_for_one_tenant_are_both_bad(second: dict[str, Any]) -> None:
    rows = [row(1, days_overdue=20), second]
    assert classes(rows, [tenant(1)]) == ["bad_row", "bad_row"]
    assert "2, 9" in run(rows, [tenant(1)])["decisions"][0]["reason"]


@pytest.mark.parametrize("text", ["C-1", '["Nobody", "C-1"]', "Customer 9\n C-1 \n", ""])
def test_the_environment_protects_too(text: str) -> None:
    decided = run([row(1, days_overdue=20)], [tenant(1)], {"min_rows_percent": 0}, protected_environment=text)
    assert decided["decisions"][0]["class"] == ("protected" if text else "suspend")


@pytest.mark.parametrize("wrong", [["C-1"], None, "[C-1"])
def test_the_environment_is_text(wrong: Any) -> None:
    with pytest.raises(InputError, match=r"protected_environment: it must be text|ACRONIS_PROTECTED_TENANTS: '\[C-1'"):
        run([row(1)], [tenant(1)], protected_environment=wrong)


@pytest.mark.parametrize("entry", [uuid(2), "Customer 2", "customer 2 ", "c-2"])
def test_what_is_protected_and_what_is_above_it_is_not_taken_away(entry: str) -> None:
    tenants = [tenant(1, kind="partner", has_children=True), suspended(2, "2026-01-01", above=1), tenant(3)]
    rows = [row(1, days_overdue=20), row(2, days_overdue=90), row(3, days_overdue=20)]
    result = run(rows, tenants, protected_tenants=[entry.strip()])
    assert [one["class"] for one in result["decisions"]] == ["protected", "protected", "suspend"]
    assert result["refusal"] is None


def test_protection_is_not_against_a_reactivation() -> None:
    assert one(row(1), [suspended(1, TODAY)], protected_tenants=["C-1"])["class"] == "reactivate"


def test_an_entry_that_protects_nothing_is_refused() -> None:
    assert "'Custmer 1'" in run([row(1)], [tenant(1)], protected_tenants=["Custmer 1"])["refusal"]
    gone = [tenant(1), tenant(2, deleted_at="2026-10-01")]
    assert "'C-2'" in run([row(1)], gone, protected_tenants=["C-2"])["refusal"]
    # The tenant where the listing begins is known by its ID, and by its name in the paths.
    assert run([row(1)], [tenant(1)], protected_tenants=[ROOT, "northwind msp"])["refusal"] is None


def test_a_tenant_with_sub_tenants_is_terminated_only_with_all_of_them() -> None:
    tenants = [suspended(1, "2026-01-01", has_children=True), suspended(2, "2026-01-01", above=1)]
    both = [row(1, days_overdue=90), row(2, days_overdue=90)]
    assert classes(both, tenants) == ["terminate", "terminate"]
    assert classes(both[:1], tenants) == ["keep"]
    paid = [row(1, days_overdue=90), row(2)]
    assert classes(paid, tenants) == ["keep", "keep"]
    deeper = [*tenants, tenant(3, above=2)]
    decisions = run(both, deeper)["decisions"]
    assert [decision["class"] for decision in decisions] == ["keep", "keep"]
    assert "'Customer 2'" in decisions[0]["reason"] and "'Customer 3'" in decisions[1]["reason"]


def test_with_delete_descendants_what_has_a_row_of_its_own_still_decides() -> None:
    policy = {"delete_descendants": True, "min_rows_percent": 0}
    tenants = [
        suspended(1, "2026-01-01", has_children=True),
        tenant(2, above=1),
        tenant(3, above=2),
    ]
    above = row(1, days_overdue=90)
    assert classes([above], tenants, policy) == ["terminate"]
    # A paying customer, or one that has only just become overdue, is not deleted with its partner.
    assert classes([above, row(3)], tenants, policy) == ["keep", "keep"]
    assert classes([above, row(3, days_overdue=90)], tenants, policy) == ["keep", "suspend"]
    assert classes([above, row(3, error="line 4: bad")], tenants, policy) == ["keep", "bad_row"]


def test_a_tenant_that_hides_what_is_below_it_is_terminated_only_with_delete_descendants() -> None:
    hiding = [suspended(1, "2026-01-01", children_hidden=True)]
    overdue = row(1, days_overdue=90)
    assert one(overdue, hiding)["class"] == "keep"
    assert one(overdue, hiding, {"delete_descendants": True})["class"] == "terminate"


def test_deleted_sub_tenants_do_not_count() -> None:
    tenants = [suspended(1, "2026-01-01", has_children=True), tenant(2, above=1, deleted_at="2026-10-01")]
    assert one(row(1, days_overdue=90), tenants)["class"] == "terminate"


def test_nothing_is_reactivated_below_a_tenant_that_is_not() -> None:
    below = suspended(2, "2026-10-01", above=1, disabled_above=uuid(1))
    by_hand = [tenant(1, enabled=False), below]
    assert classes([row(1), row(2)], by_hand) == ["keep", "keep"]
    assert "'Customer 1'" in run([row(1), row(2)], by_hand)["decisions"][1]["reason"]
    ours = [suspended(1, "2026-10-01"), below]
    assert classes([row(1), row(2)], ours) == ["reactivate", "reactivate"]
    assert classes([row(1, days_overdue=20), row(2)], ours) == ["keep", "keep"]
    # Above the listing.
    unseen = suspended(2, "2026-10-01", disabled_above=ROOT)
    assert one(row(2), [unseen])["class"] == "keep"


def test_nothing_is_reactivated_below_what_the_same_run_suspends() -> None:
    tenants = [tenant(1), tenant(2, above=1), suspended(3, "2026-10-01", above=2)]
    decisions = run([row(1, days_overdue=20), row(2), row(3)], tenants)["decisions"]
    assert [decision["class"] for decision in decisions] == ["suspend", "keep", "keep"]
    assert "suspended by this run" in decisions[2]["reason"]


def test_a_deleted_tenant_needs_nothing_more_but_is_missed_when_it_has_paid() -> None:
    gone = [suspended(1, "2026-01-01", deleted_at="2026-10-01T08:00:00")]
    assert one(row(1, days_overdue=90), gone)["class"] == "keep"
    assert one(row(1, state="absent"), gone)["class"] == "keep"
    decision = one(row(1), gone)
    assert decision["class"] == "not_found" and "2026-10-01T08:00:00" in decision["reason"]
    # One that is alive, or nearly so called, counts more.
    again = [*gone, tenant(2, customer_id="C-1")]
    assert one(row(1, days_overdue=90), again)["id"] == uuid(2)
    near = [*gone, tenant(2, customer_id="c-1")]
    assert one(row(1, days_overdue=90), near)["class"] == "nearly_found"


def test_a_short_export_is_refused() -> None:
    tenants = [tenant(number) for number in range(1, 5)] + [tenant(5, kind="partner"), tenant(6, deleted_at="2026")]
    assert "empty" in run([], tenants)["refusal"]
    assert "1 rows for 4 customers" in run([row(1)], tenants)["refusal"]
    assert run([row(1), row(2)], tenants)["refusal"] is None
    assert run([row(1)], tenants, {"min_rows_percent": 0})["refusal"] is None
    rows = [row(number) for number in range(1, 5)]
    assert run(rows, tenants, last_rows=5)["refusal"] is None
    assert "the last one had 6" in run(rows, tenants, last_rows=6)["refusal"]
    assert run(rows, tenants, {"min_of_last_percent": 0}, last_rows=600)["refusal"] is None


def test_decisions_are_made_although_the_export_is_refused() -> None:
    result = run([row(1, days_overdue=20)], [tenant(number) for number in range(1, 9)])
    assert result["refusal"] and result["totals"]["suspend"] == 1


def test_a_name_that_cannot_be_given_as_input_is_not_asked_for() -> None:
    decision = one(row(1, days_overdue=20), [tenant(1, name="{{ 7*7 }}")])
    assert "expected_name" not in decision["change"] and decision["change"]["expected_version"] == 7


def without(entry: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != key}


@pytest.mark.parametrize("key", list(row(1)))
def test_a_row_without_one_of_its_keys_is_an_error(key: str) -> None:
    with pytest.raises(InputError, match=rf"rows\[1\].*'{key}'"):
        run([row(1), without(row(2), key)], [tenant(1)])


@pytest.mark.parametrize("key", sorted(set(tenant(1)) - {"pricing_mode", "deleted_at"}))
def test_a_tenant_without_one_of_its_keys_is_an_error(key: str) -> None:
    with pytest.raises(InputError, match=rf"tenants\[0\].*'{key}'"):
        run([row(1)], [without(tenant(1), key)])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rows": "line"}, "rows: it must be a list"),
        ({"rows": [7]}, "rows[0]: it must be a mapping"),
        ({"rows": [row(1, days_overdue="20")]}, "rows[0].days_overdue: it must be a whole number or null, not '20', "),
        ({"rows": [row(1, days_overdue=True)]}, "rows[0].days_overdue"),
        ({"rows": [row(1, days_overdue=1.5)]}, "rows[0].days_overdue"),
        ({"rows": [row(1, customer_id=123)]}, "rows[0].customer_id: it must be text or null, not '123', which is not"),
        ({"rows": [row(1, dayz=1)]}, "unknown key 'dayz'"),
        ({"tenants": None}, "tenants: it must be a list"),
        ({"tenants": [tenant(1, enabled="yes")]}, "tenants[0].enabled: it must be true or false, not 'yes'"),
        ({"tenants": [tenant(1), tenant(1)]}, "same ID"),
        ({"tenants": [tenant(1), tenant(2, above=9)]}, "without the filters"),
        ({"tenants": [tenant(1, above=2), tenant(2, above=1)]}, "their own ancestors"),
        ({"policy": "all"}, "policy: it must be a mapping"),
        ({"policy": {"suspend_after": 3}}, "unknown key 'suspend_after'"),
        ({"policy": {"suspend_after_days": "14"}}, "policy.suspend_after_days"),
        ({"policy": {"suspend_after_days": -1}}, "0 or more"),
        ({"policy": {"suspend_after_days": 14, "terminate_after_days": 14}}, "greater than suspend_after_days"),
        ({"policy": {"terminate_after_days": 14}}, "greater than suspend_after_days"),
        ({"policy": {"reactivate": "mine"}}, "own, all, none"),
        ({"policy": {"min_rows_percent": 101}}, "between 0 and 100"),
        ({"date": "3.11.2026"}, "date: it must be text such as"),
        ({"date": "2026-02-30"}, "date: it must be text such as"),
        ({"date": "20261103"}, "date: it must be text such as"),
        ({"date": None}, "date: it must be text such as"),
        ({"last_rows": "7"}, "last_rows"),
        ({"last_rows": -7}, "last_rows"),
        ({"protected_tenants": "Customer 1"}, "protected_tenants: it must be a list"),
        ({"protected_tenants": [7]}, "protected_tenants[0]"),
        ({"protected_tenants": [datetime.date.fromisoformat(TODAY)]}, "protected_tenants[0]: '2026-11-03' is a date"),
        ({"protected_environment": "None"}, "ACRONIS_PROTECTED_TENANTS[0]"),
    ],
)
def test_input_that_is_not_as_it_must_be_is_an_error(changes: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {"rows": [row(1)], "tenants": [tenant(1)], "policy": POLICY, "date": TODAY, **changes}
    with pytest.raises(InputError) as error:
        decide(**given)
    assert said in error.value.message


def test_every_doubtful_class_is_a_class() -> None:
    assert set(DOUBTFUL) < set(CLASSES)


def test_the_work_grows_with_the_rows_and_not_with_their_square() -> None:
    """Counted in calls, since seconds say little on a shared machine: a line down from the root, all of it near misses
    and protected."""
    calls = [_calls(size) for size in (100, 400)]
    assert calls[1] < 5 * calls[0]


def _calls(size: int) -> int:
    tenants = [suspended(n, "2026-01-01", above=n - 1 if n else None, has_children=True) for n in range(size)]
    rows = [row(n, days_overdue=90, customer_id=f"c-{n}" if n % 2 else f"C-{n}") for n in range(size)]
    count = 0

    def profile(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        run(rows, tenants, protected_tenants=[f"Customer {n}" for n in range(0, size, 10)])
    finally:
        sys.setprofile(None)
    return count
