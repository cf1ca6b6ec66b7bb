"""The shape of the code, read from the code: which room knows which, who may use a route, what a kind brings.

A failure says what to write and where. An exception to a rule stands in a list here, with its reason.
"""

import ast
import csv
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import Bed

from registry.access.permissions import Permission
from registry.officials.facts import FACTS, GROUPS
from registry.words import Words

ROOT = Path(__file__).parents[1]
LAYERS = {"registry": (), "seed": ("registry",), "api": ("registry",), "web": ("registry", "api")}
"""Each layer and those it may know."""
ROOMS = [
    "words",
    "roles",
    "clock",
    "config",
    "driver",
    "db",
    "periods",
    "errors",
    "named",
    "cursors",
    "cells",
    "texts",
    "audit",
    "access",
    "catalogues",
    "organizations",
    "law",
    "officials",
    "documents",
    "changes",
    "proposals",
    "campaigns",
    "worklists",
    "bulk",
    "quality",
    "statistics",
    "reports",
    "explorer",
    "dictionary",
    "explaining",
    "trail",
]
"""Rooms and modules of registry/ in their order: each knows only those before it."""
WEB_LIBRARIES = {"flask", "werkzeug", "flask_login", "marshmallow", "jinja2", "gunicorn"}
ALLOWED_IMPORTS = {
    ("registry/__main__.py", "web"): "the command line starts the server",
    ("registry/__main__.py", "seed"): "the command line loads catalogues and the demo",
}
PRINTS = {"registry/__main__.py", "start.py"}
"""What people read in a terminal; everything else writes to the log."""
PIECES = {
    "after", "believed", "branches", "broken", "checks", "chosen", "columns", "counting", "days", "excluded", "expected",
    "facts", "fields", "joined", "kept", "kind", "mean", "name", "named", "one", "only", "order", "other", "people", "picked",
    "resting", "source", "statement", "stop", "table", "this", "touched", "wanted", "way", "weights", "where", "which", "within",
}  # fmt: skip
"""Names of variables that hold pieces of SQL written in the code, never what somebody sent."""
WRITE_CSV = {
    "registry/cells.py": "the place",
    "registry/bulk/writers.py": "titles, which are ours",
    "registry/bulk/sheet.py": "titles, which are ours",
}
WRITE_FORMULAS: dict[str, str] = {}
COMMITS = {
    "api/http.py": "the glue of the API",
    "web/pages.py": "the glue of the pages",
    "registry/db.py": "a session whose transaction is the driver's alone",
    "api/app.py": "readiness",
}
"""Owners of a transaction; services and queries leave it to them."""
OPEN_ROUTES = {
    "/healthz", "/readyz", "/metrics", "/static/<path:filename>", "/api/v1/openapi.json", "/api/v1/docs",
    "/api/v1/tokens", "/login", "/login/ma", "/login/khoi-phuc", "/login/oidc", "/login/oidc/ve", "/logout", "/ngon-ngu", "/thanh-phan",
}  # fmt: skip
"""Routes for everybody: health, what the API says of itself, signing in (by another authority too) and out, recovery, language, the gallery."""
ENVELOPE = {"action", "official", "kind", "fact_id", "valid_from", "valid_to"}
TOLD_OF_A_FACT = {"id", "decision", "in_force", "recorded_at", "valid_from", "valid_to"}


def sources(*tops: str) -> dict[str, ast.Module]:
    """The modules under some folders, by their path from the root."""
    paths = [path for top in tops for path in sorted((ROOT / top).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): parsed(path) for path in paths}


