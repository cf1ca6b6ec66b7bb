"""crosstab(): the one way to a table of statistics. Answered by PostgreSQL; another engine would stand in here.

Runs as the role that counts (registry_stats): it may read what is grouped by and summed, and no name.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, exists, func, literal, or_, select, true
from sqlalchemy.orm import Session

from registry.catalogues.lists import Item, items
from registry.changes.models import Change
from registry.errors import Flaw, Invalid
from registry.officials.models import OfficialCurrent
from registry.organizations.models import Organization
from registry.periods import AsOf
from registry.statistics.asking import WRONG, CrossTab
from registry.statistics.dimensions import DIMENSIONS, NONE, NOT_RECORDED, PLACES, Listed
from registry.statistics.measures import MEASURES, PARTS, Number, add
from registry.statistics.people import people_on, people_today
from registry.statistics.placing import places, versions
from registry.statistics.tables import Column, Key, Row, Snapshot, Table, names_of
from registry.words import Words

MOST_ROWS = 20_000
