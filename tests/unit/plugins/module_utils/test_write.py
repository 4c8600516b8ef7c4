# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.acronis.plugins.module_utils._results import Report
from ansible_collections.community.acronis.plugins.module_utils._run import run
from ansible_collections.community.acronis.plugins.module_utils._write import MAX_CONFLICTS
from ansible_collections.community.acronis.tests.unit.world import World


def ended(report: Report) -> tuple[bool, list[str], Any]:
    result = report.as_result(diff=False)
    (entry,) = result["tenants"]
    assert result["changed"] == entry["changed"]
    return entry["changed"], entry["actions"], entry["after"]["state"]


def interfere(world: World, method: str, **change: Any) -> None:
    """Have another administrator come in just before the next request of this method."""
    world.app.faults.add(method=method, path="/tenants/", change=change)


@pytest.mark.no_cover
@pytest.mark.parametrize("status", [400, 409, 412, 426])
@pytest.mark.parametrize("code", ["integer", "string", "http_status", "absent"])
@pytest.mark.parametrize("shape", ["full", "minimal"])
@pytest.mark.parametrize(("state", "method"), [("disabled", "PUT"), ("absent", "PUT"), ("absent", "DELETE")])
def test_a_version_mismatch_in_every_dress(
    world: World, status: int, code: str, shape: str, state: str, method: str
) -> None:
    world.app.platform.switches.update({"mismatch_status": status, "error_code": code, "error_shape": shape})
    interfere(world, method, bump=True)
    report = world.run(state, tenant=world.id("solo"))
    assert report.failure is None
    assert ended(report)[0] is True
    assert len(world.writes()) == (2 if state == "disabled" else 3)
    assert world.effects() == (1 if state == "disabled" else 2)


@pytest.mark.parametrize(
    ("state", "method", "change", "target", "effects"),
    [
        ("disabled", "PUT", {"set": {"enabled": False}}, (False, [], "disabled"), 0),
        ("absent", "PUT", {"set": {"enabled": False}}, (True, ["delete"], "deleted"), 1),
        ("absent", "PUT", {"delete": True}, (False, [], "deleted"), 0),
        ("absent", "DELETE", {"delete": True}, (True, ["disable"], "deleted"), 1),
        ("absent", "DELETE", {"set": {"enabled": True}}, (True, ["disable", "disable", "delete"], "deleted"), 3),
        ("disabled", "PUT", {"set": {"name": "New Name"}}, (True, ["disable"], "disabled"), 1),
    ],
)
def test_another_writer_comes_first(
    world: World, state: str, method: str, change: Any, target: Any, effects: int
) -> None:
    interfere(world, method, **change)
    report = world.run(state, tenant=world.id("solo"))
    assert report.failure is None
    assert ended(report) == target
    assert world.effects() == effects


@pytest.mark.parametrize(
    ("options", "change", "words"),
    [
        ({"tenant": "Solo Software"}, {"set": {"name": "New Name"}}, "no longer the tenant with name"),
        ({"customer_id": "C-3001"}, {"set": {"customer_id": "C-9"}}, "no longer the tenant with customer_id"),
        ({"tenant": "{solo}", "expected_name": "Solo Software"}, {"set": {"name": "New Name"}}, "expected_name"),
        ({"tenant": "{solo}", "expected_version": 3}, {}, "not 3 \\(expected_version\\)"),
        ({"tenant": "{solo}"}, {"set": {"update_lock": {"enabled": True, "owner_id": "{coral}"}}}, "locked by tenant"),
        ({"tenant": "{solo}"}, {"delete": True}, "was deleted at"),
        (
            {"tenant": "{solo}", "protected_tenants": ["New Name"], "unmatched_protection": "warn"},
            {"set": {"name": "New Name"}},
            "it is protected",
        ),
    ],
)
def test_every_guard_is_checked_again(world: World, options: Any, change: Any, words: str) -> None:
    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: fill(inner) for key, inner in value.items()}
        return value.format(**world.app.platform.well_known) if isinstance(value, str) else value

    interfere(world, "PUT", **fill(change))
    report = world.run("disabled", **fill(options))
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(report.failure)
    assert ended(report)[:2] == (False, [])
    assert (len(world.writes()), world.effects()) == (1, 0)


