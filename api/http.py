"""All the Flask glue shared by API and pages: session, actor, guard, parsing, commit, errors.

A route is declared with its permission; `api.app` refuses to start when one is not. One owner of the commit:
the glue commits before the reply leaves, and rolls back on any error, so that a refusal changes nothing.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, wraps
from http import HTTPStatus
from itertools import islice
from typing import Any, cast

import marshmallow as ma
import psycopg
import sqlalchemy as sa
from flask import Blueprint, Flask, Response, current_app, g, request
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from api.knocking import terms
from api.protecting import REQUEST_ID, protect
from registry.access import holding
from registry.access import queries as access
from registry.access.actor import Actor
from registry.access.permissions import Permission, Whose
from registry.access.policy import require
from registry.bulk.reading import NOT_TAKEN
from registry.changes.apply import conflict_of
from registry.config import Settings
from registry.db import set_scope
from registry.errors import (
    Conflict,
    Flaw,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionMissing,
    RegistryError,
    Stale,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from registry.periods import AsOf
from registry.replica import Replicated
from registry.texts import Number
from registry.words import Words

PROBLEM = "application/problem+json"
FORM = "multipart/form-data"
LARGEST_TYPED = 4 * 1024 * 1024
"""Bytes of a body without files: a change may be about five hundred people with a dozen facts each."""
MOST_VALUES, MOST_PARTS = 200_000, 20_000
"""Values in a JSON body, fields in a form: each costs us a hundred times the byte or two that it takes to send."""
MOST_ERRORS = 1000
IN_QUERY = "query"
RETRY_SECONDS = 5
STATUS_OF: tuple[tuple[type[RegistryError], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (Unauthenticated, 401),
    (Conflict, 409),
    (Stale, 412),
    (PreconditionMissing, 428),
    (TooMany, 429),
    (Unavailable, 503),
    (Invalid, 422),
)
ASKED_WRONGLY = {
    "unknown_field",
    "unknown_parameter",
    "bad_query",
    "bad_cursor",
    "bad_sort",
    "bad_json",
    "bad_form",
}


@dataclass(frozen=True)
class Services:
    """What the application holds: settings and one session factory a database role."""

    settings: Settings
    web: sessionmaker[Session]
    stats: sessionmaker[Session] | Replicated

    def let_go(self) -> None:
        """Forget every connection without closing it: a process that was just forked must not talk over its parent's."""
        counting = self.stats
        held = (counting.primary, counting.replica) if isinstance(counting, Replicated) else (counting,)
        for sessions in (self.web, *held):
            sessions.kw["bind"].dispose(close=False)

    def today(self) -> date:
        """The day the registry counts with."""
        return self.settings.today_or_now()


def services() -> Services:
    """Of the running application."""
    return cast(Services, current_app.extensions["registry"])


@dataclass
class Call:
    """One request as a route sees it: who, in which transaction, with what, on which day."""

    session: Session
    actor: Actor
    today: date
    language: str
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None

    @property
    def settings(self) -> Settings:
        """Settings of the application."""
        return services().settings

    def as_of(self) -> AsOf:
        """Both clocks of the question; today and 'as recorded now' when not asked for."""
        return AsOf(self.query.get("as_of") or self.today, self.query.get("known_at"))

    def say(self, words: Words) -> str:
        """Words in the reader's language."""
        return words.said_in(self.language)


@dataclass(frozen=True)
class Endpoint:
    """The declaration of an API route, from which guard, parser and OpenAPI document are made."""

    rule: str
    method: str
    permission: Permission
    scope: Whose
    summary: Words
    query: type[ma.Schema] | None
    body: dict[str, Any] | None
    reply: dict[str, Any] | None
    status: int
    media: str
    name: str
    tag: str
    conditional: bool
    also: tuple[str, ...] = ()
    shown_once: bool = False
    of_one: bool = False


YEARS_OF_LAW = range(1900, 2200)
"""Before there is no table, and of what comes after nobody asks but by a slip of the finger."""


class Clocks(ma.Schema):
    """Both clocks, on every read."""

    as_of = ma.fields.Date(
        metadata={"description": "Đúng vào ngày này; mặc định hôm nay. / True on this day."}
    )
    known_at = ma.fields.AwareDateTime(
        default_timezone=access.LOCAL,
        metadata={"description": "Như đã ghi nhận lúc này; mặc định bây giờ. / As recorded at this moment."},
    )


