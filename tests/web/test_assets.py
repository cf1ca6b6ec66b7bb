"""The files that pages are made of: vendored as declared, within budget, obeying the security policy."""

import gzip
import hashlib
import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import pytest

WEB = Path(__file__).parents[2] / "web"
STATIC, TEMPLATES = WEB / "static", WEB / "templates"
OWN = {"VENDOR.json", "app.css", "app.js", "keys.js", "mark.svg", "star.svg"}
KIB = 1024
INNER = {"grouped", "head_cell", "square", "diff_cell", "plan_box", "percent", "stack", "at"}
INNER |= {"notes", "ties", "choices", "group"}  # parts of parts: pages do not call them


def every_template() -> list[str]:
    return sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))


def packed(name: str) -> int:
    """Bytes of a static file as a server with gzip sends it."""
    return len(gzip.compress((STATIC / name).read_bytes(), 9, mtime=0))


def source(name: str) -> str:
    """A template's text without its comments, which may speak of what is forbidden."""
    return re.sub(r"\{#.*?#\}", "", (TEMPLATES / name).read_text("utf-8"), flags=re.S)


def grouped(value: float) -> str:
    return f"{value:,}".translate(str.maketrans(",.", ".,"))


@pytest.fixture
def jinja() -> jinja2.Environment:
    """Templates with the globals and filters that the web app gives them, in Vietnamese."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True)
    environment.globals.update(
        t=lambda vi, en: vi, url_for=lambda endpoint, filename: f"/static/{filename}", request=None
    )
    environment.filters.update(
        d=lambda day: day.strftime("%d/%m/%Y"), n=grouped, dec=lambda value: f"{value:.2f}".replace(".", ",")
    )
    return environment


class Page(HTMLParser):
    """What a reader of the page meets: ids, references to ids, headings and inline code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: set[str] = set()
        self.headings: list[int] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attributes)
        if "id" in given:
            self.ids.append(given["id"])
        for name in ("for", "aria-describedby", "aria-labelledby", "list"):
            self.references.update((given.get(name) or "").split())
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [name for name in given if name == "style" or name.startswith(("on", "hx-on"))]


def test_vendored_files_are_what_vendor_json_says() -> None:
    packages = json.loads((STATIC / "VENDOR.json").read_text("utf-8"))
    named = {name: digest for package in packages for name, digest in package["files"].items()}
    found = {
        name: hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
        for name in (path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file())
        if name not in OWN
    }
    assert found == named, "every file that is not our own stands in VENDOR.json with its sha256"
    for package in packages:
        assert package["licence"], package["name"]
        assert any(name.startswith("licences/") for name in package["files"]), package["name"]


def test_assets_keep_their_budgets() -> None:
    fonts = sum(path.stat().st_size for path in STATIC.glob("fonts/*.woff2"))
    assert packed("app.css") <= 12 * KIB
    assert packed("app.js") + packed("htmx.min.js") <= 20 * KIB
    assert fonts <= 63 * KIB


def test_stylesheet_asks_for_nothing_outside_and_no_missing_file() -> None:
    sheet = (STATIC / "app.css").read_text("utf-8")
    targets = [target for target in re.findall(r'url\("?([^")]+)', sheet) if not target.startswith("data:")]
    assert len(targets) == 4
    assert all((STATIC / target).is_file() for target in targets)
    assert "@import" not in sheet


@pytest.mark.parametrize("name", every_template())
def test_template_has_no_inline_style_or_script(name: str) -> None:
    text = source(name)
    forbidden = {
        "style attribute": r"\sstyle\s*=",
        "style element": r"<style\b",
        "inline script": r"<script\b(?![^>]*\bsrc=)",
        "event attribute": r"<[^>]*\s(?:on[a-z]+|hx-on[:\w-]*)\s*=",
        "javascript link": r"javascript:",
        "evaluated htmx value": r"""["']js:""",
        "address outside": r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//""",
    }
    found = [what for what, pattern in forbidden.items() if re.search(pattern, text, re.I)]
    assert not found, f"{name}: no {', '.join(found)}: take a class or an SVG attribute"


@pytest.mark.parametrize("library", ["components", "fields"])
def test_every_part_is_described_and_shown_in_the_gallery(library: str) -> None:
    text = (TEMPLATES / f"{library}.html").read_text("utf-8")
    described = re.match(r"\{#.*?#\}", text, re.S)
    assert described
    shown = (
        source("gallery.html") + source("base.html") + source("access/login.html") + text[described.end() :]
    )
    macros = set(re.findall(r"macro (\w+)\(", text))
    unused = {name for name in macros if len(re.findall(rf"\b{name}\(", shown)) < 2}
    assert not unused, f"show them in gallery.html: {unused}"
    missing = {name for name in macros - INNER if not re.search(rf"^  {name}\(", described[0], re.M)}
    assert not missing, f"describe them at the top of {library}.html: {missing}"


def test_gallery_renders_all_parts_as_a_sound_page(jinja: jinja2.Environment) -> None:
    someone = {
        "display_name": "Trịnh Thu Lan",
        "organization_name": "Thành phố Hà Nội",
        "role_label": "Cán bộ hồ sơ",
    }
    menu = [{"key": "officials", "href": "/ho-so", "label": "Hồ sơ", "count": 1234, "current": True}]
    text = jinja.get_template("gallery.html").render(
        me=someone,
        nav=menu,
        lang="vi",
        demo=True,
        csrf="token",
        request_id="b71c-40e2",
        today=date(2026, 11, 23),
    )
    page = Page(text)
    assert not page.inline
    assert [one for one in page.ids if page.ids.count(one) > 1] == [], "an id stands twice"
    assert page.references <= set(page.ids), f"nothing has the id {page.references - set(page.ids)}"
    assert page.headings.count(1) == 1 + 1, "the gallery shows an identity bar as well as a page title"
    assert '<span class="pill">1.234</span>' in text
    assert 'action="/ho-so"' in text
    assert '<input type="hidden" name="csrf" value="token">' in text


@pytest.mark.parametrize(
    "name", [name for name in every_template() if re.fullmatch(r"errors/\d+\.html", name)]
)
def test_error_page_renders_when_nothing_else_works(name: str, jinja: jinja2.Environment) -> None:
    page = Page(jinja.get_template(name).render())
    assert page.headings == [1]
    assert not page.inline
