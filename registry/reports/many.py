"""Form 2C of everybody in a unit, in one file: gathered some people at a time, drawn as they come."""

from collections.abc import Iterator

from sqlalchemy import text

from registry.audit import log
from registry.bulk.questions import units_under
from registry.bulk.runs import Failed, Order
from registry.officials.queries import _believed
from registry.reports.forms.cv_2c import Form2C, draw_many
from registry.reports.forms.cv_2c_gather import gather_many

AT_ONCE = 50
"""People whose records are held at the same time."""


def make(order: Order) -> int:
    """The forms by unit and name. Raises Failed when nobody is in post there on the day, within reach."""
    people = _people(order)
    if not people:
        raise Failed("nobody")
    with order.path.open("wb") as out:
        return draw_many(_forms(order, people), out)


def _forms(order: Order, people: list[tuple[int, str]]) -> Iterator[Form2C]:
    """One after the other; each person's trail tells of the print before the form goes into the file."""
    detail = {"form": order.run.form, "as_of": order.run.as_of.isoformat(), "run": str(order.run.uid)}
    for start in range(0, len(people), AT_ONCE):
        some = people[start : start + AT_ONCE]
        log.record_many(
            order.session,
            order.actor,
            log.Action.OFFICIAL_PRINT,
            "official",
            [(uid, official) for official, uid in some],
            reason=order.run.reason,
            detail=detail,
        )
        ids = [official for official, _ in some]
        yield from gather_many(order.session, ids, order.clocks, order.reach.classes, order.files)
        order.progress(start + len(some), len(people))


def _people(order: Order) -> list[tuple[int, str]]:
    """(id, uuid) of who held a main post in the unit or under it on the day, as believed, and counts as staff."""
    units = units_under(order.session, order.run.parameters["organization"], order.clocks)
    joined = " ".join(
        f"""JOIN fact_{kind} {alias} ON {alias}.official_id = o.id AND {_believed(alias, True)}
            AND {alias}.valid_from <= :on AND ({alias}.valid_to IS NULL OR {alias}.valid_to > :on)"""
        for kind, alias in (("appointment", "a"), ("status", "s"), ("identity", "i"))
    )
    rows = order.session.execute(
        text(f"""SELECT o.id, o.uid::text FROM official o {joined} JOIN organization u ON u.id = a.organization_id
            WHERE a.is_main AND a.organization_id = ANY (:units) AND EXISTS (SELECT 1 FROM catalogue_item k
                WHERE k.catalogue = 'status_codes' AND k.key = s.status AND k.extra->>'counts_in_headcount' = 'yes')
            ORDER BY u.code, registry_sort_key(i.full_name) COLLATE "C", o.id"""),
        {"units": units, "on": order.run.as_of, "known": order.run.known_at},
    )
    return [(row[0], row[1]) for row in rows]
