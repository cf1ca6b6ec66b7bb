"""How a post is called, on pages and on paper."""

import re

_LEVEL = re.compile(r"\s*\([^()]*\)$")
"""What the list of positions adds in brackets tells apart by level what the unit's name tells already."""
GENERAL = "don_vi_su_nghiep_"
"""Keys of the positions of public service units, which name the head of whatever unit."""


def post_words(key: str | None, position: str, job: str | None) -> str:
    """Of the name of a position and the job position of an appointment the one that says more in fewer words.

    'Giám đốc' and not 'Người đứng đầu … ĐVSNCL'; 'Trưởng phòng' and not 'Trưởng phòng (cấp tỉnh)'. '' for neither.
    """
    position = _LEVEL.sub("", position)
    if position and job and ((key or "").startswith(GENERAL) or position.startswith(job)):
        return job
    return position or job or ""
