# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random cases: a tree, switches of the simulator, tasks and faults, all of them plain data that can be made smaller.

Tenants have keys (`own`, `t0`, `t1`, ...) from which their ids follow, whatever their names are.
"""

from __future__ import annotations

import copy
import dataclasses
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ansible_collections.community.acronis.tests.simulator import seed as seeds
from ansible_collections.community.acronis.tests.simulator.model import CHILD_KINDS
from ansible_collections.community.acronis.tests.simulator.switches import table

RETRY_TIMEOUT = 40
TIMEOUT = 10

# Names that are the same, nearly the same, or the external ids of others.
CAFE = "Café Zoë"
NAMES = (
    *("Acme", "Acme", "ACME", "Bolt Co", "Bolt  Co", "bolt co", "Bolt\u00a0Co", "Hospital", "hospital"),
    *(CAFE, unicodedata.normalize("NFD", CAFE), CAFE.upper(), "Zeta\u200b", "Zeta", "C-1", "00123", "\uff3aeta"),
)
CUSTOMER_IDS = ("C-1", "C-2", "c-2", "C-2 ", "123", "00123", "Acme", "X-9")
# Switches that take a number.
NUMBERS: dict[str, tuple[float, ...]] = {
    "deletion_seconds": (0, 0, 5, 300),
    "restoration_seconds": (0, 0, 5, 300),
    "largest_page": (0, 0, 3, 7),
    "token_seconds": (7200, 7200, 3),
    "latency": (0, 0, 0.5),
}


@dataclass
class Case:
    """One case. tasks: dicts as `_task` makes them. Everything in it is JSON."""

    tree: list[dict[str, Any]]
    own_kind: str = "partner"
    switches: dict[str, Any] = field(default_factory=dict)
    tasks: list[dict[str, Any]] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """The tree for the simulator."""
        own: dict[str, Any] = {
            "key": "own",
            "name": "own",
            "kind": self.own_kind,
            "clients": [{"name": "c", "client_id": seeds.CLIENT_ID, "client_secret": seeds.CLIENT_SECRET}],
            "children": [_document(one) for one in self.tree if not one.get("away")],
        }
        away = [_document(one) for one in self.tree if one.get("away")]
        return {"key": "platform", "name": "platform", "kind": "root", "children": [own, *away]}

    def nodes(self) -> Iterator[dict[str, Any]]:
        """All tenants of the tree but the client's own and the root."""
        stack = list(self.tree)
        while stack:
            node = stack.pop()
            yield node
            stack += node["children"]


def _document(node: dict[str, Any]) -> dict[str, Any]:
    plain = {key: value for key, value in node.items() if key not in ("name", "away", "children")}
    return {**plain, "name": node["key"], "children": [_document(child) for child in node["children"]]}


def make(number: int) -> Case:
    """The case of this number, the same each time."""
    rng = Random(number)
    own_kind = rng.choices(("partner", "customer"), (9, 1))[0]
    tree = _tree(rng, own_kind)
    case = Case(tree, own_kind, _switches(rng))
    case.tasks = [_task(rng, case) for _number in range(rng.choices((1, 2), (3, 1))[0])]
    return case


def _tree(rng: Random, own_kind: str) -> list[dict[str, Any]]:
    top: list[dict[str, Any]] = []
    places: list[tuple[str, list[dict[str, Any]]]] = [(own_kind, top)]
    keys = ["own"]
    for number in range(rng.choice((2, 3, 4, 5, 6, 8, 10, 14, 19, 25))):
        kind_above, siblings = rng.choice(places[-6:] if rng.random() < 0.5 else places)
        node: dict[str, Any] = {
            "key": f"t{number}",
            "name": rng.choice(NAMES) if rng.random() < 0.6 else f"Tenant {number}",
            "kind": rng.choice(CHILD_KINDS[kind_above]),
            "version": rng.randint(1, 60),
            "enabled": rng.random() < 0.65,
            "children": [],
        }
        if rng.random() < 0.4:
            node["customer_id"] = rng.choice(CUSTOMER_IDS)
        if rng.random() < 0.12:
            node["deleted"] = True
        if rng.random() < 0.12:
            node["ancestral_access"] = False
        if rng.random() < 0.08:
            node["locked_by"] = rng.choice(keys)
        if node["kind"] != "folder" and rng.random() < 0.3:
            node["users"] = [f"u{user}@t{number}.example" for user in range(rng.randint(1, 2))]
        if rng.random() < 0.05:
            node["hidden_users"] = [f"h@t{number}.example"]
        siblings.append(node)
        keys.append(node["key"])
        places.append((node["kind"], node["children"]))
    if rng.random() < 0.3:
        name = rng.choice(NAMES)
        top.append({"key": "away", "name": name, "kind": "partner", "away": True, "children": [], "customer_id": "C-1"})
    return top


