# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold for every export, tree and policy, and over many runs: properties, with a model of the platform."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._errors import RefusedError
from ansible_collections.community.acronis.plugins.module_utils._rules import guard_contradiction
from ansible_collections.community.acronis.plugins.plugin_utils._standing import CLASSES, decide, marked
from ansible_collections.community.acronis.tests.unit.plugins.plugin_utils.export import MARKER, row, tenant, uuid

Dicts = list[dict[str, Any]]

START = date(2026, 11, 3)
STATES = ("enabled", "disabled", "absent")
tags = st.one_of(
    st.none(),
    st.just("CRM 4711"),
    st.integers(-3, 90).map(lambda days: f"{MARKER}{START - timedelta(days=days)}"),
)
limits = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"suspend_after_days": st.integers(0, 20)}),
    st.tuples(st.integers(0, 20), st.integers(1, 20)).map(
        lambda both: {"suspend_after_days": both[0], "terminate_after_days": sum(both)}
    ),
)
policies = st.builds(
    lambda days, more: {**days, **more},
    limits,
    st.fixed_dictionaries({"reactivate": st.sampled_from(["own", "all", "none"]), "delete_descendants": st.booleans()}),
)
holds = st.sampled_from([None, None, None, "dispute"])


@st.composite
def trees(draw: st.DrawFn) -> Dicts:
    found: Dicts = []
    for number in range(draw(st.integers(1, 8))):
        above = draw(st.one_of(st.none(), st.integers(0, number - 1))) if number else None
        gone = above is not None and found[above]["deleted_at"] is not None
        changes = {
            "enabled": draw(st.booleans()),
            "internal_tag": draw(tags),
            "children_hidden": draw(st.sampled_from([False, False, False, True])),
            "deleted_at": "2026-10-01" if gone or draw(st.integers(0, 9)) == 0 else None,
        }
        found.append(tenant(number, above, **changes))
    return found


@st.composite
def exports(draw: st.DrawFn, count: int) -> Dicts:
    rows: Dicts = []
    for line in range(draw(st.integers(0, count + 2))):
        number = draw(st.integers(0, count))
        names = draw(
            st.sampled_from(
                [
                    *[{"customer_id": f"C-{number}"}] * 4,
                    {"customer_id": None, "tenant": f"Customer {number}"},
                    {"customer_id": None, "tenant": uuid(number)},
                    {"customer_id": f"c-{number}"},
                    {"tenant": f"Customer {number}"},
                ]
            )
        )
        asks = draw(
            st.one_of(
                st.fixed_dictionaries({"days_overdue": st.one_of(st.none(), st.integers(-5, 60))}),
                st.fixed_dictionaries({"state": st.sampled_from(STATES)}),
            )
        )
        more = {"hold": draw(holds), "error": draw(st.sampled_from([None, None, None, None, "line: bad"]))}
        rows.append(row(number, line, **names, **asks, **more))
    return rows


@st.composite
def nights(draw: st.DrawFn) -> tuple[Dicts, Dicts, dict[str, Any], list[str]]:
    tenants = draw(trees())
    live = [one["name"] for one in tenants if one["deleted_at"] is None]
    protected = draw(st.lists(st.sampled_from(live), max_size=1)) if live else []
    return draw(exports(len(tenants))), tenants, draw(policies), protected


def run(rows: Dicts, tenants: Dicts, policy: dict[str, Any], protected: list[str], day: date = START) -> Any:
    return decide(rows, tenants, policy, str(day), protected)


def chain(tenants: Dicts, tenant_id: str) -> list[str]:
    """The tenant and what is above it."""
    by_id = {one["id"]: one for one in tenants}
    found = [tenant_id]
    while by_id[found[-1]]["parent_id"] in by_id:
        found.append(by_id[found[-1]]["parent_id"])
    return found


def apply(decisions: Dicts, tenants: Dicts) -> Dicts:
    """Return the tenants as they are when the changes were made, with the guards of the platform's side."""
    after = {one["id"]: dict(one) for one in tenants}
    for decision in decisions:
        change = decision["change"]
        if change is None:
            continue
        one = after[change["tenant"]]
        assert one["deleted_at"] is None
        assert change["expected_version"] == one["version"]
        assert change["expected_internal_tag"] == (one["internal_tag"] or "")
        assert change.get("expected_name", one["name"]) == one["name"]
        if change["state"] == "absent":
            assert not one["enabled"]
            for below in after.values():
                if one["id"] in chain(tenants, below["id"]):
                    below["deleted_at"] = below["deleted_at"] or "2026-11-03"
        else:
            assert one["enabled"] != (change["state"] == "enabled")
            one["enabled"] = change["state"] == "enabled"
            one["internal_tag"] = change.get("internal_tag", one["internal_tag"]) or None
    for one in after.values():
        one["version"] += 1
    return list(after.values())


@settings(max_examples=60)
@given(nights())
def test_every_row_is_in_exactly_one_class(night: tuple[Dicts, Dicts, dict[str, Any], list[str]]) -> None:
    rows, _tenants, _policy, _protected = night
    result = run(*night)
    assert [one["line"] for one in result["decisions"]] == [one["line"] for one in rows]
    assert all(one["class"] in CLASSES and one["reason"] for one in result["decisions"])
    assert sum(result["totals"].values()) == result["rows"] == len(rows)
    for name in CLASSES:
        assert result["totals"][name] == sum(one["class"] == name for one in result["decisions"])


