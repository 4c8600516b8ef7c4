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
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
ERRORS = PLUGINS / "module_utils" / "_errors.py"

PLACEHOLDER = re.compile(r"<[^<>]*>")
# What stands before a message that is about an option, a line or a file.
PLACE = re.compile(r"\A(<[^<>]*>(\[<[^<>]*>\]|\.<[^<>]*>|\.[a-z]+)*|line (1|<[^<>]*>))(, <[^<>]*>)?: ")
# A text of the collection that nothing else shows to be a message.
SENTENCE = re.compile(r"(\S+ ){3,}.*\.$", re.DOTALL)
# Functions that make text fit for a message, and which of their arguments it is.
FORMATTERS = {"clean": 0, "ceil": 0, "int": 0, "listed": 0, "map": 1, "reversed": 0, "sorted": 0, "str": 0, "type": 0}
# Placeholders that the name in the source does not explain, by the expression in the source.
NAMES = {
    "above_subject": "tenant",
    "all_of": "options",
    "case.reason": "why",
    "cause.subject": "tenant",
    "counts": "counts by status",
    "data.staying": "tenant",
    "described(api, accepted, candidates.tree)": "IDs and paths",
    "described(api, rivals, candidates.tree)": "IDs and paths",
    "displayed_state": "state",
    "entry.get('status')": "status",
    "getattr(policy, key)": "value",
    "hiding": "number",
    "host": "host",
    "keys[-1]": "column",
    "left": "seconds",
    "left[0].subject": "tenant",
    "lost[0].subject": "tenant",
    "name.upper()": "encoding",
    "names[found[0]]": "title",
    "problem.message": "reason",
    "proxy_source": "variable of the proxy",
    "untrusted": "reason",
    "problem.message.rstrip('.')": "reason",
    "skipped": "number",
    "taken": "groups",
    "unfit": "what is wrong",
    "url[url.index(parts.netloc) + len(parts.netloc):]": "path",
}


class Code(NamedTuple):
    """A row of the table of the platform's error codes."""

    meaning: str
    advice: str = ""


@dataclass(frozen=True)
class Message:
    """A message. kind: the class of the error, or what else it is. source: the file that it is found in.

    variants: the texts that can stand for a placeholder.
    """

    text: str
    kind: str
    source: str = field(compare=False)
    variants: Mapping[str, Sequence[str]] = field(default_factory=dict, compare=False)


def platform_codes() -> dict[int, Code]:
    """Return the error codes of the platform, what they mean, and what to do."""
    codes: dict[int, Code] = _constants(ERRORS)["PLATFORM_CODES"]
    return codes


def status_advice() -> dict[int, str]:
    """Return what to do about an HTTP status that has no code."""
    advice: dict[int, str] = _constants(ERRORS)["STATUS_ADVICE"]
    return advice


@cache
def error_classes() -> frozenset[str]:
    """Return the names of the classes of errors."""
    classes = [node for node in ast.parse(ERRORS.read_text()).body if isinstance(node, ast.ClassDef)]
    return frozenset(one.name for one in classes if one.name.endswith("Error"))


def plugin_messages() -> list[Message]:
    """Return the messages of modules, filters and the inventory, each once."""
    found: dict[str, Message] = {}
    for path in sorted(PLUGINS.rglob("*.py")):
        for message in _Source(path).messages():
            known = found.setdefault(message.text, message)
            # What is returned as text here may be raised there.
            if not known.kind:
                found[message.text] = message
    return list(found.values())


def playbook_messages() -> list[Message]:
    """Return the messages with which the playbooks fail, each once."""
    found: dict[Message, None] = {}
    for path in sorted((ROOT / "playbooks").rglob("*.yml")):
        source = path.read_text()
        texts = [*_texts(yaml.compose(source), "fail_msg")]
        texts += [
            "".join(re.findall(r"'([^']*)'", hint))
            for hint in re.findall(r"undef\(hint=(.*?)\)\s*\}\}", source, re.DOTALL)
        ]
        for text in texts:
            found[Message(_without_templates(text), "playbook", path.name)] = None
    return list(found)


@cache
def _constants(path: Path) -> Mapping[str, Any]:
    """Return the constants of a module whose values stand in the source, here or where they are imported from."""
    found: dict[str, Any] = {"PlatformCode": Code, "Literal": Literal, "frozenset": frozenset, "get_args": get_args}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ansible_collections."):
            package, _dot, module = (node.module or "").rpartition(".")
            origin = PLUGINS / package.rpartition(".")[2] / f"{module}.py"
            known = _constants(origin) if origin.is_file() else {}
            found |= {one.asname or one.name: known[one.name] for one in node.names if one.name in known}
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            value = _value(node.value, found)
            if isinstance(target, ast.Name) and value is not None:
                found[target.id] = value
    return found


