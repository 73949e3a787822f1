"""What a person is told of a file that cannot be used: file, place and remedy, and never what it holds."""

from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field, field_validator, model_validator

from sts_rigs.errors import FileFault
from sts_rigs.files.toml import FileSection, load_toml

SECRET = "6f0c0ffee1234567"  # noqa: S105 - a stand-in
GOOD = 'name = "one"\ncolour = "red"\n[key]\nfile = "a"\n'


class KeySection(FileSection):
    file: str = Field(description="where the key is")
    bits: int = Field(default=64, ge=8)

    @field_validator("file")
    @classmethod
    def _is_short(cls, value: str) -> str:
        if len(value) > 100:
            raise ValueError("keep it shorter than 100 characters")
        return value


class ThingFile(FileSection):
    name: str
    colour: Literal["red", "green"]
    key: KeySection
    keys: list[KeySection] = Field(default_factory=list)
    spare: Literal["none"] | KeySection = "none"
    is_new: bool = False
    length: float = 1.0

    @model_validator(mode="after")
    def _is_short_and_new(self) -> "ThingFile":
        if self.is_new and self.length > 10:
            raise ValueError("a new thing is 10 long at most")
        return self


def load(folder: Path, content: str | bytes) -> ThingFile:
    path = folder / "thing.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_toml(path, ThingFile)


def reasons(folder: Path, content: str | bytes) -> list[str]:
    with pytest.raises(FileFault) as caught:
        load(folder, content)
    lines = str(caught.value).splitlines()
    prefix = f"{folder / 'thing.toml'}: "
    assert all(line.startswith(prefix) for line in lines)
    return [line.removeprefix(prefix) for line in lines]


def test_a_good_file_is_read_with_its_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD) == ThingFile(name="one", colour="red", key=KeySection(file="a"))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('name = "one"', "", "name is not answered: add it"),
        ('file = "a"', "", "key.file is not answered: add it (where the key is)"),
        ('[key]\nfile = "a"', "", "key is not answered: add it"),
        ("name =", "nmae = 1\nname =", "nmae is not known: did you mean 'name'?"),
        ("file =", "fil = 1\nfile =", "key.fil is not known: did you mean 'file'?"),
        ("file =", "qqq = 1\nfile =", "key.qqq is not known: known here: file, bits"),
        ("name =", "[kye]\nname =", "kye is not known: did you mean 'key'?"),
        ('"one"', "1", "name should be a valid string"),
        ('"one"', "true", "name should be a valid string"),
        ("[key]", 'is_new = "yes"\n[key]', "is_new should be a valid boolean"),
        ("[key]", "is_new = 1\n[key]", "is_new should be a valid boolean"),
        ("[key]", 'length = "3"\n[key]', "length should be a valid number"),
        ('file = "a"', 'file = "a"\nbits = 64.5', "key.bits should be a valid integer"),
        ('file = "a"', 'file = "a"\nbits = "64"', "key.bits should be a valid integer"),
        ('file = "a"', 'file = "a"\nbits = 7', "key.bits should be greater than or equal to 8"),
        ('"red"', '"blue"', "colour should be 'red' or 'green'"),
        ('[key]\nfile = "a"', "key = 5", "key should be a table"),
        ('"a"', f'"{"a" * 101}"', "key.file: keep it shorter than 100 characters"),
        ("[key]", "keys = 7\n[key]", "keys should be a valid list"),
        ("[key]", 'keys = [{ file = "b" }, { file = 7 }]\n[key]', "keys.1.file should be a valid string"),
        ("[key]", 'keys = [{ file = "b", fil = 7 }]\n[key]', "keys.0.fil is not known: did you mean 'file'?"),
        ("[key]", "keys = [{ bits = 9 }]\n[key]", "keys.0.file is not answered: add it (where the key is)"),
        ("[key]", "is_new = true\nlength = 11.0\n[key]", "the file: a new thing is 10 long at most"),
    ],
)
def test_each_mistake_is_told_with_its_place_and_its_mend(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert GOOD.count(old) == 1
    assert reason in reasons(tmp_path, GOOD.replace(old, new))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('spare = "non"', ["spare should be 'none'", "spare should be a table"]),
        (
            'spare = { file = "a", fil = 1 }',
            ["spare should be 'none'", "spare.fil is not known: did you mean 'file'?"],
        ),
        ("spare = { file = 7 }", ["spare should be 'none'", "spare.file should be a valid string"]),
        ("spare = {}", ["spare should be 'none'", "spare.file is not answered: add it (where the key is)"]),
    ],
)
def test_a_value_of_two_kinds_is_named_as_it_is_written_in_the_file(
    tmp_path: Path, line: str, expected: list[str]
) -> None:
    assert reasons(tmp_path, GOOD.replace("[key]", f"{line}\n[key]")) == expected


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    assert len(reasons(tmp_path, 'colour = "blue"\nsize = 3\n[key]\nbits = 7\n')) == 5


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("name = \n", "(at line 1, column 8)"),
        ('name = "one"\ncolour = red\n', "(at line 2, column 10)"),
        ('name = "one"\nname = "two"\n', "Cannot overwrite a value"),
        ("[key\n", "(at line 1, column 5)"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path, content: str, place: str) -> None:
    (reason,) = reasons(tmp_path, content)
    assert reason.startswith("it is not valid TOML: ")
    assert place in reason


