"""Portraits of the demo: a few neutral drawings of nobody, so that pages and forms show where a picture stands."""

import hashlib
import io
from functools import cache
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from PIL import Image, ImageDraw
from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.documents.portraits import KEPT, portrait
from registry.documents.services import keep
from seed.chance import uid_of

GROUNDS = ("#c9d6df", "#d9d3c7", "#cfd8cc", "#d6cfda")
"""The colour behind each drawing."""
FIGURE, COLLAR, SHIRT = "#5b6b78", "#e9edf0", "#44525e"
DRAWN_AT = 2
"""Drawn so many times as large as kept, for smooth edges."""


class Drawing(NamedTuple):
    """A drawing as a kept file."""

    uid: UUID
    content: bytes

    @property
    def sha256(self) -> str:
        """Its digest."""
        return hashlib.sha256(self.content).hexdigest()


@cache
def drawings(seed: int) -> tuple[Drawing, ...]:
    """The drawings of a demo."""
    return tuple(
        Drawing(UUID(str(uid_of(seed, "portrait", place))), portrait(_drawn(ground)))
        for place, ground in enumerate(GROUNDS)
    )


def _drawn(ground: str) -> bytes:
    """Head and shoulders without a face, as PNG."""
    width, height = (DRAWN_AT * side for side in KEPT)
    picture = Image.new("RGB", (width, height), ground)
    pen = ImageDraw.Draw(picture)
    middle, chin = width / 2, height * 0.56
    pen.ellipse((width * 0.02, height * 0.61, width * 0.98, height * 1.5), fill=SHIRT)
    pen.rectangle(
        (middle - width * 0.1, chin - height * 0.06, middle + width * 0.1, height * 0.66), fill=FIGURE
    )
    pen.polygon(
        [
            (middle - width * 0.16, height * 0.62),
            (middle + width * 0.16, height * 0.62),
            (middle, height * 0.76),
        ],
        fill=COLLAR,
    )
    pen.ellipse((middle - width * 0.22, height * 0.2, middle + width * 0.22, chin), fill=FIGURE)
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


def load_drawings(session: Session, seed: int, uploader: int) -> None:
    """The rows of the drawings, for facts to point at."""
    for one in drawings(seed):
        session.execute(
            text("""INSERT INTO file (uid, sha256, size, name, media_type, purpose, uploaded_by, uploaded_at)
                VALUES (:uid, :sha256, :size, 'hinh-ve-minh-hoa.jpg', 'image/jpeg', 'portrait', :uploader,
                    '2022-12-31T17:00:00Z')"""),
            {"uid": one.uid, "sha256": one.sha256, "size": len(one.content), "uploader": uploader},
        )


def keep_drawings(seed: int, root: Path) -> None:
    """The drawings themselves, where uploaded files lie."""
    for one in drawings(seed):
        keep(root, one.content)
