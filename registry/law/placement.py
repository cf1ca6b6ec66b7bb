"""Where people go as ranks follow positions: career steps of public employees (Decree 232/2026/NĐ-CP arts 7, 10, 18),
ranks of civil servants by job position (Decree 170/2025/NĐ-CP art. 70).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from registry.catalogues.lists import Item
from registry.law.rules import Rules, ref
from registry.law.why import Step, vn
from registry.words import Words


@dataclass(frozen=True)
class Placement:
    """The career step (bậc nghề nghiệp) a rank leads to, its salary group, by when; None for civil servants' ranks.

    `regraded`: the salary group is another one than before, so the step is found by coefficient and overrun.
    """

    career_step: Item | None
    group: tuple[str, str] | None
    regraded: bool
    deadline: date | None
    why: tuple[Step, ...]


def placement(
    rules: Rules, ranks: Sequence[Item], career_steps: Sequence[Item], rank: str, on: date
) -> Placement:
    """Where a rank leads on a day, and by when everybody must have been placed."""
    row = next((one for one in ranks if one.key == rank), None)
    if row is None:
        return Placement(None, None, False, None, ())
    given = Step(Words(f"{row.name.vi} ({rank}).", f"{row.name.en} ({rank})."), row.source, ref("ranks", row))
    if row.applies_to != "vien_chuc":
        deadline = rules.day("rank_by_position_deadline", on)
        words = (
            Words(
                f"Ngạch xếp theo vị trí việc làm, hạn cuối {vn(deadline)}.",
                f"The rank follows the job position, by {vn(deadline)} at the latest.",
            )
            if deadline
            else Words(
                "Ngày này ngạch chưa xếp theo vị trí việc làm.", "On this day ranks do not follow positions."
            )
        )
        return Placement(
            None, None, False, deadline, (given, rules.step("rank_by_position_deadline", on, words))
        )
    group = row.extra.get("salary_group") or ""
    target = next(
        (one for one in career_steps if one.holds(on) and group in one.extra["from_old_groups"].split("|")),
        None,
    )
    deadline = rules.day("career_step_deadline", on)
    if target is None:
        words = Words(
            f"Ngày {vn(on)} nhóm {group} không chuyển sang bậc nghề nghiệp.",
            f"On {vn(on)} the group {group} leads to no career step.",
        )
        return Placement(None, None, False, None, (given, Step(words, row.source)))
    place = (target.extra["salary_table"], target.extra["salary_group"])
    regraded = place[1] != group
    words = Words(
        f"Nhóm {group}: {target.name.vi.lower()}, nhóm lương {place[1]}.",
        f"Group {group}: {target.name.en.lower()}, salary group {place[1]}.",
    )
    steps = [given, Step(words, target.source, ref("career_steps", target))]
    if deadline:
        words = Words(
            f"Chuyển khi đề án vị trí việc làm của đơn vị được duyệt, hạn cuối {vn(deadline)}; đến khi đó "
            "chức danh và hạng cũ còn giá trị.",
            f"Moves when the unit's positions are approved, by {vn(deadline)} at the latest; until then the old "
            "title and class hold.",
        )
        steps.append(rules.step("career_step_deadline", on, words))
    return Placement(target, place, regraded, deadline, tuple(steps))


def position_allowance(
    titles: Sequence[Item], positions: Sequence[str], on: date
) -> tuple[Decimal | None, Step]:
    """The coefficient of the position allowance on a day: of several posts the highest (Circular 78/2005/TT-BNV); None
    where the list has none for these posts on that day.
    """
    held = [
        one
        for one in titles
        if one.key in positions and one.holds(on) and one.extra.get("allowance_coefficient")
    ]
    best = max(held, key=lambda one: Decimal(one.extra["allowance_coefficient"]), default=None)
    if best is None:
        words = Words(
            "Danh mục không có hệ số phụ cấp cho chức vụ này tại ngày này.",
            "The list has no allowance for this post on this day.",
        )
        return None, Step(words, "Danh mục position_titles")
    amount = Decimal(best.extra["allowance_coefficient"])
    said = best.extra["allowance_coefficient"]
    several = len({*positions}) > 1
    words = Words(
        f"{best.name.vi}: hệ số phụ cấp chức vụ {said.replace('.', ',')}"
        + (", mức cao nhất trong các chức vụ đang giữ." if several else "."),
        f"{best.name.en}: position allowance {said}"
        + (", the highest of the posts held." if several else "."),
    )
    return amount, Step(words, best.source, ref("position_titles", best))
