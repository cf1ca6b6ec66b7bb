"""What can be done (one enum), by which role, and which fields a role may see.

A permission reads `room:thing:action`. Roles are rows of one table, so that a reader sees every right at once.
"""

from enum import StrEnum
from typing import Literal

Sensitivity = Literal["ordinary", "personal", "sensitive", "secret"]
"""Classes of fields. ordinary: of the post; personal: of the person; sensitive: the kinds Law 91/2025/QH15 names;
secret: internal political protection."""


class Permission(StrEnum):
    """Every permission a route or a service can ask for."""

    AUDIT_TRAIL_READ = "audit:trail:read"
    CATALOGUES_LIST_READ = "catalogues:list:read"
    CHANGES_CHANGE_DECIDE = "changes:change:decide"
    CHANGES_CHANGE_DRAFT = "changes:change:draft"
    CHANGES_CHANGE_READ = "changes:change:read"
    BULK_EXPORT_MAKE = "bulk:export:make"
    BULK_IMPORT_READ = "bulk:import:read"
    BULK_IMPORT_WRITE = "bulk:import:write"
    CAMPAIGNS_CAMPAIGN_READ = "campaigns:campaign:read"
    CAMPAIGNS_CAMPAIGN_RUN = "campaigns:campaign:run"
    CAMPAIGNS_OWN_ANSWER = "campaigns:own:answer"
    DOCUMENTS_FILE_READ = "documents:file:read"
    DOCUMENTS_FILE_WRITE = "documents:file:write"
    LAW_QUESTION_ASK = "law:question:ask"
    OFFICIALS_RECORD_READ = "officials:record:read"
    OFFICIALS_READERS_READ = "officials:readers:read"
    ORGANIZATIONS_UNIT_READ = "organizations:unit:read"
    QUALITY_BOARD_READ = "quality:board:read"
    QUALITY_FINDING_READ = "quality:finding:read"
    REPORTS_FORM_PRINT = "reports:form:print"
    REPORTS_RUN_MAKE = "reports:run:make"
    STATISTICS_TABLE_READ = "statistics:table:read"
    WORKLISTS_LIST_READ = "worklists:list:read"
    ACCESS_USER_MANAGE = "access:user:manage"
    ACCESS_OWN_READ = "access:own:read"
    ACCESS_OWN_SECURE = "access:own:secure"
    PUBLIC = "public:page:read"


P = Permission

EVERYBODY = frozenset(
    {P.PUBLIC, P.ACCESS_OWN_READ, P.CATALOGUES_LIST_READ, P.ORGANIZATIONS_UNIT_READ, P.LAW_QUESTION_ASK}
)

READ = frozenset(
    {
        P.OFFICIALS_RECORD_READ,
        P.QUALITY_BOARD_READ,
        P.QUALITY_FINDING_READ,
        P.CHANGES_CHANGE_READ,
        P.BULK_EXPORT_MAKE,
        P.BULK_IMPORT_READ,
        P.DOCUMENTS_FILE_READ,
        P.REPORTS_FORM_PRINT,
        P.REPORTS_RUN_MAKE,
    }
)

ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    "hr_officer": EVERYBODY
    | READ
    | {
        P.CHANGES_CHANGE_DRAFT,
        P.CAMPAIGNS_CAMPAIGN_READ,
        P.CAMPAIGNS_CAMPAIGN_RUN,
        P.BULK_IMPORT_WRITE,
        P.DOCUMENTS_FILE_WRITE,
        P.STATISTICS_TABLE_READ,
        P.WORKLISTS_LIST_READ,
    },
    "hr_approver": EVERYBODY
    | READ
    | {P.CHANGES_CHANGE_DECIDE, P.CAMPAIGNS_CAMPAIGN_READ, P.STATISTICS_TABLE_READ, P.WORKLISTS_LIST_READ},
    "statistician": EVERYBODY | {P.STATISTICS_TABLE_READ, P.QUALITY_BOARD_READ, P.REPORTS_RUN_MAKE},
    "auditor": EVERYBODY
    | READ
    | {
        P.AUDIT_TRAIL_READ,
        P.CAMPAIGNS_CAMPAIGN_READ,
        P.OFFICIALS_READERS_READ,
        P.STATISTICS_TABLE_READ,
        P.WORKLISTS_LIST_READ,
    },
    "administrator": EVERYBODY | {P.ACCESS_USER_MANAGE},
    "official": EVERYBODY
    | {
        P.CHANGES_CHANGE_READ,
        P.CHANGES_CHANGE_DRAFT,
        P.DOCUMENTS_FILE_READ,
        P.DOCUMENTS_FILE_WRITE,
        P.OFFICIALS_READERS_READ,
        P.OFFICIALS_RECORD_READ,
        P.REPORTS_FORM_PRINT,
        P.CAMPAIGNS_OWN_ANSWER,
    },
    "client": EVERYBODY | READ | {P.STATISTICS_TABLE_READ},
}

EVEN_WITHOUT_ROLES = frozenset({P.ACCESS_OWN_SECURE})
"""What everybody signed in may do, with no role at all too: look after the own password, second factor and sessions."""

NEED_FACTOR = frozenset({"hr_approver", "auditor", "administrator"})
"""Roles that do nothing without a second factor where the operator requires one."""

OWN_ONLY = frozenset({"official"})
"""Roles whose rights over persons reach the own record and nobody else's."""

NATIONAL = frozenset({"statistician", "auditor"})
"""Roles that act for the whole nation whatever unit the grant names."""

FIELD_CLASSES: dict[str, frozenset[Sensitivity]] = {
    "hr_officer": frozenset({"ordinary", "personal", "sensitive"}),
    "hr_approver": frozenset({"ordinary", "personal", "sensitive"}),
    "auditor": frozenset({"ordinary", "personal", "sensitive", "secret"}),
    "official": frozenset({"ordinary", "personal", "sensitive", "secret"}),
    "client": frozenset({"ordinary"}),
}
"""Which classes of fields a role sees of a person; roles not named see none."""

SCOPE_FIELD_CLASSES: dict[str, Sensitivity] = {"fields:personal": "personal", "fields:sensitive": "sensitive"}
"""Scopes on a program's token that open a further class of fields."""