def _value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """Return the value of an expression if it follows from known names, else None."""
    try:
        return eval(compile(ast.Expression(node), "source", "eval"), {"__builtins__": {}}, dict(known))
    except Exception:  # whatever stands there that is no constant
        return None


class _Source:
    """A module of the plugins."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._known = _constants(path)
        self._tree = ast.parse(path.read_text())
        self._functions = {node.name: node for node in ast.walk(self._tree) if isinstance(node, ast.FunctionDef)}
        self._within = {
            id(node): function
            for function in self._functions.values()
            for node in ast.walk(function)
            if node is not function
        }
        self._calls = [node for node in ast.walk(self._tree) if isinstance(node, ast.Call)]

    def messages(self) -> Iterator[Message]:
        """Yield the messages in the order of the source."""
        for node in ast.walk(self._tree):
            for kind, expression in self._told(node):
                variants: dict[str, Sequence[str]] = {}
                text = self._text(expression, variants)
                for one in self._unfolded(PLACE.sub("", text), variants):
                    named = {name: texts for name, texts in variants.items() if name in one}
                    yield Message(one[:1].strip() + one[1:].rstrip(), kind, self._name, named)

    def _unfolded(self, text: str, variants: dict[str, Sequence[str]]) -> Iterator[str]:
        """Yield the text. If its first words are a placeholder, or it has no others, yield what it can stand for, which
        is nothing if that is found elsewhere.
        """
        names = [name for name in PLACEHOLDER.findall(text) if name in variants]
        has_words = len(re.findall(r"[A-Za-z]{2,}", PLACEHOLDER.sub("", text))) > 2
        if has_words and not (names and text.startswith(names[0])):
            yield text
            return
        for name in names:
            for variant in variants[name]:
                yield from self._unfolded(text.replace(name, variant), variants)

    def _told(self, node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
        """Yield what a node of the source tells the user, with its kind."""
        if isinstance(node, ast.Call) and node.args:
            name = _called(node)
            if name in error_classes() or name == "AnsibleParserError":
                yield name, node.args[0]
            elif name in ("warning", "warn", "_warn") or (name == "append" and "warnings" in ast.unparse(node.func)):
                yield "warning", node.args[0]
            elif name in ("refuse", "decide") and len(node.args) > 1:
                yield {"refuse": "RefusedError", "decide": "decision"}[name], node.args[1]
            elif name == "with_advice":
                yield "advice", node.args[0]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("refusal"):
            yield "RefusedError", node.value
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.List):
            yield from (("warning", one) for one in node.value.elts if _is_text(one))
        elif isinstance(node, (ast.Return, ast.Yield, ast.Assign)) and self._is_sentence(node):
            yield "", node.value  # type: ignore[misc]

    def _is_sentence(self, node: ast.Return | ast.Yield | ast.Assign) -> bool:
        """Whether a function has a text here that can be nothing but a message."""
        text = node.value if id(node) in self._within else None
        return text is not None and _is_text(text) and SENTENCE.match(self._text(text, {})) is not None

    def _text(self, node: ast.expr, variants: dict[str, Sequence[str]]) -> str:
        """Return a text as the reader sees it. variants: takes what can stand for its placeholders."""
        if isinstance(node, ast.JoinedStr):
            return "".join(self._text(part, variants) for part in node.values)
        if isinstance(node, ast.FormattedValue):
            quote = "'" if node.conversion in (ord("r"), ord("a")) else ""
            return f"{quote}{self._text(node.value, variants)}{quote}"
        value = _value(node, self._known)
        if isinstance(value, (str, int, float)):
            return str(value)
        if isinstance(node, ast.BinOp):
            left, right = self._text(node.left, variants), self._text(node.right, variants)
            # What is calculated from a number is still a number of the same thing.
            return left + right if _is_text(node) else right if left.isdigit() else left
        if isinstance(node, ast.Call):
            return self._called_text(node, variants)
        if isinstance(node, ast.IfExp):
            return self._longer(node, variants)
        if isinstance(node, ast.BoolOp):
            return self._text(node.values[0], variants)
        return self._placeholder(node, variants)

    def _longer(self, node: ast.IfExp, variants: dict[str, Sequence[str]]) -> str:
        """Return the longer one of two texts, of which the other one is for the singular, or for nothing."""
        if _is_text(node.body) and _is_text(node.orelse):
            return max(self._text(node.body, variants), self._text(node.orelse, variants), key=len)
        return self._text(node.body if _is_text(node.body) else node.orelse, variants)

    def _called_text(self, node: ast.Call, variants: dict[str, Sequence[str]]) -> str:
        name = _called(node)
        if ast.unparse(node) in NAMES:
            return self._placeholder(node, variants)
        if name == "shown":
            return f"'{self._text(node.args[0], variants)}'"
        if name == "len":
            return "<number>"
        if name == "join" and isinstance(node.args[0], ast.List):
            return " ".join(self._text(one, variants) for one in node.args[0].elts if not isinstance(one, ast.Starred))
        if name == "join":
            return self._text(node.args[0], variants)
        if name in ("rstrip", "strip", "lower", "upper") and isinstance(node.func, ast.Attribute):
            return self._text(node.func.value, variants)
        if name in FORMATTERS and len(node.args) > FORMATTERS[name]:
            return self._text(node.args[FORMATTERS[name]], variants)
        return self._placeholder(node, variants)

    def _placeholder(self, node: ast.expr, variants: dict[str, Sequence[str]]) -> str:
        """Return a placeholder for the expression, or the one text that it can be."""
        name = f"<{_name_of(node)}>"
        texts = [text for text in dict.fromkeys(self._variants(node, variants)) if len(text.split()) > 1]
        if len(texts) == 1:
            return texts[0]
        if texts:
            variants[name] = [text.strip() for text in texts]
        return name

    def _variants(self, node: ast.expr, variants: dict[str, Sequence[str]]) -> Iterator[str]:
        """Yield the texts that the expression can be."""
        if isinstance(node, ast.Call) and _called(node) in self._functions:
            for part in ast.walk(self._functions[_called(node)]):
                if isinstance(part, ast.Return) and part.value is not None:
                    yield from self._alternatives(part.value, variants)
        function = self._within.get(id(node))
        if not isinstance(node, ast.Name) or function is None:
            return
        names = [argument.arg for argument in function.args.args if argument.arg != "self"]
        if node.id in names:
            for call in self._calls:
                if _called(call) == function.name and len(call.args) > names.index(node.id):
                    yield from self._alternatives(call.args[names.index(node.id)], variants)
        for part in ast.walk(function):
            if isinstance(part, ast.Assign) and ast.unparse(part.targets[0]) == node.id:
                yield from self._alternatives(part.value, variants)

    def _alternatives(self, node: ast.expr, variants: dict[str, Sequence[str]]) -> Iterator[str]:
        if isinstance(node, ast.IfExp):
            yield from self._alternatives(node.body, variants)
            yield from self._alternatives(node.orelse, variants)
        elif _is_text(node):
            yield self._text(node, variants)


def _is_text(node: ast.expr) -> bool:
    """Whether the expression is text in the source, with or without placeholders."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and _is_text(node.left)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "rstrip":
        return _is_text(node.func.value)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _called(node: ast.Call) -> str:
    """Return the last name of what is called."""
    return ast.unparse(node.func).rpartition(".")[2]


