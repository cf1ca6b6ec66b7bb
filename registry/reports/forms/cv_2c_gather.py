"""Form 2C, gathering half: the form asks nothing beyond what every form does."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from registry.access.permissions import Sensitivity
from registry.periods import AsOf
from registry.reports.forms.cv_2c import Form2C
from registry.reports.forms.gathering import read, read_many, told


def gather(
    session: Session, official_id: int, as_of: AsOf, classes: frozenset[Sensitivity], files: Path
) -> Form2C:
    """Everything form 2C says of one person on `as_of`. Raises NotFound like `get_record`."""
    return Form2C(**told(read(session, official_id, as_of, classes, files)))


def gather_many(
    session: Session, officials: list[int], as_of: AsOf, classes: frozenset[Sensitivity], files: Path
) -> Iterator[Form2C]:
    """The same of some people in their order, gathered at once: three statements for all."""
    for of in read_many(session, officials, as_of, classes, files):
        yield Form2C(**told(of))
