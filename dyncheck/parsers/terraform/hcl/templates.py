"""Templates: what stands between quotes or in a heredoc, with its interpolations, directives and strip markers."""

from __future__ import annotations

import math
import re
from typing import Final, Protocol, Union

from dyncheck.parsers.terraform.hcl.scanner import BLANKS, IDENTIFIER, Malformed, skip_interpolation
from dyncheck.parsers.terraform.syntax import Expr, Literal, Template, TemplateFor, TemplateIf

_SPECIAL: Final = re.compile(r"\$\$\{|%%\{|\$\{|%\{|\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)?", re.DOTALL)
_SPECIAL_RAW: Final = re.compile(r"\$\$\{|%%\{|\$\{|%\{")
_LINES: Final = re.compile(r"[^\n]*\n|[^\n]+")
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_KEYWORD: Final = re.compile(r"\s*(if|else|endif|for|endfor)(?![\w-])")
_FOR_NAMES: Final = re.compile(rf"\s*({IDENTIFIER})(?:\s*,\s*({IDENTIFIER}))?\s+in(?![\w-])")
_MAX_DIRECTIVES: Final = 40
_MAX_CODE_POINT: Final = 0x10FFFF


class ExpressionReader(Protocol):
    """Reads the expression inside an interpolation; its offsets are those of the template's text."""

    text: str

    def interpolation(self, start: int, end: int) -> Expr:
        """The expression that fills the stretch."""
        ...


class _Directive:
    """``%{ keyword … }``: the offset where it begins, and the expression and names that it holds."""

    def __init__(
        self, keyword: str, start: int, expression: Expr | None = None, names: tuple[str, str] = ("", "")
    ) -> None:
        self.keyword = keyword
        self.start = start
        self.expression = expression
        self.names = names


_Piece = Union[str, _Directive, Expr]


def read_quoted(reader: ExpressionReader, start: int, end: int) -> Expr:
    """The template between two quotes; ``start`` and ``end`` are the offsets of what is between them.

    A lone interpolation is the expression itself, as in Terraform: ``"${var.x}"`` has the type of ``var.x``.
    """
    return _assemble(_pieces(reader, start, end, _SPECIAL, by_line=False), wrap=True)


def read_raw(reader: ExpressionReader, start: int, end: int) -> Expr:
    """A template without backslash escapes, such as a string of JSON syntax once JSON's own escapes are resolved."""
    return _assemble(_pieces(reader, start, end, _SPECIAL_RAW, by_line=False), wrap=True)


def read_heredoc(reader: ExpressionReader, start: int, end: int, *, indented: bool) -> Expr:
    """The template of a heredoc's lines; ``indented`` (``<<-``) takes away the indentation that all lines share."""
    pieces = _pieces(reader, start, end, _SPECIAL_RAW, by_line=True)
    return _assemble(_without_indentation(pieces) if indented else pieces, wrap=False)


def _pieces(reader: ExpressionReader, start: int, end: int, special: re.Pattern[str], *, by_line: bool) -> list[_Piece]:
    """Literal text, interpolations and directives, in order.

    A strip marker reaches to the end of the literal beside it, which is one line in a heredoc (``by_line``) and
    everything up to the next interpolation in a quoted string.
    """
    text = reader.text
    pieces: list[_Piece] = []
    literal: list[str] = []
    strip_start = False
    position = start
    while position < end:
        found = special.search(text, position, end)
        if found is None:
            literal.append(text[position:end])
            break
        literal.append(text[position : found.start()])
        position = found.end()
        mark = found[0]
        if mark in {"$${", "%%{"}:
            literal.append(mark[1:])
        elif mark[0] == "\\":
            literal.append(_unescape(mark, found.start()))
        else:
            closing = skip_interpolation(text, position)
            if closing > end:
                raise Malformed(f"expected '}}' to close '{mark}'", found.start())
            strip_end = text[position] == "~"
            pieces.extend(_literals(literal, strip_start=strip_start, strip_end=strip_end, by_line=by_line))
            literal.clear()
            inner_start = position + strip_end
            strip_start = closing - 1 > inner_start and text[closing - 2] == "~"
            inner_end = closing - 1 - strip_start
            if mark == "${":
                pieces.append(reader.interpolation(inner_start, inner_end))
            else:
                pieces.append(_directive(reader, found.start(), inner_start, inner_end))
            position = closing
    pieces.extend(_literals(literal, strip_start=strip_start, strip_end=False, by_line=by_line))
    return pieces


def _literals(literal: list[str], *, strip_start: bool, strip_end: bool, by_line: bool) -> list[str]:
    value = "".join(literal)
    chunks = _LINES.findall(value) if by_line else [value]
    if strip_start and chunks:
        chunks[0] = chunks[0].lstrip()
    if strip_end and chunks:
        chunks[-1] = chunks[-1].rstrip()
    return [chunk for chunk in chunks if chunk]