def test_a_sub_tenant_that_appears_after_the_plan_is_not_deleted(world: World) -> None:
    platform = world.app.platform
    put = world.app.faults.add(method="PUT", change={"bump": False})
    original = put.change.make  # type: ignore[union-attr]

    def make(target: Any, tenant_id: Any) -> None:
        platform.add_tenant(platform.tenants[world.id("solo")], "New Unit", "unit")
        original(target, tenant_id)

    put.change.make = make  # type: ignore[union-attr,method-assign]
    report = world.run("absent", tenant=world.id("solo"))
    assert report.failure is not None
    assert "is disabled, not deleted" in report.failure and "'New Unit'" in report.failure
    assert ended(report) == (True, ["disable"], "disabled")


def test_a_writer_that_never_rests_is_given_up_on(world: World) -> None:
    world.app.faults.add(method="PUT", times=-1, change={"bump": True})
    report = world.run("disabled", tenant=world.id("solo"))
    assert report.failure is not None and "1001" in report.failure
    assert (len(world.writes()), world.effects()) == (MAX_CONFLICTS + 1, 0)
    assert ended(report)[0] is False


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize(
    ("state", "method", "writes"), [("disabled", "PUT", 1), ("absent", "PUT", 2), ("absent", "DELETE", 2)]
)
@pytest.mark.parametrize("retry_timeout", [0, 120])
def test_a_lost_answer(world: World, drop: str, state: str, method: str, writes: int, retry_timeout: int) -> None:
    world.app.faults.add(method=method, drop=drop)
    report = world.run(state, auth={"retry_timeout": retry_timeout}, tenant=world.id("solo"))
    if drop == "before" and not retry_timeout:
        assert report.failure is not None and "closed" in report.failure
    else:
        assert report.failure is None
        assert len(world.writes()) == writes + (drop == "before")
        assert world.effects() == writes
    assert ended(report)[0] is (world.effects() > 0)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_trouble_of_the_server_on_a_write(world: World, status: int, method: str) -> None:
    world.app.faults.add(method=method, status=status, shape="html", headers={"Retry-After": "5"})
    report = world.run("absent", tenant=world.id("solo"))
    assert report.failure is None
    assert ended(report) == (True, ["disable", "delete"], "deleted")
    assert world.slept == [5.0]


def test_an_answer_too_late_to_a_write_that_lands_after_the_next_read(world: World) -> None:
    """The first PUT seems lost, and the repeated one meets the version that the first one made."""
    solo = world.id("solo")
    world.app.faults.add(method="PUT", drop="before")
    world.app.faults.add(method="PUT", change={"set": {"enabled": False}})
    report = world.run("disabled", tenant=solo)
    assert report.failure is None
    assert ended(report) == (True, ["disable"], "disabled")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_an_outcome_that_cannot_be_read_is_said_to_be_unknown(world: World, method: str) -> None:
    world.app.faults.add(method=method, drop="after")
    world.app.faults.add(method="GET", path="/tenants/", times=-1, status=403, code=1002)
    report = world.run("absent" if method == "DELETE" else "disabled", tenant=world.id("solo"))
    assert report.failure is not None and "not known whether" in report.failure
    assert ended(report)[::2] == (True, None)
    assert world.effects() == (2 if method == "DELETE" else 1)


def test_a_refusal_stays_the_refusal_when_reading_fails_too(world: World) -> None:
    world.app.faults.add(method="PUT", status=400, code=1003)
    world.app.faults.add(method="GET", path="/tenants/", status=403, code=1002)
    report = world.run("disabled", tenant=world.id("solo"))
    assert report.failure is not None and "1003" in report.failure
    assert ended(report)[0] is False


