# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages that users can meet, read from the source of the plugins and the playbooks.

What differs from case to case stands as `<name>` in a message. Where the source has the texts that can stand there,
they come with the message.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[2]
ERRORS = ROOT / "plugins" / "module_utils" / "_errors.py"

# What a text of the collection is at least, if nothing else says that it is a message.
SENTENCE = re.compile(r"(\S+ ){3,}.*\.$", re.DOTALL)
# Functions that make text fit for a message. What they are given is what the reader sees.
FORMATTERS = {"clean", "str", "int", "sorted", "listed", "reversed", "map", "type"}
# Placeholders that the name in the source does not explain, by the expression in the source.
NAMES = {
    "option": "option",
    "where": "line and column",
}


class Code(NamedTuple):
    """A row of the table of the platform's error codes."""

    meaning: str
    advice: str = ""


@dataclass(frozen=True)
class Message:
    """A message. kind: the class of the error, or what else it is. source: the file.

    variants: the texts that can stand for a placeholder.
    """

    text: str
    kind: str
    source: str
    variants: Mapping[str, Sequence[str]] = field(default_factory=dict, compare=False)


def platform_codes() -> dict[int, Code]:
    """Return the error codes of the platform, what they mean, and what to do."""
    codes: dict[int, Code] = _constants(ERRORS)["PLATFORM_CODES"]
    return codes


def status_advice() -> dict[int, str]:
    """Return what to do about an HTTP status that has no code."""
    advice: dict[int, str] = _constants(ERRORS)["STATUS_ADVICE"]
    return advice


def error_classes() -> dict[str, str]:
    """Return the classes of errors, and the first line of what they say of themselves."""
    classes = [node for node in ast.parse(ERRORS.read_text()).body if isinstance(node, ast.ClassDef)]
    return {one.name: (ast.get_docstring(one) or "").splitlines()[0] for one in classes if one.name.endswith("Error")}


def plugin_messages() -> list[Message]:
    """Return the messages of modules, filters and the inventory."""
    shared: dict[str, Any] = {"PlatformCode": Code}
    paths = sorted((ROOT / "plugins").rglob("*.py"))
    for path in paths:
        shared |= _constants(path)
    found = {message: None for path in paths for message in _Source(path, shared).messages()}
    return list(found)


def playbook_messages() -> list[Message]:
    """Return the messages with which the playbooks fail."""
    found: dict[Message, None] = {}
    for path in sorted((ROOT / "playbooks").rglob("*.yml")):
        for text in _texts(yaml.safe_load(path.read_text()), "fail_msg"):
            found[Message(_without_templates(text), "playbook", path.name)] = None
        for hint in re.findall(r"undef\(hint=(.*?)\)\s*\}\}", path.read_text(), re.DOTALL):
            text = "".join(re.findall(r"'([^']*)'", hint))
            found[Message(text, "playbook", path.name)] = None
    return list(found)


def _constants(path: Path) -> dict[str, Any]:
    """Return the constants of a module whose values stand in the source."""
    found: dict[str, Any] = {"PlatformCode": Code, "frozenset": frozenset}
    for node in ast.parse(path.read_text()).body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        if len(targets) == 1 and isinstance(targets[0], ast.Name) and getattr(node, "value", None) is not None:
            value = _value(node.value, found)  # type: ignore[attr-defined]
            if value is not None:
                found[targets[0].id] = value
    return found


def _value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """Return the value of an expression if it follows from known names, else None."""
    try:
        return eval(compile(ast.Expression(node), "source", "eval"), {"__builtins__": {}}, dict(known))
    except Exception:  # whatever stands there that is no constant
        return None


