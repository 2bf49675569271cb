"""The lowest layer of HCL: where strings, interpolations, heredocs, comments and brackets begin and end.

Everything here works on offsets into one text, never recurses and never looks at a character twice within one call.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from dyncheck.parsers.terraform.syntax import Position

MAX_BRACKETS: Final = 250
"""Brackets open at once beyond which a text is refused; the deepest real configuration found had 14."""

BLANKS: Final = re.compile(r"(?:\s++|\#[^\n]*+|//[^\n]*+|/\*.*?\*/)*+", re.DOTALL)
"""White space, newlines included, and comments."""

IDENTIFIER: Final = r"[^\W\d][\w-]*+"

QUOTED: Final = r'"(?:[^"\\$%\n]++|\\[^\n]|[$%](?!\{)|[$%]\{[^{}"#/\n]*+\})*+"'
"""A quoted string in which interpolations, if any, hold no brackets of their own, strings or comments."""

HEREDOC: Final = re.compile(rf"<<(-?)({IDENTIFIER})[ \t\r]*\n")

# Up to the next character that opens or closes something; simple strings and line comments are skipped in one step.
_TO_BRACE: Final = re.compile(rf'(?:[^"{{}}#/<]++|{QUOTED}|\#[^\n]*+|//[^\n]*+|/(?![/*])|<(?!<))*+')
_TO_BRACKET: Final = re.compile(rf'(?:[^"{{}}()\[\]#/<]++|{QUOTED}|\#[^\n]*+|//[^\n]*+|/(?![/*])|<(?!<))*+')
_TO_LINE_END: Final = re.compile(rf'(?:[^"{{}}()\[\]#/<\n]++|{QUOTED}|/(?![/*])|<(?!<))*+')
_TO_STRING_END: Final = re.compile(r'(?:[^"\\$%\n]++|\\[^\n]|\$\$\{|%%\{|[$%](?!\{))*+')

_CLOSING: Final = {"{": "}", "(": ")", "[": "]"}
_LINE: Final = "line"


class Malformed(Exception):
    """What was expected and is not there; ``offset`` is the place in the text that was scanned."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Lines:
    """Turns offsets of a text into lines (from ``first``) and columns (from 1, in code points)."""

    def __init__(self, text: str, first: int = 0) -> None:
        self._first = first
        starts = [0]
        find = text.find
        position = find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = find("\n", position + 1)
        self._starts = starts

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect_right(self._starts, offset) - 1
        return self._first + line, offset - self._starts[line] + 1

    def position(self, start: int, end: int) -> Position:
        """The stretch from ``start`` to the character before ``end``."""
        line, column = self.at(start)
        end_line, end_column = self.at(end)
        return line, column, end_line, end_column


def skip_block(text: str, start: int) -> int:
    """The offset after the ``}`` that closes the brace just before ``start``.

    Other brackets are looked at only where there are enough of them to be nested too deeply.
    """
    end = _skip(text, start, "{", start - 1, _TO_BRACE)
    if text.count("[", start, end) + text.count("(", start, end) > MAX_BRACKETS:
        return _skip(text, start, "{", start - 1, _TO_BRACKET)
    return end


def skip_interpolation(text: str, start: int) -> int:
    """The offset after the ``}`` that closes the ``${`` or ``%{`` just before ``start``."""
    return _skip(text, start, "{", start - 2, _TO_BRACKET)


def skip_string(text: str, start: int) -> int:
    """The offset after the quote that closes the one just before ``start``."""
    return _skip(text, start, '"', start - 1, _TO_BRACKET)


def skip_expression(text: str, start: int) -> int:
    """Where an expression ends: the newline, comment, closing bracket or end of text that no open bracket holds."""
    return _skip(text, start, _LINE, start, _TO_BRACKET)


def skip_heredoc(text: str, start: re.Match[str]) -> tuple[int, int]:
    """Where the body of a heredoc ends, and the offset after its terminator (the newline behind it is not part)."""
    terminator = re.compile(rf"^[ \t]*{re.escape(start[2])}[ \t\r]*$", re.MULTILINE)
    found = terminator.search(text, start.end())
    if found is None:
        raise Malformed(f"expected a line {start[2]} that ends the heredoc <<{start[1]}{start[2]}", start.start())
    return found.start(), found.end()


def _skip(text: str, position: int, opening: str, opened_at: int, in_code: re.Pattern[str]) -> int:
    stack = [(opening, opened_at)]
    while True:
        mode, mode_start = stack[-1]
        if mode == '"':
            position = _match_end(_TO_STRING_END, text, position)
            following = text[position : position + 1]
            if following == '"':
                position += 1
                stack.pop()
                if not stack:
                    return position
            elif following in {"$", "%"}:
                stack.append(("{", position))
                position += 2
            else:
                raise Malformed('expected a closing quote (") on the same line', mode_start)
            continue
        pattern = _TO_LINE_END if mode == _LINE else in_code
        position = _match_end(pattern, text, position)
        following = text[position : position + 1]
        if following in {"}", ")", "]"}:
            if mode == _LINE:
                return position
            if _CLOSING[mode] != following:
                raise Malformed(f"expected '{_CLOSING[mode]}' before '{following}'", position)
            stack.pop()
            position += 1
            if not stack:
                return position
        elif following in {"{", "(", "["} or following == '"':
            if len(stack) > MAX_BRACKETS:
                raise Malformed(f"brackets nested more than {MAX_BRACKETS} deep", position)
            stack.append((following, position))
            position += 1
        elif following == "<":
            heredoc = HEREDOC.match(text, position)
            if heredoc is None:
                raise Malformed("expected a heredoc such as <<EOT, with its text on the next lines", position)
            position = skip_heredoc(text, heredoc)[1]
        elif following == "/" and text.startswith("/*", position):
            end = text.find("*/", position + 2)
            if end < 0:
                raise Malformed("expected '*/' to close the comment", position)
            position = end + 2
        elif mode == _LINE:
            return position
        else:
            raise Malformed(f"expected '{_CLOSING[mode]}' to close the '{mode}' opened here", mode_start)


def _match_end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position
