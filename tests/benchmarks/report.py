# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the benchmark found, as tables, a page, plots and data."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from string import Template
from textwrap import indent
from typing import Any

import pygal  # type: ignore[import-untyped]
from pygal.style import DefaultStyle  # type: ignore[import-untyped]
from tabulate import tabulate

TEMPLATE = Path(__file__).with_name("page.rst")
PROGRAMS = {
    "noop": "Ansible alone, no module",
    "ping": "Ansible alone, ``ping``",
    "module": "``tenant_state``, ``tenants``",
    "bare": "bare script",
    "vendor": "vendor's pattern",
    "loop": "``tenant_state`` in a loop",
    "uri": "``uri`` in a loop",
    "process": "``tenant_state`` without Ansible",
}
PLAYBOOKS = ("noop", "ping", "module", "loop", "uri")
# What is taken off the time of a playbook as Ansible's own.
START_UP = "ping"
PLOTTED_LATENCY = 50
# How many customers `tests/unit/costs.py` terminates.
TERMINATED = 100


@dataclass(frozen=True)
class Case:
    """A program, and what it has to do.

    latency is what the platform adds to each request (milliseconds), workers is how many requests are sent at the same
    time, again means that the tenants are disabled already.
    """

    program: str
    latency: int = 0
    tenants: int = 0
    pool: int = 1
    again: bool = False


@dataclass(frozen=True)
class Result:
    """What a case took: time of the whole program and time of all cores (seconds), most memory of one of its processes
    (MiB), requests to the platform by kind.
    """

    case: Case
    seconds: float
    cpu: float
    peak_mb: float
    requests: dict[str, int]


class Results:
    """All results of a run, and what follows from them together."""

    def __init__(self, results: Sequence[Result]) -> None:
        self._results = {result.case: result for result in results}

    def __iter__(self) -> Iterator[Result]:
        return iter(self._results.values())

    def net(self, case: Case) -> float | None:
        """Return the seconds of the case without Ansible's start-up; None if it was not measured or has no tenants."""
        if case not in self._results or not case.tenants:
            return None
        start_up = self._results[Case(START_UP)].seconds if case.program in PLAYBOOKS else 0
        return self._results[case].seconds - start_up

    def each(self, case: Case) -> float | None:
        """Return the milliseconds for one tenant, without start-up."""
        seconds = self.net(case)
        return None if seconds is None else seconds * 1000 / case.tenants

    def ratio(self, case: Case) -> float | None:
        """Return how often the bare script does the same in the time, without start-up."""
        return quotient(self.net(case), self.net(replace(case, program="bare")))

    def memory(self, case: Case) -> float | None:
        """Return the most memory that the case took (MiB)."""
        return self._results[case].peak_mb if case in self._results else None


def quotient(one: float | None, other: float | None) -> float | None:
    """Return one divided by the other, if both are there."""
    return one / other if one is not None and other else None


def goals(results: Results) -> Iterator[tuple[str, float, str]]:
    """Yield what the project aims at: in words, as it was measured, as it should be."""
    at = {pool: Case("module", 50, 1000, pool) for pool in (8, 16)}
    one, many = results.each(at[8]), results.each(Case("module", 50, 10000, 8))
    loop, uri = (results.each(Case(program, 50, 20)) for program in ("loop", "uri"))
    found = [
        ("time to that of the bare script, 1,000 tenants at 50 ms, 8 workers", results.ratio(at[8]), "<= 1.1"),
        ("the same with 16 workers", results.ratio(at[16]), "<= 1.25"),
        ("times faster for each tenant than ``uri`` in a loop", quotient(uri, one), ">= 40"),
        ("times faster for each tenant than ``tenant_state`` in a loop", quotient(loop, one), ">= 25"),
        ("time for each tenant of 10,000 to that of 1,000, 50 ms, 8 workers", quotient(many, one), "about 1"),
        ("memory (MiB) of the module with 10,000 tenants", results.memory(Case("process", 0, 10000, 8)), "< 200"),
    ]
    for text, measured, goal in found:
        if measured is not None:
            yield text, round(measured, 2), goal


def shown(number: float | None, digits: int) -> str:
    """Return the number as text, nothing for None."""
    return "" if number is None else f"{number:.{digits}f}"


def line(result: Result) -> str:
    """Return the result in short, to show that something goes on."""
    case = result.case
    what = f"{case.tenants} tenants, {case.latency} ms, {case.pool} workers{', again' if case.again else ''}"
    return f"{result.seconds:9.2f} s  {PROGRAMS[case.program]:32} {what}"


