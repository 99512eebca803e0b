"""Style is a test: what a reader relies on without looking."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import api
import ledger
import projections
from ledger.decider import Refusal, all_facts

ROOT = Path(ledger.__file__).parent.parent
PACKAGES = [Path(package.__file__ or "").parent for package in (ledger, projections, api)]
SOURCES = sorted(path for package in PACKAGES for path in package.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
FUNCTION_LINES = 60
FILE_LINES = 600
BANNED = {
    r"class \w+(Service|Manager|DTO|Event|Helper|Util)\b": "name it for what it is in the domain",
    r"\b(TODO|FIXME|XXX)\b": "do it, or say so in an issue",
    r"\bfloat\(": "money, areas and energy are exact: integers or Decimal",
    r"\bdatetime\.(utcnow|today)\b": "instants carry UTC",
    r"\b(date\.today|datetime\.now|localtime)\(\)": "a day is the ledger's, never the machine's",
    r"\btime\.sleep\b": "wait for a position or an event",
    r"\bimport logging\b": "structlog",
    r"= structlog\.get_logger\b": "ledger.log.outage.log, which loads it once it has something to say",
}
BANNED_FILES = {"utils.py", "util.py", "common.py", "base.py", "helpers.py", "misc.py"}
KINDS = {"commands", "events", "handlers", "services", "dto", "repositories", "models"}
FOLDERS = sorted({path.parent for path in SOURCES})
ENTRIES = 20
SURFACES = {"ledger", "api/cli", "api/client", "api/demo"}
"""Packages whose `__init__` hands something on; every other one is only its docstring."""
SECTIONS = ("Facts", "Commands", "Refusals", "State", "Evolve", "Scope", "Decide")
RIDDLE = re.compile(r"(What|Whether|Where|How|Who|Which|That)\b")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_module_says_what_it_holds(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), "a module begins with its table of contents"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_functions_fit_in_one_look(path: Path) -> None:
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions(path) if f.end_lineno is not None}
    assert {f: lines for f, lines in long.items() if lines > FUNCTION_LINES} == {}


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_files_are_rooms_not_halls(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= FILE_LINES
    assert path.name not in BANNED_FILES
    assert not KINDS & set(path.relative_to(ROOT).parts), "split by what it is about, never by kind"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_public_things_are_documented(path: Path) -> None:
    tree = ast.parse(path.read_text())
    scopes: list[ast.Module | ast.ClassDef] = [tree]
    scopes += (node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_"))
    missing = [
        node.name
        for scope in scopes
        for node in scope.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert missing == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
@pytest.mark.parametrize(("pattern", "instead"), BANNED.items(), ids=BANNED.values())
def test_banned_words(path: Path, pattern: str, instead: str) -> None:
    lines = [line.strip() for line in path.read_text().splitlines() if re.search(pattern, line)]
    assert lines == [], instead


def entries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name != "__pycache__"]


def rooms(folder: Path) -> list[str]:
    """The modules and packages in a package, as its docstring names them."""
    modules = [path.name for path in entries(folder) if path.suffix == ".py" and path.name != "__init__.py"]
    return sorted([*modules, *(f"{path.name}/" for path in entries(folder) if (path / "__init__.py").exists())])


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_a_floor_fits_on_one_screen(folder: Path) -> None:
    assert len(entries(folder)) <= ENTRIES


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_no_room_is_built_for_one_file(folder: Path) -> None:
    explained = (ROOT / "docs" / "architecture.md").read_text()
    assert len(rooms(folder)) > 1 or f"`{name(folder)}/` holds one file" in explained


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_a_package_says_which_rooms_it_has(folder: Path) -> None:
    said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    assert [room for room in rooms(folder) if not re.search(rf"(?<![\w/]){re.escape(room)}(?![\w/])", said)] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_a_name_is_imported_from_the_room_that_defines_it(folder: Path) -> None:
    body = ast.parse((folder / "__init__.py").read_text()).body
    assert len(body) == 1 or name(folder) in SURFACES


@pytest.mark.parametrize("package", ["ledger", "projections"])
def test_a_public_class_name_is_unique(package: str) -> None:
    defined: dict[str, list[str]] = {}
    for path in SOURCES:
        if path.relative_to(ROOT).parts[0] == package:
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    defined.setdefault(node.name, []).append(name(path))
    assert {kind: paths for kind, paths in defined.items() if len(paths) > 1} == {}


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_sections_stand_in_the_lawful_order(path: Path) -> None:
    found = [
        line[2:].strip() for line in path.read_text().splitlines() if line[2:].strip() in SECTIONS and line[0] == "#"
    ]
    assert found == sorted(set(found), key=SECTIONS.index)


def test_a_fact_stands_in_the_facts_of_its_context() -> None:
    """In facts.py, or, where a context is one file, in that file."""
    homes = {kind.__module__ for kind in all_facts().values()}
    home = re.compile(
        r"ledger\.((\w+\.)+facts|access|claims|periods|rates|log\.certifying|joint\.diary|bookkeeping\.(papers|owed))"
    )
    assert {one for one in homes if not home.fullmatch(one)} == set()


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_docstrings_begin_plainly(path: Path) -> None:
    """With a verb and a noun of the domain, or with the noun: not with a clause that the code has to finish."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    said = {node.name: ast.get_docstring(node) or "" for node in nodes}
    assert {thing: words.splitlines()[0] for thing, words in said.items() if RIDDLE.match(words)} == {}


def refusals(parent: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for child in parent.__subclasses__():
        if "code" in child.__dict__:
            yield child
        yield from refusals(child)


def test_refusals_have_codes_of_their_own() -> None:
    codes = [refusal.code for refusal in refusals()]
    assert len(codes) == len(set(codes))
    assert [code for code in codes if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", code)] == []


def test_every_refusal_is_exemplified() -> None:
    said = {word for path in TESTS for word in re.findall(r"\w+", path.read_text())}
    assert [refusal.__name__ for refusal in refusals() if refusal.__name__ not in said] == []


def test_stored_names_say_context_and_fact() -> None:
    assert [stored for stored in all_facts() if not re.fullmatch(r"[a-z]+\.[a-z]+(-[a-z]+)*", stored)] == []


def test_eventsourcing_is_imported_in_few_files() -> None:
    importing = [path.name for path in SOURCES if re.search(r"^(from|import) eventsourcing", path.read_text(), re.M)]
    assert set(importing) <= {"contract.py"}


def test_text_names_no_machine_and_no_registry() -> None:
    texts = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*.lock"), ROOT / "pyproject.toml", *SOURCES]
    pattern = re.compile(r"pythonhosted|pypi\.org|/root/|/work/|/home/\w")
    assert [name(path) for path in texts if pattern.search(path.read_text())] == []
