"""What people typed is text: with the policy of the pages switched off, nothing of it runs in a browser.

Each stored text that anybody can fill holds tags, attributes and script endings; every page is opened as each role in
Chromium, which ignores our Content-Security-Policy and would call `hit` if anything ran.
"""

import io
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from browsing import Browser
from conftest import Bed
from make import as_superuser, newcomer
from playwright.sync_api import BrowserContext, Route, sync_playwright
from test_pages_by_role import ACCOUNTS, OPEN
from walk import Places, carry_out, program

from registry.officials.facts import FACTS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
UNPAINTED = ("--disable-gpu", "--disable-software-rasterizer")
"""Nobody looks at these pages: what runs on them runs as well where nothing is drawn."""
MARK = "O'Brien <3 onload="
HOSTILE = (
    f"{MARK} \"'></title></textarea></script><script>hit()</script><img src=x onerror=hit()><svg onload=hit()>"
    "\" autofocus onfocus=hit() x='${hit()} {{7*7}}"
)
PLANTED = {
    "app_user": ["display_name"],
    "audit_event": ["actor_name", "reason", "object_id"],
    "campaign": ["name", "message"],
    "campaign_task": ["words"],
    "catalogue_item": ["name_vi", "name_en", "source"],
    "change": ["note", "reason"],
    "change_event": ["words"],
    "decision": ["number", "issuer", "signer", "title"],
    "file": ["name"],
    "import_finding": ["value"],
    "import_file": ["sheet"],
    "official_current": ["full_name", "staff_code", "job_position"],
    "organization_version": ["name", "name_en", "legal_basis"],
    "position": ["title"],
    "proposal": ["reason", "answer"],
    "report_run": ["reason"],
    "statistics_view": ["name"],
    "web_session": ["agent"],
} | {
    f"fact_{name}": [one.name for one in kind.fields if one.type == "text" and name != "personal_history"]
    for name, kind in FACTS.items()
}
UNCHECKED = """DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT conrelid::regclass AS held, conname FROM pg_constraint
        WHERE contype = 'c' AND coninhcount = 0 AND connamespace = 'public'::regnamespace
    LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.held, one.conname); END LOOP; END $$"""
"""Longer texts than the registry takes: what stands there is shown, whatever its way in."""
ALSO = (
    "UPDATE import_row SET cells = (SELECT array_agg(CAST(:hostile AS text)) FROM unnest(cells))",
    "UPDATE import_file SET columns = (SELECT array_agg(CAST(:hostile AS text) || n) FROM unnest(columns) WITH ORDINALITY c(t, n)),"
    " notes = jsonb_build_array(jsonb_build_object('code', 'unknown_column', 'detail', jsonb_build_object('title', CAST(:hostile AS text))),"
    " jsonb_build_object('code', 'other_sheet', 'detail', jsonb_build_object('sheet', CAST(:hostile AS text))))",
    "UPDATE change_operation SET fields = fields || jsonb_build_object('full_name', CAST(:hostile AS text)), reason = CAST(:hostile AS text)",
    "UPDATE quality_finding SET detail = (SELECT jsonb_object_agg(key, CAST(:hostile AS text))"
    " FROM jsonb_object_keys(detail) key) WHERE detail <> '{}'",
)


@pytest.fixture(scope="module")
def hostile(demo: Bed) -> tuple[Bed, Places]:
    """A registry in which every text is hostile, with one of each thing to open."""
    places = Places.made_in(demo)
    browser = Browser(demo, "statistician1")
    browser.open("/thong-ke?row=sex")
    browser.send("name", name="Bảng")
    told = "CAST(:hostile AS text) || ' ' || ctid::text"
    statements = [
        f"UPDATE {table} SET {', '.join(f'{name} = {told}' for name in columns)}"
        for table, columns in PLANTED.items()
        if columns
    ]
    as_superuser(demo, UNCHECKED)
    as_superuser(demo, *statements, *ALSO, hostile=HOSTILE)
    return demo, places


