"""The errors of the protocol (section 3.6). Several can be raised at once, as an ``OAIErrors``."""

import dataclasses

#: Every code that an error can have.
CODES = (
    "badArgument",
    "badResumptionToken",
    "badVerb",
    "cannotDisseminateFormat",
    "idDoesNotExist",
    "noMetadataFormats",
    "noRecordsMatch",
    "noSetHierarchy",
)


@dataclasses.dataclass(frozen=True)
class OAIError:
    """One error element: its code and a message for people."""

    code: str
    message: str

    @property
    def hides_arguments(self) -> bool:
        """Whether the response's request element then tells no arguments (section 3.2)."""
        return self.code in ("badVerb", "badArgument")


class OAIErrors(Exception):
    """A request that is answered with errors.

    Attributes:
        errors: all of them.
        response_date: the responseDate in seconds since 1970, if the errors tell what was looked at: harvesters take
            an empty list for one that is complete, and go on from its responseDate. ``None``: any will do.
    """

    def __init__(self, *errors: OAIError, response_date: int | None = None) -> None:
        super().__init__(*errors)
        self.errors = errors
        self.response_date = response_date


class NotReady(Exception):
    """The repository cannot answer yet; the message says why, ``retry_after`` in how many seconds it may."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