def test_a_200_that_does_not_show_the_wanted_state_is_a_failure(world: World) -> None:
    solo = world.api().get(world.id("solo"))
    assert solo is not None
    body = '{"id": "%s", "version": 9, "name": "Solo Software", "kind": "customer", "enabled": true, "parent_id": "%s"}'
    world.app.faults.add(method="PUT", body=body % (solo.id, solo.parent_id), times=-1)
    report = world.run("disabled", tenant=solo.id)
    assert report.failure is not None and "accepted the request to disable it but shows it as enabled" in report.failure
    assert ended(report)[0] is False
    assert len(world.writes()) == 1


@pytest.mark.parametrize("body", ["", "<html>", "[]", "{}"])
def test_a_200_that_says_nothing_is_looked_into(world: World, body: str) -> None:
    world.app.faults.add(method="PUT", body=body)
    report = world.run("disabled", tenant=world.id("solo"))
    assert report.failure is not None and "datacenter_url" in report.failure
    assert (ended(report)[0], len(world.writes())) == (False, 1)


@pytest.mark.parametrize("status", [400, 409])
def test_a_parent_that_is_disabled_after_the_plan(world: World, status: int) -> None:
    world.app.platform.switches.update({"parent_disabled_status": status})
    world.app.faults.add(method="PUT", change={"tenant_id": world.id("contoso"), "set": {"enabled": False}})
    report = world.run("enabled", tenant=world.id("dormant"))
    assert (
        report.failure is not None and "1003" in report.failure and "Enable the parent tenant first" in report.failure
    )
    assert ended(report) == (False, [], "disabled")
    assert len(world.writes()) == 1


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("relative_path_honored", [True, False])
@pytest.mark.parametrize(("key", "above"), [("dormant", "contoso"), ("bakery_north", "branches")])
def test_an_ancestor_that_is_disabled(check_mode: bool, relative_path_honored: bool, key: str, above: str) -> None:
    """What can be read is foreseen: nothing is sent that the platform would refuse."""
    world = World.of(relative_path_honored=relative_path_honored)
    world.app.platform.interfere(world.id(key), values={"enabled": False})
    world.app.platform.interfere(world.id(above), values={"enabled": False})
    report = world.run("enabled", check_mode, tenant=world.id(key))
    name = world.app.platform.tenants[world.id(above)].name
    assert report.failure is not None and f"{name!r} ({world.id(above)}) above it is disabled" in report.failure
    assert (ended(report), world.writes()) == ((False, [], "disabled"), [])
    # The same task may enable it first.
    report = world.run("enabled", check_mode, tenants=[world.id(key), world.id(above)])
    assert (report.failure, len(world.writes())) == (None, 0 if check_mode else 2)


def test_a_lock_between_the_two_writes_of_a_termination(world: World) -> None:
    solo = world.id("solo")
    interfere(world, "DELETE", set={"update_lock": {"enabled": True, "owner_id": world.id("coral")}}, bump=False)
    report = world.run("absent", tenant=solo)
    assert report.failure is not None
    assert "is disabled, not deleted" in report.failure and f"locked by tenant {world.id('coral')}" in report.failure
    assert ended(report) == (True, ["disable"], "disabled")
    world.app.platform.interfere(solo, values={"update_lock": {"enabled": False}})
    assert ended(world.run("absent", tenant=solo)) == (True, ["delete"], "deleted")


def test_a_write_without_a_connection_or_right_is_not_looked_into(world: World) -> None:
    world.app.faults.add(method="PUT", status=401, times=-1)
    report = world.run("disabled", tenant=world.id("solo"))
    assert report.failure is not None and "HTTP 401" in report.failure
    assert world.requests().count("GET tenants") == 1


def test_expected_version_covers_both_writes_of_a_termination(world: World) -> None:
    assert ended(world.run("absent", tenant=world.id("solo"), expected_version=3)) == (
        True,
        ["disable", "delete"],
        "deleted",
    )
    interfere(world, "DELETE", bump=True)
    report = world.run("absent", tenant=world.id("law"), expected_version=1)
    assert report.failure is not None and "expected_version" in report.failure
    assert ended(report)[:2] == (True, ["disable"])