@settings(max_examples=40)
@given(nights(), st.randoms())
def test_the_order_does_not_matter(night: tuple[Dicts, Dicts, dict[str, Any], list[str]], random: Any) -> None:
    rows, tenants, policy, protected = night
    first = run(*night)
    assert first == run(*night)
    rows, tenants = list(rows), list(tenants)
    random.shuffle(rows)
    random.shuffle(tenants)
    second = run(rows, tenants, policy, protected)
    for result in (first, second):
        result["decisions"].sort(key=lambda one: one["line"])
        result["doubtful"].sort(key=lambda one: one["line"])
    assert first == second


@settings(max_examples=60)
@given(nights())
def test_what_comes_out_is_what_may_be_done(night: tuple[Dicts, Dicts, dict[str, Any], list[str]]) -> None:
    rows, tenants, policy, protected = night
    by_id = {one["id"]: one for one in tenants}
    by_line = {one["line"]: one for one in rows}
    gap = max(1, policy.get("terminate_after_days", 1) - policy.get("suspend_after_days", 0))
    gap = gap if "terminate_after_days" in policy else 1
    decisions = run(*night)["decisions"]
    states = {one["id"]: one["change"]["state"] for one in decisions if one["change"]}
    assert len(states) == sum(one["change"] is not None for one in decisions)
    for decision in decisions:
        change = decision["change"]
        if change is None:
            continue
        one, asked = by_id[decision["id"]], by_line[decision["line"]]
        ours = marked(one["internal_tag"])
        assert asked["hold"] is None and asked["error"] is None and one["deleted_at"] is None
        above = chain(tenants, one["id"])[1:]
        below = [other for other in tenants if one["id"] in chain(tenants, other["id"])[1:]]
        if change["state"] == "enabled":
            assert policy["reactivate"] == "all" or (policy["reactivate"] == "own" and ours)
            assert all(by_id[other]["enabled"] or states.get(other) == "enabled" for other in above)
            assert all(states.get(other) in (None, "enabled") for other in above)
        else:
            assert one["name"] not in protected
            assert not any(other["name"] in protected for other in below)
        if change["state"] == "absent":
            assert ours and (START - ours).days >= gap
            stay = [other for other in below if other["deleted_at"] is None and states.get(other["id"]) != "absent"]
            assert policy["delete_descendants"] or not stay
            assert not any(decision["id"] == other["id"] for other in stay for decision in decisions)
        # Tags of others are not overwritten.
        assert "internal_tag" not in change or not one["internal_tag"] or ours
        for other in above:
            if other in states:
                try:
                    guard_contradiction(change["state"], states[other], "one")
                except RefusedError as error:
                    raise AssertionError(states) from error


@settings(max_examples=60)
@given(nights(), st.integers(0, 200))
def test_a_second_run_of_the_day_has_nothing_to_do(
    night: tuple[Dicts, Dicts, dict[str, Any], list[str]], late: int
) -> None:
    """However late in the life of the debts and markers it is."""
    rows, tenants, policy, protected = night
    day = START + timedelta(days=late)
    first = run(rows, tenants, policy, protected, day)
    after = apply(first["decisions"], tenants)
    second = run(rows, after, policy, protected, day)
    assert [one for one in second["decisions"] if one["change"]] == []


events = st.lists(
    st.tuples(st.integers(0, 40), st.one_of(st.none(), st.integers(0, 80)), holds), min_size=1, max_size=12
)


@given(events, st.integers(0, 20), st.integers(1, 30))
def test_no_debt_however_it_moves_skips_a_step(
    history: list[tuple[int, int | None, str | None]], first: int, gap: int
) -> None:
    """Runs on any days, with debts that grow, shrink (a partial payment moves the oldest invoice) and vanish."""
    policy = {"suspend_after_days": first, "terminate_after_days": first + gap}
    tenants, day = [tenant(1)], START
    suspended_on: date | None = None
    for pause, days, hold in history:
        day += timedelta(days=pause)
        before = tenants[0]
        decision = run([row(1, days_overdue=days, hold=hold)], tenants, policy, [], day)["decisions"][0]
        tenants = apply([decision], tenants)
        if hold is not None and before["deleted_at"] is None:
            assert decision["change"] is None
        if decision["class"] == "suspend":
            assert before["enabled"] and days is not None and days >= first
            suspended_on = day
        elif decision["class"] == "reactivate":
            assert not before["enabled"] and (days is None or days < first)
            suspended_on = None
        elif decision["class"] == "terminate":
            assert suspended_on is not None and (day - suspended_on).days >= gap and days is not None
            assert days >= first + gap
            break


@settings(max_examples=30)
@given(nights(), st.integers(1, 3000))
def test_a_late_run_never_takes_two_steps(night: tuple[Dicts, Dicts, dict[str, Any], list[str]], late: int) -> None:
    rows, tenants, policy, protected = night
    for decision in run(rows, tenants, policy, protected, START + timedelta(days=late))["decisions"]:
        if decision["enabled"]:
            assert decision["class"] not in ("terminate", "reactivate")
        else:
            assert decision["class"] != "suspend"
