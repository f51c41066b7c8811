"""Titles as catalogues want them: what is not sorted by, and the subtitle."""

import dataclasses

from ..metadata import Structured

#: Articles that a title in a language cannot begin with unless they are articles.
_ARTICLES = {"en": ("The ",), "fr": ("Le ", "La ", "Les ")}


@dataclasses.dataclass(frozen=True)
class Title:
    """Attributes:
    main: the title proper.
    rest: what comes behind `` : ``, the sign of ISBD for it.
    nonfiling: how many characters at the start are not sorted by.
    """

    main: str
    rest: str
    nonfiling: int

    @property
    def article(self) -> str:
        """What is not sorted by, with the blank behind it."""
        return self.main[: self.nonfiling]

    @property
    def sorted_by(self) -> str:
        """The title proper without it."""
        return self.main[self.nonfiling :]


def split_title(value: str | Structured) -> Title:
    """Return the parts of a title; an article is told only where the language is said and leaves no doubt."""
    main, _, rest = " ".join(str(value).split()).partition(" : ")
    language = getattr(value, "lang", "").partition("-")[0].lower()
    article = next((one for one in _ARTICLES.get(language, ()) if main.startswith(one)), "")
    return Title(main, rest, len(article))
