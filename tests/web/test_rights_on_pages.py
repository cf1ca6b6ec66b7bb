"""Every page × every role: without the right it is not there, with it no thing of another unit is, and nothing changes by asking."""

from collections.abc import Iterator
from typing import Any

import pytest
from browsing import Browser
from cast import ACCOUNT_OF, CHILD, NOTHING, OTHER, OWN, PARENT, RANDOM, SIBLING, Cast

from registry.access.models import ROLES
from registry.access.permissions import EVEN_WITHOUT_ROLES, NATIONAL, ROLE_PERMISSIONS, Permission

THINGS = {
    "/bao-cao/lan-lap": "report",
    "/bao-sai": "proposal",
    "/cua-toi/bao-sai/thu": "proposal",
    "/cua-toi/ra-soat": "campaign",
    "/de-nghi": "draft",
    "/ho-so": "official",
    "/nhap-du-lieu": "import",
    "/ra-soat": "campaign",
    "/tai-khoan/bao-mat/phien": "session",
    "/thong-ke/bang-da-luu": "view",
    "/xuat-du-lieu": "export",
}
"""What the first part of a path names, by the path before it."""
FILLED = {
    "form": "2c",
    "code": "H26-SNV",
    "name": "ranks",
    "kind": "salary",
    "fact": "1",
    "decision": RANDOM,
    "entry": "1",
    "worklist": "salary_steps",
    "ending": "csv",
    "username": "hr.hanoi",
    "grant_id": "1",
    "what": "quyen",
    "number": "1",
    "uid": RANDOM,
}
PEOPLE = tuple(role for role in ROLES if role != "client")


def rules(cast: Cast) -> Iterator[tuple[str, str, Permission, str]]:
    """(method, rule, permission, kind of the thing that the rule names; '' for none) of every page."""
    for rule in cast.bed.app.url_map.iter_rules():
        permission = getattr(cast.bed.app.view_functions[rule.endpoint], "page_permission", "public")
        if permission in ("public", Permission.PUBLIC) or rule.rule.startswith("/api/"):
            continue
        before, named, _ = rule.rule.partition("/<")
        kind = THINGS.get(before, "") if named else ""
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield method, rule.rule, permission, kind


def filled(rule: str, kind: str, name: str) -> str:
    """A path for a rule: its first part is the thing."""
    first = bool(kind)
    parts = []
    for part in rule.split("/"):
        before, opened, rest = part.partition("<")
        inner, _, after = rest.partition(">")
        value = name if opened and first else FILLED.get(inner.rpartition(":")[2], "")
        first = first and not opened
        parts.append(before + value + after if opened else part)
    return "/".join(parts)


@pytest.mark.parametrize("role", PEOPLE)
def test_no_page_and_no_form_serves_who_may_not_or_what_is_not_theirs(cast: Cast, role: str) -> None:
    browser = Browser(cast.bed, ACCOUNT_OF[role])
    browser.open("/to-chuc")
    csrf = next(one for one in browser.page.forms if one.action == "/logout").value("csrf")
    before, wrong, asked = cast.bed.counts(), [], 0
    for method, rule, permission, kind in rules(cast):
        held = permission in ROLE_PERMISSIONS[role] | EVEN_WITHOUT_ROLES
        for relation in _relations(role, kind) if held and kind else (() if held else (OWN,)):
            name = cast.things.get(kind, {}).get(relation, RANDOM)
            sent: dict[str, Any] = {"data": {"csrf": csrf}} if method == "POST" else {}
            reply = browser.client.open(filled(rule, kind, name), method=method, **sent)
            asked += 1
            if reply.status_code not in (403, 404):
                wrong.append(f"{method} {rule} of {relation or 'nothing'}: {reply.status_code}")
    assert not wrong, "\n".join(wrong)
    assert asked > 40
    after = cast.bed.counts()
    assert {name for name in before if before[name] != after[name]} <= {"audit_event"}


def _relations(role: str, kind: str) -> tuple[str, ...]:
    """Where a role that holds the right finds nothing of a kind."""
    if (role == "auditor" and kind in ("report", "export")) or (
        role in NATIONAL and kind not in ("report", "export")
    ):
        return (NOTHING,)
    away = (OTHER, SIBLING, NOTHING) if kind == "campaign" else (OTHER, SIBLING, PARENT, NOTHING)
    return (*away, OWN, CHILD) if role == "official" or kind in ("report", "export") else away


def test_a_program_is_served_no_page(cast: Cast) -> None:
    """What it may see is written on its token; in the browser it has but the account's own page."""
    browser = Browser(cast.bed, ACCOUNT_OF["client"])
    for path in ("/ho-so", "/cong-viec", "/thong-ke", "/xuat-du-lieu", "/nhap-du-lieu"):
        assert browser.client.get(path).status_code == 404, path
    assert browser.client.get("/tai-khoan/bao-mat").status_code == 200


@pytest.mark.parametrize("role", PEOPLE)
def test_every_form_of_a_page_is_refused_from_elsewhere_and_does_nothing(cast: Cast, role: str) -> None:
    """Without the token of this session, with that of another, from another site, as another kind of body."""
    browser, other = Browser(cast.bed, ACCOUNT_OF[role]), Browser(cast.bed, ACCOUNT_OF[role])
    theirs = next(one for one in other.open("/to-chuc").forms if one.action == "/logout").value("csrf")
    ways: tuple[dict[str, Any], ...] = (
        {"data": {}},
        {"data": {"csrf": theirs}},
        {"data": "{}", "content_type": "text/plain", "headers": {"Origin": "https://noi-khac.example"}},
        {"json": {"csrf": theirs}},
        {"query_string": {"csrf": theirs, "_method": "POST"}},
    )
    before, asked = cast.bed.counts(), 0
    for method, rule, permission, kind in rules(cast):
        if method == "POST" and permission in ROLE_PERMISSIONS[role] | EVEN_WITHOUT_ROLES:
            path = filled(rule, kind, cast.things.get(kind, {}).get(OWN, RANDOM))
            statuses = {browser.client.post(path, **way).status_code for way in ways}
            assert statuses <= REFUSED, (path, statuses)
            asked += 1
    assert asked > 0
    assert browser.client.post("/logout", data={"csrf": theirs}).status_code in REFUSED
    browser.open("/to-chuc")
    assert browser.status == 200, "not signed out either"
    after = cast.bed.counts()
    assert {name for name in before if before[name] != after[name]} == set()


REFUSED = {400, 403, 415, 422}


@pytest.mark.parametrize("role", PEOPLE)
def test_opening_pages_alters_nothing_but_the_trail(cast: Cast, role: str) -> None:
    """What a link, a picture's address or a prefetch can do: look, and be seen looking."""
    browser = Browser(cast.bed, ACCOUNT_OF[role])
    browser.open("/to-chuc")
    mark = cast.bed.scalar("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    before, opened = cast.bed.counts(), 0
    for method, rule, permission, kind in rules(cast):
        if method == "GET" and permission in ROLE_PERMISSIONS[role] | EVEN_WITHOUT_ROLES:
            path = filled(rule, kind, cast.things.get(kind, {}).get(OWN, RANDOM))
            opened += browser.client.get(path).status_code == 200
    assert opened > 5
    after = cast.bed.counts()
    written = {
        name for name in before
        if before[name] != after[name]
        or cast.bed.scalar(f'SELECT count(*) FROM "{name}" WHERE xmin::text::bigint >= :mark', mark=mark)
    }  # fmt: skip
    assert written <= {"audit_event", "web_session"}, "of a session only when it was last used"
