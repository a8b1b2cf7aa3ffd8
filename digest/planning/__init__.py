"""What the next issue of a briefing is made of, who gets what of it, and when.

Composing makes issues of it, and reports tell of it: both ask the same functions.
"""

from digest.planning.localtime import due_by_zone, earliest
from digest.planning.naming import article_called
from digest.planning.reading import Material, arrangement_of, cadences_of, exceptions, read
from digest.planning.variants import Kind, Sorter, Sorting, Special, name_of

__all__ = [
    "Kind",
    "Material",
    "Sorter",
    "Sorting",
    "Special",
    "arrangement_of",
    "article_called",
    "cadences_of",
    "due_by_zone",
    "earliest",
    "exceptions",
    "name_of",
    "read",
]
