"""The OpenAPI 3.1 document, made from the declarations of the routes, and a page that shows it."""

import re
from html import escape
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Response, current_app

from api.http import PROBLEM, Endpoint
from registry.access.permissions import WHOSE, Permission

rooms = Blueprint("openapi", __name__)

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "errors", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "path": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
        "request_id": {"type": ["string", "null"]},
    },
}


def document(declared: list[Endpoint]) -> dict[str, Any]:
    """The whole document; every operation carries x-permission and x-scope."""
    spec = APISpec(
        title="Cơ sở dữ liệu cán bộ, công chức, viên chức",
        version="1",
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin()],
        info={
            "description": "Registry of officials, civil servants and public employees. Two clocks on every read.",
            "x-scopes": {scope.value: words for scope, words in WHOSE.items()},
        },
    )
    spec.components.schema("Problem", PROBLEM_SCHEMA)
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    for one in declared:
        path = "/api/v1" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", one.rule)
        spec.path(path=path, operations={one.method.lower(): _operation(one)})
    return spec.to_dict()


def _operation(one: Endpoint) -> dict[str, Any]:
    parameters: list[Any] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"<(?:\w+:)?(\w+)>", one.rule)
    ]
    if one.query is not None:
        parameters.append({"in": "query", "schema": one.query})
    if one.conditional:
        parameters.append(
            {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}}
        )
    if one.method == "POST":
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "minLength": 1, "maxLength": 200},
            }
        )
    content = {
        one.media: {"schema": one.reply or ({"type": "string"} if one.media != "application/json" else {})}
    }
    content |= {
        media: {"schema": {"type": "string"} if media != "application/json" else {}} for media in one.also
    }
    success: dict[str, Any] = {"description": one.summary.en}
    if one.status != 204:
        success["content"] = content
    operation: dict[str, Any] = {
        "summary": f"{one.summary.vi} / {one.summary.en}",
        "operationId": f"{one.tag}_{one.name}",
        "tags": [one.tag],
        "parameters": parameters,
        "responses": {
            str(one.status): success,
            "default": {
                "description": "Problem",
                "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
        "x-permission": one.permission.value,
        "x-scope": one.scope.value,
        "security": [] if one.permission is Permission.PUBLIC else [{"bearer": []}],
    }
    if one.body:
        media = one.body.get("x-media", "application/json")
        schema = {name: value for name, value in one.body.items() if name != "x-media"}
        operation["requestBody"] = {"required": True, "content": {media: {"schema": schema}}}
    return operation


def _declared() -> list[Endpoint]:
    found = (getattr(view, "endpoint_declaration", None) for view in current_app.view_functions.values())
    return [one for one in found if one is not None]


def openapi_json() -> Any:
    """The document as JSON, made once: it tells what the code declares and nothing else."""
    kept = current_app.extensions.get("openapi")
    if kept is None:
        kept = current_app.extensions["openapi"] = current_app.json.dumps(
            document(_declared()), separators=(",", ":")
        )
    return Response(kept, mimetype="application/json")


def docs() -> Response:
    """The document for people: one plain page, no script."""
    rows = "".join(
        f"<tr><td>{escape(one.method)}</td><td><code>/api/v1{escape(one.rule)}</code></td><td>{escape(one.summary.vi)}"
        f"<br><span lang='en'>{escape(one.summary.en)}</span></td><td><code>{escape(one.permission.value)}</code></td></tr>"
        for one in sorted(_declared(), key=lambda one: (one.rule, one.method))
    )
    page = (
        "<!doctype html><html lang='vi'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        "<title>API</title><h1>API /api/v1</h1><p><a href='openapi.json'>OpenAPI 3.1</a></p>"
        f"<table><thead><tr><th scope='col'>Phương thức</th><th scope='col'>Địa chỉ</th><th scope='col'>Việc</th>"
        f"<th scope='col'>Quyền</th></tr></thead><tbody>{rows}</tbody></table></html>"
    )
    return Response(page, mimetype="text/html")


def _open(rule: str, view: Any) -> None:
    """A route that anybody may read."""
    view.page_permission = "public"
    rooms.add_url_rule(rule, view_func=view)


_open("/openapi.json", openapi_json)
_open("/docs", docs)