@pytest.mark.parametrize("code", [1011, "1011", 1029])
@pytest.mark.parametrize(("times", "done"), [(3, True), (-1, False)])
def test_work_in_progress_is_waited_for_within_the_budget(world: World, code: Any, times: int, done: bool) -> None:
    world.app.faults.add(method="DELETE", status=409, code=code, times=times)
    report = world.run("absent", tenant=world.id("solo"))
    assert (report.failure is None) is done
    assert done or ("is disabled, not deleted" in str(report.failure) and "being removed" in str(report.failure))
    assert (sum(world.slept) == 120) is not done
    assert ended(report)[1] == ["disable", "delete"][: 2 if done else 1]


def test_a_client_that_goes_down_with_the_tenant_it_disabled(world: World) -> None:
    world.app.faults.add(method="DELETE", status=401, times=-1)
    report = world.run("absent", tenant=world.id("solo"))
    assert report.failure is not None and "may belong to the tenant that was just disabled" in report.failure
    assert ended(report)[:2] == (True, ["disable"])


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": "before", "change": {"set": {"enabled": False}}},
        {"drop": "after", "after_change": {"set": {"internal_tag": "other"}}},
    ],
)
def test_expected_version_does_not_go_along_with_a_lost_answer(world: World, fault: Any) -> None:
    """Nobody can tell what else is in the version that is shown now, so the deletion is left undone."""
    world.app.faults.add(method="PUT", **fault)
    report = world.run("absent", tenant=world.id("solo"), expected_version=3)
    assert report.failure is not None and "is disabled, not deleted" in report.failure
    assert "not 3 (expected_version)" in report.failure
    assert [method for method, _tenant, _version in world.writes()] == ["PUT"]


@pytest.mark.parametrize("status", [429, 503])
def test_what_the_platform_asks_for_is_told_once(world: World, status: int) -> None:
    world.app.faults.add(method="PUT", status=status, headers={"Retry-After": "500"})
    report = world.run("disabled", tenant=world.id("solo"))
    assert report.failure is not None and report.failure.count("It asks to wait 500 seconds") == 1
    # A 429 surely had no effect; after a 503 the tenant cannot be read, since that would have to wait, too.
    assert ended(report) == ((False, [], "enabled") if status == 429 else (True, [], None))


def test_trouble_with_the_token_is_not_trouble_with_the_write(world: World) -> None:
    # The token is refused in the middle, and there is no other to be had.
    world.app.faults.add(method="PUT", status=401)
    world.app.faults.add(path="/idp/token", skip=1, times=-1, status=503)
    report = world.run("disabled", tenant=world.id("solo"))
    assert report.failure is not None and "was not disabled" in report.failure and "HTTP 503" in report.failure
    assert ended(report)[0] is False
    assert sum(world.slept) == 120


@pytest.mark.parametrize("retry_timeout", [0, 60])
def test_a_write_without_an_answer_is_said_to_have_had_no_effect_yet(world: World, retry_timeout: int) -> None:
    world.app.faults.add(method="PUT", drop="before", times=-1)
    report = world.run("disabled", auth={"retry_timeout": retry_timeout}, tenant=world.id("solo"))
    assert report.failure is not None and "had not taken effect when the tenant was read afterwards" in report.failure
    assert (ended(report)[0], world.effects(), sum(world.slept)) == (False, 0, retry_timeout)


def test_a_mismatch_without_another_version_is_not_repeated(world: World) -> None:
    world.app.faults.add(method="PUT", status=409, code=1001, times=-1)
    report = world.run("disabled", tenant=world.id("solo"))
    assert report.failure is not None and "1001" in report.failure
    assert len(world.writes()) == 1


