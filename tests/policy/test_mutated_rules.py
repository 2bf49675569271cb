"""Rule files with one mistake: a message at the place of the mistake, never a traceback, whatever the mistake is."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

import pytest

from dyncheck.engine import judge
from dyncheck.errors import RuleError
from dyncheck.examples import read_example
from dyncheck.model import Resource
from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.documents import read_document
from dyncheck.policy.examples import texts
from dyncheck.policy.program import RuleProgram
from dyncheck.policy.rule import Outcome
from dyncheck.policy.selection import Selection
from dyncheck.policy.shipped import SOURCE
from dyncheck.policy.source import check_rule

PATHS = sorted(path for path in SOURCE.glob("*/*.yaml") if path.parent.name != "packs")
TEXTS = {f"{path.parent.name}/{path.stem}": path.read_text(encoding="utf-8") for path in PATHS}
SOME = dict(list(TEXTS.items())[::4])

KEY = re.compile(r"(?P<name>[a-z_]+):", re.ASCII)
LOGIC = re.compile(r"\s*(?:- )?(?:when|check|each|locate|message|amount):")
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")

BEYOND_DATA = (
    *("&a ", "*a ", "!!python/object/apply:os.system [id] ", "!include /etc/passwd ", "<<: *a ", "\x00"),
    *("{", "[", "]", '"', "? ", "@", "%", "`"),
)
YAML_SIGNS = ("\t", "---", "...", "'", "#", *BEYOND_DATA)
VALUES = (
    "null",
    "~",
    "true",
    "[]",
    "{}",
    "[[1]]",
    "{a: {b: c}}",
    "1e999",
    ".nan",
    "9" * 40,
    "2026-01-01",
    '""',
    "|",
    ">",
)
TOKENS = (
    *(
        "&&",
        "||",
        "!",
        "==",
        "<",
        "+",
        "-",
        "*",
        "/",
        "%",
        " in ",
        "?",
        ":",
        "(",
        ")",
        "[0]",
        '"',
        "\\",
        "null",
        "1.5",
        "''",
    ),
    *(
        ".size()",
        ".exists(x, x)",
        ".all(x, x)",
        ".map(x, x)",
        '.matches("(")',
        '.join(",")',
        "table",
        "params",
        "known(",
    ),
    *("{", "}", "{{", "${", "9223372036854775808", "\u00b2", "\x7f", "é"),
)


def mistakes(text: str) -> list[RuleError]:
    try:
        return check_rule(read_document(text, "rule.yaml"))[1]
    except RuleError as error:
        return [error]


def assert_placed(errors: Sequence[RuleError], text: str) -> None:
    """Every error has one line of text, and a place in the file (or directly behind its end)."""
    lines = [*LINE_BREAK.split(text), ""]
    for error in errors:
        assert error.path == "rule.yaml"
        assert error.message
        assert "\n" not in error.message
        assert 1 <= error.line <= len(lines), str(error)
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1, str(error)


def top_level(text: str) -> Iterator[tuple[int, str]]:
    """The keys of a rule with their line numbers, from 1."""
    for number, line in enumerate(text.splitlines(), start=1):
        match = KEY.match(line)
        if match is not None:
            yield number, match["name"]


def with_line(text: str, number: int, line: str) -> str:
    lines = text.split("\n")
    lines[number - 1] = line
    return "\n".join(lines)


@pytest.mark.parametrize("name", TEXTS)
def test_a_misspelt_field_is_named_at_its_key_with_what_is_meant(name: str) -> None:
    text = TEXTS[name]
    for number, key in top_level(text):
        line = text.split("\n")[number - 1]
        if len(key) < 4:
            continue
        wrong = key[:2] + key[3:]
        errors = mistakes(with_line(text, number, line.replace(key, wrong, 1)))
        assert (number, 1, f"{wrong}: no such field, did you mean {key}?") in [
            (error.line, error.column, error.message) for error in errors
        ]


@pytest.mark.parametrize("name", TEXTS)
def test_a_field_that_stands_twice_is_named_at_the_second(name: str) -> None:
    text = TEXTS[name]
    for _, key in top_level(text):
        end = text.rstrip("\n").count("\n") + 2
        (error,) = mistakes(f"{text.rstrip()}\n{key}: x\n")
        assert (error.line, error.column, error.message) == (end, 1, f"{key}: the key is here twice")


@pytest.mark.parametrize("name", SOME)
def test_a_value_of_another_kind_is_named_where_it_stands(name: str) -> None:
    text = TEXTS[name]
    numbers = [number for number, _ in top_level(text)] + [text.count("\n") + 1]
    lines = text.split("\n")
    for (number, key), end in zip(top_level(text), numbers[1:], strict=True):
        for value in ("{a: 1}", "[[1]]", "12", "null"):
            mutated = "\n".join([*lines[: number - 1], f"{key}: {value}", *lines[end - 1 :]])
            errors = mistakes(mutated)
            assert errors, f"{key}: {value}"
            assert number in [error.line for error in errors], f"{key}: {value}"
            assert_placed(errors, mutated)


@pytest.mark.parametrize("sign", BEYOND_DATA)
def test_what_yaml_has_beyond_data_is_refused_where_it_stands(sign: str) -> None:
    for text in SOME.values():
        lines = text.split("\n")
        for number, key in [*top_level(text)][:6]:
            mutated = with_line(text, number, f"{key}: {sign}{lines[number - 1][len(key) + 1 :]}")
            errors = mistakes(mutated)
            assert errors
            assert_placed(errors, mutated)
            assert min(error.line for error in errors) >= number


@pytest.mark.parametrize("start", ["\t", "--- ", "\x00", "%YAML 9.9\n", "@", "`"])
def test_what_yaml_refuses_at_the_start_of_a_line_is_refused_there(start: str) -> None:
    for text in SOME.values():
        for number, _ in [*top_level(text)][1:6]:
            mutated = with_line(text, number, start + text.split("\n")[number - 1])
            errors = mistakes(mutated)
            assert errors
            assert_placed(errors, mutated)
            assert min(error.line for error in errors) >= number - 1


def cut(text: str) -> Iterator[str]:
    """The rule with one line of its logic cut off behind each of its words."""
    lines = text.split("\n")
    first = next(number for number, line in enumerate(lines, start=1) if LOGIC.match(line))
    last = next(number for number, line in enumerate(lines, start=1) if line.startswith("description:"))
    for number in range(first, last):
        for match in re.finditer(r"\b", lines[number - 1]):
            yield with_line(text, number, lines[number - 1][: match.start()])


@pytest.mark.parametrize("name", SOME)
def test_an_expression_that_is_cut_off_is_sound_or_named_at_its_place(name: str) -> None:
    refused = 0
    for mutated in cut(TEXTS[name]):
        errors = mistakes(mutated)
        refused += bool(errors)
        assert_placed(errors, mutated)
    assert refused


def resources_of(program: RuleProgram) -> list[Resource]:
    example = program.rule.examples.unknown[0] if program.rule.examples.unknown else program.rule.examples.fail[0]
    return [item for text in texts(example)[:1] for item in read_example(text.files(), text.region)]


@pytest.mark.parametrize("name", SOME)
def test_a_changed_expression_is_refused_at_a_place_or_judges_without_breaking(name: str) -> None:
    text = TEXTS[name]
    sound, _ = check_rule(read_document(text, "rule.yaml"))
    assert sound is not None
    resources = resources_of(sound)
    numbers = random.Random(name)
    lines = text.split("\n")
    first = next(number for number, line in enumerate(lines, start=1) if LOGIC.match(line))
    last = next(number for number, line in enumerate(lines, start=1) if line.startswith("description:"))
    for _ in range(60):
        number = numbers.randrange(first, last)
        words = re.findall(r"\s+|\w+|\W", lines[number - 1])
        words[numbers.randrange(len(words)) : numbers.randrange(len(words) + 1)] = [numbers.choice(TOKENS)]
        mutated = with_line(text, number, "".join(words))
        try:
            program, errors = check_rule(read_document(mutated, "rule.yaml"))
        except RuleError as error:
            program, errors = None, [error]
        assert_placed(errors, mutated)
        assert (program is None) == bool(errors)
        if program is not None:
            verdicts = [item for one in resources for item in judge(one, Selection([CompiledRule(program)]))]
            assert all(isinstance(verdict.outcome, Outcome) for verdict in verdicts)


def spoil(text: str, numbers: random.Random) -> str:
    """The text with one mistake that a hand or a machine may make anywhere."""
    lines = text.split("\n")
    number = numbers.randrange(len(lines))
    line = lines[number]
    at = numbers.randrange(len(line) + 1)
    kind = numbers.randrange(9)
    if kind == 0:
        del lines[number]
    elif kind == 1:
        lines.insert(number, line)
    elif kind == 2:
        lines[number] = line[:at] + numbers.choice((*YAML_SIGNS, *TOKENS)) + line[at:]
    elif kind == 3:
        return text[: numbers.randrange(len(text))]
    elif kind == 4:
        lines[number] = re.sub(r":.*", f": {numbers.choice(VALUES)}", line)
    elif kind == 5:
        lines[number] = " " * numbers.randrange(1, 5) + line
    elif kind == 6:
        lines[number] = line.lstrip()
    elif kind == 7:
        other = numbers.randrange(len(lines))
        lines[number], lines[other] = lines[other], lines[number]
    else:
        lines[number] = line[:at] + chr(numbers.randrange(1, 0x300)) + line[at:]
    return "\n".join(lines)


@pytest.mark.parametrize("name", TEXTS)
def test_any_single_mistake_has_a_message_at_a_place_or_is_none(name: str) -> None:
    numbers = random.Random(name)
    for _ in range(25):
        mutated = spoil(TEXTS[name], numbers)
        assert_placed(mistakes(mutated), mutated)
