"""Form 2C/TCTW-98, gathering half."""

from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from registry.access.permissions import Sensitivity
from registry.periods import AsOf
from registry.reports.forms.cv_tctw import FormTctw
from registry.reports.forms.gathering import (
    Reading,
    economy,
    family_class,
    highest_titles,
    joined_unit_on,
    parts,
    post_name,
    posts,
    read,
    told,
)

MARTYR_FAMILIES = ("con_liet_si", "vo_chong_liet_si")


def gather(
    session: Session, official_id: int, as_of: AsOf, classes: frozenset[Sensitivity], files: Path
) -> FormTctw:
    """Everything form 2C/TCTW-98 says of one person on `as_of`. Raises NotFound like `get_record`."""
    of = read(session, official_id, as_of, classes, files)
    units = of.named[of.post["id"]] if of.post else []
    common = told(of)
    served = of.facts.get("military", [])
    martyr = [one["policy"] for one in of.holding("policy_status") if one.get("policy") in MARTYR_FAMILIES]
    return FormTctw(
        **common,
        **economy(of),
        body=common["managing_unit"],
        middle_unit=units[-1] if len(units) > 1 else "",
        base_unit=units[0] if units else "",
        staff_code=of.person.get("staff_code") or "",
        committee=(of.member or {}).get("party_post") or "",
        state_posts="; ".join(posts(of, party=False)),
        phone=of.person.get("phone") or "",
        family_class=family_class(of),
        joined_unit_on=joined_unit_on(of),
        academic_title=highest_titles(of) or common["highest_qualification"],
        longest_work=_longest(of),
        military_post=(served[0].get("post") or "") if served else "",
        martyr_family="; ".join(of.say("policy_statuses", one) for one in martyr),
    )


def _longest(of: Reading) -> str:
    """The work that took most days in all, among main posts and work before them; '' without any."""
    spent: dict[str, int] = {}
    held = [(post_name(of.say, one), one) for one in of.facts["appointment"] if one["is_main"]]
    held += [(one["post"] or "", one) for one in of.facts["work_history"]]
    for name, one in held:
        begun = date.fromisoformat(parts(one["valid_from"])[0])
        ended = date.fromisoformat(parts(one["valid_to"])[0]) if one["valid_to"] else of.on
        spent[name] = spent.get(name, 0) + (min(ended, of.on) - begun).days
    spent.pop("", None)
    return max(spent, key=lambda name: spent[name], default="")