class Visitor:
    """One role in Chromium: pages come straight from the application; what runs, asks or breaks is counted."""

    def __init__(self, bed: Bed, context: BrowserContext, username: str) -> None:
        self.client = Browser(bed, username).client
        self.hits: list[str] = []
        self.at = ""
        context.expose_function("hit", lambda *_: self.hits.append(f"ran on {self.at}"))
        context.route("**/*", self._answer)
        self.page = context.new_page()
        self.page.on("dialog", self._asked)

    def _asked(self, dialog: Any) -> None:
        self.hits.append(f"dialog on {self.at}")
        dialog.dismiss()

    def _answer(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        if parts.netloc != "localhost" or parts.path.endswith((".woff2", ".ttf", ".css")):
            route.abort()
            return
        reply = self.client.get(
            f"{parts.path}?{parts.query}", headers={"Accept-Encoding": "identity"}, follow_redirects=True
        )
        route.fulfill(status=reply.status_code, body=reply.data, headers=dict(reply.headers))
        reply.close()

    def open(self, path: str) -> str:
        """The text of a page after its scripts ran."""
        self.at = path
        self.page.goto(f"http://localhost{path}", wait_until="load")
        return str(
            self.page.evaluate(
                "document.documentElement.textContent + [...document.querySelectorAll('input,textarea')].map(o => o.value).join(' ')"
            )
        )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: what runs in a browser is not looked at")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *UNPAINTED])
        yield browser
        browser.close()


def pages_of(role: str, places: Places, bed: Bed) -> list[str]:
    """What a role may open, files apart, and the things made for the purpose."""
    of_units = [
        path for path, roles in OPEN.items() if role in roles and not path.endswith((".csv", ".xlsx", ".pdf"))
    ]
    of_units = [path for path in of_units if ".pdf?" not in path and ".csv?" not in path]
    number = bed.scalar("SELECT number FROM change WHERE uid = CAST(:uid AS uuid)", uid=places.change)
    record = f"/ho-so/{places.official}"
    things = [
        record,
        f"{record}/lich-su",
        f"/de-nghi/{number}",
        f"/de-nghi/{number}/sua",
        f"/nhap-du-lieu/{places.imported}",
    ]
    things += [
        f"/bao-sai/{places.proposal}",
        f"/ra-soat/{places.campaign}",
        f"/bao-cao/{places.reported}",
        "/ho-so",
        "/cong-viec",
    ]
    if role == "officer":
        return of_units + things
    looks = of_units[:2] + things[: len(things) if role in ("auditor", "official") else 0]
    return looks + [path for path in of_units[2:] if "officer" not in OPEN[path]]  # the others are made alike


@pytest.mark.parametrize("role", ACCOUNTS)
def test_no_text_runs_on_any_page_with_the_policy_switched_off(
    hostile: tuple[Bed, Places], chromium: Any, role: str
) -> None:
    bed, places = hostile
    context = chromium.new_context(bypass_csp=True)
    visitor = Visitor(bed, context, ACCOUNTS[role])
    shown = 0
    for path in pages_of(role, places, bed):
        shown += MARK in visitor.open(path)
    context.close()
    assert visitor.hits == []
    assert shown > (10 if role == "officer" else 0), "what was planted is read as it was typed"


def test_the_browser_would_tell_of_a_script_that_runs(hostile: tuple[Bed, Places], chromium: Any) -> None:
    context = chromium.new_context(bypass_csp=True)
    visitor = Visitor(hostile[0], context, "auditor1")
    visitor.open("/luat")
    visitor.page.set_content(f"<p>{HOSTILE}</p>")
    visitor.page.wait_for_timeout(300)
    context.close()
    assert len(visitor.hits) >= 2


def test_odd_names_are_taken_and_pages_as_files_are_inert(registry: Bed) -> None:
    maker, checker = program(registry, "hr.hanoi"), program(registry, "approver.hanoi")
    carry_out(maker, checker, [newcomer(full_name=MARK)])
    assert [
        one["full_name"]
        for one in maker.get("/officials?q=obrien").json["items"]
        or maker.get("/officials?q=brien").json["items"]
    ] == [MARK]
    for name, content in (
        ("trang.csv", b"<html><script>alert(1)</script>"),
        ("anh.pdf", b"<svg onload=alert(1)>"),
    ):
        sent = maker.post("/files", data={"file": (io.BytesIO(content), name)}).json
        headers = maker.get(f"/files/{sent['id']}").headers
        assert headers["Content-Disposition"].startswith("attachment; ")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in headers["Content-Security-Policy"]
    for name in ("trang.html", "anh.svg", "anh.svg.xml"):
        assert maker.post("/files", data={"file": (io.BytesIO(b"<svg/>"), name)}).status_code == 415
