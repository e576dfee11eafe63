"""Why Keras, TensorFlow or the user's own code failed, as a part of one line."""

import re

_COLOR = re.compile(r"\x1b\[[0-9;]*m")


def reason_of(error: BaseException, at_most: int = 300) -> str:
    """The message in at most `at_most` characters and whole words, without colors, line breaks.

    Of Keras' complaint that an object could not be deserialized, which quotes its whole config,
    the cause alone is given.
    """
    text = " ".join(_COLOR.sub("", str(error)).split())
    text = text.rpartition("Exception encountered: ")[2].partition(" Full object config")[0]
    if len(text) <= at_most:
        return text
    start = text[: at_most - 3]
    return f"{start.rpartition(' ')[0] or start[:-1]} ..."


def named_reason(error: BaseException) -> str:
    """The same after the name of the error's class, for errors that may be of any kind."""
    return f"{type(error).__name__}: {reason_of(error, 200)}"
