"""Options that come from a table: a command finds their values in one parameter."""

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

Command = Callable[..., None]


def collecting(
    parameter: str, options: Sequence[inspect.Parameter], last: Sequence[inspect.Parameter] = ()
) -> Callable[[Command], Command]:
    """Give a command `options` in place of its `parameter`, and those `last` after all others.

    There it finds their values by name, None where an option was not given.
    """

    def with_options(command: Command) -> Command:
        @wraps(command)
        def called(**given: Any) -> None:
            values = {option.name: given.pop(option.name, None) for option in (*options, *last)}
            command(**given, **{parameter: values})

        signature = inspect.signature(command)
        parameters: list[inspect.Parameter] = []
        for own in signature.parameters.values():
            parameters += options if own.name == parameter else [own]
        parameters += last
        vars(called)["__signature__"] = signature.replace(parameters=parameters)
        called.__annotations__ = {option.name: option.annotation for option in parameters}
        return called

    return with_options
