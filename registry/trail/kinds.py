"""Everything the registry keeps and how each table of it is sealed: docs/trail.md, "Seals: rows of the registry".

An approved change is sealed once (`registry.trail.sealing.changes`). The others live: each is sealed anew behind every event
that alters it, and its last seal holds. A table of the registry that is named nowhere here fails a test.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from registry.audit import log

FORM = 2
"""Of the seals made now; told in each. Whatever comes to be sealed later raises it, and says so in `since`."""

A = log.Action


def actions(*prefixes: str) -> tuple[log.Action, ...]:
    """The actions whose names begin so."""
    return tuple(one for one in A if one.value.startswith(prefixes))


def listed(columns: str, alias: str) -> str:
    """The JSON of some columns of a row."""
    pairs = ", ".join(f"'{name}', {alias}.{name}" for name in (one.strip() for one in columns.split(",")))
    return f"jsonb_build_object({pairs})"


@dataclass(frozen=True)
class Part:
    """Rows of one table that belong to an object: `rows` is the FROM clause and what follows it, with `:ids`; `object` and `key` are SQL
    over it. `later` names columns that came with a later form than the part, and with which. Nulls are left out, but of what is hashed
    `as_written`."""

    name: str
    object: str
    key: str
    json: str
    rows: str
    table: str
    since: int = 1
    later: tuple[tuple[int, str], ...] = ()
    as_written: bool = False

    def select(self, form: int) -> str:
        """(object_id, part, key, hash) of each row as a seal of this form sees it."""
        dropped = ", ".join(f"'{column}'" for since, column in self.later if since > form)
        said = f"({self.json} - ARRAY[{dropped}])" if dropped else self.json
        if not self.as_written:
            said = f"jsonb_strip_nulls({said})"
        return f"SELECT {self.object} AS object_id, '{self.name}' AS part, {self.key} AS key, {hashed(said)} AS hash FROM {self.rows}"


def hashed(json: str) -> str:
    """The digest of a row: of its JSON as PostgreSQL writes it."""
    return f"sha256(convert_to(({json})::text, 'UTF8'))"


@dataclass(frozen=True)
class Kind:
    """A kind of object that is sealed anew behind each event that alters it.

    `name` is the object type of its seals and `label` how findings call it. Its objects are (`id`, `called`) over `source`, of those
    for which `holds`; `named` finds them by `:names`. `causes` alter it; `events` finds these by `:names`, `tells` says which object
    a row of the trail is about. `anew`: which of those that have a seal a load of the demo sets back.
    """

    name: str
    label: str
    source: str
    id: str
    called: str
    named: str
    causes: tuple[log.Action, ...]
    parts: tuple[Part, ...]
    holds: str = "true"
    events: str = "e.object_type = :type AND e.object_id = ANY (:names)"
    of_type: str = ""
    anew: str = "false"
    tells: Callable[[Any], Iterable[str]] = field(default=lambda event: (event.object_id,))
    since: int = FORM

    def altered_by(self, event: Any) -> Iterable[str]:
        """The names of the objects that an event of the trail alters."""
        if A(event.action) not in self.causes or (self.of_type and event.object_type != self.of_type):
            return ()
        return self.tells(event)


CHANGE = """id, uid, number, origin, status, decision_id, organization_id, maker_id, checker_id, created_at, submitted_at, decided_at,
    note, reason, digest"""
DECISION = "id, uid, number, issued_on, effective_on, issuer, signer, title, basis, file_id"
OPERATION = """change_id, seq, action, official_id, kind, fact_id, decision_id, valid_from, valid_from_precision, valid_to,
    valid_to_precision, fields, said, reason"""
STEP = "id, change_id, at, actor_id, step, words"
ACCOUNT = "id, username, display_name, official_id, is_active, is_demo, created_at"
GRANT = "id, user_id, role, organization_id, valid_from, valid_to, granted_by, granted_at, confirmed_by, confirmed_at"
PROGRAM = (
    "id, uid, user_id, name, scopes, created_at, expires_at, ended_at, asked_by, confirmed_by, confirmed_at"
)
FILE = "id, uid, sha256, size, name, media_type, uploaded_by, organization_id, uploaded_at"
IMPORT = """id, uid, kind, dry_run, organization_id, file_id, created_by, created_at, checked_at, checked_on, checked_by, sheet, columns,
    notes, problem, rows, new, changed, unchanged, rejected, warnings"""
"""Its state and its changes are left out: they follow from what becomes of these."""
PROPOSAL = """id, uid, status, official_id, organization_id, made_by, kind, operation, reason, file_id, change_id, answered_by, answer,
    made_at, answered_at"""
CAMPAIGN = (
    "id, uid, name, message, kinds, organization_id, due_on, started_by, started_at, closed_by, closed_at"
)
TASK = "campaign_id, official_id, organization_id, state, on_behalf, words, done_by, done_at, change_id, proposal_id"
UNIT = "id, code"

ANY = "ANY (CAST(:ids AS bigint[]))"
BY_UID = "{}.uid = ANY (CAST(:names AS uuid[]))"

OF_CHANGES = (
    Part("change", "c.id", "c.id", listed(CHANGE, "c"), f"change c WHERE c.id = {ANY}", "change"),
    Part(
        "decision",
        "p.change_id",
        "d.id",
        listed(DECISION, "d"),
        f"""(SELECT id AS change_id, decision_id FROM change WHERE id = {ANY}
                UNION SELECT change_id, decision_id FROM change_operation WHERE change_id = {ANY}) p
            JOIN decision d ON d.id = p.decision_id""",
        "decision",
    ),
    Part(
        "operation",
        "o.change_id",
        "o.seq::bigint",
        listed(OPERATION, "o"),
        f"change_operation o WHERE o.change_id = {ANY}",
        "change_operation",
    ),
    Part(
        "step",
        "s.change_id",
        "s.id",
        listed(STEP, "s"),
        f"change_event s WHERE s.change_id = {ANY}",
        "change_event",
        since=2,
    ),
)
"""Of a change in any state."""
REGISTERED = Part(
    # Who was registered is known by the identity it brought; number and id of a person never change.
    "official",
    "i.change_id",
    "o.id",
    listed("id, uid, personal_id", "o"),
    f"""(SELECT DISTINCT change_id, official_id FROM fact_identity WHERE change_id = {ANY}) i
        JOIN official o ON o.id = i.official_id""",
    "official",
)


def _own(name: str, table: str, object_: str, columns: str, **more: Any) -> Part:
    """The rows of a table that name their object in a column, by their id."""
    return Part(
        name,
        f"r.{object_}",
        "r.id",
        listed(columns, "r"),
        f"{table} r WHERE r.{object_} = {ANY}",
        table,
        **more,
    )


def _whole(name: str, table: str, register: int, key: str = "r.id") -> Part:
    """All rows of a table, of the register with this number; written in the order of their columns, for there are many."""
    rows = f"{table} r WHERE {register} = {ANY}"
    return Part(name, str(register), key, "row_to_json(r)", rows, table, as_written=True)


REGISTERS = {"lists": 1, "units": 2}
"""What is altered as a whole: the code lists, and the tree of units with their posts."""

USER = Kind(
    name="user",
    label="account",
    source="app_user u",
    id="u.id",
    called="u.username",
    named="u.username = ANY (:names)",
    # A token of a person is made with each sign-in of a program; those of accounts without a program's token alter nothing.
    causes=actions("user.", "grant.", "token."),
    of_type="user",
    anew="u.is_demo",
    parts=(
        _own("account", "app_user", "id", ACCOUNT),
        _own("grant", "access_grant", "user_id", GRANT, later=((2, "confirmed_by"), (2, "confirmed_at"))),
        Part(
            "token",
            "r.user_id",
            "r.id",
            listed(PROGRAM, "r"),
            f"api_token r WHERE r.user_id = {ANY} AND r.scopes <> '{{}}'",
            "api_token",
            since=2,
        ),
        Part(
            "tie",
            "r.user_id",
            "r.official_id",
            listed("user_id, official_id", "r"),
            f"account_tie r WHERE r.user_id = {ANY}",
            "account_tie",
            since=2,
        ),
    ),
    since=1,
)
REGISTER = Kind(
    name="register",
    label="register",
    source="(VALUES (1::bigint, 'lists'), (2, 'units')) g (id, name)",
    id="g.id",
    called="g.name",
    named="g.name = ANY (:names)",
    causes=(A.SEED_LOAD, *actions("catalogue.", "organization.", "reorganization.")),
    events="CAST(:type AS text) IS NOT NULL AND CAST(:names AS text[]) IS NOT NULL",
    tells=lambda _: tuple(REGISTERS),
    parts=(
        _whole("list", "catalogue", REGISTERS["lists"], 'row_number() OVER (ORDER BY r.name COLLATE "C")'),
        _whole("item", "catalogue_item", REGISTERS["lists"]),
        Part(
            "unit",
            str(REGISTERS["units"]),
            "r.id",
            listed(UNIT, "r"),  # its place among the units is worked out anew when one comes
            f"organization r WHERE {REGISTERS['units']} = {ANY}",
            "organization",
        ),
        _whole("version", "organization_version", REGISTERS["units"]),
        _whole(
            "successor",
            "organization_successor",
            REGISTERS["units"],
            "row_number() OVER (ORDER BY r.predecessor_id, r.successor_id)",
        ),
        _whole("position", "position", REGISTERS["units"]),
    ),
)
KINDS = (
    USER,
    Kind(
        name="draft",
        label="draft",
        source="change c",
        id="c.id",
        called="c.uid::text",
        named=BY_UID.format("c"),
        holds="c.status <> 'approved'",  # from then on the change has its own seal
        causes=(*(one for one in actions("change.") if one != A.CHANGE_READ), A.IMPORT_UNDO),
        of_type="change",
        parts=OF_CHANGES,
    ),
    Kind(
        name="file",
        label="file",
        source="file f",
        id="f.id",
        called="f.uid::text",
        named=BY_UID.format("f"),
        causes=(A.FILE_UPLOAD,),
        of_type="file",
        parts=(_own("file", "file", "id", FILE),),
    ),
    Kind(
        name="import",
        label="import",
        source="import_file i",
        id="i.id",
        called="i.uid::text",
        named=BY_UID.format("i"),
        causes=(A.IMPORT_UPLOAD, A.IMPORT_CHECK, A.IMPORT_SUBMIT, A.IMPORT_UNDO),
        of_type="import",
        parts=(
            _own("import", "import_file", "id", IMPORT),
            Part(
                "row",
                "r.import_id",
                "r.row::bigint",
                "to_jsonb(r)",
                f"import_row r WHERE r.import_id = {ANY}",
                "import_row",
            ),
            Part(
                "finding",
                "r.import_id",
                "r.id",
                "to_jsonb(r)",
                f"import_finding r WHERE r.import_id = {ANY}",
                "import_finding",
            ),
        ),
    ),
    Kind(
        name="proposal",
        label="proposal",
        source="proposal p",
        id="p.id",
        called="p.uid::text",
        named=BY_UID.format("p"),
        causes=tuple(one for one in actions("proposal.") if one != A.PROPOSAL_READ),
        of_type="proposal",
        parts=(_own("proposal", "proposal", "id", PROPOSAL),),
    ),
    Kind(
        name="campaign",
        label="campaign",
        source="campaign k",
        id="k.id",
        called="k.uid::text",
        named=BY_UID.format("k"),
        causes=(A.CAMPAIGN_START, A.CAMPAIGN_CLOSE),
        of_type="campaign",
        parts=(_own("campaign", "campaign", "id", CAMPAIGN),),
    ),
    Kind(
        # One answer touches one person: sealed by person, since a campaign may have tens of thousands of them.
        name="review",
        label="review",
        source="(SELECT DISTINCT official_id FROM campaign_task WHERE state <> 'open') t",
        id="t.official_id",
        called="t.official_id::text",
        named="t.official_id = ANY (CAST(:names AS bigint[]))",
        causes=(A.CAMPAIGN_ANSWER,),
        events="e.official_id = ANY (CAST(:names AS bigint[]))",
        tells=lambda event: (str(event.official_id),),
        parts=(
            Part(
                "task",
                "r.official_id",
                "r.campaign_id",
                listed(TASK, "r"),
                f"campaign_task r WHERE r.official_id = {ANY} AND r.state <> 'open'",
                "campaign_task",
            ),
        ),
    ),
    REGISTER,
)
"""What lives."""
CAUSES = frozenset(action for kind in KINDS for action in kind.causes)

NOT_SEALED = {
    "campaign_task": "while open it says nothing that is not the campaign's; once answered it is sealed",
    "statistics_view": "a question that somebody keeps for themselves",
}
"""Tables, or rows of them, that no seal covers, each with the reason."""


def tables() -> frozenset[str]:
    """Every table whose rows some seal covers; kinds of facts apart."""
    parts = [*OF_CHANGES, REGISTERED, *(part for kind in KINDS for part in kind.parts)]
    return frozenset(part.table for part in parts)
