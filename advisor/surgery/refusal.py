"""A change that can't be made in the file."""

from advisor.errors import AdvisorError


class EditRefused(AdvisorError):
    """Why the file can't hold the change, as one line; `code` is Python that makes it instead."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code
