"""Why Keras, TensorFlow or the user's own code failed, as a part of one line."""

import re

_COLOR = re.compile(r"\x1b\[[0-9;]*m")


def reason_of(error: BaseException, at_most: int = 300) -> str:
    """The first `at_most` characters of the message, without colors and line breaks."""
    return " ".join(_COLOR.sub("", str(error)).split())[:at_most]


def named_reason(error: BaseException) -> str:
    """The same behind the name of the error's class, for errors that may be of any kind."""
    return f"{type(error).__name__}: {reason_of(error, 200)}"
