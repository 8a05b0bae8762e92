"""Who may import whom, and the other rules of the house, so that they hold without anyone watching."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("analytics", "warehouse", "ui", "pages", "simulation", "benchmarks")
OURS = {*ROOMS, "app", "data_generation", "db_setup"}

ENGINES = {"duckdb", "ibis", "sqlite3", "adbc_driver_sqlite", "psycopg", "sqlalchemy", "pyspark"}
DRAWING = {"plotly", "altair", "matplotlib", "seaborn", "bokeh"}
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc"}

MOST_LINES = 450
MOST_LINES_OF_A_PAGE = 90

CATCHES_EVERYTHING = {
    "ui/jobs.py": "work in a thread has no caller: whatever stops it has to reach the visitor who waits",
    "ui/beside_pages.py": "nobody waits for what is done beside pages: what breaks one task must not end the others",
    "warehouse/tabular.py": "openpyxl answers a damaged workbook with whatever its parsing ran into",
}
"""Files that may catch everything and go on, with the reason; whoever raises the same again may anyway."""


def modules(room: str = "") -> list[Path]:
    """The Python files of a room, or of the whole project without its tests."""
    if room:
        return sorted((ROOT / room).rglob("*.py"))
    return sorted(ROOT.glob("*.py")) + [file for room in ROOMS for file in modules(room)]


def each(files: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("file", files, ids=lambda f: str(f.relative_to(ROOT)))


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def imported(file: Path) -> Iterator[str]:
    """The dotted name of everything imported anywhere in the file, inside functions as well."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} line {node.lineno}: imports are absolute here"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages(file: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(file)}


def reaches(file: Path, *names: str) -> list[str]:
    """Which of the dotted names, or what is in them, the file imports."""
    return [i for i in imported(file) if any(i == name or i.startswith(f"{name}.") for name in names)]


@each(modules("analytics"))
def test_an_analysis_knows_nothing_of_screens_and_stores(file):
    assert not packages(file) & ({"streamlit"} | DRAWING | OURS - {"analytics"})


def test_no_analysis_brings_in_screens_or_stores_at_run_time():
    names = [
        ".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for f in modules("analytics")
    ]
    program = f"""
import importlib, sys
for name in {names}:
    importlib.import_module(name)
print(*sorted({{m.split(".")[0] for m in sys.modules}} & {{"streamlit", "plotly", "ui", "pages", "warehouse"}}))
"""
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == []


@each(modules("warehouse"))
def test_the_warehouse_knows_nothing_of_screens(file):
    assert not packages(file) & ({"streamlit", "app", "ui", "pages", "data_generation", "db_setup"} | DRAWING)


@each(modules("ui/charts"))
def test_a_chart_knows_neither_streamlit_nor_a_store(file):
    assert not packages(file) & ({"streamlit", "warehouse", "pages", "app", "db_setup"} | ENGINES)
    assert all(name.startswith("ui.charts") for name in reaches(file, "ui"))


def test_no_chart_brings_in_streamlit_at_run_time():
    program = "import sys, ui.charts; print('streamlit' in sys.modules, 'warehouse' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.stdout.split() == ["False", "False"], run.stderr


@each(modules("pages"))
def test_a_page_asks_the_ui_and_the_analyses_alone(file):
    assert not packages(file) & (ENGINES | DRAWING | OURS - {"ui", "analytics"})