def _unescape(mark: str, offset: int) -> str:
    code = mark[1:]
    if code in _ESCAPES:
        return _ESCAPES[code]
    if code[:1] in {"u", "U"} and len(code) > 1:
        point = int(code[1:], 16)
        if point <= _MAX_CODE_POINT and not 0xD800 <= point <= 0xDFFF:
            return chr(point)
    raise Malformed(r"expected an escape that Terraform knows: \n \r \t \" \\ \uNNNN \UNNNNNNNN", offset)


def _directive(reader: ExpressionReader, offset: int, start: int, end: int) -> _Directive:
    keyword = _KEYWORD.match(reader.text, start, end)
    if keyword is None:
        raise Malformed("expected if, else, endif, for or endfor after '%{'", offset)
    word = keyword[1]
    if word == "if":
        return _Directive(word, offset, reader.interpolation(keyword.end(), end))
    if word == "for":
        names = _FOR_NAMES.match(reader.text, keyword.end(), end)
        if names is None:
            raise Malformed("expected '%{ for name in collection }'", offset)
        first, second = names[1], names[2]
        expression = reader.interpolation(names.end(), end)
        return _Directive(word, offset, expression, (first, second) if second else ("", first))
    blanks = BLANKS.match(reader.text, keyword.end(), end)
    if blanks is not None and blanks.end() != end:
        raise Malformed(f"expected '}}' after '%{{ {word}'", offset)
    return _Directive(word, offset)


def _assemble(pieces: list[_Piece], *, wrap: bool) -> Expr:
    if len(pieces) == 1 and wrap and not isinstance(pieces[0], (str, _Directive)):
        return pieces[0]
    parts, used = _sequence(pieces, 0, 0)
    if used < len(pieces):
        stray = pieces[used]
        assert isinstance(stray, _Directive)
        raise Malformed(f"found '%{{ {stray.keyword} }}' without its beginning", stray.start)
    return _template(parts)


def _template(parts: list[Expr]) -> Expr:
    if not parts:
        return Literal("")
    if len(parts) == 1 and isinstance(parts[0], Literal) and isinstance(parts[0].value, str):
        return parts[0]
    return Template(tuple(parts))


def _sequence(pieces: list[_Piece], position: int, depth: int) -> tuple[list[Expr], int]:
    """The parts from ``position`` up to a directive that begins nothing (an end or ``else``), and its number."""
    parts: list[Expr] = []
    text: list[str] = []

    def flush() -> None:
        if any(text):
            parts.append(Literal("".join(text)))
        text.clear()

    while position < len(pieces):
        piece = pieces[position]
        if isinstance(piece, str):
            text.append(piece)
        elif not isinstance(piece, _Directive):
            flush()
            parts.append(piece)
        elif piece.keyword in {"if", "for"}:
            if depth >= _MAX_DIRECTIVES:
                raise Malformed(f"directives nested more than {_MAX_DIRECTIVES} deep", piece.start)
            flush()
            part, position = _compound(pieces, position, piece, depth + 1)
            parts.append(part)
            continue
        else:
            break
        position += 1
    flush()
    return parts, position


def _compound(pieces: list[_Piece], position: int, opening: _Directive, depth: int) -> tuple[Expr, int]:
    assert opening.expression is not None
    body, position = _sequence(pieces, position + 1, depth)
    if opening.keyword == "for":
        position = _close(pieces, position, opening, "endfor")
        key, value = opening.names
        return TemplateFor(key, value, opening.expression, _template(body)), position
    otherwise: list[Expr] = []
    following = pieces[position] if position < len(pieces) else None
    if isinstance(following, _Directive) and following.keyword == "else":
        otherwise, position = _sequence(pieces, position + 1, depth)
    position = _close(pieces, position, opening, "endif")
    return TemplateIf(opening.expression, _template(body), _template(otherwise)), position


def _close(pieces: list[_Piece], position: int, opening: _Directive, keyword: str) -> int:
    closing = pieces[position] if position < len(pieces) else None
    if not isinstance(closing, _Directive) or closing.keyword != keyword:
        raise Malformed(f"expected '%{{ {keyword} }}' to close '%{{ {opening.keyword} }}'", opening.start)
    return position + 1


def _without_indentation(pieces: list[_Piece]) -> list[_Piece]:
    """Takes away the white space that begins every line, as far as all lines share it; blank lines do not count."""
    begins_line = [
        not number or (isinstance(before := pieces[number - 1], str) and before.endswith("\n"))
        for number in range(len(pieces))
    ]
    placed = list(zip(pieces, begins_line, strict=True))
    shared = min((_indentation(piece) for piece, first in placed if first), default=0)
    return [
        piece[int(shared) :] if first and isinstance(piece, str) and not _is_blank(piece) else piece
        for piece, first in placed
    ]


def _indentation(piece: _Piece) -> float:
    if not isinstance(piece, str):
        return 0
    return math.inf if _is_blank(piece) else len(piece) - len(piece.lstrip())


def _is_blank(piece: str) -> bool:
    return piece.endswith("\n") and not piece.strip()
