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


class Whose(StrEnum):
    """Of whose things an operation speaks, from which follows who of those with its permission may: `x-scope` of the API."""

    EVERYBODY = "everybody"
    OWN = "own"
    LIST = "list"
    UNIT = "unit"
    OFFICIAL = "official"
    CHANGE = "change"
    PROPOSAL = "proposal"
    CAMPAIGN = "campaign"
    IMPORT = "import"
    RUN = "run"
    FILE = "file"
    ACCOUNT = "account"
    TRAIL = "trail"


WHOSE: dict[Whose, str] = {
    Whose.EVERYBODY: "Nothing of a person, a unit's work or an account: the same for all who hold the permission.",
    Whose.OWN: "What belongs to the account that asks.",
    Whose.LIST: "A list, cut to what the one who asks may open one by one.",
    Whose.UNIT: "The unit named in the question, by default the own one: it lies in the units of the permission.",
    Whose.OFFICIAL: "A person who stands in the units of the permission now, or the own record for its official.",
    Whose.CHANGE: "A change of these units, or made by the account. Its maker alone mends it, all but its maker decide on it.",
    Whose.PROPOSAL: "A proposal of these units, or about the own record. Its maker withdraws it, an officer answers it.",
    Whose.CAMPAIGN: "A review begun in these units, or with files of theirs or the own one in it. It is closed where it was begun.",
    Whose.IMPORT: "An import of these units, or made by the account.",
    Whose.RUN: "An export or a report, its file and its job: of the account that asked for it; auditors see all.",
    Whose.FILE: "A paper uploaded in these units, or by the account; a portrait by the account alone.",
    Whose.ACCOUNT: "Any account: administrators are not bound to units.",
    Whose.TRAIL: "The trail of the whole registry.",
}
"""What each says. “These units” are those of the grants that bring the permission, the whole nation for NATIONAL roles;
what lies outside reads as not there."""


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
