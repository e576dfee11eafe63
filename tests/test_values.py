"""The quick dataclasses behave as those of `dataclasses` do."""

import dataclasses
import inspect
import typing
from dataclasses import FrozenInstanceError, asdict, field, fields, replace

import numpy as np
import pytest

from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Point:
    x: int
    y: int = 2
    tags: list[str] = field(default_factory=list)
    note: str = field(default="", repr=False, compare=False)

    @property
    def total(self) -> int:
        return self.x + self.y


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plain:
    x: int
    y: int = 2
    tags: list[str] = field(default_factory=list)
    note: str = field(default="", repr=False, compare=False)


def test_fields_take_what_is_given_or_their_defaults():
    assert (Point(x=1).x, Point(x=1).y, Point(x=1, y=5).y, Point(x=1).total) == (1, 2, 5, 3)
    first, second = Point(x=1), Point(x=1)
    first.tags.append("a")
    assert second.tags == []  # each has a list of its own


def test_fields_representation_replace_and_asdict_are_those_of_dataclasses():
    given = {"x": 1, "tags": ["a"], "note": "n"}
    assert [each.name for each in fields(Point)] == [each.name for each in fields(Plain)]
    assert repr(Point(**given)) == repr(Plain(**given)).replace("Plain", "Point")
    assert asdict(Point(**given)) == asdict(Plain(**given))
    assert asdict(replace(Point(**given), y=7)) == asdict(replace(Plain(**given), y=7))


def test_equality_and_hash_go_by_the_compared_fields_and_the_class():
    assert Point(x=1, note="a") == Point(x=1, note="b")
    assert Point(x=1) != Point(x=3)
    assert Point(x=1) != Plain(x=1)

    @dataclass(frozen=True, kw_only=True)
    class Key:
        name: str

    assert {Key(name="a"), Key(name="a"), Key(name="b")} == {Key(name="b"), Key(name="a")}


def test_a_value_is_frozen():
    point = Point(x=1)
    with pytest.raises(FrozenInstanceError, match="'x'"):
        point.x = 2
    with pytest.raises(FrozenInstanceError, match="'x'"):
        del point.x
    assert point.x == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [({}, "needs x$"), ({"x": 1, "z": 3}, "no field z")],
)
def test_wrong_arguments_are_refused(given: dict[str, int], message: str):
    with pytest.raises(TypeError, match=f"Point .*{message}"):
        Point(**given)
    with pytest.raises(TypeError):
        Point(1)


def test_signature_and_annotations_are_those_of_dataclasses():
    assert str(inspect.signature(Point)) == str(inspect.signature(Plain))
    assert typing.get_type_hints(Point.__init__) == typing.get_type_hints(Plain.__init__)
    keyword_only = inspect.Parameter.KEYWORD_ONLY
    assert {each.kind for each in inspect.signature(Point).parameters.values()} == {keyword_only}


def test_a_subclass_shows_its_own_fields():
    @dataclass(frozen=True, kw_only=True)
    class Named(Point):
        name: str

    assert list(inspect.signature(Named).parameters) == ["x", "y", "tags", "note", "name"]
    assert Named.__init__.__annotations__.keys() >= {"x", "name"}


def test_a_class_may_show_itself_in_its_own_words():
    @dataclass(frozen=True, kw_only=True)
    class Brief(Point):
        def __repr__(self) -> str:
            return "brief"

    @dataclass(frozen=True, kw_only=True)
    class Plainer(Brief):
        pass

    assert repr(Brief(x=1)) == "brief"
    assert repr(Plainer(x=1)).startswith("test_a_class_may_show")
    assert Brief(x=1) == Brief(x=1)


def test_other_kinds_of_dataclasses_are_refused():
    with pytest.raises(TypeError, match="frozen, keyword-only"):
        dataclass(frozen=False, kw_only=True)


@dataclass(frozen=True, kw_only=True)
class Run:
    losses: dict[str, tuple[float, ...]]
    text: str = ""
    inner: object = None


def test_long_values_are_cut_in_a_representation():
    run = Run(losses={"loss": tuple(map(float, range(1000)))}, text="a" * 5000)
    assert repr(run) == (
        f"Run(losses={{'loss': (0.0, 1.0, 2.0, ... 997 more)}}, text='{'a' * 80}'..., inner=None)"
    )
    many = Run(losses={}, inner=[Run(losses={}, inner=run) for _ in range(9)])
    assert repr(many).endswith("inner=[Run(...), Run(...), Run(...), ... 6 more])")
    assert "inner=Run(losses={}, text='', inner=Run(...))" in repr(
        Run(losses={}, inner=Run(losses={}, inner=run))
    )


def test_arrays_are_named_by_their_shape():
    assert "inner=<ndarray of shape (300, 64)>" in repr(Run(losses={}, inner=np.zeros((300, 64))))
