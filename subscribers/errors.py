"""Every error a caller of the subscriber store can meet.

SubscribersError
├── InvalidAddressError       text that is no email address; says why
├── InvalidValueError         a name, language, tag or field that cannot be kept; says why
│   └── SegmentError          a rule that picks people cannot be read; names the column
├── UnknownSubscriberError    nobody is known by that address
├── ForbiddenChangeError      a subscription may not change that way
├── InvalidTokenError         a link that this installation did not make
└── ImportFileError           a file cannot be read as a list of people; names line and column
"""


class SubscribersError(Exception):
    """The root of the tree."""


class InvalidAddressError(SubscribersError, ValueError):
    """The text is no email address."""


class InvalidValueError(SubscribersError, ValueError):
    """Something told of a person, or of his consent, cannot be kept."""


class SegmentError(InvalidValueError):
    """The text is no segment.

    Attributes:
        text: What was written.
        column: Where in it, from 1; one past its end when something is missing there.
        reason: What is wrong there and what is expected.
    """

    def __init__(self, text: str, column: int, reason: str) -> None:
        super().__init__(f"column {column}: {reason}")
        self.text = text
        self.column = column
        self.reason = reason


class UnknownSubscriberError(SubscribersError, LookupError):
    """Nobody is known by that address."""


class ForbiddenChangeError(SubscribersError, ValueError):
    """A subscription in this state may not change that way."""


class InvalidTokenError(SubscribersError, ValueError):
    """The token was not made by this installation, or for another purpose."""


class ImportFileError(SubscribersError, ValueError):
    """The file cannot be read as a list of people."""
