import json
import math

import pytest

from advisor.errors import InputError
from advisor.inputs.files import bounded_json
from advisor.inputs.files.bounded_json import parse_json


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_reads_what_editors_and_shells_save(encoding: str) -> None:
    text = json.dumps({"loss": [0.5, 1], "größe": None}, ensure_ascii=False)
    assert parse_json(text.encode(encoding), "h.json") == {"loss": [0.5, 1], "größe": None}


def test_reads_the_tokens_that_keras_histories_hold() -> None:
    found = parse_json(b'{"loss": [NaN, Infinity, -Infinity, 1e999]}', "h.json")
    assert isinstance(found, dict)
    assert math.isnan(found["loss"][0])
    assert found["loss"][1:] == [math.inf, -math.inf, math.inf]


def test_reads_text_beyond_the_first_plane_however_it_is_escaped() -> None:
    assert parse_json(b'["\\ud83d\\ude00"]', "h.json") == ["\N{GRINNING FACE}"]


@pytest.mark.parametrize("depth", [1, 199, 200])
def test_reads_as_deep_as_the_limit(depth: int) -> None:
    text = b"[" * depth + b"]" * depth
    assert json.dumps(parse_json(text, "c.json")).encode() == text


@pytest.mark.parametrize(
    "text",
    [b"[" * 201 + b"]" * 201, b'{"a":' * 201 + b"1" + b"}" * 201, b"[" * 100_000, b'{"a":' * 10**6],
)
def test_refuses_what_nests_deeper(text: bytes) -> None:
    with pytest.raises(InputError, match=r"^c\.json: its JSON nests deeper than 200 levels"):
        parse_json(text, "c.json")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b"{'loss': 1}", "is not valid JSON: .* at line 1, column 2"),
        (b'{"loss": [1,\n 2', "is not valid JSON: .* at line 2, column 3"),
        (b"[1] [2]", "is not valid JSON: Extra data"),
        (b'["\xff"]', "is not JSON text: invalid start byte at byte 2"),
        (b"\xff\xfe[", "is not JSON text"),
        (b'{"a": 1, "a": 2}', "the key 'a' stands twice"),
        (b'{"b": [{"\\u001b[2J": 1, "\\u001b[2J": 2}]}', r"the key '\\x1b\[2J' stands twice"),
        (b"[" + b"9" * 5000 + b"]", "holds a number that is too long"),
        (b'["\\ud800"]', "holds text that is not valid Unicode"),
        (b'{"\\uDFFF": 1}', "holds text that is not valid Unicode"),
    ],
)
def test_refuses_in_one_line(text: bytes, what: str) -> None:
    with pytest.raises(InputError, match=rf"^h\.json: {what}") as caught:
        parse_json(text, "h.json")
    assert str(caught.value).isprintable()


def test_counts_values_before_any_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_json, "MAX_VALUES", 10)
    assert parse_json(b"[0,0,0,0,0,0,0,0,0,0]", "h.json") == [0] * 10
    for text in (b"[0,0,0,0,0,0,0,0,0,0,0]", b"[[],[],[],[],[],[]]", b'[{},{},{},{},{"a":{}}]'):
        monkeypatch.setattr(json, "loads", pytest.fail)
        with pytest.raises(InputError, match="holds more than 10 JSON values"):
            parse_json(text, "h.json")
