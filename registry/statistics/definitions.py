"""What every measure and dimension says about itself: a name, words, a unit, a legal source, a version."""

from dataclasses import dataclass

from registry.words import Words

NO_UNIT = Words("", "")
OWN = Words("Định nghĩa của hệ thống", "Defined by this system")
"""The source of what no law defines."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """`version` rises when the meaning changes, so that two tables with one version are comparable."""

    id: str
    label: Words
    definition: Words
    source: str
    unit: Words = NO_UNIT
    version: int = 1

    @property
    def told_source(self) -> Words:
        """The source for a reader: a law is called by its Vietnamese name in either language."""
        return Words(self.source, self.source.replace(OWN.vi, OWN.en))

    def as_json(self, language: str) -> dict[str, str | int]:
        """The wire form, in one language ('vi' or 'en')."""
        return {
            "id": self.id,
            "label": self.label.said_in(language),
            "definition": self.definition.said_in(language),
            "unit": self.unit.said_in(language),
            "source": self.told_source.said_in(language),
            "version": self.version,
        }