def table(results: Results) -> str:
    """Return all results as a table."""
    rows = []
    for result in results:
        case = result.case
        net, each, ratio = results.net(case), results.each(case), results.ratio(case)
        rows.append(
            {
                "program": PROGRAMS[case.program] + (", second run" if case.again else ""),
                "latency ms": case.latency,
                "tenants": case.tenants,
                "workers": case.pool,
                "time s": f"{result.seconds:.2f}",
                "net s": shown(net, 2),
                "each ms": shown(each, 1),
                "to bare": shown(ratio, 2),
                "cpu s": f"{result.cpu:.2f}",
                "MiB": f"{result.peak_mb:.0f}",
                **result.requests,
            }
        )
    return tabulate(rows, headers="keys", tablefmt="rst", disable_numparse=True, colalign=["left"] + ["right"] * 13)


def plot(results: Results) -> bytes:
    """Return a plot of time over tenants as SVG; both axes are logarithmic."""
    chart = pygal.XY(
        logarithmic=True,
        range=(0.1, 200),
        xrange=(10, 10000),
        x_labels=[10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000],
        y_labels=[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200],
        title=f"Seconds to disable tenants, {PLOTTED_LATENCY} ms latency (whole programs)",
        x_title="tenants",
        y_title="seconds",
        dots_size=4,
        width=1100,
        truncate_legend=-1,
        style=DefaultStyle,
        # No script from elsewhere in a picture.
        js=[],
    )
    series: dict[str, list[tuple[int, float]]] = {}
    for result in results:
        case = result.case
        if case.latency == PLOTTED_LATENCY and not case.again:
            name = PROGRAMS[case.program] + (f", {case.pool} workers" if case.pool > 1 else "")
            series.setdefault(name.replace("`", ""), []).append((case.tenants, result.seconds))
    for name, points in series.items():
        chart.add(name, points)
    svg: bytes = chart.render()
    return svg


def plot_costs(terminations: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a plot of the requests for each terminated tenant as SVG."""
    chart = pygal.HorizontalStackedBar(
        title=f"Requests for each of {TERMINATED} terminated customers",
        x_title="requests for each",
        range=(0, 3.5),
        width=1100,
        height=500,
        truncate_legend=-1,
        truncate_label=-1,
        legend_at_bottom=True,
        style=DefaultStyle,
        js=[],
    )
    rows = terminations[::-1]
    chart.x_labels = [row["each customer has"].replace("`", "") for row in rows]
    parts: dict[str, Callable[[Mapping[str, Any]], int]] = {
        "writes": lambda row: row["PUT"] + row["DELETE"],
        "looks below a suspended tenant": lambda row: row["looks"],
        "all others": lambda row: row["all"] - row["PUT"] - row["DELETE"] - row["looks"],
    }
    for name, part in parts.items():
        chart.add(name, [part(row) / TERMINATED for row in rows])
    svg: bytes = chart.render()
    return svg


def flat(result: Result) -> dict[str, Any]:
    """Return the result as one JSON object."""
    row = asdict(result)
    return {**row.pop("case"), **row}


def conditions() -> dict[str, Any]:
    """Return what the times depend on. load: how busy the machine is with other things, in processes."""
    return {
        "date": datetime.now(timezone.utc).date().isoformat(),
        "Python": platform.python_version(),
        **{name: version(name) for name in ("ansible-core", "requests")},
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }


def write(results: Results, costs: Mapping[str, Any], under: dict[str, Any], output: Path) -> str:
    """Write results.json, benchmarks.rst, benchmarks.svg and requests.svg into the directory output; return the tables.

    costs: what tasks cost the platform, as `tests/unit/costs.py` tells it. under: the conditions before the first
    measurement.
    """
    aims = list(goals(results))
    data = {
        "conditions": under,
        "goals": [dict(zip(("what", "measured", "goal"), aim, strict=True)) for aim in aims],
        "results": [flat(result) for result in results],
        "costs": costs,
    }
    (output / "results.json").write_text(json.dumps(data, indent=2) + "\n")
    (output / "benchmarks.svg").write_bytes(plot(results))
    (output / "requests.svg").write_bytes(plot_costs(costs["terminations"]))
    parts = {
        "conditions": ", ".join(f"{name} {value}" for name, value in under.items()),
        "goals": tabulate(aims, headers=["what", "measured", "goal"], tablefmt="rst"),
        "table": table(results),
        "terminations": tabulate(costs["terminations"], headers="keys", tablefmt="rst"),
        "names": tabulate(costs["one name"], headers="keys", tablefmt="rst", intfmt=","),
    }
    # A column of a page is as wide as its text, not as in the source.
    tables = {
        name: f".. table::\n   :widths: auto\n\n{indent(parts[name], '   ')}" for name in parts.keys() - {"conditions"}
    }
    (output / "benchmarks.rst").write_text(Template(TEMPLATE.read_text()).substitute(parts | tables))
    return "\n\n".join(["", *(parts[name] for name in ("table", "terminations", "names", "goals", "conditions"))])
