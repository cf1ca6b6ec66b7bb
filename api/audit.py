"""The trail: who did what to which object, when. For auditors; reading it is on the trail as well."""

from datetime import timedelta
from typing import Any

import marshmallow as ma
from flask import Blueprint

from api.http import Call, Paged, counted, endpoint
from api.shapes import HEADS, PROOF, TRAIL
from registry.access.permissions import Permission, Whose
from registry.audit import log, proofs
from registry.audit.queries import TrailQuery, list_events
from registry.errors import NotFound
from registry.officials import queries as officials

rooms = Blueprint("audit", __name__)


class EntryParameters(Paged):
    """Filters; days are Vietnamese days, `to` not included. Several actions are parted by commas."""

    actor = ma.fields.String(validate=ma.validate.Length(max=200))
    organization = ma.fields.String(validate=ma.validate.Length(max=60))
    object = ma.fields.String(validate=ma.validate.Length(max=200))
    action = ma.fields.String(validate=ma.validate.Length(max=500))
    since = ma.fields.Date(data_key="from")
    until = ma.fields.Date(data_key="to")

    @ma.validates_schema
    def ordered(self, data: dict[str, Any], **kept: Any) -> None:
        """A day range that holds at least one day."""
        if data.get("since") and data.get("until") and data["until"] <= data["since"]:
            raise ma.ValidationError("must come after 'from': the range is [from, to)", "to")


@endpoint(
    rooms,
    "/audit/entries",
    Permission.AUDIT_TRAIL_READ,
    Whose.TRAIL,
    ("Nhật ký", "Entries of the trail"),
    query=EntryParameters,
    reply=TRAIL,
)
def list_entries(call: Call) -> Any:
    asked = call.query
    official = _official(call, asked.get("object", ""))
    until = asked["until"] - timedelta(days=1) if asked.get("until") else None
    found = list_events(
        call.session,
        TrailQuery(
            asked.get("actor", ""),
            asked.get("organization", "").strip(),
            "" if official else asked.get("object", ""),
            official,
            tuple(one.strip() for one in asked.get("action", "").split(",") if one.strip()),
            asked.get("since"),
            until,
            asked.get("cursor"),
            asked["limit"],
            asked.get("count") == "exact",
        ),
    )
    log.record(
        call.session,
        call.actor,
        log.Action.TRAIL_READ,
        "trail",
        "entries",
        detail={"filter": {name: str(value) for name, value in asked.items()}},
    )
    return {
        "items": found.items,
        "next_cursor": found.next_cursor,
        "count": {"value": found.count, "exact": found.exact},
    }


@endpoint(
    rooms,
    "/audit/heads",
    Permission.AUDIT_TRAIL_READ,
    Whose.TRAIL,
    ("Niêm phong của nhật ký", "Signed heads of the trail's log"),
    query=Paged,
    reply=HEADS,
)
def list_heads(call: Call) -> Any:
    found = proofs.list_heads(call.session, limit=call.query["limit"], cursor=call.query.get("cursor"))
    items = [{**one, "root": one["root"].hex()} for one in found["items"]]
    return {**found, "items": items, "count": counted(proofs.count_heads(call.session), call.query)}


@endpoint(
    rooms,
    "/audit/entries/<int:entry>/proof",
    Permission.AUDIT_TRAIL_READ,
    Whose.TRAIL,
    ("Bằng chứng một mục có trong nhật ký", "The proof that an entry is in the log"),
    reply=PROOF,
)
def prove_entry(call: Call, entry: int) -> Any:
    found = proofs.prove(call.session, entry)
    log.record(call.session, call.actor, log.Action.TRAIL_READ, "trail", "proof", detail={"event": entry})
    return proofs.as_json(found)


def _official(call: Call, named: str) -> int | None:
    """The person whose record an object names, by uuid or personal number."""
    if not named:
        return None
    try:
        return officials.get_key(call.session, named).id
    except NotFound:
        return None