@pytest.mark.parametrize("position", range(7))
@pytest.mark.parametrize("fault", [{}, {"drop": "after"}, {"status": 503}])
def test_no_write_is_begun_after_the_word_to_stop(world: World, position: int, fault: Any) -> None:
    """The word comes with the answer to each of the requests in turn; the write that is on its way is settled."""
    sent: list[str] = []

    def note(response: Any, *_arguments: Any, **_options: Any) -> None:
        if len(sent) == position:
            api.stop.request()
        sent.append(response.request.method)

    world.equip = lambda session: session.hooks["response"].append(note)
    api = world.api()
    if fault:
        world.app.faults.add(method="PUT", **fault)
    report = run(api, world.request("absent", tenant=world.id("solo")), False)
    begun = [method for method in sent[position + 1 :] if method in ("PUT", "DELETE")]
    assert begun == []
    changed, actions, state = ended(report)
    assert (changed, len(actions)) == (world.effects() > 0, world.effects())
    assert (report.failure is None) is (state == "deleted")
    if report.failure is not None:
        assert "interrupted" in report.failure or fault
        assert ("is disabled, not deleted" in report.failure) is (actions == ["disable"])
        assert fault or not actions or "interrupted before it could delete it" in report.failure


def test_the_word_to_stop_ends_the_waiting(world: World) -> None:
    api = world.api()
    world.app.faults.add(method="PUT", status=503, times=-1)
    sleep = world.sleep

    def told_while_sleeping(seconds: float) -> None:
        sleep(seconds)
        api.stop.request()

    world.sleep = told_while_sleeping  # type: ignore[method-assign]
    object.__setattr__(api._client._timing, "sleep", told_while_sleeping)
    report = run(api, world.request("disabled", tenant=world.id("solo")), False)
    assert report.failure is not None and "HTTP 503" in report.failure
    assert len(world.slept) == 1 and len(world.writes()) == 1


@pytest.mark.parametrize("state", ["enabled", "disabled"])
@pytest.mark.parametrize("comes_back", [False, True])
@pytest.mark.parametrize("raised", [False, True])
@pytest.mark.parametrize("fault", [{}, {"drop": "before"}, {"drop": "after"}, {"status": 503}, {"delay": 40}])
@pytest.mark.parametrize("version", [None, 33])
def test_a_restoration(
    world: World, state: str, comes_back: bool, raised: bool, fault: Any, version: int | None
) -> None:
    world.app.platform.switches.update({"restored_enabled": comes_back, "restore_raises_version": raised})
    former = world.id("former")
    options = {"tenant": former, "restore_deleted": True, "expected_version": version}
    assert world.app.platform.tenants[former].version == 33
    predicted = world.run(state, check_mode=True, **options)
    assert world.writes() == []
    assert ended(predicted) == (True, ["restore", "enable"] if state == "enabled" else ["restore"], state)
    if fault:
        world.app.faults.add(method="POST", path="/restore", **fault)
    report = world.run(state, **options)
    assert report.failure is None
    after = [] if comes_back == (state == "enabled") else ["enable" if state == "enabled" else "disable"]
    assert ended(report) == (True, ["restore", *after], state)
    assert world.effects() == 1 + len(after)
    assert ended(world.run(state, **options)) == (False, [], state)


@pytest.mark.parametrize("comes_back", [False, True])
@pytest.mark.parametrize("fault", [{}, {"drop": "after"}, {"delay": 40}])
@pytest.mark.parametrize(("seconds", "ends"), [(60, True), (500, False)])
def test_a_restoration_that_takes_time(world: World, comes_back: bool, fault: Any, seconds: int, ends: bool) -> None:
    """The state is changed when it is over, if it is over before the time for retries is."""
    world.app.platform.switches.update({"restoration_seconds": seconds, "restored_enabled": comes_back})
    options = {"tenant": world.id("former"), "restore_deleted": True}
    if fault:
        world.app.faults.add(method="POST", path="/restore", **fault)
    state, other = ("disabled", "enabled") if comes_back else ("enabled", "disabled")
    action = "disable" if comes_back else "enable"
    report = world.run(state, **options)
    assert (report.failure is None) is ends
    assert ends or f"is {other}, not {state}: the platform is restoring it; run the task again" in str(report.failure)
    assert ended(report) == (True, ["restore", action] if ends else ["restore"], state if ends else other)
    # Nothing was sent that the platform had to refuse.
    assert world.effects() == len(world.writes()) == 1 + ends
    world.app.platform.clock.advance(seconds)
    assert ended(world.run(state, **options)) == (not ends, [] if ends else [action], state)