def _switches(rng: Random) -> dict[str, Any]:
    share = rng.choice((0, 0.1, 0.5, 1))
    chosen: dict[str, Any] = {}
    for row in table():
        if rng.random() >= share:
            continue
        values = row["values"] if isinstance(row["values"], list) else NUMBERS[row["name"]]
        # A platform whose listings never end cannot be worked with.
        if row["name"] != "repeat_cursor" or rng.random() < 0.05:
            chosen[row["name"]] = rng.choice(values)
    return chosen


# -- tasks ------------------------------------------------------------------------------------------------------------


def _task(rng: Random, case: Case) -> dict[str, Any]:
    """A task: selector, entries (reference, state, guards), options, faults, and for a plan what happens in between.

    Half of the tasks are tame: nothing but what happens meanwhile stands against them.
    """
    tame = rng.random() < 0.5
    selector = rng.choices(("tenant", "customer_id", "tenants", "customer_ids", "plan"), (4, 1, 8, 1, 4))[0]
    state = rng.choices(("absent", "disabled", "enabled"), (5, 3, 3))[0]
    mixed = selector in ("tenants", "plan") and rng.random() < 0.3
    count = 1 if selector in ("tenant", "customer_id") else rng.choice((1, 2, 2, 3, 3, 4, 6, 9))
    keys = _related(rng, case, count, selector in ("customer_id", "customer_ids"))
    entries = [_entry(rng, key, case, selector, mixed, tame) for key in keys]
    options: dict[str, Any] = {
        "delete_descendants": rng.random() < (0.7 if tame else 0.4),
        "restore_deleted": rng.random() < 0.4,
        "concurrency": rng.choice((1, 1, 1, 8)),
        "continue_on_error": rng.random() < (0.7 if tame else 0.3),
        "impact": rng.random() < 0.25,
        "return_unchanged": True,
    }
    if rng.random() < 0.3:
        options["protected_tenants"] = [_protected(rng, case, tame) for _number in range(rng.randint(1, 2))]
        options["unmatched_protection"] = rng.choice(("fail", "warn"))
    if rng.random() < 0.12:
        options["subtree_root_id"] = {"key": rng.choice([*_keys(case), "own", "own"])}
    if rng.random() < 0.1:
        options["max_changes"] = rng.choice((0, 1, 2, 3))
    near = _keys(case) + keys * 4
    task: dict[str, Any] = {
        "selector": selector,
        "state": state,
        "entries": entries,
        "options": options,
        "check_mode": rng.random() < 0.05,
        "token": rng.random() < 0.06,
        "faults": [_fault(rng, near) for _number in range(rng.choices((0, 1, 2, 3), (30, 35, 20, 15))[0])],
    }
    if selector == "plan":
        task["planned_impact"] = rng.random() < 0.6
        task["applied_state"] = rng.choices((None, state), (4, 1))[0]
        task["between"] = [_change(rng, near) for _number in range(rng.choices((0, 1, 2), (4, 3, 1))[0])]
    return task


def _keys(case: Case) -> list[str]:
    return [node["key"] for node in case.nodes()]