class Day(ma.fields.Date):
    """A day of which the tables of law can speak."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kept: Any) -> date:
        day = super()._deserialize(value, attr, data, **kept)
        if day.year not in YEARS_OF_LAW:
            first, last = YEARS_OF_LAW[0], YEARS_OF_LAW[-1]
            raise ma.ValidationError(
                [Words(f"Ghi một ngày từ năm {first} đến {last}.", f"A day from {first} to {last}.")]
            )
        return day


class Paged(ma.Schema):
    """Keyset paging."""

    cursor = ma.fields.String(validate=ma.validate.Length(max=400))
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))
    count = ma.fields.String(validate=ma.validate.OneOf(["exact"]))


def counted(value: int, asked: dict[str, Any]) -> dict[str, Any]:
    """The count of a list: stops at 1000 unless count=exact was asked for."""
    exact = asked.get("count") == "exact"
    return {"value": value if exact else min(value, 1000), "exact": exact or value <= 1000}


def endpoint(
    blueprint: Blueprint,
    rule: str,
    permission: Permission,
    scope: Whose,
    summary: tuple[str, str],
    *,
    method: str = "GET",
    query: type[ma.Schema] | None = None,
    body: dict[str, Any] | None = None,
    reply: dict[str, Any] | None = None,
    status: int = 200,
    media: str = "application/json",
    conditional: bool = False,
    keeps: tuple[type[Exception], ...] = (),
    also: tuple[str, ...] = (),
    shown_once: bool = False,
    of_one: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Declare an API route.

    The function gets a Call and the parts of the path, and returns a JSON-ready value, (value, headers), or a
    Response. `body` is the JSON Schema shown to readers, of a form with files when its `x-media` says so; the
    service reads the input. `keeps` names errors after which the transaction is committed all the same (a counted
    failure to sign in). `also` are further media types by Accept; a reply `shown_once` holds a secret and is not kept
    for repetitions. What is `of_one` reads facts of the person it opens and writes nothing but the event of that
    (`db.Scope.one`).
    """

    def declare(view: Callable[..., Any]) -> Callable[..., Response]:
        declared = Endpoint(
            rule,
            method,
            permission,
            scope,
            Words(*summary),
            query,
            body,
            reply,
            status,
            media,
            view.__name__,
            blueprint.name,
            conditional,
            also,
            shown_once,
            of_one,
        )

        @wraps(view)
        def handle(**parts: Any) -> Response:
            known = services()
            with known.web() as session:
                return _answer(session, known, declared, view, parts, keeps)

        handle.endpoint_declaration = declared  # type: ignore[attr-defined]
        blueprint.add_url_rule(rule, view.__name__, handle, methods=[method])
        return handle

    return declare


def _answer(
    session: Session,
    known: Services,
    declared: Endpoint,
    view: Callable[..., Any],
    parts: dict[str, Any],
    keeps: tuple[type[Exception], ...],
) -> Response:
    try:
        today = known.today()
        actor = bearer(session, today, known.settings)
        g.account = actor.user_id
        set_scope(session, actor.scope(one=declared.of_one))
        guard(actor, declared.permission)
        call = Call(session, actor, today, language(), parse_query(declared.query))
        if declared.body is not None:
            call.body = read_form(declared.body) if declared.body.get("x-media") == FORM else read_json()
        elif declared.method not in ("GET", "DELETE"):
            only(read_json(), ())  # nothing is asked for: what comes all the same is told, not passed over
        repeated = _repeated(session, actor) if declared.method == "POST" else None
        if repeated is not None:
            return repeated
        response = _respond(view(call, **parts), declared.status)
        if declared.method == "POST":
            _remember(session, actor, _gone() if declared.shown_once else response)
        if declared.method != "GET":
            holding.still(session, actor, call.today)
        session.commit()
    except keeps:
        session.commit()
        raise
    except sa.exc.IntegrityError as error:
        session.rollback()
        raise conflict_of(error) from error
    except (sa.exc.DataError, psycopg.DataError) as error:  # a number beyond bigint, a NUL in a text
        session.rollback()
        raise Invalid(
            Words("Có giá trị ngoài khoảng lưu được.", "A value lies outside what can be stored."),
            "out_of_range",
        ) from error
    return response


