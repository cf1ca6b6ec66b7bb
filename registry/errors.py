"""Everything a service raises on purpose. The API maps these to problem+json once, pages put them into words."""

from dataclasses import dataclass, field

from registry.words import Words


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with an input: `path` is where (JSON path or column), `code` is stable for programs."""

    path: str
    code: str
    message: Words


@dataclass
class RegistryError(Exception):
    """Base of all purposeful errors: what is wrong, what to do, and where."""

    message: Words
    code: str = "error"
    flaws: list[Flaw] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.code}: {self.message.en}"


class NotFound(RegistryError):
    """Not there, or not visible to the actor: both read the same."""


class Forbidden(RegistryError):
    """The actor may not do this at all; says nothing about whether the object exists."""


class Unauthenticated(RegistryError):
    """Nobody is signed in, or the credentials are wrong."""


class Invalid(RegistryError):
    """The input is wrong; `flaws` names every place."""


class Conflict(RegistryError):
    """The input is right by itself but does not agree with what is recorded."""


class Stale(RegistryError):
    """What the actor saw is no longer what is there."""


class PreconditionMissing(RegistryError):
    """A version (If-Match) is needed for this call."""


@dataclass
class TooMany(RegistryError):
    """Tried too often; `retry_after` seconds from now it may be tried again."""

    retry_after: int = 60


class Unavailable(RegistryError):
    """Cannot be done now, for instance because the read log cannot be written."""


NOT_FOUND = Words(
    "Không có nội dung này, hoặc bạn không được xem.",
    "This is not here, or not yours to see.",
)


def not_found() -> NotFound:
    """The one answer for 'not there' and 'not yours'."""
    return NotFound(NOT_FOUND, "not_found")
