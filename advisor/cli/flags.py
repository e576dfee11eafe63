"""What a command was given: settings, and inputs told apart."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import UsageError
from advisor.settings.settings import Settings
from advisor.settings.sources import load_settings, with_flags

if TYPE_CHECKING:
    from advisor.inputs.kinds import InputKind


def project_settings() -> Settings:
    """The project's settings with the environment's on top."""
    return load_settings(Path.cwd(), os.environ)


def settings_with(flags: Mapping[str, object]) -> Settings:
    """The same with the flags on top, by the settings' names; None or empty means not given."""
    return with_flags(project_settings(), flags)


def inputs_by_kind(*paths: Path | None) -> "dict[InputKind, Path]":
    """The given files by kind, in whichever order they came."""
    from advisor.inputs.kinds import kind_of, refuse_a_named_model

    by_kind: dict[InputKind, Path] = {}
    for path in paths:
        if path is None:
            continue
        kind = kind_of(path)
        if kind in by_kind:
            for named in (by_kind[kind], path):
                refuse_a_named_model(named)
            raise UsageError(
                f"{by_kind[kind]} and {path} are both taken for a {kind}; give one model and one "
                "history"
            )
        by_kind[kind] = path
    return by_kind