def _respond(result: Any, status: int) -> Response:
    if isinstance(result, Response):
        return result
    value, headers = result if isinstance(result, tuple) else (result, {})
    body = (
        value
        if isinstance(value, str | bytes)
        else json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=plain)
    )
    if status == HTTPStatus.NO_CONTENT:
        body = b""
    return Response(body, status, headers, content_type="application/json")


def plain(value: Any) -> Any:
    """JSON for what json does not know: ISO dates, strings for decimals and uuids."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


# Who, what, in which words


NOBODY = Actor(0, "", "", None, ())


def bearer(session: Session, today: date, settings: Settings) -> Actor:
    """The actor of the bearer token, or nobody; a wrong token is an error, not nobody."""
    header = request.headers.get("Authorization")
    if header is None:
        return NOBODY
    kind, _, token = header.partition(" ")
    actor = (
        access.find_by_token(session, token.strip(), today, g.request_id, terms(settings))
        if kind.lower() == "bearer"
        else None
    )
    if actor is None:
        raise Unauthenticated(
            Words(
                "Mã truy cập không đúng hoặc đã hết hạn. Đăng nhập lại.",
                "The token is wrong or expired. Sign in again.",
            ),
            "bad_token",
        )
    return actor


def guard(actor: Actor, permission: Permission) -> None:
    """Refuse whoever does not hold the permission anywhere; the services decide about single objects."""
    if permission is Permission.PUBLIC:
        return
    if actor is NOBODY:
        raise Unauthenticated(Words("Cần đăng nhập.", "Sign in first."), "not_signed_in")
    require(actor, permission)


def language() -> str:
    """'vi', or 'en' when the reader prefers it; en-GB is English as well."""
    wanted = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return next((one for one in wanted if one in ("vi", "en")), "vi")


@cache
def _reader(schema: type[ma.Schema]) -> tuple[ma.Schema, frozenset[str]]:
    """A schema made once, and the parameters that may come several times."""
    asked = schema(unknown=ma.RAISE)
    lists = (name for name, field in asked.fields.items() if isinstance(field, ma.fields.List))
    return asked, frozenset(asked.fields[name].data_key or name for name in lists)


FIRST_DAY, LAST_DAY = date(1800, 1, 1), date(2300, 12, 31)
"""Days that may be asked about: with room for the years that answers add to them or take away."""


def parse_query(schema: type[ma.Schema] | None) -> dict[str, Any]:
    """The query parameters; unknown ones and repeated single ones are refused, never ignored."""
    if not request.query_string:
        return dict(_unasked(schema or ma.Schema))
    asked, several = _reader(schema or ma.Schema)
    sent: dict[str, Any] = {}
    for name, values in request.args.lists():
        sent[name] = values if name in several else values[-1]
        if len(values) > 1 and name not in several:
            raise _bad_query({name: [REPEATED]}, asked)
    return _loaded(asked, sent)


@cache
def _unasked(schema: type[ma.Schema]) -> dict[str, Any]:
    """What a request without parameters asks for; the values are never changed in place."""
    return _loaded(_reader(schema)[0], {})


def _loaded(asked: ma.Schema, sent: dict[str, Any]) -> dict[str, Any]:
    try:
        found = cast(dict[str, Any], asked.load(sent))
    except ma.ValidationError as error:
        raise _bad_query(cast(dict[str, Any], error.messages), asked) from None
    beyond = [
        name for name, value in found.items() if type(value) is date and not FIRST_DAY <= value <= LAST_DAY
    ]
    if beyond:
        told = Words(
            f"Ghi một ngày từ {FIRST_DAY:%d/%m/%Y} đến {LAST_DAY:%d/%m/%Y}.",
            f"Not a valid value: from {FIRST_DAY} to {LAST_DAY}",
        )
        raise _bad_query({asked.fields[name].data_key or name: [told] for name in beyond}, asked)
    return found


def _wanted(field: ma.fields.Field[Any], found: Iterable[Any]) -> str:
    """What a parameter takes, in Vietnamese; marshmallow says it in English itself."""
    if "Missing data for required field." in found:
        return "Tham số này bắt buộc."
    if isinstance(field, ma.fields.Date):
        return "Ghi một ngày có trong lịch, dạng năm-tháng-ngày, như 2026-11-26."
    if isinstance(field, ma.fields.DateTime):
        return "Ghi thời điểm như 2026-11-26T09:30:00+07:00."
    for one in field.validators:
        if isinstance(one, ma.validate.OneOf):
            return f"Ghi một trong: {', '.join(map(str, one.choices))}."
        if isinstance(one, ma.validate.Range) and None not in (one.min, one.max):
            return f"Ghi một số từ {one.min} đến {one.max}."
        if isinstance(one, ma.validate.Length) and one.max is not None:
            return f"Ghi từ {one.min or 0} đến {one.max} ký tự."
    return "Giá trị không đúng kiểu hoặc ngoài khoảng cho phép."


REPEATED = Words("Tham số này chỉ ghi một lần.", "Not a valid value: repeated")


def _bad_query(messages: dict[str, Any], asked: ma.Schema) -> Invalid:
    fields = {one.data_key or name: one for name, one in asked.fields.items()}
    flaws = []
    for name, found in messages.items():
        unknown = "Unknown field." in found
        words = Words("Tham số không có.", "Unknown parameter.")
        if not unknown:
            words = next((one for one in found if isinstance(one, Words)), None) or Words(
                _wanted(fields[name], found), f"Not a valid value: {' '.join(map(str, found))}"
            )
        flaws.append(Flaw(f"{IN_QUERY}/{name}", "unknown_parameter" if unknown else "bad_query", words))
    return Invalid(
        Words("Tham số trên địa chỉ không hợp lệ.", "The query parameters are not valid."), "bad_query", flaws
    )


def read_json() -> Any:
    """The JSON body; an absent one is an empty object. Not JSON: 400 with the reason."""
    sent = request.get_data()
    if not sent:
        return {}
    if request.mimetype != "application/json":
        raise Invalid(
            Words("Nội dung phải là application/json.", "The body must be application/json."), "media_type"
        )
    if sum(sent.count(mark) for mark in (b",", b"[", b"{")) > MOST_VALUES:
        raise Invalid(
            Words(
                f"Nội dung có quá {MOST_VALUES} giá trị.", f"The body holds more than {MOST_VALUES} values."
            ),
            "too_large",
        )
    try:
        found = json.loads(
            sent, parse_float=Number, parse_constant=_no_constants, object_pairs_hook=_no_key_twice
        )
        json.dumps(found, ensure_ascii=False).encode()  # half a character (a lone surrogate) is no text
        return found
    except (ValueError, RecursionError):
        raise Invalid(
            Words("Nội dung không phải JSON đọc được.", "The body is not readable JSON."), "bad_json"
        ) from None


def read_form(schema: dict[str, Any]) -> dict[str, Any]:
    """The parts of a form by name: text, or a file where the schema says binary. Unknown and doubled parts are refused."""
    if request.mimetype != FORM:
        raise Invalid(
            Words("Nội dung phải là multipart/form-data.", "The body must be multipart/form-data."),
            "media_type",
        )
    request.get_data()  # kept, so that the form is read from memory and a repetition can be told
    sent = [*request.form.items(multi=True), *request.files.items(multi=True)]
    known: dict[str, Any] = schema["properties"]
    flaws = []
    for name in sorted({name for name, _ in sent}):
        wanted_file = known.get(name, {}).get("format") == "binary"
        if name not in known:
            flaws.append(Flaw(name, "unknown_field", Words(f"Không có “{name}”.", f"There is no “{name}”.")))
        elif wanted_file != (name in request.files) or sum(one == name for one, _ in sent) > 1:
            flaws.append(
                Flaw(
                    name,
                    "bad_form",
                    Words("Gửi đúng một phần, đúng loại.", "Send one part, of the right kind."),
                )
            )
    flaws += [
        Flaw(name, "required", Words("Thiếu phần này.", "This part is missing."))
        for name in schema.get("required", ())
        if name not in dict(sent)
    ]
    if flaws:
        raise Invalid(Words("Biểu mẫu gửi lên chưa đúng.", "The form is not right."), "invalid", flaws)
    return dict(sent)


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, but for one that says something twice: whoever reads along might take the other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Invalid(
            Words(
                "Có thuộc tính ghi hai lần trong cùng một đối tượng.",
                "A property is given twice in one object.",
            ),
            "bad_json",
        )
    return found


def _no_constants(name: str) -> Any:
    raise ValueError(name)


def only(body: Any, known: Iterable[str]) -> dict[str, Any]:
    """The body as an object with no property but the known ones."""
    if not isinstance(body, dict):
        raise Invalid(Words("Cần một đối tượng JSON.", "A JSON object is needed."), "bad_json")
    strays = sorted(set(body) - set(known))[:MOST_ERRORS]
    if strays:
        raise Invalid(
            Words("Có thuộc tính không dùng ở đây.", "There are properties that have no place here."),
            "unknown_field",
            [
                Flaw(one, "unknown_field", Words(f"Không có “{one}”.", f"There is no “{one}”."))
                for one in strays
            ],
        )
    return body


def need_match(current: str) -> None:
    """If-Match must be there and be the present version: 428 without, 412 when stale."""
    sent = request.headers.get("If-Match")
    if sent is None:
        raise PreconditionMissing(
            Words(
                "Gửi kèm If-Match với ETag vừa đọc, để không đè lên sửa đổi của người khác.",
                "Send If-Match with the ETag you read, so that nobody's change is overwritten.",
            ),
            "if_match_required",
        )
    if sent.removeprefix("W/") != current:
        raise Stale(
            Words(
                "Người khác vừa sửa. Đọc lại, xem phần khác nhau rồi gửi lại.",
                "Somebody else altered it meanwhile. Read it again, then send again.",
            ),
            "stale",
        )


# Repeated POSTs


def _repeated(session: Session, actor: Actor) -> Response | None:
    """The first reply, when this very request was answered before under its Idempotency-Key."""
    key = request.headers.get("Idempotency-Key")
    if key is None or actor is NOBODY:
        return None
    if not 1 <= len(key) <= 200:
        raise Invalid(
            Words("Idempotency-Key dài 1 đến 200 ký tự.", "An Idempotency-Key has 1 to 200 characters."),
            "bad_query",
        )
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, :user))"),
        {"key": key, "user": actor.user_id},
    )
    session.execute(
        text("DELETE FROM idempotent_reply WHERE created_at < now() - interval '1 day' AND user_id = :user"),
        {"user": actor.user_id},
    )
    row = session.execute(
        text(
            "SELECT request_digest, status, body, headers, rights FROM idempotent_reply WHERE user_id = :user AND key = :key"
        ),
        {"user": actor.user_id, "key": key},
    ).one_or_none()
    if row is None:
        return None
    if bytes(row.request_digest) != _request_digest():
        raise Conflict(
            Words(
                "Idempotency-Key này đã dùng cho một yêu cầu khác.",
                "This Idempotency-Key was used for another request.",
            ),
            "key_reused",
        )
    if not _still_reaches(actor, row.rights):
        raise Conflict(
            Words(
                "Yêu cầu này đã làm xong, nhưng quyền của bạn đã thay đổi từ lúc đó nên không trả lại kết quả cũ.",
                "This was done already, but your rights have changed since: its reply is not given again.",
            ),
            "rights_changed",
        )
    response = Response(row.body, row.status, json.loads(row.headers))
    response.headers["Idempotent-Replay"] = "true"
    return response


def _rights(actor: Actor) -> dict[str, Any]:
    """What a reply was given to: roles over units, the own record, what the token is narrowed to."""
    return {
        "grants": [[one.role, one.organization_id] for one in actor.grants],
        "own": actor.official_id,
        "scopes": sorted(actor.token_scopes),
    }


def _still_reaches(actor: Actor, kept: dict[str, Any] | None) -> bool:
    """Whether all that a kept reply was given to is there now."""
    if kept is None:
        return False
    now = _rights(actor)
    narrower = bool(now["scopes"]) and not (kept["scopes"] and set(kept["scopes"]) <= set(now["scopes"]))
    gone = {tuple(one) for one in kept["grants"]} - {tuple(one) for one in now["grants"]}
    return not gone and not narrower and kept["own"] == now["own"]


def _request_digest() -> bytes:
    """What makes a request the same one. Of a form its parts count: a program that tries again draws a new boundary."""
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    if request.mimetype != FORM:
        digest.update(request.get_data())
        return digest.digest()
    for name, value in sorted(request.form.items(multi=True)):
        digest.update(json.dumps([name, value]).encode())
    for name, file in sorted(request.files.items(multi=True), key=lambda one: one[0]):
        file.seek(0)  # the route may have read it before the reply is remembered
        digest.update(json.dumps([name, file.filename, hashlib.sha256(file.read()).hexdigest()]).encode())
        file.seek(0)
    return digest.digest()


def _gone() -> Response:
    """What the repetition of a request gets whose reply held a secret."""
    words = Words(
        "Yêu cầu này đã làm xong và mã chỉ hiện một lần. Thu hồi mã đó rồi tạo mã khác.",
        "This was done already, and its secret is shown once. Revoke it and make another.",
    )
    return problem(409, TITLES[409].said_in(language()), "shown_once", words.said_in(language()))


def _remember(session: Session, actor: Actor, response: Response) -> None:
    key = request.headers.get("Idempotency-Key")
    if key is None or actor is NOBODY or response.is_streamed:
        return
    kept = {
        name: value
        for name, value in response.headers.items()
        if name in ("Content-Type", "ETag", "Location")
    }
    session.execute(
        text("""INSERT INTO idempotent_reply (user_id, key, request_digest, status, body, headers, rights)
                VALUES (:user, :key, :digest, :status, :body, :headers, CAST(:rights AS jsonb))"""),
        {
            "user": actor.user_id,
            "key": key,
            "digest": _request_digest(),
            "status": response.status_code,
            "body": response.get_data(as_text=True),
            "headers": json.dumps(kept),
            "rights": json.dumps(_rights(actor)),
        },
    )


# Errors


def status_of(error: RegistryError) -> int:
    """The HTTP status of a purposeful error; input that no service could read is 400."""
    if isinstance(error, Invalid):
        codes = {error.code, *(flaw.code for flaw in error.flaws)}
        if error.code in NOT_TAKEN:
            return 415
        if error.code == "too_large":
            return 413
        return 400 if codes & ASKED_WRONGLY else 422
    return next(status for kind, status in STATUS_OF if isinstance(error, kind))


def problem(status: int, title: str, code: str, detail: str, flaws: Iterable[Flaw] = ()) -> Response:
    """RFC 9457, with a stable code, the flaws by path, and the request id for support."""
    g.refused = code
    body = {
        "type": f"/api/v1/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "errors": [
            {"path": one.path, "code": one.code, "message": one.message.said_in(language())}
            for one in islice(flaws, MOST_ERRORS)
        ],
        "request_id": g.get("request_id"),
    }
    response = Response(json.dumps(body, ensure_ascii=False), status)
    response.mimetype = PROBLEM
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


TITLES = {
    400: Words("Yêu cầu không đọc được", "The request cannot be read"),
    401: Words("Chưa đăng nhập", "Not signed in"),
    403: Words("Không có quyền", "Not allowed"),
    404: Words("Không có", "Not found"),
    405: Words("Không dùng phương thức này", "Method not allowed"),
    409: Words("Trái với dữ liệu đã ghi", "In conflict with what is recorded"),
    412: Words("Bản đã cũ", "Stale version"),
    413: Words("Quá lớn", "Too large"),
    415: Words("Loại nội dung không nhận", "Media type not taken"),
    422: Words("Có chỗ cần sửa", "Some things need mending"),
    428: Words("Thiếu If-Match", "If-Match needed"),
    429: Words("Quá nhiều lần thử", "Too many tries"),
    500: Words("Lỗi của hệ thống", "Our fault"),
    503: Words("Tạm thời không làm được", "Not available now"),
}


def problem_of(error: RegistryError) -> Response:
    """The reply for a purposeful error."""
    status = status_of(error)
    title = TITLES.get(status, TITLES[400]).said_in(language())
    response = problem(status, title, error.code, error.message.said_in(language()), error.flaws)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return retry_later(response)


def retry_later(response: Response) -> Response:
    """What cannot be done now (503) says when to ask again."""
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers.setdefault("Retry-After", str(RETRY_SECONDS))
    return response


def mark_request(app: Flask) -> None:
    """The id of the request and when it began, for whoever answers it."""
    protect(app)

    @app.before_request
    def begin() -> None:
        g.request_id = request.environ[REQUEST_ID]
        g.started = time.perf_counter()
