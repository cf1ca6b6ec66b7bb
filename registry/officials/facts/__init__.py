"""FACTS: every kind of fact by name. To add a kind: its module, a line here, a migration, a test."""

from registry.officials.facts import (
    allowance,
    appointment,
    discipline,
    evaluation,
    family,
    identity,
    it_skill,
    language,
    party,
    political_theory,
    qualification,
    reward,
    salary,
    state_management,
    status,
    work_history,
)
from registry.officials.facts.kind import Field, Kind

FACTS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        identity.KIND,
        status.KIND,
        appointment.KIND,
        salary.KIND,
        allowance.KIND,
        qualification.KIND,
        political_theory.KIND,
        state_management.KIND,
        language.KIND,
        it_skill.KIND,
        party.KIND,
        reward.KIND,
        discipline.KIND,
        evaluation.KIND,
        family.KIND,
        work_history.KIND,
    )
}

__all__ = ["FACTS", "Field", "Kind"]
