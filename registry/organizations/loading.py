"""Loading the state's units from the files of a folder: the tree with its history, successors, posts and
quotas."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.catalogues.copying import checked_at_the_end, copy_rows
from registry.catalogues.lists import items
from registry.catalogues.services import read_csv
from registry.organizations import staffing

ROOT = "VN"
UNIFIED = date(1976, 7, 2)
"""First day of the unified state: from here units stand whose founding day the files leave open."""
PROVINCES_MERGED = date(2025, 7, 1)
RECORDED = datetime(2022, 12, 31, 17, tzinfo=UTC)
"""1 January 2023 in Vietnam: the registry's first belief about the units, the same in every installation."""
MOVING = frozenset({"truong", "benh_vien", "khoa"})
"""Kinds of units that a merger of provinces moves instead of ending: schools and hospitals stay what they
are."""
K = TypeVar("K", int, str)
"""What a unit is known by: its id, or its code before it has one."""
GAP = 8
"""Free ordinals after each unit's own, for units that come later."""


@dataclass(frozen=True)
class Version:
    """What a unit was from a day to a day; `parent` is a code."""

    name: str
    name_en: str
    kind: str
    parent: str | None
    valid_from: date
    valid_to: date | None
    province: str | None = None
    electronic_id: str | None = None
    legal_basis: str = ""


@dataclass
class Unit:
    """A unit of the tree with its versions in order; `scope`, `suffix`, `top` and `weight` decide its
    posts."""

    code: str
    versions: list[Version]
    scope: str
    suffix: str = ""
    top: str = ""
    weight: float = 1
    successors: list[tuple[str, date, str]] = field(default_factory=list)

    @property
    def last(self) -> Version:
        return self.versions[-1]


def load(session: Session, directory: Path) -> dict[str, int]:
    """Bring the units, successors and posts of the files into the tables; the catalogues must be loaded
    before.

    Only units whose code is not there yet are added, with their history: what the registry has recorded about
    a unit since then is never touched. Loading again therefore changes nothing.
    """
    units = {unit.code: unit for unit in read_units(session, directory)}
    known = set(session.scalars(text("SELECT code FROM organization")))
    added = [unit for code, unit in units.items() if code not in known]
    if added:
        _insert_units(session, _in_tree_order(units), {unit.code for unit in added})
        ids = {row.code: row.id for row in session.execute(text("SELECT code, id FROM organization"))}
        _insert_versions(session, added, ids)
        _insert_successors(session, added, ids)
        _insert_positions(session, added, ids, staffing.Staffing(directory))
        number_tree(session)
    counted = session.execute(
        text("""
        SELECT (SELECT count(*) FROM organization), (SELECT count(*) FROM organization_version),
               (SELECT count(*) FROM organization_successor), (SELECT count(*) FROM position)
    """)
    ).one()
    names = ("organizations", "organization_versions", "organization_successors", "positions")
    return dict(zip(names, counted, strict=True)) | {"organizations_added": len(added)}


def number_tree(session: Session) -> None:
    """Give every unit its ordinals anew, children after their parent by old ordinal and code, with gaps.

    A unit stands under the parent of its newest believed version. Everything that keeps an ordinal follows.
    """
    rows = session.execute(
        text("""
        SELECT o.id, o.ord, o.code, (
            SELECT v.parent_id FROM organization_version v
            WHERE v.organization_id = o.id AND v.recorded_to IS NULL ORDER BY v.valid_from DESC LIMIT 1
        ) AS parent FROM organization o
        ORDER BY o.ord, o.id
    """)
    ).all()
    children: dict[int | None, list[int]] = {}
    for row in rows:
        children.setdefault(row.parent, []).append(row.id)
    spans: list[tuple[int, int, int]] = []
    following = count(1)
    for root in children.get(None, []):
        _number(root, children, following, spans)
    session.execute(
        text("CREATE TEMP TABLE numbered (id bigint PRIMARY KEY, ord int, last int) ON COMMIT DROP")
    )
    copy_rows(session, "numbered", ("id", "ord", "last"), spans)
    session.execute(
        text("""UPDATE organization o SET ord = n.ord, last = n.last FROM numbered n
                            WHERE n.id = o.id AND (o.ord, o.last) IS DISTINCT FROM (n.ord, n.last)""")
    )
    for table in ("official_current", "change", "import_file"):
        session.execute(
            text(
                f"UPDATE {table} t SET org_ord = n.ord FROM numbered n"
                " WHERE n.id = t.organization_id AND t.org_ord <> n.ord"
            )
        )
    session.execute(text("DROP TABLE numbered"))


def _number(
    unit: K,
    children: dict[K | None, list[K]],
    following: "count[int]",
    spans: list[tuple[K, int, int]],
) -> int:
    first = next(following)
    place = len(spans)
    spans.append((unit, first, first))
    last = first
    for child in children.get(unit, []):
        last = _number(child, children, following, spans)
    for _ in range(GAP):
        last = next(following)
    spans[place] = (unit, first, last)
    return last


# Reading the files


