"""REQUIRED: what the electronic file of somebody who serves must hold. To ask for more: a line here.

From this list the rules of completeness are made. A kind that is added later needs its line only.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """A field that must not be empty, or (no field) a kind of which there must be a fact.

    `holding`: of the facts that hold today; `when` narrows to some rows (a boolean column); `applies` is SQL over `who`
    (see registry/quality/rules.py) that says of whom it is asked. `source` where it is not the decree on the file.
    """

    kind: str
    field: str = ""
    weight: int = 1
    holding: bool = False
    when: str = ""
    applies: str = "serving"
    source: str = ""


REQUIRED: tuple[Need, ...] = (
    Need("identity", "birth_place"),
    Need("identity", "native_place", weight=2),
    Need("identity", "ethnic_group", weight=2),
    Need("identity", "religion"),
    Need("identity", "permanent_address", weight=2),
    Need("identity", "current_address"),
    Need("identity", "phone"),
    Need("identity", "id_card_issued_on"),
    Need("identity", "social_insurance_no", weight=2),
    Need("appointment", weight=4, holding=True, when="is_main"),
    Need("appointment", "job_position", weight=3, holding=True, when="is_main"),
    Need("salary", weight=4, holding=True),
    Need("salary", "rank_from", holding=True),
    Need("address", weight=2),
    Need("identity_paper", weight=2),
    Need("contract", weight=2, applies="serving AND (w.category = 'vien_chuc' OR w.category LIKE 'hd\\_%')"),
    Need("qualification", weight=3),
    Need("family", weight=2),
)