@pytest.mark.parametrize("state", ["enabled", "disabled"])
def test_a_restoration_that_is_refused(world: World, state: str) -> None:
    platform, former = world.app.platform, world.id("former")
    for check_mode in (True, False):
        report = world.run(state, check_mode, tenants=[former, world.id("solo")], continue_on_error=True)
        assert report.failure is not None and "set restore_deleted to true" in report.failure
        assert report.trace is None
        assert [target.status for target in report.targets] == [
            "failed",
            "unchanged" if state == "enabled" else "changed",
        ]
    world.app.log.clear()
    platform.add_tenant(platform.tenants[world.id("contoso")], "Former Foods", "customer")
    report = world.run(state, tenant=former, restore_deleted=True)
    assert report.failure is not None and "another tenant has this name" in report.failure
    assert ended(report) == (False, [], "deleted")
    platform.clock.advance(31 * 86400)
    report = world.run(state, tenant=former, restore_deleted=True)
    assert report.failure is not None and "no such tenant" in report.failure


def test_a_restoration_that_is_accepted_and_not_shown(world: World) -> None:
    world.app.faults.add(method="POST", path="/restore", after_change={"delete": True})
    report = world.run("enabled", tenant=world.id("former"), restore_deleted=True)
    assert report.failure is not None and "is deleted, not enabled" in report.failure
    assert "accepted the request to restore it but shows it as deleted" in report.failure
    assert ended(report) == (True, ["restore"], "deleted")


def test_a_restoration_after_which_nothing_can_be_read(world: World) -> None:
    world.app.faults.add(method="GET", path="/tenants/", times=-1, status=403)
    report = world.run("enabled", tenant=world.id("former"), restore_deleted=True)
    assert report.failure is not None and "is in an unknown state, not enabled" in report.failure
    assert ended(report) == (True, ["restore"], None)


def test_restore_deleted_does_not_matter_to_a_live_tenant(world: World) -> None:
    assert ended(world.run("disabled", tenant=world.id("solo"), restore_deleted=True)) == (
        True,
        ["disable"],
        "disabled",
    )
    assert ended(world.run("absent", tenant=world.id("former"), restore_deleted=True)) == (False, [], "deleted")


# -- internal_tag -----------------------------------------------------------------------------------------------------

MARK = "billing suspended 2026-11-26"


def bodies(world: World) -> list[Any]:
    """The bodies of the writes of a state, without the versions."""
    puts = [entry["body"] for entry in world.app.log if entry["method"] == "PUT"]
    assert all(body["version"] for body in puts)
    return [{key: value for key, value in body.items() if key != "version"} for body in puts]


def tag_of(world: World, key: str) -> Any:
    return world.app.platform.tenants[world.id(key)].internal_tag


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("key", "state", "tag", "body", "after"),
    [
        ("solo", "disabled", MARK, {"enabled": False, "internal_tag": MARK}, MARK),
        ("solo", "disabled", None, {"enabled": False}, None),
        ("solo", "absent", MARK, {"enabled": False, "internal_tag": MARK}, MARK),
        ("solo", "enabled", MARK, None, None),
        ("dormant", "enabled", MARK, {"enabled": True, "internal_tag": MARK}, MARK),
        ("dormant", "absent", MARK, None, None),
        ("dormant", "disabled", MARK, None, None),
        ("hospital", "disabled", "", {"enabled": False, "internal_tag": ""}, None),
        ("hospital", "disabled", None, {"enabled": False}, "critical"),
        ("hospital", "absent", None, {"enabled": False}, "critical"),
    ],
)
def test_a_tag_goes_with_a_change_of_state_alone(
    world: World, key: str, state: str, tag: str | None, body: Any, after: str | None, check_mode: bool
) -> None:
    before = tag_of(world, key)
    options: dict[str, Any] = {"tenant": world.id(key), "internal_tag": tag, "delete_descendants": True}
    report = world.run(state, check_mode=check_mode, **options)
    (entry,) = report.as_result(diff=False)["tenants"]
    assert report.failure is None
    assert (entry["before"]["internal_tag"], entry["after"]["internal_tag"]) == (before, after)
    assert bodies(world) == ([body] if body and not check_mode else [])
    assert (tag_of(world, key) or None) == (before if check_mode else after)
    if not check_mode:
        assert ended(world.run(state, **options))[0] is False
        assert len(bodies(world)) == (body is not None)