def read_units(session: Session, directory: Path) -> Iterator[Unit]:
    """All units that the files describe, parents before children."""
    yield from _groups(directory)
    central = list(_bodies(directory, "central.csv", "central"))
    provinces = list(_bodies(directory, "provinces.csv", "province"))
    templates = read_csv(directory / "unit_templates.csv")
    templated = {row["code"] for row in read_csv(directory / "central.csv") if row["templated"] == "yes"}
    for body in central:
        yield body
        if body.code in templated:
            yield from _departments(body, templates, "ministry", "central")
    by_number = {body.last.province: body for body in provinces if body.last.valid_to is None}
    for body in provinces:
        yield body
        yield from _departments(body, templates, "province", "province")
        yield from _districts(session, body)
        if body.last.valid_to is None:
            yield from _communes(session, body, by_number, templates)


def _groups(directory: Path) -> Iterator[Unit]:
    for row in read_csv(directory / "groups.csv"):
        version = Version(row["name_vi"], row["name_en"], row["kind"], row["parent"] or None, UNIFIED, None)
        yield Unit(row["code"], [version], "group")


def _bodies(directory: Path, name: str, scope: str) -> Iterator[Unit]:
    """Ministries, agencies and provinces: one unit a code, its rows are its versions."""
    group_of = {
        kind: row["code"] for row in read_csv(directory / "groups.csv") for kind in row["holds"].split(";")
    }
    found: dict[str, Unit] = {}
    for row in read_csv(directory / name):
        version = Version(
            row["name_vi"],
            row["name_en"],
            row["kind"],
            group_of[row["kind"]],
            _day(row["valid_from"]) or UNIFIED,
            _day(row["valid_to"]),
            row.get("province") or None,
            row["electronic_id"] or None,
            row["legal_basis"],
        )
        unit = found.setdefault(row["code"], Unit(row["code"], [], scope, "", row["code"]))
        unit.versions.append(version)
        if row["successor"] and version.valid_to:
            unit.successors.append((row["successor"], version.valid_to, row["legal_basis"]))
    for unit in found.values():
        unit.versions.sort(key=lambda one: one.valid_from)
        yield unit


def _departments(body: Unit, templates: list[dict[str, str]], applies_to: str, scope: str) -> Iterator[Unit]:
    """The units of a template under a ministry or a province, those of merged provinces with what became of
    them."""
    full = body.last.name.removeprefix("Ủy ban nhân dân ")
    words = {"province_full": full, "province": full.removeprefix("thành phố ").removeprefix("tỉnh ")}
    ended = body.last.valid_to
    heir = body.successors[0][0] if body.successors else None
    for row in templates:
        start = _day(row["valid_from"]) or UNIFIED
        if (
            row["applies_to"] != applies_to
            or row["only_for"] not in ("", body.code)
            or (ended and start >= ended)
        ):
            continue
        unit = Unit(
            f"{body.code}-{row['code_suffix']}",
            [],
            scope,
            row["code_suffix"],
            body.code,
            float(row["quota_weight"]),
        )
        end = _day(row["valid_to"])
        parent = f"{body.code}-{row['parent_suffix']}" if row["parent_suffix"] else body.code
        version = Version(
            row["name_vi"].format(**words),
            row["name_en"],
            row["kind"],
            parent,
            start,
            end or ended,
            body.last.province,
        )
        if end and row["successor_suffix"]:
            unit.successors.append((f"{body.code}-{row['successor_suffix']}", end, "NQ 176/2025/QH15"))
        elif (
            ended and heir and not end and row["kind"] not in MOVING and not _of_hospital(row["code_suffix"])
        ):
            unit.successors.append((f"{heir}-{row['code_suffix']}", ended, body.last.legal_basis))
        unit.versions.append(version)
        if ended and heir and not end and (row["kind"] in MOVING or _of_hospital(row["code_suffix"])):
            unit.versions.append(_moved(version, body.code, heir, ended, body.last.legal_basis))
        yield unit


def _of_hospital(suffix: str) -> bool:
    return suffix.startswith("SYT-BVDK-")


def _moved(version: Version, province: str, heir: str, on: date, basis: str) -> Version:
    """A school or hospital of a merged province afterwards: the same unit in the heir's department, its name
    without the province's rank."""
    assert version.parent is not None
    inside = version.kind == "khoa" or version.kind == "phong"
    parent = version.parent if inside else heir + version.parent.removeprefix(province)
    return Version(
        version.name.replace(" tỉnh ", " "),
        version.name_en,
        version.kind,
        parent,
        on,
        None,
        version.province,
        None,
        basis,
    )


def _districts(session: Session, body: Unit) -> Iterator[Unit]:
    """The districts that ended on 30 June 2025, under the province of that day."""
    old = {
        one.key
        for one in items(session, "province_history")
        if one.extra["old_electronic_id"] == body.code and one.key.isdigit()
    }
    for one in items(session, "old_districts"):
        if one.extra["old_province"] in old:
            version = Version(
                f"Ủy ban nhân dân {_lower_first(one.extra['full_name_vi'])}",
                "",
                "ubnd_cap_huyen",
                body.code,
                UNIFIED,
                one.valid_to or PROVINCES_MERGED,
                body.last.province,
                None,
                one.source,
            )
            yield Unit(f"{body.code}-Q{one.key}", [version], "district", f"Q{one.key}", body.code)