class _Source:
    """A module of the plugins."""

    def __init__(self, path: Path, shared: Mapping[str, Any]) -> None:
        self._name = path.name
        self._known = {**shared, **_constants(path)}
        self._tree = ast.parse(path.read_text())
        self._functions = {node.name: node for node in ast.walk(self._tree) if isinstance(node, ast.FunctionDef)}
        self._within = {
            id(node): function for function in self._functions.values() for node in ast.walk(function) if node is not function
        }
        self._calls = [node for node in ast.walk(self._tree) if isinstance(node, ast.Call)]
        self._classes = set(error_classes())

    def messages(self) -> Iterator[Message]:
        """Yield the messages in the order of the source."""
        for node in ast.walk(self._tree):
            for kind, text in self._told(node):
                message = self._message(text, kind)
                # A text alone that comes from elsewhere is found there.
                if len(re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>", "", message.text))) > 2:
                    yield message

    def _told(self, node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
        """Yield what a node of the source tells the user, with its kind."""
        if isinstance(node, ast.Call) and node.args:
            name = _called(node)
            if name in self._classes or name in ("AnsibleParserError", "AnsibleFilterError"):
                yield name, node.args[0]
            elif name in ("warning", "warn", "_warn") or (name == "append" and "warnings" in ast.unparse(node.func)):
                yield "warning", node.args[0]
            elif name in ("refuse", "decide") and len(node.args) > 1:
                yield {"refuse": "RefusedError", "decide": "decision"}[name], node.args[1]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("refusal"):
            yield "RefusedError", node.value
        elif isinstance(node, (ast.Return, ast.Assign)) and node.value is not None:
            texts = node.value.elts if isinstance(node.value, ast.List) else [node.value]
            for text in texts:
                if _is_text(text) and SENTENCE.match(self._message(text, "").text):
                    yield "", text

    def _message(self, text: ast.expr, kind: str) -> Message:
        variants: dict[str, Sequence[str]] = {}
        return Message(self._text(text, variants), kind, self._name, variants)

    def _text(self, node: ast.expr, variants: dict[str, Sequence[str]]) -> str:
        """Return a text as the reader sees it. variants: takes what can stand for its placeholders."""
        if isinstance(node, ast.JoinedStr):
            return "".join(self._text(part, variants) for part in node.values)
        if isinstance(node, ast.FormattedValue):
            quote = "'" if node.conversion in (ord("r"), ord("a")) else ""
            return f"{quote}{self._text(node.value, variants)}{quote}"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._text(node.left, variants) + self._text(node.right, variants)
        value = _value(node, self._known)
        if isinstance(value, (str, int, float)):
            return str(value)
        if isinstance(node, ast.Call):
            return self._called_text(node, variants)
        if isinstance(node, ast.IfExp) and _is_text(node.body):
            # An ending or a word, such as the s of several.
            return self._text(node.body, variants)
        if isinstance(node, ast.BoolOp):
            return self._text(node.values[0], variants)
        return self._placeholder(node, variants)

    def _called_text(self, node: ast.Call, variants: dict[str, Sequence[str]]) -> str:
        name = _called(node)
        if name == "shown":
            return f"'{self._text(node.args[0], variants)}'"
        if name == "len":
            return "<number>"
        if name == "join" and isinstance(node.args[0], ast.List):
            return " ".join(self._text(one, variants) for one in node.args[0].elts if not isinstance(one, ast.Starred))
        if name in ("rstrip", "strip", "lower", "upper") and isinstance(node.func, ast.Attribute):
            return self._text(node.func.value, variants)
        if name in FORMATTERS or (name == "join" and node.args):
            return self._text(node.args[-1 if name == "map" else 0], variants)
        return self._placeholder(node, variants)

    def _placeholder(self, node: ast.expr, variants: dict[str, Sequence[str]]) -> str:
        name = f"<{_name_of(node)}>"
        texts = [text for text in dict.fromkeys(self._variants(node)) if len(text.split()) > 1]
        if texts:
            variants[name] = texts
        return name

    def _variants(self, node: ast.expr) -> Iterator[str]:
        """Yield the texts that the expression can be."""
        if isinstance(node, ast.Call) and _called(node) in self._functions:
            for part in ast.walk(self._functions[_called(node)]):
                if isinstance(part, ast.Return) and part.value is not None:
                    yield from self._alternatives(part.value)
        elif isinstance(node, ast.Name):
            function = self._within.get(id(node))
            if function is None:
                return
            names = [argument.arg for argument in function.args.args if argument.arg != "self"]
            if node.id in names:
                for call in self._calls:
                    if _called(call) == function.name and len(call.args) > names.index(node.id):
                        yield from self._alternatives(call.args[names.index(node.id)])
            for part in ast.walk(function):
                if isinstance(part, ast.Assign) and [ast.unparse(one) for one in part.targets] == [node.id]:
                    yield from self._alternatives(part.value)

    def _alternatives(self, node: ast.expr) -> Iterator[str]:
        if isinstance(node, ast.IfExp):
            yield from self._alternatives(node.body)
            yield from self._alternatives(node.orelse)
        elif _is_text(node):
            yield self._text(node, {})


def _is_text(node: ast.expr) -> bool:
    """Whether the expression is text in the source, with or without placeholders."""
    if isinstance(node, ast.BinOp):
        return _is_text(node.left)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "rstrip":
        return _is_text(node.func.value)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _called(node: ast.Call) -> str:
    """Return the last name of what is called."""
    return ast.unparse(node.func).rpartition(".")[2]


def _name_of(node: ast.expr) -> str:
    """Return a name for a placeholder, in words."""
    source = ast.unparse(node)
    if source in NAMES:
        return NAMES[source]
    bare = node.func if isinstance(node, ast.Call) else node
    words = re.findall(r"[A-Za-z_]+", ast.unparse(bare))
    return (words[-1] if words else "value").strip("_").replace("_", " ")


def _texts(node: Any, key: str) -> Iterator[str]:
    """Yield each text that has this key anywhere in a document."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            if name == key:
                yield str(value)
            else:
                yield from _texts(value, key)
    elif isinstance(node, list):
        for one in node:
            yield from _texts(one, key)


def _without_templates(text: str) -> str:
    """Return a text of a playbook with placeholders for its templates."""

    def placeholder(found: re.Match[str]) -> str:
        expression = found[1].strip()
        literal = re.match(r"'([^']*)' if ", expression)
        if literal:
            return literal[1]
        names = re.findall(r"[A-Za-z_]+", expression.partition("|")[0])
        return f"<{names[-1].strip('_').removeprefix('acronis_').replace('_', ' ') if names else 'value'}>"

    return " ".join(re.sub(r"\{\{(.*?)\}\}", placeholder, text, flags=re.DOTALL).split())
