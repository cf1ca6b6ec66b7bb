"""What protects a reply stands on every one: pages, API, files, errors, static files, whoever asks for what."""

import dataclasses
import re
from typing import Any

from browsing import Browser
from conftest import Bed
from walk import Places

from web.app import create_app

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
PAGES = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


def policy_of(reply: Any) -> set[str]:
    """The policies that a reply of its kind may carry."""
    if reply.headers.get("Content-Disposition", "").startswith("attachment"):
        return {"default-src 'none'; frame-ancestors 'none'; sandbox"}
    if reply.request.path.startswith("/api/"):
        return {"default-src 'none'; frame-ancestors 'none'"}
    return {PAGES} if reply.mimetype == "text/html" else {"frame-ancestors 'none'"}


def addresses(bed: Bed, places: Places) -> list[str]:
    """Every route, its parts filled with something, and a few that are no routes."""
    filled = {
        "named": places.official,
        "number": "1",
        "uid": places.imported,
        "code": "H26-SNV",
        "name": "ranks",
    }
    found = []
    for rule in bed.app.url_map.iter_rules():
        path = (
            places.fill(rule.rule.replace("<", "{").replace(">", "}"))
            if rule.rule.startswith("/api/")
            else rule.rule
        )
        path = re.sub(r"[<{](?:\w+:)?(\w+)[>}]", lambda one: filled.get(one[1], "1"), path)
        found.append(
            path
            if path.startswith(("/api/", "/")) and not rule.rule.startswith("/api/")
            else f"/api/v1{path}"
        )
    return [
        *found,
        "/khong-co",
        "/api/v1/khong-co",
        "/api/v1/officials?limit=x",
        f"/api/v1/files/{places.file}",
    ]


def test_every_reply_carries_what_protects_it_and_nothing_personal_is_kept(demo: Bed) -> None:
    places = Places.made_in(demo)
    everything = addresses(demo, places)
    assert len(everything) > 150
    api = demo.api("auditor1")
    bearer = {"Authorization": f"Bearer {api.token}"}
    signed_in, nobody = Browser(demo, "auditor1").client, demo.app.test_client()
    statuses = set()
    for client, headers in ((nobody, {}), (signed_in, bearer)):
        for path in everything:
            for method in ("GET", "POST") if client is nobody else ("GET",):
                reply = client.open(path, method=method, headers=headers)
                statuses.add(reply.status_code)
                for name, value in EVERYWHERE.items():
                    assert reply.headers.getlist(name) == [value], (method, path, name)
                assert reply.headers.getlist("Content-Security-Policy")[0] in policy_of(reply), (method, path)
                assert reply.headers["Cache-Control"] == "no-store", (method, path)
                assert "Strict-Transport-Security" not in reply.headers, "only behind TLS"
                reply.close()
    assert {200, 303, 401, 403, 404, 405} <= statuses, statuses
    assert not {status for status in statuses if status >= 500}


def test_static_files_are_protected_too_and_production_insists_on_tls(demo: Bed) -> None:
    production = dataclasses.replace(demo.settings, env="production")
    strict = create_app(production, {role: demo.engine(role) for role in ("web", "stats")}).test_client()
    for client, wanted in ((demo.app.test_client(), None), (strict, "max-age=31536000; includeSubDomains")):
        address = client.get("/login").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
        for path in ("/login", "/api/v1/me", address, "/khong-co"):
            reply = client.get(path)
            assert reply.headers.get("Strict-Transport-Security") == wanted, path
            assert {name: reply.headers[name] for name in EVERYWHERE} == EVERYWHERE, path
            assert reply.headers.get("Content-Security-Policy"), path
            reply.close()
    assert strict.get("/thanh-phan").status_code == 404, "parts with sample data are for the demonstration"
    cookies = strict.get("/login").headers.getlist("Set-Cookie")
    assert cookies
    assert all("Secure" in one and "HttpOnly" in one and "SameSite" in one for one in cookies), cookies