def _communes(
    session: Session, body: Unit, by_number: dict[str | None, Unit], templates: list[dict[str, str]]
) -> Iterator[Unit]:
    """Today's communes of a province, each with its divisions, schools and health station."""
    for one in items(session, "communes"):
        if by_number.get(one.extra["province"]) is not body:
            continue
        full = one.extra["full_name_vi"]
        code = f"{body.code}-{one.key}"
        start = one.valid_from or PROVINCES_MERGED
        province = body.last.province
        named = Version(
            f"Ủy ban nhân dân {_lower_first(full)}",
            f"People's Committee of {one.name.en}",
            "ubnd_cap_xa",
            body.code,
            start,
            None,
            province,
            None,
            one.source,
        )
        yield Unit(code, [named], "commune", "", body.code)
        words = {"commune": one.name.vi, "commune_full": _lower_first(full)}
        for row in templates:
            if row["applies_to"] == f"commune_{one.extra['kind']}":
                parent = f"{code}-{row['parent_suffix']}" if row["parent_suffix"] else code
                name = row["name_vi"].format(**words)
                version = Version(name, row["name_en"], row["kind"], parent, start, None, province)
                yield Unit(
                    f"{code}-{row['code_suffix']}",
                    [version],
                    "commune",
                    row["code_suffix"],
                    body.code,
                    float(row["quota_weight"]),
                )


def _day(value: str) -> date | None:
    return date.fromisoformat(value) if value else None


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


# Writing


def _in_tree_order(units: dict[str, Unit]) -> list[Unit]:
    """Units depth first, so that ids and ordinals run through the tree."""
    children: dict[str | None, list[str]] = {}
    for code, unit in units.items():
        children.setdefault(unit.last.parent, []).append(code)
    ordered: list[Unit] = []
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        code = waiting.pop()
        ordered.append(units[code])
        waiting.extend(reversed(children.get(code, [])))
    if len(ordered) != len(units):
        raise ValueError(
            "units whose parent is not in the files: "
            + ", ".join(sorted(set(units) - {unit.code for unit in ordered})[:5])
        )
    return ordered


def _insert_units(session: Session, ordered: list[Unit], added: set[str]) -> None:
    """Units with their ordinals if there was none before; else behind all others, until the tree is numbered anew."""
    last = session.execute(text("SELECT coalesce(max(last), 0) FROM organization")).scalar_one()
    news = (one.code for one in ordered if one.code in added)
    rows = (
        [(code, place, place) for place, code in enumerate(news, start=last + 1)] if last else _spans(ordered)
    )
    copy_rows(session, "organization", ("code", "ord", "last"), rows)


def _spans(ordered: list[Unit]) -> list[tuple[str, int, int]]:
    """(code, first, last) of each unit of a whole tree, in its order."""
    children: dict[str | None, list[str]] = {}
    for unit in ordered:
        children.setdefault(unit.last.parent, []).append(unit.code)
    spans: list[tuple[str, int, int]] = []
    following = count(1)
    for root in children.get(None, []):
        _number(root, children, following, spans)
    return spans


def _insert_versions(session: Session, added: Iterable[Unit], ids: dict[str, int]) -> None:
    rows = (
        (
            ids[unit.code],
            one.name,
            one.name_en,
            ids[one.parent] if one.parent else None,
            one.kind,
            one.electronic_id,
            one.province,
            one.valid_from,
            one.valid_to,
            RECORDED,
            one.legal_basis,
        )
        for unit in added
        for one in unit.versions
    )
    columns = (
        "organization_id",
        "name",
        "name_en",
        "parent_id",
        "kind",
        "electronic_id",
        "province",
        "valid_from",
        "valid_to",
        "recorded_from",
        "legal_basis",
    )
    with checked_at_the_end(session, "organization_version"):
        copy_rows(session, "organization_version", columns, rows)


def _insert_successors(session: Session, added: Iterable[Unit], ids: dict[str, int]) -> None:
    rows = {(ids[unit.code], ids[code]): (on, basis) for unit in added for code, on, basis in unit.successors}
    copy_rows(
        session,
        "organization_successor",
        ("predecessor_id", "successor_id", "on", "legal_basis"),
        ((*pair, *rest) for pair, rest in rows.items()),
    )


def _insert_positions(
    session: Session, added: Iterable[Unit], ids: dict[str, int], known: staffing.Staffing
) -> None:
    columns = ("organization_id", "title", "position", "category", "quota", "valid_from")
    rows = (
        (ids[unit.code], post.title, post.position_in(unit.top), post.category, number, unit.last.valid_from)
        for unit in added
        if unit.last.valid_to is None
        for profile in [known.profile(unit.scope, unit.last.kind, unit.suffix)]
        if profile is not None
        for post, number in staffing.quotas(profile, unit.weight, unit.top in staffing.BIG_CITIES)
    )
    with checked_at_the_end(session, "position"):
        copy_rows(session, "position", columns, rows)
