"""What must stay true of the repository as a whole, so that drift fails a test instead of a person."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("platform/creditbridge", "lenders", "borrowers", "matching")
REGISTRY_HOST = re.compile(
    r"pypi\.org|pythonhosted|--(extra-)?index-url\s|(npmjs|jsdelivr|unpkg|cdnjs|googleapis)\.", re.IGNORECASE
)
OUTSIDE_SOURCE = re.compile(
    r"""(?:src|href|url|@import)\s*[=(]?\s*["']?\s*(?:https?:)?//(?!www\.w3\.org)""", re.IGNORECASE
)
MAX_LINES = 400


def sources(*suffixes: str) -> Iterator[Path]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*"):
            if path.suffix in suffixes and "__pycache__" not in path.parts:
                yield path


def told(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> set[str]:
    """Every module a file imports when it runs; what stands under TYPE_CHECKING does not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for child in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_the_source_root_is_no_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_platform_is_the_standard_library_from_the_repository_root() -> None:
    asked = subprocess.run(
        [sys.executable, "-c", "import platform; print(platform.python_version())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.strip() == ".".join(map(str, sys.version_info[:3]))


def test_no_package_is_called_platform_inside_the_package_except_the_workspace() -> None:
    found = [told(p) for p in (ROOT / "platform" / "creditbridge").rglob("platform") if p.is_dir()]
    assert found in ([], ["platform/creditbridge/app/workspaces/platform"])


def test_every_room_has_its_place_in_the_import_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    placed = set(re.findall(r"[\w.]+", " ".join(next(c for c in contracts if c["id"] == "rooms")["layers"])))
    rooms = {f"creditbridge.{p.parent.name}" for p in (ROOT / "platform/creditbridge").glob("*/__init__.py")}
    assert rooms <= placed


def test_requirements_name_no_registry_and_carry_hashes() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert not REGISTRY_HOST.search(text), told(path)
        assert text.count("--hash=sha256:") >= text.count("=="), told(path)


@pytest.mark.parametrize(
    "name", ["Makefile", "pyproject.toml", ".ci/run", "requirements/runtime.in", "requirements/dev.in"]
)
def test_set_up_files_name_no_registry_host(name: str) -> None:
    assert not REGISTRY_HOST.search((ROOT / name).read_text(encoding="utf-8"))


def test_pages_load_nothing_from_elsewhere() -> None:
    loaded = [
        f"{told(path)}: {found.group()}"
        for path in [*sources(".html", ".css", ".js"), *(ROOT / "static").rglob("*.*")]
        if path.suffix in {".html", ".css", ".js", ".svg"}
        for found in OUTSIDE_SOURCE.finditer(path.read_text(encoding="utf-8"))
    ]
    assert loaded == []


def test_templates_hold_no_inline_code_or_style() -> None:
    inline = re.compile(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\bsrc=)", re.IGNORECASE)
    jinja = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
    held = [told(p) for p in sources(".html") if inline.search(jinja.sub("", p.read_text(encoding="utf-8")))]
    assert held == []


def test_files_are_no_longer_than_one_can_read() -> None:
    lengths = {
        told(p): len(p.read_text(encoding="utf-8").splitlines())
        for p in sources(".py")
        if "versions" not in p.parts
    }
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
    assert [told(p) for p in sources(".py") if p.stem in vague or p.parent.name in vague] == []


def test_only_the_clock_asks_for_the_time() -> None:
    asking = re.compile(r"\b(?:datetime\.(?:now|utcnow|today)|date\.today)\(")
    allowed = {"platform/creditbridge/kernel/clock.py"}
    found = {told(p) for p in sources(".py") if asking.search(_without_docstrings(p))}
    assert found - allowed == set()


def test_pages_and_api_hold_no_queries() -> None:
    """As the contract ``views-without-sql``, also for views that were split by use case."""
    web = [p for p in sources(".py") if re.search(r"(^|_)(views|api|schemas)$", p.stem)]
    assert [told(p) for p in web if any(name.split(".")[0] == "sqlalchemy" for name in imported(p))] == []


def test_every_model_module_is_known_to_migrations() -> None:
    known = imported(ROOT / "platform/creditbridge/app/models.py")
    modules = {_module(p) for p in sources(".py") if p.stem == "model"}
    assert modules <= known


def _module(path: Path) -> str:
    return told(path).removeprefix("platform/").removesuffix(".py").replace("/", ".")


def _without_docstrings(path: Path) -> str:
    return re.sub(r'"""[\s\S]*?"""', "", path.read_text(encoding="utf-8"))