@cache
def parsed(path: Path) -> ast.Module:
    """A module, read once for all tests."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """All of a tree's nodes, walked through once for all tests."""
    return tuple(ast.walk(tree))


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of all imports, inside functions too."""
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their module in full"
            yield from ((node.lineno, f"{node.module}.{one.name}") for one in node.names)


def test_layers_know_only_what_lies_below_them() -> None:
    wrong = []
    for path, tree in sources(*LAYERS).items():
        layer = path.split("/")[0]
        for line, name in imports(tree):
            top = name.split(".")[0]
            foreign = top in {*LAYERS, "tests", "conftest", "bench"} - {layer, *LAYERS[layer]}
            foreign = foreign or (layer in ("registry", "seed") and top in WEB_LIBRARIES)
            if foreign and (path, top) not in ALLOWED_IMPORTS:
                wrong.append(f"{path}:{line} imports {name}")
    assert wrong == []


def test_rooms_know_only_rooms_before_them() -> None:
    order = {name: place for place, name in enumerate(ROOMS)}
    wrong = []
    for path, tree in sources("registry").items():
        room = path.split("/")[1].removesuffix(".py")
        for line, name in imports(tree):
            other = name.split(".")[1] if name.startswith("registry.") else ""
            if room in order and other and order.get(other, len(order)) > order[room]:
                wrong.append(f"{path}:{line} imports {name}: {room} stands before {other}")
    assert wrong == []


def test_every_room_is_in_the_order() -> None:
    rooms = {path.name for path in (ROOT / "registry").iterdir() if (path / "__init__.py").exists()}
    assert rooms <= set(ROOMS), "a new room gets its place in ROOMS"


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Calls of a function or method by its last name."""
    for node in nodes(tree):
        if isinstance(node, ast.Call):
            last = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if last in names:
                yield node


def test_services_leave_the_transaction_to_its_owner() -> None:
    found = {
        path
        for path, tree in sources(*LAYERS).items()
        for call in calls(tree, "commit", "rollback")
        if isinstance(call.func, ast.Attribute)
    }
    assert found == set(COMMITS)


def test_nothing_is_printed_promised_or_left_behind() -> None:
    wrong = []
    for path, tree in sources(*LAYERS, "migrations").items():
        wrong += [f"{path}:{one.lineno} print" for one in calls(tree, "print") if path not in PRINTS]
        wrong += [f"{path}:{one.lineno} breakpoint" for one in calls(tree, "breakpoint", "set_trace")]
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                wrong.append(f"{path}:{number} {line.strip()}")
    assert wrong == []


def test_every_text_of_the_project_is_composed_unicode() -> None:
    endings = {".py", ".html", ".csv", ".sql", ".js", ".css", ".md", ".toml", ".cfg", ".txt", ".json", ".svg"}
    hidden = (".venv", "node_modules", "__pycache__")
    wrong = []
    for path in ROOT.rglob("*"):
        inside = path.relative_to(ROOT).parts
        if path.suffix in endings and not any(part.startswith(".") or part in hidden for part in inside):
            text = path.read_bytes().decode("utf-8")
            if not unicodedata.is_normalized("NFC", text):
                wrong.append("/".join(inside))
    assert wrong == []


# Words

SPOKEN = {"Words": (0, 1), "t": (0, 1), "wrong": (2, 3), "Wrong": (1, 2)}
"""Functions that take a sentence in both languages, and where: Vietnamese, English."""


