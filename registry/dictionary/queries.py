"""The dictionary as it is read: every declared field with its share, found by group, kind and words."""

import unicodedata
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry import cells
from registry.access.permissions import Sensitivity
from registry.dictionary.models import FieldShare
from registry.officials.facts import FACTS, GROUPS
from registry.officials.facts.kind import Field, Keeper, Kind
from registry.words import Words


@dataclass(frozen=True)
class Share:
    """Of `people` in the headcount on a day, so many have it."""

    officials: int
    people: int
    counted_on: date

    @property
    def percent(self) -> str:
        """'98.5'; of nobody '0.0'."""
        return f"{100 * self.officials / self.people if self.people else 0:.1f}"


@dataclass(frozen=True)
class Entry:
    """One field of one kind. A share is None before the first count, and where the reader may not know it."""

    kind: Kind
    field: Field
    share: Share | None = None
    kind_share: Share | None = None

    @property
    def group(self) -> str:
        """The group of Decree 27/2026/NĐ-CP it belongs to: a key of GROUPS."""
        return self.field.group or self.kind.group

    @property
    def keeper(self) -> Keeper:
        """Who keeps it up to date."""
        return self.field.maintained_by or self.kind.maintained_by

    @property
    def source(self) -> str:
        """The law that asks for it."""
        return self.field.source or self.kind.source

    def words(self) -> str:
        """Everything a search looks into, without marks and capitals."""
        one, kind = self.field, self.kind
        parts = (*one.label, *kind.label, one.name, kind.name, one.catalogue or "", self.source)
        return plain(" ".join(parts))


KEEPERS: dict[Keeper, Words] = {
    "official": Words("Người có hồ sơ khai, cơ quan duyệt", "The person declares, the agency approves"),
    "hr": Words("Cơ quan quản lý hồ sơ", "The agency that keeps the file"),
}
SENSITIVITIES: dict[Sensitivity, Words] = {
    "ordinary": Words("Thường", "Ordinary"),
    "personal": Words("Cá nhân", "Personal"),
    "sensitive": Words("Nhạy cảm", "Sensitive"),
    "secret": Words("Mật nội bộ", "Secret"),
}
TYPES: dict[str, Words] = {
    "text": Words("chữ", "text"),
    "code": Words("mã danh mục", "code of a list"),
    "date": Words("ngày", "date"),
    "partial_date": Words("ngày, tháng hoặc năm", "day, month or year"),
    "integer": Words("số nguyên", "whole number"),
    "decimal": Words("số thập phân", "decimal"),
    "boolean": Words("có hoặc không", "yes or no"),
    "choice": Words("một trong các lựa chọn", "one of some choices"),
    "unit": Words("đơn vị", "unit"),
    "year": Words("năm", "year"),
    "file": Words("tệp ảnh", "picture file"),
}


def plain(words: str) -> str:
    """Lower case without marks: 'Ngạch' and 'ngach' are found by each other."""
    parted = unicodedata.normalize("NFD", words.casefold().replace("đ", "d"))
    return "".join(letter for letter in parted if not unicodedata.combining(letter))


def entries() -> list[Entry]:
    """Every field of every kind, in the order in which a dossier is read."""
    return [Entry(kind, field) for kind in FACTS.values() for field in kind.fields]


def find_entries(
    session: Session, classes: frozenset[Sensitivity], *, group: str = "", kind: str = "", q: str = ""
) -> list[Entry]:
    """The fields of a group, of a kind, with all words of `q`; by groups in the order of the decree.

    Numbers of the whole nation are open to whoever reads the code lists; of secret fields only to readers who see
    such fields of other people (`classes`). One statement.
    """
    shares = {
        (one.kind, one.field): Share(one.officials, one.people, one.counted_on)
        for one in session.scalars(select(FieldShare))
    }
    words = plain(q).split()
    found = []
    for one in entries():
        if (group and one.group != group) or (kind and one.kind.name != kind):
            continue
        if not all(word in one.words() for word in words):
            continue
        secret = one.field.sensitivity == "secret" and "secret" not in classes
        hidden = one.kind.sensitivity == "secret" and "secret" not in classes
        found.append(
            Entry(
                one.kind,
                one.field,
                None if secret else shares.get((one.kind.name, one.field.name)),
                None if hidden else shares.get((one.kind.name, "")),
            )
        )
    order = list(GROUPS)
    return sorted(found, key=lambda one: order.index(one.group))


COLUMNS = (
    "group", "group_title", "kind", "kind_title", "field", "title", "title_en", "type", "required", "form_item",
    "catalogue", "sensitivity", "maintained_by", "source", "officials", "people", "percent", "counted_on",
)  # fmt: skip


def to_csv(found: list[Entry], language: str) -> bytes:
    """UTF-8 with a mark for spreadsheets, a line a field, columns as COLUMNS names them."""
    rows = []
    for one in found:
        share = one.share
        rows.append(
            [
                one.group,
                GROUPS[one.group].said_in(language),
                one.kind.name,
                one.kind.label.said_in(language),
                one.field.name,
                *one.field.label,
                one.field.type,
                "yes" if one.field.required else "no",
                one.field.item,
                one.field.catalogue or "",
                one.field.sensitivity,
                one.keeper,
                one.source,
                *((share.officials, share.people, share.percent, share.counted_on) if share else ("",) * 4),
            ]
        )
    return cells.to_csv(COLUMNS, rows)
