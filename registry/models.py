"""Imports every table once, so that `metadata` is whole for migrations, checks and tools."""

from registry.access import models as access
from registry.audit import models as audit
from registry.bulk import models as bulk
from registry.campaigns import models as campaigns
from registry.catalogues import models as catalogues
from registry.changes import models as changes
from registry.db import metadata
from registry.dictionary import models as dictionary
from registry.documents import models as documents
from registry.explorer import models as explorer
from registry.law import models as law
from registry.officials import models as officials
from registry.organizations import models as organizations
from registry.proposals import models as proposals
from registry.quality import models as quality
from registry.statistics import models as statistics

__all__ = [
    "access",
    "audit",
    "bulk",
    "campaigns",
    "catalogues",
    "changes",
    "dictionary",
    "documents",
    "explorer",
    "law",
    "metadata",
    "officials",
    "organizations",
    "proposals",
    "quality",
    "statistics",
]
