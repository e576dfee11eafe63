"""The marker `tensorflow`: it tells the tests that need TensorFlow or Keras from the quick ones.

A test carries it by its module's `pytestmark`, by its own decorator, or because it uses one of
`FIXTURES`. A test or a module without it fails as soon as it imports either package, in every run,
so that `pytest -m "not tensorflow"` stays quick.
"""

import re
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from pathlib import Path

import pytest

HEAVY = ("tensorflow", "keras")
FIXTURES = frozenset({"demo"})  # what they give was trained
QUICK = "not tensorflow"  # as `-m` has it
_MARKED_MODULE = re.compile(r"^pytestmark = \[?\s*pytest\.mark\.tensorflow\b", re.MULTILINE)


class _Refusal(MetaPathFinder):
    """Fails the test that imports what only marked tests may import."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname in HEAVY:
            pytest.fail(f"imports {fullname} without the marker: pytest.mark.tensorflow")


@contextmanager
def without_tensorflow() -> Iterator[None]:
    """Nothing imports TensorFlow or Keras within; what a test before has imported is put away."""
    loaded = {name: sys.modules.pop(name) for name in HEAVY if name in sys.modules}
    refusal = _Refusal()
    sys.meta_path.insert(0, refusal)
    try:
        yield
    finally:
        sys.meta_path.remove(refusal)
        sys.modules.update(loaded)


def is_marked(module: Path) -> bool:
    """True if every test of the module carries the marker."""
    return bool(_MARKED_MODULE.search(module.read_text(encoding="utf-8")))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave marked modules unread where only the quick tests are to run: reading takes seconds."""
    if config.option.markexpr != QUICK or collection_path.suffix != ".py":
        return None
    return True if is_marked(collection_path) else None


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Read a module without the marker, which may not import TensorFlow at its top."""
    if not isinstance(collector, pytest.Module) or is_marked(collector.path):
        return (yield)
    with without_tensorflow():
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark the tests that use a fixture which trains."""
    for item in items:
        if FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.tensorflow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run a test without the marker, with its fixtures, where nothing imports TensorFlow."""
    if item.get_closest_marker("tensorflow"):
        return (yield)
    with without_tensorflow():
        return (yield)
