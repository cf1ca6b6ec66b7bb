"""FACTS: every kind of fact by name. To add a kind: its module, a line here, a migration, a test."""

from registry.officials.facts import (
    abroad_link,
    address,
    allowance,
    appointment,
    asset_declaration,
    contract,
    discipline,
    economy,
    evaluation,
    family,
    foreign_trip,
    health,
    identity,
    identity_paper,
    it_skill,
    language,
    leave,
    military,
    paper_file,
    party,
    personal_history,
    planning,
    policy_status,
    political_theory,
    portrait,
    qualification,
    remark,
    reward,
    salary,
    secondment,
    state_management,
    status,
    training,
    union,
    work_history,
)
from registry.officials.facts.kind import GROUPS, Field, Kind

FACTS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        identity.KIND,
        portrait.KIND,
        address.KIND,
        identity_paper.KIND,
        paper_file.KIND,
        policy_status.KIND,
        status.KIND,
        appointment.KIND,
        contract.KIND,
        secondment.KIND,
        planning.KIND,
        leave.KIND,
        work_history.KIND,
        salary.KIND,
        allowance.KIND,
        evaluation.KIND,
        reward.KIND,
        discipline.KIND,
        remark.KIND,
        qualification.KIND,
        training.KIND,
        political_theory.KIND,
        state_management.KIND,
        language.KIND,
        it_skill.KIND,
        party.KIND,
        union.KIND,
        military.KIND,
        family.KIND,
        abroad_link.KIND,
        personal_history.KIND,
        foreign_trip.KIND,
        economy.KIND,
        asset_declaration.KIND,
        health.KIND,
    )
}
"""In the order in which a dossier is read."""

UNIT_FIELDS = frozenset(one.name for kind in FACTS.values() for one in kind.units())
UNIT_COLUMNS = frozenset(column for kind in FACTS.values() for column in kind.unit_columns())
"""Fields that name a unit of the tree, and the columns that hold its id."""
FILE_FIELDS = frozenset(one.name for kind in FACTS.values() for one in kind.fields if one.type == "file")
"""Fields whose value is a file."""

__all__ = ["FACTS", "FILE_FIELDS", "GROUPS", "UNIT_COLUMNS", "UNIT_FIELDS", "Field", "Kind"]