def _related(rng: Random, case: Case, count: int, with_id: bool) -> list[str]:
    """Keys of tenants, often of some that lie above each other."""
    nodes = [node for node in case.nodes() if not with_id or "customer_id" in node] or list(case.nodes())
    keys = [node["key"] for node in nodes]
    if rng.random() < 0.4:
        top = rng.choice(nodes)
        keys = [node["key"] for node in Case([top]).nodes()]
        if len(keys) < count:
            keys += rng.sample([node["key"] for node in nodes], min(count - len(keys), len(nodes)))
    chosen = list(dict.fromkeys(rng.sample(keys, min(count, len(keys)))))
    if rng.random() < 0.04:
        chosen[0] = "own"
    if rng.random() < 0.03:
        chosen.append(chosen[0])
    return chosen


def _entry(rng: Random, key: str, case: Case, selector: str, mixed: bool, tame: bool) -> dict[str, Any]:
    """A reference and its guards. by: how the tenant is named. text: instead of a key, what names perhaps nothing."""
    entry: dict[str, Any] = {"key": key}
    if selector in ("customer_id", "customer_ids"):
        entry["by"] = "customer_id"
    else:
        has_id = selector != "tenant" and any(node["key"] == key and "customer_id" in node for node in case.nodes())
        entry["by"] = rng.choices(("id", "name", "customer_id"), (8, 3, 2 * has_id))[0]
    if not tame and rng.random() < 0.25:
        if entry["by"] != "id":
            entry["text"] = rng.choice((*NAMES, *CUSTOMER_IDS, "Nobody"))
        elif rng.random() < 0.2:
            entry["text"] = seeds.stable_id("nobody")
    if mixed:
        entry["state"] = rng.choice(("absent", "disabled", "enabled"))
    if selector in ("tenant", "tenants"):
        if rng.random() < 0.15:
            entry["expected_name"] = True if tame else rng.choice((True, "Acme"))
        if rng.random() < 0.15:
            entry["expected_version"] = True if tame else rng.choice((True, 7))
    return entry


def _protected(rng: Random, case: Case, tame: bool) -> dict[str, Any]:
    if rng.random() < 0.12 and not tame:
        return {"text": rng.choice((*NAMES, "Nobody"))}
    has_id = [node["key"] for node in case.nodes() if "customer_id" in node]
    by = rng.choice(("id", "name", "customer_id")) if has_id else rng.choice(("id", "name"))
    return {"key": rng.choice(has_id if by == "customer_id" else _keys(case)), "by": by}


def _change(rng: Random, keys: Sequence[str]) -> dict[str, Any]:
    """What another administrator does."""
    change: dict[str, Any] = {"key": rng.choice(keys)}
    kinds = ("enabled", "enabled", "name", "customer_id", "move", "move", "move", "lock", "access", "delete")
    kind = rng.choice((*kinds, "restore", "bump", "child", "user"))
    values: dict[str, Any] = {
        "enabled": lambda: {"set": {"enabled": rng.random() < 0.5}},
        "name": lambda: {"set": {"name": rng.choice(NAMES)}},
        "customer_id": lambda: {"set": {"customer_id": rng.choice(CUSTOMER_IDS)}},
        "move": lambda: {"move": rng.choice([*keys, "own", "platform"])},
        "lock": lambda: {"set": {"update_lock": {"enabled": rng.random() < 0.8}}},
        "access": lambda: {"set": {"ancestral_access": rng.random() < 0.3}},
        "delete": lambda: {"delete": True},
        "restore": lambda: {"restore": True},
        "bump": lambda: {"set": {}},
        "child": lambda: {"child": True},
        "user": lambda: {"user": True},
    }[kind]()
    return {**change, **values}


