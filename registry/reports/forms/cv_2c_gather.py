"""Form 2C, gathering half: the form asks nothing beyond what every form does."""

from sqlalchemy.orm import Session

from registry.access.permissions import Sensitivity
from registry.periods import AsOf
from registry.reports.forms.cv_2c import Form2C
from registry.reports.forms.gathering import read, told


def gather(session: Session, official_id: int, as_of: AsOf, classes: frozenset[Sensitivity]) -> Form2C:
    """Everything form 2C says of one person on `as_of`. Raises NotFound like `get_record`."""
    return Form2C(**told(read(session, official_id, as_of, classes)))