def fixed(node: ast.expr) -> str | None:
    """The fixed part of a text in the code; None when nothing of it is fixed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(one.value for one in node.values if isinstance(one, ast.Constant)) or None
    return None


def spoken() -> Iterator[tuple[str, str | None, str | None]]:
    """(place, Vietnamese, English) of every sentence."""
    for path, tree in sources(*LAYERS).items():
        for call in calls(tree, *SPOKEN):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            vi, en = SPOKEN[name]
            if len(call.args) > en and not any(isinstance(one, ast.Starred) for one in call.args):
                yield f"{path}:{call.lineno}", fixed(call.args[vi]), fixed(call.args[en])
        for call in calls(tree, "endpoint"):
            for pair in (one for one in call.args if isinstance(one, ast.Tuple) and len(one.elts) == 2):
                yield f"{path}:{call.lineno}", fixed(pair.elts[0]), fixed(pair.elts[1])


VIETNAMESE = re.compile("[ăơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]")
"""Letters that no other language here has; đ is also the sign of the currency."""


def test_every_sentence_is_said_in_both_languages() -> None:
    sentences = list(spoken())
    assert len(sentences) > 500
    wrong = []
    for place, vi, en in sentences:
        if vi == en == "":
            continue  # said on purpose: nothing
        if not all(
            one is None or (one.strip() and unicodedata.is_normalized("NFC", one)) for one in (vi, en)
        ):
            wrong.append(f"{place} an empty sentence: {vi!r} {en!r}")
        english = re.sub("“[^”]*”", "", en or "")
        if VIETNAMESE.search(english) or (vi == en and not english.isascii()):
            wrong.append(f"{place} Vietnamese in the English sentence: {en!r}")
    assert wrong == []


# Routes


def test_every_route_says_who_may_use_it_and_only_few_are_open(demo: Bed) -> None:
    known = {one.value for one in Permission}
    is_open = set()
    for rule in demo.app.url_map.iter_rules():
        view = demo.app.view_functions[rule.endpoint]
        declared: Any = getattr(view, "endpoint_declaration", None)
        permission = declared.permission if declared else getattr(view, "page_permission", "public")
        if permission in ("public", Permission.PUBLIC):
            is_open.add(rule.rule)
        else:
            assert str(permission) in known, f"{rule.rule}: {permission} is no permission"
    assert is_open == OPEN_ROUTES


def test_what_a_link_can_trigger_needs_no_right_to_write(demo: Bed) -> None:
    """A GET shows. What writes is a POST (or PUT, DELETE), so that no link in a letter does anything."""
    writing = {Permission.CHANGES_CHANGE_DECIDE, Permission.DOCUMENTS_FILE_WRITE}
    for rule in demo.app.url_map.iter_rules():
        view = demo.app.view_functions[rule.endpoint]
        permission = getattr(view, "page_permission", None)
        if permission in writing:
            assert "GET" not in (rule.methods or ()), rule.rule


def test_no_route_of_the_api_is_without_words(demo: Bed) -> None:
    for view in demo.app.view_functions.values():
        declared: Any = getattr(view, "endpoint_declaration", None)
        if declared:
            assert all(declared.summary), declared.rule
            assert (
                declared.reply is not None or declared.media != "application/json" or declared.status == 204
            )


# Kinds of facts


@pytest.mark.parametrize("name", FACTS)
def test_a_kind_brings_everything_a_kind_needs(name: str) -> None:
    kind = FACTS[name]
    assert kind.name == name
    assert (ROOT / "registry" / "officials" / "facts" / f"{name}.py").exists()
    assert both(kind.label)
    assert kind.source
    assert kind.group in GROUPS
    assert len({one.name for one in kind.fields}) == len(kind.fields)
    assert set(kind.columns()) <= set(kind.table.c.keys())
    taken = (ENVELOPE | TOLD_OF_A_FACT) & {one.name for one in kind.fields}
    assert not taken, f"{taken} would be mistaken for what an operation or a record says of the fact itself"
    assert any(one.required for one in kind.fields), "a fact that says nothing"
    for key in kind.exclusive or ():
        assert kind[key].required, "what tells facts of a kind apart is always there"
    for _, _, words in kind.checks:
        assert both(words)


@pytest.mark.parametrize("name", FACTS)
def test_a_field_is_labelled_bounded_and_its_list_is_there(name: str) -> None:
    for one in FACTS[name].fields:
        assert both(one.label), one.name
        assert one.sensitivity in ("ordinary", "personal", "sensitive", "secret")
        assert (one.type == "code") == (one.catalogue is not None), one.name
        assert (one.type == "choice") == bool(one.choices), one.name
        assert all(both(words) for _, words in one.choices)
        if one.type in ("integer", "year"):
            assert one.low is not None, f"{one.name}: a number without a lowest value"
        if one.catalogue:
            path = ROOT / "seed" / "catalogues" / f"{one.catalogue}.csv"
            assert path.exists(), f"{one.name}: {path.name} is missing"
            with path.open(encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            assert rows
            assert all(row["key"] and row["name_vi"] and row["source"] for row in rows), path.name


def both(words: Words) -> bool:
    """Whether a sentence is there in both languages, composed."""
    return all(one.strip() and unicodedata.is_normalized("NFC", one) for one in words)


def test_every_kind_has_a_table_behind_both_walls_and_rows_in_the_demo(demo: Bed) -> None:
    counts = demo.counts()
    for name in FACTS:
        assert counts[f"fact_{name}"] > 0, f"{name}: the demo shows none"
    policies = demo.scalar("SELECT array_agg(DISTINCT tablename::text) FROM pg_policies")
    assert {f"fact_{name}" for name in FACTS} <= set(policies)


# Pages


def templates() -> list[Path]:
    """All templates."""
    return sorted((ROOT / "web" / "templates").rglob("*.html"))


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"\sstyle\s*=", "the content security policy forbids styles in tags; use a class"),
        (r"<style\b", "styles stand in the style sheet"),
        (r"\son[a-z]+\s*=\s*[\"']", "handlers stand in the script"),
        (r"javascript:", "links lead somewhere"),
        (r"<script(?![^>]*\bsrc=)", "scripts stand in files"),
        (r"\|\s*safe\b", "what people typed is always escaped"),
        (r"\b(https?:)?//(?!www\.w3\.org)[a-z]", "everything comes from the own server"),
        (r"\{%-?\s*autoescape\s+false", "what people typed is always escaped"),
    ],
)
def test_templates_hold_to_the_policy(pattern: str, reason: str) -> None:
    assert len(templates()) > 20
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()[:80]}"
        for path in templates()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert found == [], reason


def test_markup_is_only_made_by_filling_in_a_fixed_text() -> None:
    """Markup(text) trusts the text: only constants may be trusted, values go in through format."""
    wrong = [
        f"{path}:{call.lineno}"
        for path, tree in sources("web", "api").items()
        for call in calls(tree, "Markup")
        if not (call.args and isinstance(call.args[0], ast.Constant))
    ]
    assert wrong == []


def test_statements_are_put_together_from_names_of_the_code_only() -> None:
    """A value in an f-string statement must be one of ours: no name of a request's part reaches one."""
    suspicious = re.compile(r"\b(call|request|form|args|body|query\.q|sent|raw)\b")
    wrong = [
        f"{path}:{value.lineno} {ast.unparse(value.value)}"
        for path, tree in sources("registry", "api", "web").items()
        for call in calls(tree, "text", "execute", "send", "scalar", "scalars", "stream", "copy_out")
        for one in call.args
        if isinstance(one, ast.JoinedStr)
        for value in one.values
        if isinstance(value, ast.FormattedValue)
        and (
            suspicious.search(ast.unparse(value.value))
            or (
                isinstance(value.value, ast.Name)
                and value.value.id.islower()
                and value.value.id not in PIECES
            )
        )
    ]
    assert wrong == [], "give values as parameters; a piece of SQL of ours gets its name into PIECES"


def test_only_one_place_writes_csv_and_sheets_are_written_by_type() -> None:
    """`cells.to_csv` makes cells harmless; write() of xlsxwriter guesses, write_string and its like do not."""
    wrong = []
    for path, tree in sources("registry", "api", "web").items():
        if path not in WRITE_CSV:
            wrong += [
                f"{path}:{one.lineno} csv" for one in calls(tree, "writer") if "csv" in ast.unparse(one.func)
            ]
        if any(name.startswith("xlsxwriter") for _, name in imports(tree)) and path not in WRITE_FORMULAS:
            guessing = calls(tree, "write", "write_row", "write_column", "write_formula", "write_url")
            wrong += [
                f"{path}:{one.lineno} {ast.unparse(one.func)}"
                for one in guessing
                if "sheet" in ast.unparse(one.func)
            ]
    assert wrong == []
