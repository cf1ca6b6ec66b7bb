"""The second factor once more, before what a session left open must not be enough for.

Approving a change, confirming a right or a token, deciding on a recovery, fetching the trail: each service asks it itself. An account
without a second factor is not asked (whether it needs one is another rule); commands and jobs are not either.
"""

from datetime import timedelta

from registry.access.actor import Actor
from registry.errors import Flaw, Unauthenticated
from registry.words import Words

LASTS = timedelta(minutes=10)
"""How long a second factor given counts for what follows; registry.access.queries asks by it."""
AGAIN = "second_factor_again"
WORDS = Words(
    "Việc này cần xác thực lại. Chương trình: gửi otp tới POST /api/v1/me/second-factor rồi gửi lại yêu cầu này.",
    "This needs the second factor again. Programs: send otp to POST /api/v1/me/second-factor, then this request once more.",
)


def require_recent(actor: Actor) -> None:
    """Raise Unauthenticated when the account has a second factor that was not given lately in this session."""
    if actor.proof_due:
        raise Unauthenticated(WORDS, AGAIN, [Flaw("otp", "required", WORDS)])
