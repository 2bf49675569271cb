"""String functions, ``format`` among them."""

from __future__ import annotations

import re
from typing import Any, Final

from dyncheck.parsers.terraform.convert import format_number, to_bool, to_number, to_string
from dyncheck.parsers.terraform.functions.calling import OPEN, WHOLE, Function
from dyncheck.parsers.terraform.symbols import unknown_call
from dyncheck.parsers.terraform.templates import join_parts
from dyncheck.parsers.terraform.tfvalues import (
    MAX_ELEMENTS,
    MAX_TEXT,
    TOO_LARGE,
    Invalid,
    TypedList,
    all_reasons,
    assume,
    invalid,
    map_arms,
    pick,
    split_absent,
)
from dyncheck.values import MAX_CHOICE_DEPTH, Choice, OpenList, Unknown

_WORD: Final = re.compile(r"(?<!\w)\w")
# What a reader takes for one character: letters with their marks, joined emoji, pairs of flag letters, CR LF.
_CLUSTER: Final = re.compile(
    "\r\n|[\U0001f1e6-\U0001f1ff]{2}|.(?:[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
    "\ufe00-\ufe0f\ufe20-\ufe2f\U0001f3fb-\U0001f3ff]|\u200d.)*",
    re.DOTALL,
)


def clusters(text: str) -> list[str]:
    """The characters of a string as Terraform counts them: approximately its grapheme clusters."""
    if text.isascii() and "\r" not in text:
        return list(text)
    import unicodedata

    return _CLUSTER.findall(unicodedata.normalize("NFC", text))


def _chomp(text: str) -> str:
    return text.rstrip("\r\n")


def _indent(spaces: Any, text: str) -> Any:
    if not isinstance(spaces, int) or spaces < 0:
        return invalid("the number of spaces must be a whole number from 0")
    if len(text) + spaces * text.count("\n") > MAX_TEXT:
        return TOO_LARGE
    return text.replace("\n", "\n" + " " * spaces)


def _join(separator: Any, *lists: Any) -> Any:
    """``join``: an unknown element makes a template, so that ``join("/", ["table", name])`` is ``table/${name}``."""
    if type(separator) is Choice:
        return map_arms(lambda arm: _join(arm, *lists), separator)
    for position, items in enumerate(lists):
        if type(items) is Choice:
            before, after = lists[:position], lists[position + 1 :]
            return map_arms(lambda arm: _join(separator, *before, arm, *after), items)  # noqa: B023
    if isinstance(separator, Unknown) or any(isinstance(items, (Unknown, OpenList)) for items in lists):
        return unknown_call("join", (separator, *lists))

    def joined(items: list[Any]) -> Any:
        parts: list[Any] = []
        for item in items:
            parts += (separator, item)
        if len(parts) // 2 * len(separator) > MAX_TEXT:
            return TOO_LARGE
        return join_parts(parts[1:])

    return split_absent([item for items in lists for item in items], joined)


def _split(separator: str, text: str) -> Any:
    return TypedList(text.split(separator) if separator else clusters(text))


def _strrev(text: str) -> str:
    return "".join(reversed(clusters(text)))


def _substr(text: str, offset: Any, length: Any) -> Any:
    if not isinstance(offset, int) or not isinstance(length, int):
        return invalid("offset and length must be whole numbers")
    characters = clusters(text)
    start = max(len(characters) + offset, 0) if offset < 0 else offset
    return "".join(characters[start:] if length < 0 else characters[start : start + length])


def _upper(text: str) -> str:
    # Letters that would become several stay as they are.
    return (
        text.upper() if text.isascii() else "".join(char.upper() if len(char.upper()) == 1 else char for char in text)
    )


def _lower(text: str) -> str:
    return text.lower() if text.isascii() else "".join(char.lower()[0] for char in text)


def _title(text: str) -> str:
    return _WORD.sub(lambda match: match.group().title(), text)


def _trim(text: str, cutset: str) -> str:
    return text.strip(cutset) if cutset else text


def _ltrim(text: str, cutset: str) -> str:
    return text.lstrip(cutset) if cutset else text


def _rtrim(text: str, cutset: str) -> str:
    return text.rstrip(cutset) if cutset else text


# --- format ------------------------------------------------------------------------------------------------------

_VERB: Final = re.compile(
    r"%(?P<flags>[-+# 0]*)(?P<width>\d*)(?:\.(?P<precision>\d*))?(?:\[(?P<index>\d+)\])?(?P<verb>.?)", re.DOTALL
)
_PLAIN: Final = frozenset({"%s", "%v", "%d"})
_MAX_WIDTH: Final = 1_024


def _format(spec: Any, *arguments: Any) -> Any:
    """``format``: unknown arguments of plain verbs make a template, as the same string written with ``${}`` would."""
    return _format_arms([spec, *arguments], 0)


def _format_arms(arguments: list[Any], depth: int) -> Any:
    for argument in arguments:
        if type(argument) is Choice:
            if depth >= MAX_CHOICE_DEPTH:
                return Unknown(all_reasons(arguments))
            condition = argument.condition
            arms = (
                _format_arms([assume(item, condition, truth) for item in arguments], depth + 1)
                for truth in (True, False)
            )
            return pick(condition, *arms)
        if isinstance(argument, Invalid):
            return argument
    spec, values = arguments[0], arguments[1:]
    if isinstance(spec, Unknown):
        return unknown_call("format", arguments)
    return _formatted(spec, values)


