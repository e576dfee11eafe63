"""One option of a command for each family of regularization, after the table of families."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from advisor.regularization import FAMILIES, SPECS, Family

_PARAMETER = "by_hand"


def flags() -> str:
    """`--l1, --l2, --dropout`."""
    return ", ".join(f"--{family}" for family in FAMILIES)


def with_family_options(panel: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command options in place of its parameter `by_hand`, where it finds their values.

    It maps each family to a strength, None where the option was not given.
    """

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def called(**given: Any) -> None:
            by_hand = {family: given.pop(family) for family in FAMILIES}
            command(**given, **{_PARAMETER: by_hand})

        signature = inspect.signature(command)
        parameters: list[inspect.Parameter] = []
        for parameter in signature.parameters.values():
            if parameter.name == _PARAMETER:
                parameters += (_option(family, panel) for family in FAMILIES)
            else:
                parameters.append(parameter)
        vars(called)["__signature__"] = signature.replace(parameters=parameters)
        called.__annotations__ = {each.name: each.annotation for each in parameters}
        return called

    return with_options


def _option(family: Family, panel: str) -> inspect.Parameter:
    spec = SPECS[family]
    what = f"{spec.label[0].upper()}{spec.label[1:]} {spec.quantity}"
    option = typer.Option(
        f"--{family}",
        metavar="R" if spec.quantity == "rate" else "X",
        help=f"{what}; 0 removes it.",
        rich_help_panel=panel,
    )
    return inspect.Parameter(
        family,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[float | None, option],
    )
