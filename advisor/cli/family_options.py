"""One option of a command for each family of regularization, after the table of families."""

import inspect
from typing import Annotated

import typer

from advisor.regularization import FAMILIES, SPECS, Family


def flags() -> str:
    """`--l1, --l2, --dropout`."""
    return ", ".join(f"--{family}" for family in FAMILIES)


def family_options(panel: str) -> list[inspect.Parameter]:
    """A strength for each family."""
    return [_option(family, panel) for family in FAMILIES]


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
