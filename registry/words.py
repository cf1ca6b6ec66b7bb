"""Words for people: every sentence the registry says, in Vietnamese and in English."""

from typing import NamedTuple


class Words(NamedTuple):
    """One sentence in both languages; `vi` is the original, `en` the translation."""

    vi: str
    en: str

    def said_in(self, language: str) -> str:
        """The sentence in `language` ('vi' or 'en'); anything else reads Vietnamese."""
        return self.en if language == "en" else self.vi