def _fault(rng: Random, keys: Sequence[str]) -> dict[str, Any]:
    """What goes wrong with which request; `key` in it stands for the path of that tenant."""
    fault: dict[str, Any] = {"times": rng.choices((1, 2, 4, -1), (14, 2, 1, 3))[0]}
    kind = rng.randrange(12)
    if kind == 0:
        fault["status"] = rng.choice((400, 401, 403, 404, 409, 410, 429, 500, 502, 503, 504))
        if rng.random() < 0.4:
            fault["code"] = rng.choice((1000, 1001, 1002, 1003, 1005, 1006, 1011, 1012, "1001"))
        if rng.random() < 0.3:
            fault["shape"] = rng.choice(("string", "minimal", "flat", "html", "plain", "empty"))
    elif kind == 1:
        fault["drop"] = "before"
    elif kind == 2:
        fault["drop"] = "after"
    elif kind == 3:
        fault["delay"] = rng.choice((TIMEOUT - 1, TIMEOUT + 1, TIMEOUT + 1))
    elif kind == 4:
        # A gateway that has lost its way.
        fault.update(status=404, code=404, path=rng.choice(("", "^/tenants", "^/tenants$", "^/clients")))
    elif kind == 5:
        fault["revoke_tokens"] = True
    elif kind == 6:
        fault.update(status=rng.choice((429, 503)), headers={"Retry-After": rng.choice(("1", "3", "0", "9999"))})
    elif kind == 7:
        fault.update(status=rng.choice((200, 502, 403)), body="<html><h1>Blocked</h1></html>", content_type="text/html")
    else:
        fault[rng.choice(("change", "change", "after_change"))] = _change(rng, keys)
        fault["times"] = rng.choice((1, 1, 1, 3))
        if rng.random() < 0.2:
            fault.update(drop=rng.choice(("before", "after")))
    method = rng.choices((None, "GET", "PUT", "DELETE", "POST"), (4, 3, 3, 3, 1))[0]
    if method is not None:
        fault["method"] = method
    if "path" not in fault and rng.random() < 0.15:
        fault["key"] = rng.choice(keys)
    fault["skip"] = rng.randrange(9 if method in (None, "GET") else 3)
    return fault


# -- smaller cases ----------------------------------------------------------------------------------------------------


def _same(case: Case, node: dict[str, Any]) -> dict[str, Any]:
    """Return the node of another case that has the same key."""
    return next(other for other in case.nodes() if other["key"] == node["key"])


def smaller(case: Case) -> Iterator[Case]:
    """Yield cases that lack something that this one has, those that lack much first."""

    def changed() -> Case:
        return Case(**copy.deepcopy(dataclasses.asdict(case)))

    for number in range(len(case.tasks)):
        if len(case.tasks) > 1:
            one = changed()
            del one.tasks[number]
            yield one
    if case.switches:
        yield Case(case.tree, case.own_kind, {}, case.tasks)
    for number, task in enumerate(case.tasks):
        for part in ("faults", "entries", "between"):
            for place in range(len(task.get(part, ()))):
                if part != "entries" or len(task[part]) > 1:
                    one = changed()
                    del one.tasks[number][part][place]
                    yield one
    used = json_words(case.tasks)
    for node in list(case.nodes()):
        # Its children go with it.
        if not {below["key"] for below in Case([node]).nodes()} & used:
            one = changed()
            _remove(one.tree, node["key"])
            yield one
    for name in case.switches:
        one = changed()
        del one.switches[name]
        yield one
    for number, task in enumerate(case.tasks):
        for name, value in task["options"].items():
            if name != "return_unchanged" and value not in (False, 1):
                one = changed()
                if name == "concurrency":
                    one.tasks[number]["options"][name] = 1
                else:
                    del one.tasks[number]["options"][name]
                yield one
        for name in ("token", "check_mode", "planned_impact"):
            if task.get(name):
                one = changed()
                one.tasks[number][name] = False
                yield one
        for place, entry in enumerate(task["entries"]):
            for key in set(entry) & {"expected_name", "expected_version", "state", "text"}:
                one = changed()
                del one.tasks[number]["entries"][place][key]
                yield one
        for place, fault in enumerate(task["faults"]):
            if fault["times"] != 1:
                one = changed()
                one.tasks[number]["faults"][place]["times"] = 1
                yield one
    for node in case.nodes():
        for key in set(node) - {"key", "name", "kind", "children", "away", "version", "enabled"}:
            one = changed()
            _same(one, node).pop(key)
            yield one
        if node["name"] in NAMES:
            one = changed()
            _same(one, node)["name"] = f"Plain {node['key']}"
            yield one


def json_words(value: Any) -> set[str]:
    """All texts in plain data."""
    if isinstance(value, str):
        return {value}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {word for part in parts for word in json_words(part)}


def _remove(nodes: list[dict[str, Any]], key: str) -> None:
    nodes[:] = [node for node in nodes if node["key"] != key]
    for node in nodes:
        _remove(node["children"], key)
