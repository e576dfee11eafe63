"""One option of a command for each setting that it takes, after the table of settings."""

import inspect
from collections.abc import Callable, Iterable
from typing import Annotated

import typer

from advisor.cli.collected_options import Command, collecting
from advisor.cli.options import one_of
from advisor.settings.table import SETTINGS, WITH_FLAG, Setting


def with_settings(names: Iterable[str] = tuple(WITH_FLAG)) -> Callable[[Command], Command]:
    """Give a command these settings' options in place of its parameter `flags`.

    It finds their values there, None where not given. Options with a heading of their own come
    after all others.
    """
    settings = [SETTINGS[name] for name in names]
    plain = [_option(setting) for setting in settings if setting.row.panel is None]
    headed = [_option(setting) for setting in settings if setting.row.panel is not None]
    return collecting("flags", plain, headed)


def _option(setting: Setting) -> inspect.Parameter:
    row, value = setting.row, setting.row.value
    option = typer.Option(
        *setting.flags,
        metavar=row.metavar,
        help=row.help,
        min=value.least,
        autocompletion=one_of(*value.words) if value.words else None,
        rich_help_panel=row.panel,
        show_default=False,
    )
    return inspect.Parameter(
        setting.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[value.flag, option],
    )