@each(modules("pages"))
def test_a_page_defines_nothing_and_stays_short(file):
    definitions = [
        n for n in ast.walk(tree(file)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    assert not definitions
    assert lines_of_code(file) <= MOST_LINES_OF_A_PAGE


def lines_of_code(file: Path) -> int:
    """Lines that hold more than a comment or a docstring."""
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(file.read_text(encoding="utf-8")).readline):
        if token.type not in skipped and token.type != tokenize.ENDMARKER:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines.difference_update(range(node.lineno, node.end_lineno + 1))
    return len(lines)


@each([f for f in modules("ui") if f != ROOT / "ui" / "data.py"])
def test_only_one_door_caches_and_opens_the_warehouse(file):
    caches = [n.attr for n in ast.walk(tree(file)) if isinstance(n, ast.Attribute) and n.attr.startswith("cache_")]
    assert not [name for name in caches if name in ("cache_data", "cache_resource")]
    assert not packages(file) & ENGINES
    opening = ("warehouse.store", "warehouse.engine", "warehouse.connection", "warehouse.readcopy", "warehouse.writing")
    assert not reaches(file, *opening, "warehouse.importing.import_orders", "warehouse.demo", "warehouse.replacing")
    assert not [i for i in imported(file) if i == "warehouse"], "a whole room is not a name"


@each([f for f in modules("ui") if f.name not in ("data.py",)])
def test_only_the_door_builds_the_demo(file):
    assert not packages(file) & {"db_setup", "data_generation", "simulation"}


@each([*modules("simulation"), ROOT / "data_generation.py"])
def test_the_simulator_knows_nothing_of_what_reads_its_files(file):
    assert not packages(file) & (OURS - {"simulation", "data_generation"})


@each([f for f in modules() if f.parts[-2] != "benchmarks"])
def test_nobody_catches_everything_around_logic(file):
    broad = [h.lineno for h in ast.walk(tree(file)) if isinstance(h, ast.ExceptHandler) and _catches_all(h)]
    name = str(file.relative_to(ROOT))
    if name in CATCHES_EVERYTHING:
        assert broad, f"{name} no longer needs its place in the list"
    else:
        assert not broad, f"lines {broad}"


def _catches_all(handler: ast.ExceptHandler) -> bool:
    if isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None:
        return False
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or getattr(kind, "id", "") in ("Exception", "BaseException") for kind in kinds)


@each(modules())
def test_a_module_is_named_after_what_it_does_and_stays_readable(file):
    assert not {*file.relative_to(ROOT).with_suffix("").parts} & VAGUE
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@each([*modules("analytics"), *modules("warehouse")])
def test_everything_public_says_what_it_is(file):
    assert ast.get_docstring(tree(file)), "the module"
    silent = [n.name for n in _public(tree(file)) if not ast.get_docstring(n)]
    assert not silent


def _public(module: ast.Module) -> list[ast.FunctionDef | ast.ClassDef]:
    named = [n for n in module.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    return [n for n in named if not n.name.startswith("_")]


@each(modules())
def test_no_part_of_a_text_is_left_in_braces(file):
    """One of several strings side by side that lost its f says {so(it)} to the visitor."""
    texts = [node for node in ast.walk(tree(file)) if isinstance(node, ast.JoinedStr)]
    parts = [part for text in texts for part in text.values if isinstance(part, ast.Constant)]
    left = [part.value for part in parts if re.search(r"(?<![%{$])\{[a-z_]\w*([.(\[][^}]*)?\}", part.value)]
    assert not left


@each(modules("analytics"))
def test_a_constant_of_nature_is_written_once(file):
    """Two modules that each round 1.96 in their own way disagree about who lies beyond it."""
    home = {"chance.py": "1.2815 1.9599 0.8416", "periods.py": "365.25"}.get(file.name, "").split()
    near = {"1.2815": 1.281552, "1.9599": 1.959964, "0.8416": 0.841621, "365.25": 365.25}
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            written = [name for name, value in near.items() if abs(node.value - value) < 1e-4 * value * 2]
            assert set(written) <= set(home), f"line {node.lineno}: {node.value} stands in chance.py or periods.py"


def test_these_rules_see_the_files_they_speak_of():
    for room in ("analytics", "warehouse", "ui", "pages", "ui/charts"):
        assert len(modules(room)) >= 3, room
    assert "streamlit" in packages(ROOT / "ui" / "page.py")
    assert reaches(ROOT / "ui" / "data.py", "warehouse")
