"""Imports point one way, and the core is pure. The map is in `zdsync/README.md`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LAYERS = {
    # package or module: what of our own it may import besides itself
    "zdsync.core": set(),
    "zdsync.sandbox": set(),
    "zdsync.logs": set(),
    "zdsync.supervise": set(),
    "zdsync.clock": set(),
    "zdsync.rules": {"zdsync.core"},
    "zdsync.stories": {
        "zdsync.core",
        "zdsync.rules",
        "zdsync.sandbox",
        "zdsync.zendesk",
        "zdsync.provision",
        "zdsync.linked",
        "zdsync.reach",
        "zdsync.campaign",
        "zdsync.parts",
        "zdsync.reconcile",
        "zdsync.confirm",
    },
    "zdsync.settings": {"zdsync.rules.findings", "zdsync.core.links"},
    "zdsync.documents": {"zdsync.core"},
    "zdsync.store": {"zdsync.core"},
    "zdsync.zendesk": {"zdsync.core"},
    "zdsync.control": {"zdsync.core", "zdsync.store", "zdsync.zendesk"},
    "zdsync.brakes": {"zdsync.core", "zdsync.store", "zdsync.clock"},
    "zdsync.probe": {"zdsync.zendesk"},
    "zdsync.provision": {"zdsync.core", "zdsync.zendesk"},
    "zdsync.linked": {"zdsync.core", "zdsync.zendesk"},
    "zdsync.set_aside": {
        "zdsync.core",
        "zdsync.zendesk",
        "zdsync.rules.current",
        "zdsync.clock",
        "zdsync.linked",
        "zdsync.parts",
    },
    "zdsync.maintenance": {
        "zdsync.core",
        "zdsync.store",
        "zdsync.zendesk",
        "zdsync.rules.current",
        "zdsync.clock",
        "zdsync.parts",
    },
    "zdsync.reports": {"zdsync.core", "zdsync.zendesk", "zdsync.linked", "zdsync.control"},
    "zdsync.confirm": {
        "zdsync.core",
        "zdsync.store",
        "zdsync.zendesk",
        "zdsync.rules.current",
        "zdsync.brakes",
        "zdsync.clock",
        "zdsync.parts",
        "zdsync.reconcile",
    },
    "zdsync.audience": {"zdsync.core", "zdsync.store", "zdsync.zendesk"},
    "zdsync.reach": {"zdsync.core", "zdsync.store", "zdsync.zendesk", "zdsync.audience", "zdsync.linked"},
    "zdsync.told": {"zdsync.core", "zdsync.store", "zdsync.zendesk", "zdsync.linked"},
    "zdsync.campaign": {
        "zdsync.core",
        "zdsync.store",
        "zdsync.zendesk",
        "zdsync.documents",
        "zdsync.brakes",
        "zdsync.clock",
    },
    "zdsync.post": {"zdsync.core"},
    "zdsync.preventive": {"zdsync.core", "zdsync.store", "zdsync.zendesk", "zdsync.brakes"},
    "zdsync.parts": {
        "zdsync.core",
        "zdsync.store",
        "zdsync.zendesk",
        "zdsync.brakes",
        "zdsync.clock",
        "zdsync.linked",
        "zdsync.post",
    },
    "zdsync.carry_out": {
        "zdsync.core",
        "zdsync.store",
        "zdsync.zendesk",
        "zdsync.brakes",
        "zdsync.clock",
        "zdsync.documents",
        "zdsync.campaign",
        "zdsync.post",
        "zdsync.preventive",
        "zdsync.parts",
    },
    "zdsync.reconcile": {
        "zdsync.core",
        "zdsync.store",
        "zdsync.zendesk",
        "zdsync.rules.current",
        "zdsync.brakes",
        "zdsync.clock",
        "zdsync.linked",
        "zdsync.reach",
        "zdsync.told",
        "zdsync.parts",
        "zdsync.carry_out",
    },
}

PURE = {
    # what the core may use of the outside: values, no clock, no files, no network
    "__future__", "base64", "bisect", "collections", "contextlib", "dataclasses", "datetime", "enum", "fractions",
    "functools", "hashlib", "hmac", "html", "itertools", "math", "operator", "re", "string", "struct", "types",
    "typing", "unicodedata", "zoneinfo",
    "babel", "holidays", "icalendar", "jinja2", "markupsafe", "phonenumbers", "pydantic", "pydantic_core",
}  # fmt: skip

READS_THE_WORLD = {"now", "today", "utcnow", "open", "getenv", "environ", "urandom"}


def modules(package: str) -> Iterator[tuple[str, ast.Module]]:
    """Every module of a package, or the module of that name, with its syntax tree."""
    path = ROOT.joinpath(*package.split("."))
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    for file in files:
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        yield name, _tree(file)


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    """Names of imported modules, those for type checking included; relative imports are not used."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


@pytest.mark.parametrize("package", LAYERS)
def test_a_layer_imports_only_what_lies_below_it(package: str) -> None:
    allowed = LAYERS[package] | {package}
    wrong = [
        f"{module} imports {name}"
        for module, tree in modules(package)
        for name in imported(tree)
        if name.split(".")[0] in ("zdsync", "tasks", "tests") and not any(within(name, each) for each in allowed)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "package",
    [
        "zdsync.core",
        "zdsync.store",
        "zdsync.zendesk",
        "zdsync.rules",
        "zdsync.parts",
        "zdsync.carry_out",
        "zdsync.reconcile",
    ],
)
def test_nothing_below_the_command_line_imports_upwards(package: str) -> None:
    above = ("tasks", "zdsync.cli", "zdsync.web", "zdsync.demo", "zdsync.wiring")
    wrong = [
        f"{module} imports {name}"
        for module, tree in modules(package)
        for name in imported(tree)
        if any(within(name, each) for each in above)
    ]
    assert wrong == []


def test_only_the_demo_stories_the_command_line_and_tests_know_the_sandbox() -> None:
    wrong = [
        f"{module} imports {name}"
        for package in ("zdsync", "tasks")
        for module, tree in modules(package)
        for name in imported(tree)
        if within(name, "zdsync.sandbox")
        and not module.startswith(("zdsync.sandbox", "zdsync.cli", "zdsync.demo", "zdsync.stories"))
    ]
    assert wrong == []


def test_the_core_uses_no_module_that_reads_the_world() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, tree in modules("zdsync.core")
        for name in imported(tree)
        if name.split(".")[0] not in PURE | {"zdsync"}
    ]
    assert wrong == []


def test_the_core_reads_no_clock_file_or_environment() -> None:
    wrong = [
        f"{module}:{node.lineno} calls {called}"
        for module, tree in modules("zdsync.core")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for called in [node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")]
        if called in READS_THE_WORLD
    ]
    assert wrong == []


def test_the_time_is_read_in_one_place_only() -> None:
    """Durations may be measured anywhere; what time it is, only `clock.py` and the tools of the sandbox know."""
    allowed = ("zdsync.clock", "zdsync.sandbox", "zdsync.cli", "zdsync.demo")
    wrong = [
        f"{module}:{node.lineno}"
        for package in ("zdsync", "tasks")
        for module, tree in modules(package)
        if not module.startswith(allowed)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("now", "utcnow", "today")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("datetime", "date")
    ]
    assert wrong == []


def test_tasks_are_short() -> None:
    long = [
        f"{module}.{node.name}"
        for module, tree in modules("tasks")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and len(node.body) > 12
    ]
    assert long == []
