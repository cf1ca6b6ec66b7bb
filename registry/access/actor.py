"""Who acts: the user, the grants in force today over intervals of organizations, and what a token narrows."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from registry.access.permissions import (
    EVEN_WITHOUT_ROLES,
    FIELD_CLASSES,
    NATIONAL,
    OWN_ONLY,
    ROLE_PERMISSIONS,
    SCOPE_FIELD_CLASSES,
    Permission,
    Sensitivity,
)
from registry.db import Scope
from registry.words import Words

ROLE_LABELS: dict[str, Words] = {
    "hr_officer": Words("Cán bộ hồ sơ", "HR officer"),
    "hr_approver": Words("Người phê duyệt", "HR approver"),
    "statistician": Words("Thống kê viên", "Statistician"),
    "auditor": Words("Kiểm tra viên", "Auditor"),
    "administrator": Words("Quản trị viên", "Administrator"),
    "official": Words("Người có hồ sơ", "Official"),
    "client": Words("Hệ thống kết nối", "Program"),
}

NATION = (0, 2_000_000_000)


@dataclass(frozen=True)
class GrantView:
    """A grant in force: a role over the organizations whose ordinal lies in [ord, last]."""

    role: str
    organization_id: int | None
    code: str
    name: str
    ord: int
    last: int

    def interval(self) -> tuple[int, int]:
        """Half-open interval of ordinals the grant covers."""
        return NATION if self.role in NATIONAL else (self.ord, self.last + 1)


@dataclass(frozen=True)
class Actor:
    """Somebody acting now. `token_scopes` narrows what a token may do; empty means the user's own rights.

    `enrolling`: the roles held need a second factor and the account has none, so that it has none of their grants yet.
    `today` is the day that the grants are those of. `proof_due`: the account has a second factor that this session has not
    given lately (registry.access.recent).
    """

    user_id: int
    username: str
    display_name: str
    official_id: int | None
    grants: tuple[GrantView, ...]
    token_scopes: frozenset[str] = frozenset()
    request_id: str | None = None
    channel: str = "web"
    enrolling: bool = False
    today: date | None = None
    proof_due: bool = False
    extra: dict[str, str] = field(default_factory=dict, compare=False)

    @cached_property
    def roles(self) -> list[str]:
        """The roles held, in the order of the role table."""
        held = {grant.role for grant in self.grants}
        return [role for role in ROLE_PERMISSIONS if role in held]

    @property
    def role(self) -> str:
        """The leading role, written into the trail as it was at the moment."""
        return self.roles[0] if self.grants else "none"

    @property
    def organization(self) -> GrantView | None:
        """The unit the actor works for: that of the first grant."""
        return self.grants[0] if self.grants else None

    @cached_property
    def held(self) -> frozenset[Permission]:
        """Everything the roles held give somewhere, whatever a token narrows it to."""
        always = EVEN_WITHOUT_ROLES if self.user_id else frozenset()
        return frozenset(always).union(*(ROLE_PERMISSIONS[grant.role] for grant in self.grants))

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """Everything the actor may do somewhere."""
        if not self.token_scopes:
            return self.held
        return frozenset(one for one in self.held if one.value in self.token_scopes)

    def may(self, permission: Permission) -> bool:
        """Whether the actor holds the permission anywhere at all."""
        return permission in self.permissions

    def ranges(self, permission: Permission) -> tuple[tuple[int, int], ...]:
        """Half-open ordinal intervals in which the actor holds the permission over persons and units."""
        if not self.may(permission):
            return ()
        found = {
            grant.interval()
            for grant in self.grants
            if permission in ROLE_PERMISSIONS[grant.role] and grant.role not in OWN_ONLY
        }
        return _merged(sorted(found))

    def covers(self, permission: Permission, org_ord: int) -> bool:
        """Whether the actor holds the permission over the organization with this ordinal."""
        return any(low <= org_ord < high for low, high in self.ranges(permission))

    def scope(self, *, one: bool = False) -> Scope:
        """What row-level security may show: the units whose persons or changes the actor may read; of facts those of `one`
        person alone, if so asked."""
        return Scope(
            ranges=self.ranges(Permission.OFFICIALS_RECORD_READ),
            official_id=self.official_id if "official" in self.roles else None,
            user_id=self.user_id,
            trail=self.may(Permission.AUDIT_TRAIL_READ),
            today=self.today,
            one=one,
        )

    @property
    def reads_persons(self) -> bool:
        """Whether a role of this account reads records of others, whatever the token in use is narrowed to."""
        return any(
            Permission.OFFICIALS_RECORD_READ in ROLE_PERMISSIONS[role] and role not in OWN_ONLY
            for role in self.roles
        )

    @property
    def sees_more_of_own(self) -> bool:
        """Whether the actor sees fields of the own record that others' do not show."""
        return self.official_id is not None and self.field_classes(own=True) != self.field_classes()

    def field_classes(self, *, own: bool = False) -> frozenset[Sensitivity]:
        """Classes of personal fields the actor sees, of others or (own) of the own record."""
        roles = [role for role in self.roles if own or role not in OWN_ONLY]
        classes: frozenset[Sensitivity] = frozenset().union(
            *(FIELD_CLASSES.get(role, frozenset()) for role in roles)
        )
        opened = {SCOPE_FIELD_CLASSES[one] for one in self.token_scopes if one in SCOPE_FIELD_CLASSES}
        if "client" in roles:
            return classes | opened
        return classes


def _merged(intervals: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Sorted intervals with overlaps joined."""
    merged: list[tuple[int, int]] = []
    for low, high in intervals:
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


SYSTEM = Actor(0, "he-thong", "Hệ thống", None, (), channel="system")
"""The registry itself, for jobs nobody asked for by hand."""
