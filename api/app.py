"""The API's application: rooms under /api/v1, health and metrics beside them, errors as problem+json."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask, Response, abort, current_app, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.exceptions import HTTPException

from api import (
    access,
    audit,
    campaigns,
    catalogues,
    changes,
    documents,
    explaining,
    exports,
    imports,
    law,
    law_questions,
    officials,
    openapi,
    organizations,
    proposals,
    quality,
    reports,
    session,
    statistics,
    worklists,
)
from api.http import (
    FORM,
    LARGEST_TYPED,
    MOST_PARTS,
    Services,
    language,
    mark_request,
    problem,
    problem_of,
    retry_later,
    services,
)
from registry import clock, migrate
from registry.audit import proofs
from registry.cluster import replica_dsn, role_dsn
from registry.config import Settings
from registry.db import Scope, is_away, make_engine, make_sessions, set_scope
from registry.errors import RegistryError
from registry.replica import Replicated
from registry.statistics.snapshot.counting import CARRIED, Columns
from registry.statistics.snapshot.live import Live
from registry.words import Words

ROOMS = [
    one.rooms
    for one in (
        session,
        officials,
        changes,
        proposals,
        campaigns,
        imports,
        exports,
        reports,
        documents,
        organizations,
        catalogues,
        law,
        quality,
        law_questions,
        statistics,
        worklists,
        audit,
        access,
        explaining,
    )
]
LARGEST_BODY = 26 * 1024 * 1024
"""One file of the largest size, and what is typed beside it."""
TYPED = "application/x-www-form-urlencoded"
REQUESTS = Counter("registry_requests_total", "Requests by route and status", ["route", "method", "status"])
COUNTED = Counter("registry_counted_total", "Questions of statistics by where they were counted", ["where"])
SECONDS = Histogram("registry_request_seconds", "Seconds a request took", ["route"])
AWAY = Words(
    "Cơ sở dữ liệu tạm thời không trả lời. Thử lại sau ít phút.",
    "The database does not answer for now. Try again.",
)
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
log = logging.getLogger("registry.requests")


class Synchronous(Flask):
    """Flask without the question, asked of each function at each request, whether it is a coroutine: none is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(settings: Settings, engines: dict[str, sa.Engine] | None = None) -> Flask:
    """The JSON application. `engines` (web, stats) are made from the settings unless given."""
    app = Synchronous("registry_api", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    supply(app, settings, engines)
    mark_request(app)
    _bound_bodies(app)
    for room in ROOMS:
        app.register_blueprint(room, url_prefix="/api/v1")
    app.register_blueprint(openapi.rooms, url_prefix="/api/v1")
    _health(app)
    _errors(app)
    _watch(app)
    check_declared(app)
    return app


def supply(app: Flask, settings: Settings, engines: dict[str, sa.Engine] | None = None) -> None:
    """Give the application what it answers from."""
    engines = engines or {role: make_engine(role_dsn(settings, role)) for role in ("web", "stats")}
    app.extensions["registry"] = Services(
        settings, make_sessions(engines["web"]), _counting(settings, engines["stats"])
    )


def _counting(settings: Settings, engine: sa.Engine) -> sessionmaker[Session] | Replicated:
    """Sessions of the role that counts; with REPLICA_URL on the replica as far as it has come."""
    carried = {CARRIED: Columns(Live(settings.home))}
    primary, replica = make_sessions(engine, **carried), replica_dsn(settings)
    if replica is None:
        return primary
    return Replicated(
        primary, make_sessions(make_engine(replica), **carried), lambda where: COUNTED.labels(where).inc()
    )


def check_declared(app: Flask) -> None:
    """Refuse to start when a route says nothing about who may use it."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if (
            rule.endpoint != "static"
            and not hasattr(view, "endpoint_declaration")
            and not hasattr(view, "page_permission")
        ):
            raise RuntimeError(
                f"route {rule.rule} declares no permission: use api.http.endpoint or web.pages.page"
            )


def _bound_bodies(app: Flask) -> None:
    """What is typed is small; only forms with files are large, and their parts are counted as they are read."""

    @app.before_request
    def bound() -> None:
        if not request.content_length and not request.headers.get("Transfer-Encoding"):
            return
        if request.mimetype == FORM:
            return
        if (request.content_length or 0) > LARGEST_TYPED:
            abort(413)
        if request.get_data().count(b"&") > MOST_PARTS and request.mimetype == TYPED:
            abort(413)


def _open(view: Any) -> Any:
    """Mark a route free of personal data and open to everybody (health, metrics, the API's own description)."""
    view.page_permission = "public"
    return view


def _health(app: Flask) -> None:
    @app.get("/healthz")
    @_open
    def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz")
    @_open
    def readyz() -> tuple[dict[str, Any], int]:
        ready = _ready()
        return {"status": "ready" if all(ready.values()) else "not ready", "checks": ready}, 200 if all(
            ready.values()
        ) else 503

    @app.get("/metrics")
    @_open
    def metrics() -> Response:
        registry = CollectorRegistry()
        try:
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            shown = generate_latest(registry)
        except ValueError:
            shown = generate_latest()
        return Response(shown + _of_the_log(), content_type=CONTENT_TYPE_LATEST)


def _of_the_log() -> bytes:
    """How the log over the trail is, asked of the database; nothing when it does not answer."""
    try:
        with services().web() as session:
            set_scope(session, Scope(trail=True))
            state = proofs.state(session)
    except sa.exc.SQLAlchemyError:
        return b""
    registry, now = CollectorRegistry(), clock.now()
    age = GaugeMetricFamily("registry_trail_head_age_seconds", "Since the newest signed head")
    if state["head_at"]:
        age.add_metric([], (now - state["head_at"]).total_seconds())
    failures = GaugeMetricFamily(
        "registry_trail_anchor_failures", "Tries in a row that failed", labels=["place"]
    )
    since = GaugeMetricFamily(
        "registry_trail_anchor_age_seconds", "Since a head was last left there", labels=["place"]
    )
    for one in state["anchors"]:
        failures.add_metric([one["place"]], one["failures"])
        if one["at"]:
            since.add_metric([one["place"]], (now - one["at"]).total_seconds())
    registry.register(
        Gathered(
            GaugeMetricFamily(
                "registry_trail_size", "Events under the newest signed head", state["size"] or 0
            ),
            GaugeMetricFamily(
                "registry_trail_waiting", "Events without a place yet, up to 1000", state["waiting"]
            ),
            GaugeMetricFamily(
                "registry_trail_halted", "1 when no head is signed any more", int(bool(state["problem"]))
            ),
            age,
            failures,
            since,
        )
    )
    return generate_latest(registry)


class Gathered(Collector):
    """Metrics that were asked for once."""

    def __init__(self, *families: Metric) -> None:
        self.families = families

    def collect(self) -> Iterable[Metric]:
        return self.families


def _ready() -> dict[str, bool]:
    """Database writable, migrations at head, trail can be written, room on the disk, not about to stop; tried in a
    transaction that is rolled back."""
    leaving = current_app.extensions.get("leaving")
    checks = {
        "database": False,
        "migrations": False,
        "audit": False,
        "room": False,
        "staying": not (leaving and leaving[0]),
    }
    try:
        with services().web() as session:
            checks["database"] = not session.execute(text("SELECT pg_is_in_recovery()")).scalar_one()
            checks["migrations"] = (
                session.execute(text("SELECT version_num FROM alembic_version")).scalar() == migrate.head()
            )
            session.execute(
                text("""INSERT INTO audit_event (actor_name, actor_role, action, object_type, object_id)
                                    VALUES ('', 'system', 'health.check', 'health', '')""")
            )
            checks["audit"] = True
            # On a full disk a row may still find a place in a page that is there; what is written aside needs new ones.
            session.execute(text("SET LOCAL work_mem = '64kB'"))
            session.execute(text("SELECT count(*) FROM generate_series(1, 40000)"))
            checks["room"] = True
            session.rollback()
    except (sa.exc.SQLAlchemyError, psycopg.Error):
        pass
    return checks


def _errors(app: Flask) -> None:
    @app.errorhandler(RegistryError)
    def purposeful(error: RegistryError) -> Response:
        return problem_of(error)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        words = {
            404: Words("Không có địa chỉ này.", "There is no such address."),
            405: Words("Địa chỉ này không dùng phương thức đó.", "This address does not take that method."),
            413: Words("Nội dung gửi lên quá lớn.", "The body is too large."),
        }.get(status, Words("Yêu cầu không hợp lệ.", "The request is not valid."))
        response = problem(status, words.said_in(language()), f"http_{status}", words.said_in(language()))
        if status == 405 and getattr(error, "valid_methods", None):
            response.headers["Allow"] = ", ".join(error.valid_methods)  # type: ignore[attr-defined]
        return response

    @app.errorhandler(Exception)
    def ours(error: Exception) -> Response:
        if is_away(error):
            cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
            logging.getLogger("registry").error("database away", extra={"error": type(cause).__name__})
            said = AWAY.said_in(language())
            return retry_later(problem(503, said, "database_away", said))
        logging.getLogger("registry").exception("unexpected error", extra={"request_id": g.get("request_id")})
        words = Words(
            "Lỗi của hệ thống. Không ghi gì. Gửi mã yêu cầu cho bộ phận hỗ trợ.",
            "Our fault. Nothing was written. Send the request id to support.",
        )
        return problem(500, words.said_in(language()), "internal", words.said_in(language()))


class Turning:
    """Lets decisions take effect on their day: once a day in each process, before the day's first request."""

    def __init__(self) -> None:
        self.done: date | None = None
        self.lock = threading.Lock()

    def turn(self) -> None:
        today = services().today()
        if self.done == today:
            return
        with self.lock:
            if self.done != today:
                with services().web() as session, session.begin():
                    set_scope(session, Scope())  # hears the database's clock
                    today = services().today()
                    session.execute(text("SELECT registry_roll_forward(:today)"), {"today": today})
                self.done = today


@cache
def _counters(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """Where requests of a kind are counted, by route (of which there are so many), and how long they took."""
    return REQUESTS.labels(route, method, str(status)), SECONDS.labels(route)


def _watch(app: Flask) -> None:
    turning = Turning()

    @app.before_request
    def turn_the_day() -> None:
        if request.path not in ("/healthz", "/readyz", "/metrics") and not request.path.startswith(
            "/static/"
        ):
            turning.turn()

    @app.after_request
    def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        seconds = time.perf_counter() - g.get("started", time.perf_counter())
        counter, histogram = _counters(route, request.method, response.status_code)
        counter.inc()
        histogram.observe(seconds)
        log.log(
            logging.DEBUG if route in QUIET else logging.INFO,
            "request",
            extra={
                "request_id": g.get("request_id"),
                "route": route,
                "method": request.method,
                "status": response.status_code,
                "ms": round(seconds * 1000, 1),
                # By whom and why not, by number and code: what was tried and refused is found here, and nobody's name.
                **{name: g.get(name) for name in ("account", "refused") if g.get(name)},
            },
        )
        return response
