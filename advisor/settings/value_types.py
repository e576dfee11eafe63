"""The types of settings' values: how each is read, and how a flag and a keyword take it."""

from pathlib import Path
from typing import get_args

from advisor.settings import gate, readers
from advisor.settings.gate import FailLevel, FailVerdict, InconclusiveSetting
from advisor.settings.readers import PolicySetting, SplitsSetting
from advisor.settings.report_formats import FORMAT_NAMES
from advisor.settings.row import ValueType


def _word(words: tuple[str, ...], keyword: str | None = None) -> ValueType:
    return ValueType(read=readers.one_of(words), flag=str, keyword=keyword, words=words)


COUNT = ValueType(read=readers.count, flag=int, least=1, keyword="int | None")
SEED = ValueType(read=readers.seed, flag=int, keyword="int | None")
AMOUNT = ValueType(read=readers.amount, flag=float, keyword="float | None")
TRUTH = ValueType(read=readers.truth, flag=bool, keyword="bool")
TEXT = ValueType(read=readers.text, flag=str, keyword="str | None")
NAMES = ValueType(read=readers.texts, flag=list[str], keyword="Sequence[str]")
SOURCE = ValueType(read=readers.source, flag=str, keyword="object")
FOLDERS = ValueType(read=readers.folders, flag=list[Path], keyword="Sequence[str | PathLike[str]]")
DIRECTIONS = ValueType(
    read=readers.directions, flag=list[str], keyword="Mapping[str, Direction] | None"
)
REPORT_FORMAT = _word(FORMAT_NAMES)
SPLITS = _word(get_args(SplitsSetting), "SplitsSetting | None")
POLICY = _word(get_args(PolicySetting), "PolicySetting | None")

FAIL_LEVEL = _word(get_args(FailLevel))  # a separate parameter: its default is not always None
FAIL_VERDICTS = ValueType(
    read=gate.fail_verdicts,
    flag=list[str],
    keyword="Sequence[FailVerdict]",
    words=get_args(FailVerdict),
)
CAPS = ValueType(read=gate.caps, flag=list[str], keyword="Caps | None", is_merged=True)
INCONCLUSIVE = _word(get_args(InconclusiveSetting), "InconclusiveSetting | None")
REPORT_PATH = ValueType(read=gate.report_path, flag=Path, keyword="str | PathLike[str] | None")
WAIVERS = ValueType(read=gate.waivers)
