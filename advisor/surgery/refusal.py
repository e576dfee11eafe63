"""A change that can't be made in the file."""

from advisor.errors import AdvisorError


class EditRefused(AdvisorError):
    """Why the change can't be made in the file, in one line; `code` is Python that makes it."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code
