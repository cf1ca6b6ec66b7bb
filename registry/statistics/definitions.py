"""What every measure and dimension says about itself: a name, words, a unit, a legal source, a version."""

from dataclasses import dataclass

from registry.words import Words

NO_UNIT = Words("", "")


@dataclass(frozen=True, kw_only=True)
class Definition:
    """`version` rises when the meaning changes, so that two tables with one version are comparable."""

    id: str
    label: Words
    definition: Words
    source: str
    unit: Words = NO_UNIT
    version: int = 1

    def as_json(self, language: str) -> dict[str, str | int]:
        """The wire form, in one language ('vi' or 'en')."""
        return {
            "id": self.id,
            "label": self.label.said_in(language),
            "definition": self.definition.said_in(language),
            "unit": self.unit.said_in(language),
            "source": self.source,
            "version": self.version,
        }