def test_the_diff_shows_the_tag(world: World) -> None:
    diff = world.run("disabled", True, tenant="Hospital", internal_tag=MARK).as_result(diff=True)["diff"]
    assert diff["before"].endswith("enabled, version 23, internal_tag 'critical'\n")
    assert diff["after"].endswith(f"disabled, internal_tag '{MARK}'\n")
    cleared = world.run("disabled", True, tenant="Hospital", internal_tag="").as_result(diff=True)["diff"]
    assert cleared["after"].endswith("disabled\n")


def test_a_plan_writes_its_tag_and_the_way_back_clears_it(world: World) -> None:
    names = ["Hospital", "Solo Software"]
    planned = world.run("disabled", True, tenants=names, internal_tag=MARK).as_result(False)["tenants"]
    applied = world.run(None, plan=planned)
    assert (applied.failure, tag_of(world, "hospital"), tag_of(world, "solo")) == (None, MARK, MARK)
    back = world.run("enabled", plan=applied.as_result(False)["tenants"], internal_tag="")
    assert (back.failure, bodies(world)[2:]) == (None, [{"enabled": True, "internal_tag": ""}] * 2)


@pytest.mark.parametrize("state", ["disabled", "absent"])
@pytest.mark.parametrize("drop", [None, "before", "after"])
def test_the_expected_tag_holds_until_it_is_written(world: World, state: str, drop: str | None) -> None:
    if drop:
        world.app.faults.add(method="PUT", drop=drop)
    report = world.run(state, tenant=world.id("solo"), expected_internal_tag="", internal_tag=MARK)
    assert (report.failure, ended(report)[0], tag_of(world, "solo")) == (None, True, MARK)
    assert world.effects() == (1 if state == "disabled" else 2)


def test_a_tag_that_somebody_else_has_written_is_not_overwritten(world: World) -> None:
    interfere(world, "PUT", set={"internal_tag": "theirs"})
    report = world.run("disabled", tenant=world.id("solo"), expected_internal_tag="", internal_tag=MARK)
    assert (
        report.failure is not None and "its internal_tag is 'theirs', not '' (expected_internal_tag)" in report.failure
    )
    assert (ended(report)[0], world.effects(), tag_of(world, "solo")) == (False, 0, "theirs")


def test_a_suspension_without_the_tag_is_somebody_elses(world: World) -> None:
    """Also when the answer to our own request was lost."""
    world.app.faults.add(method="PUT", drop="before", change={"set": {"enabled": False}})
    report = world.run("disabled", tenant=world.id("solo"), internal_tag=MARK)
    assert (report.failure, ended(report), tag_of(world, "solo")) == (None, (False, [], "disabled"), None)
    (entry,) = report.as_result(False)["tenants"]
    assert entry["after"]["internal_tag"] is None


def test_a_tag_that_the_platform_does_not_write_is_an_error(world: World) -> None:
    platform = world.app.platform
    update = platform.update_tenant

    def forgetful(caller: Any, tenant_id: str, body: dict[str, Any]) -> Any:
        return update(caller, tenant_id, {key: value for key, value in body.items() if key != "internal_tag"})

    platform.update_tenant = forgetful  # type: ignore[method-assign]
    for state, word in (("disabled", "disabled"), ("absent", "disabled, not deleted")):
        report = world.run(state, tenant=world.id("hospital"), internal_tag=MARK, delete_descendants=True)
        assert ended(report) == (True, ["disable"], "disabled")
        assert report.failure is not None
        assert f"is {word}: the platform accepted the request to disable it but shows the internal_tag 'critical'" in (
            report.failure
        )
        world.app.reset()
        platform.clock.freeze()