@pytest.mark.parametrize("content", [b"name = '\xe9'\n", GOOD.encode("utf-16")])
def test_what_is_not_utf_8_is_told(tmp_path: Path, content: bytes) -> None:
    assert reasons(tmp_path, content) == ["it is not UTF-8 text: save it as UTF-8"]


def test_a_byte_order_mark_as_windows_editors_write_it_is_no_mistake(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD.encode("utf-8-sig")).name == "one"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileFault, match=r"none\.toml: there is no such file: check the path"):
        load_toml(tmp_path / "none.toml", ThingFile)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileFault, match="it is a folder: name a file in it"):
        load_toml(tmp_path, ThingFile)


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")])
def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def refuse(*_: object) -> str:
        raise error

    monkeypatch.setattr("sts62055.untrusted.files.open_file", refuse)
    with pytest.raises(FileFault, match=rf"it cannot be read \({error.strerror}\): check its permissions"):
        load_toml(tmp_path / "thing.toml", ThingFile)


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace('"one"', f"0x{SECRET}"),
        GOOD.replace('"red"', f'"{SECRET}"'),
        GOOD.replace('"a"', f'["{SECRET}"]'),
        GOOD.replace('"a"', f'"{SECRET * 7}"'),
        GOOD.replace('"a"', f'"a"\nbytes = "{SECRET}"'),
        GOOD.replace('"a"', f'"a"\nbits = "{SECRET}"'),
        GOOD.replace('[key]\nfile = "a"', f'key = "{SECRET}"'),
        GOOD.replace('"a"', f'"{SECRET}\n'),
        GOOD.replace('"a"', f"{SECRET}"),
    ],
)
def test_no_message_repeats_what_the_file_holds(tmp_path: Path, content: str) -> None:
    with pytest.raises(FileFault) as caught:
        load(tmp_path, content)
    assert SECRET not in str(caught.value)
    assert str(int(SECRET, 16)) not in str(caught.value)
    assert caught.value.__suppress_context__


def test_pydantic_itself_does_not_repeat_it_either() -> None:
    with pytest.raises(ValueError, match="should be a valid string") as caught:
        KeySection.model_validate({"file": [SECRET]})
    assert SECRET not in str(caught.value)


def test_what_was_read_cannot_be_changed(tmp_path: Path) -> None:
    thing = load(tmp_path, GOOD)
    with pytest.raises(ValueError, match="frozen"):
        thing.name = "two"  # type: ignore[misc]
