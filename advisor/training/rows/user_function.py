"""`package.module:function`: the user's own code that gives the rows."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from advisor.errors import InputError


def call_function(name: str) -> object:
    """What the function returns when it is called without arguments.

    `name` is `package.module:function`; the working directory is searched first. This runs the
    user's code. Raises InputError, with the place, for anything that it raises, and if there is no
    such module or function.
    """
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise InputError(f"{name}: is neither a file nor package.module:function")
    with working_directory_on_path(), told(name):
        try:
            value: object = import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name and (module_name + ".").startswith(error.name + "."):
                raise InputError(
                    f"{name}: there is no such file, and no module {error.name!r} in {Path.cwd()}"
                    " or among the installed packages"
                ) from error
            raise
        for part in attribute.split("."):
            if not hasattr(value, part):
                raise InputError(f"{name}: {module_name} has no {attribute!r}; name a function")
            value = getattr(value, part)
        if not callable(value):
            raise InputError(
                f"{name}: is a {type(value).__name__}, not a function without arguments"
            )
        rows: object = value()
    return rows


@contextmanager
def working_directory_on_path() -> Iterator[None]:
    """Let modules of the working directory be imported in this block, before others."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        if here in sys.path:
            sys.path.remove(here)


@contextmanager
def told(name: str) -> Iterator[None]:
    """Turn whatever the user's code raises into one line with its place."""
    try:
        yield
    except InputError:
        raise
    except (Exception, SystemExit) as error:  # anything may come out of the user's own code
        frames = traceback.extract_tb(error.__traceback__)
        last = next((f for f in reversed(frames) if f.filename != __file__), None)
        place = f" at {Path(last.filename).name}, line {last.lineno}" if last else ""
        reason = " ".join(str(error).split())
        what = type(error).__name__ + (f": {reason}" if reason else "")
        raise InputError(f"{name}: raised {what}{place}") from error