def _formatted(spec: str, values: list[Any]) -> Any:
    parts: list[Any] = []
    used = 0
    end = 0
    for match in _VERB.finditer(spec):
        parts.append(spec[end : match.start()])
        end = match.end()
        verb = match["verb"]
        if verb == "%":
            parts.append("%")
            continue
        position = int(match["index"]) - 1 if match["index"] else used
        if not 0 <= position < len(values):
            return invalid("there are not enough arguments for the format")
        used = position + 1
        value = values[position]
        if isinstance(value, (Unknown, OpenList)) or (not isinstance(value, _SCALAR) and value is not None):
            hidden = all_reasons((value,))
            if hidden and not (isinstance(value, Unknown) and match.group() in _PLAIN):
                return unknown_call("format", (spec, *values))
        if isinstance(value, Unknown):
            parts.append(value)
            continue
        text = _verb(match, value)
        if isinstance(text, Invalid):
            return text
        parts.append(text)
    if used < len(values) and "[" not in spec:
        return invalid("there are too many arguments for the format")
    parts.append(spec[end:])
    return join_parts(parts)


_SCALAR: Final = (str, int, float, bool)


def _verb(match: re.Match[str], value: Any) -> Any:
    verb, flags = match["verb"], match["flags"]
    width = int(match["width"] or 0)
    precision = None if match["precision"] is None else int(match["precision"] or 0)
    if width > _MAX_WIDTH or (precision or 0) > _MAX_WIDTH:
        return invalid("the width of a format is too large")
    if verb == "v":
        if isinstance(value, (bool, str)) or value is None or not isinstance(value, (int, float)):
            verb = "s" if isinstance(value, str) and "#" not in flags else "v"
        else:
            verb = "g"
    if verb == "v":
        from dyncheck.parsers.terraform.functions.encoding import json_encode

        text = json_encode(value)
        return text if isinstance(text, Invalid) else _padded(text, width, flags)
    if verb == "t":
        truth = to_bool(value)
        return to_string(truth) if isinstance(truth, bool) else _wrong("bool")
    if verb in ("s", "q"):
        text = to_string(value)
        if not isinstance(text, str):
            return _wrong("string") if text is None else text
        text = text if precision is None else text[:precision]
        if verb == "q":
            from dyncheck.parsers.terraform.functions.encoding import json_encode

            text = json_encode(text)
        return _padded(text, width, flags)
    number = to_number(value)
    if not isinstance(number, (int, float)):
        return _wrong("number") if number is None else number
    return _number(verb, number, width, precision, flags)


def _wrong(wanted: str) -> Invalid:
    return invalid(f"a {wanted} is required by the format")


def _number(verb: str, number: int | float, width: int, precision: int | None, flags: str) -> Any:
    sign = "+" if "+" in flags else " " if " " in flags else "-"
    if verb in "dboxX":
        if not isinstance(number, int):
            return _wrong("whole number")
        text = format(number, f"{sign}{verb}")
        if "#" in flags and verb in "oxXb":
            prefix = {"o": "0", "x": "0x", "X": "0X", "b": "0b"}[verb]
            text = ("-" + prefix + text[1:]) if text.startswith("-") else prefix + text
    elif verb in "eEfFgG":
        if verb in "gG" and precision is None:
            text = _shortest(number, verb, sign)
        else:
            text = format(number, f"{sign}.{6 if precision is None else precision}{verb}")
    else:
        return invalid(f"there is no format verb %{verb}")
    return _padded(text, width, flags, numeric=True)


def _shortest(number: int | float, verb: str, sign: str) -> str:
    """A number with as many digits as it needs; an exponent from a million on, as Go writes it."""
    if number == 0 or 1e-4 <= abs(number) < 1e6:
        text = format_number(number)
    else:
        digits = repr(float(number)).partition("e")[0].replace(".", "").strip("-0")
        text = format(float(number), f".{max(len(digits) - 1, 0)}{'E' if verb == 'G' else 'e'}")
    return text if number < 0 or sign == "-" else sign + text


def _padded(text: str, width: int, flags: str, *, numeric: bool = False) -> str:
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags:
        return text.zfill(width) if numeric else text.rjust(width, "0")
    return text.rjust(width)


def _format_list(spec: str, *arguments: Any) -> Any:
    lengths = {len(argument) for argument in arguments if isinstance(argument, list)}
    if len(lengths) > 1:
        return invalid("all lists must have the same length")
    count = lengths.pop() if lengths else 1
    if count > MAX_ELEMENTS:
        return TOO_LARGE
    results: list[Any] = []
    size = 0
    for position in range(count):
        row = [argument[position] if isinstance(argument, list) else argument for argument in arguments]
        text = _formatted(spec, row)
        if isinstance(text, Invalid):
            return text
        results.append(text)
        size += len(text) if isinstance(text, str) else 0
        if size > MAX_TEXT:
            return TOO_LARGE
    return TypedList(results)


TABLE: Final[dict[str, Function]] = {
    "chomp": Function(_chomp, "s"),
    "endswith": Function(str.endswith, "ss"),
    "format": Function(_format, "s", rest="A", needs=OPEN),
    "formatlist": Function(_format_list, "s", rest="A", needs=WHOLE),
    "indent": Function(_indent, "ns"),
    "join": Function(_join, "s", rest="l", needs=OPEN),
    "lower": Function(_lower, "s"),
    "ltrim": Function(_ltrim, "ss"),
    "rtrim": Function(_rtrim, "ss"),
    "split": Function(_split, "ss"),
    "startswith": Function(str.startswith, "ss"),
    "strcontains": Function(str.__contains__, "ss"),
    "strrev": Function(_strrev, "s"),
    "substr": Function(_substr, "snn"),
    "title": Function(_title, "s"),
    "trim": Function(_trim, "ss"),
    "trimprefix": Function(str.removeprefix, "ss"),
    "trimspace": Function(str.strip, "s"),
    "trimsuffix": Function(str.removesuffix, "ss"),
    "upper": Function(_upper, "s"),
}
