"""The snapshot as files: built whole in one transaction, swapped in by one rename, read through shared memory maps.

`<home>/statistics/<number>/` holds an array a file and `about.json`; `<home>/statistics/current` names the number that counts.
All of it may be lost at any time: it is built anew from the database, and until then PostgreSQL answers.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from registry.db import EVERYTHING, transaction
from registry.statistics.snapshot.history import History, history_of, kept_of
from registry.statistics.snapshot.loading import Dictionary, Numbers, Rows, Value, everybody, whole
from registry.statistics.snapshot.sources import HAPPENING, SOURCES, Source
from registry.statistics.snapshot.stretches import DAY_BITS, IN_POST, Stretches, stays_of

FORMAT = 5
"""Rises when the files change their shape; others are not read."""
SORTING = sa.text("SET LOCAL work_mem = '256MB'")
"""Memory that PostgreSQL may take for each sorting and joining of all facts; with little of it they go through files."""
ABOUT, CURRENT, STAYS, HISTORY, KEPT = "about.json", "current", "stays", "history", "kept"
PERIOD, CHANGES = ("who", "start", "until"), ("day", "who", "places")
TRUE: tuple[Source, ...] = tuple(one for one in SOURCES if one not in HAPPENING)
"""The sources of what is true from day to day."""


@dataclass(frozen=True)
class Moment:
    """A state of the database: of which database, what was committed, its newest approved change, by which clock."""

    epoch: str
    visible: str
    change_id: int
    taken_at: datetime


MOMENT = sa.text("""
    SELECT e.epoch || '-' || (SELECT oid FROM pg_database WHERE datname = current_database()) AS epoch,
        pg_current_snapshot()::text AS visible, statement_timestamp() AS taken_at,
        coalesce((SELECT id FROM change WHERE status = 'approved' ORDER BY decided_at DESC, id DESC LIMIT 1), 0) AS change_id
    FROM statistics_epoch e""")


@dataclass(frozen=True)
class Base:
    """The whole registry as it was at a moment: ids of the officials in order, rows and dictionaries by name.

    The rows of a source stand in the order of officials and days. `stays`: when each official had a status and a main post.
    `histories`, of sources of what is true, are made when the files are written.
    """

    moment: Moment
    officials: Numbers
    rows: Mapping[str, Rows]
    dictionaries: Mapping[str, Dictionary]
    stays: Stretches
    histories: Mapping[str, History] = field(default_factory=dict)


def build(engine: Engine, home: Path) -> Base:
    """Read the registry in one transaction, write the files, make them the current ones."""
    read_only = engine.execution_options(isolation_level="REPEATABLE READ")
    with transaction(read_only, EVERYTHING) as session:
        session.execute(SORTING)
        base = _read(session)
    _write(base, folder(home))
    return base


def _read(session: Session) -> Base:
    row = session.execute(MOMENT).one()
    moment = Moment(row.epoch, row.visible, row.change_id, row.taken_at)
    rows: dict[str, Rows] = {}
    dictionaries: dict[str, Dictionary] = {}
    officials: Numbers = np.empty(0, np.int64)
    some = everybody(session)
    for source in SOURCES:
        found, known = whole(session, source, some)
        dictionaries |= known
        if source is SOURCES[0]:
            officials = np.unique(found.who)
        rows[source.name] = _placed(found, officials)
    return Base(moment, officials, rows, dictionaries, stays_of(rows, len(officials)))


def _placed(rows: Rows, officials: Numbers) -> Rows:
    """Ids as places among the officials; rows of nobody counted are left out. In the order of officials and days."""
    who = np.searchsorted(officials, rows.who).astype(np.int32)
    known = (
        (who < len(officials)) & (officials[np.minimum(who, len(officials) - 1)] == rows.who)
        if len(officials)
        else np.zeros(len(who), bool)
    )
    order = np.flatnonzero(known)
    order = order[np.argsort(who[order].astype(np.int64) << DAY_BITS | rows.start[order], kind="stable")]
    return Rows(
        who[order],
        rows.start[order],
        rows.until[order],
        {name: one[order] for name, one in rows.codes.items()},
    )


# Files


def folder(home: Path) -> Path:
    """Where the snapshots lie."""
    return home / "statistics"


def _write(base: Base, root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(one.name) for one in root.iterdir() if one.name.isdigit()), default=0)
    target = root / str(number)
    target.mkdir()
    np.save(target / "officials.npy", base.officials)
    for source, rows in base.rows.items():
        _save(target, source, {"who": rows.who, "start": rows.start, "until": rows.until, **rows.codes})
    for one in TRUE:
        history = history_of(base.rows[one.name], len(base.officials))
        changes = {name: getattr(history, name) for name in CHANGES}
        _save(target, f"{HISTORY}.{one.name}", {**changes, **history.codes})
        for name in one.columns:
            _save(target, f"{KEPT}.{one.name}", {name: kept_of(history, name, len(base.officials))})
    _save(target, STAYS, _arrays(base.stays))
    (target / ABOUT).write_text(json.dumps(_about(base), ensure_ascii=False), encoding="utf-8")
    waiting = root / f".{CURRENT}-{number}"
    waiting.write_text(str(number), encoding="utf-8")
    os.replace(waiting, root / CURRENT)
    for old in root.iterdir():  # maps that somebody still reads live on
        if old.name.isdigit() and int(old.name) < number:
            shutil.rmtree(old, ignore_errors=True)


def _save(target: Path, prefix: str, arrays: Mapping[str, Numbers]) -> None:
    for name, array in arrays.items():
        np.save(target / f"{prefix}.{name}.npy", array)


def _arrays(stays: Stretches) -> dict[str, Numbers]:
    return {"who": stays.who, "start": stays.start, "until": stays.until, **stays.at}


def _about(base: Base) -> dict[str, Any]:
    moment = base.moment
    return {
        "format": FORMAT,
        "moment": [moment.epoch, moment.visible, moment.change_id, moment.taken_at.isoformat()],
        "values": {name: [_told(one) for one in known.values] for name, known in base.dictionaries.items()},
    }


def _told(value: Value) -> Any:
    if isinstance(value, date):
        return ["date", value.isoformat()]
    return ["decimal", str(value)] if isinstance(value, Decimal) else value


def _value(told: Any) -> Value:
    if isinstance(told, list):
        kind, text = told
        return date.fromisoformat(text) if kind == "date" else Decimal(text)
    value: Value = told
    return value


def current(home: Path) -> str | None:
    """The number of the current files; None where there are none."""
    try:
        return (folder(home) / CURRENT).read_text(encoding="utf-8")
    except OSError:
        return None


def named(home: Path) -> tuple[int, int] | None:
    """What is another whenever other files become the current ones, told without opening any; None where there are none."""
    try:
        found = os.stat(folder(home) / CURRENT)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def read(home: Path, number: str) -> Base | None:
    """The files of a number; None where they are not whole, or of another shape."""
    source = folder(home) / number
    try:
        about = json.loads((source / ABOUT).read_text(encoding="utf-8"))
        if about["format"] != FORMAT or set(about["values"]) != {
            name for one in SOURCES for name in one.columns
        }:
            return None
        rows = {one.name: _rows(source, one.name, tuple(one.columns)) for one in SOURCES}
        officials = np.load(source / "officials.npy", mmap_mode="r")
        stays = Stretches(**_loaded(source, STAYS, PERIOD), at=_loaded(source, STAYS, IN_POST))
        histories = {one.name: _history(source, one.name, tuple(one.columns)) for one in TRUE}
    except (OSError, ValueError, KeyError):
        return None
    epoch, visible, change_id, taken_at = about["moment"]
    dictionaries = {name: Dictionary.of(map(_value, values)) for name, values in about["values"].items()}
    return Base(
        Moment(epoch, visible, change_id, datetime.fromisoformat(taken_at)),
        officials,
        rows,
        dictionaries,
        stays,
        histories,
    )


def _rows(source: Path, name: str, columns: tuple[str, ...]) -> Rows:
    return Rows(**_loaded(source, name, PERIOD), codes=_loaded(source, name, columns))


def _history(source: Path, name: str, columns: tuple[str, ...]) -> History:
    changes = _loaded(source, f"{HISTORY}.{name}", (*CHANGES, *columns))
    day, who, places = (changes.pop(one) for one in CHANGES)
    return History(day, who, changes, places, _loaded(source, f"{KEPT}.{name}", columns))


def _loaded(source: Path, name: str, arrays: Sequence[str]) -> dict[str, Any]:
    # As plain arrays over the map, whose class costs time at every use.
    return {one: np.asarray(np.load(source / f"{name}.{one}.npy", mmap_mode="r")) for one in arrays}