def _name_of(node: ast.expr) -> str:
    """Return a name for a placeholder, in words."""
    source = ast.unparse(node)
    bare = ast.unparse(node.func) if isinstance(node, ast.Call) else source
    words = re.findall(r"[A-Za-z]\w*", bare)
    name = words[-1] if words else "value"
    return NAMES.get(source) or NAMES.get(name) or name.strip("_").replace("_", " ").lower()


def _texts(node: yaml.Node | None, key: str) -> Iterator[str]:
    """Yield each text that has this key anywhere in a document."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key:
                yield value.value
            else:
                yield from _texts(value, key)
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _texts(one, key)


def _without_templates(text: str) -> str:
    """Return a text of a playbook with placeholders for its templates."""

    def placeholder(found: re.Match[str]) -> str:
        expression = found[1].strip()
        words = re.match(r"(['\"])(.*?)\1 (?:~.*? )?if .* else (['\"])(.*?)\3", expression, re.DOTALL)
        if words and "~" not in expression:
            return max(words[2], words[4], key=len)
        names = re.findall(r"[A-Za-z_]+", re.sub(r"'[^']*'", "", expression.partition("|")[0]))
        return f"<{names[-1].strip('_').removeprefix('acronis_').replace('_', ' ') if names else 'value'}>"

    return " ".join(re.sub(r"\{\{(.*?)\}\}", placeholder, text, flags=re.DOTALL).split())
