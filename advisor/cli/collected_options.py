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
            values = {each.name: given.pop(each.name, None) for each in (*options, *last)}
            command(**given, **{parameter: values})

        signature = inspect.signature(command)
        parameters: list[inspect.Parameter] = []
        for each in signature.parameters.values():
            parameters += options if each.name == parameter else [each]
        parameters += last
        vars(called)["__signature__"] = signature.replace(parameters=parameters)
        called.__annotations__ = {each.name: each.annotation for each in parameters}
        return called

    return with_options
