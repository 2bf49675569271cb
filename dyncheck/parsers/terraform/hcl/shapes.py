"""The grammar of expressions, by python-hcl2, asked once for each *shape* of expression.

The grammar decides on nothing but the order of operands and punctuation. So names, numbers and strings are all written
as one same operand before python-hcl2 sees them, and its answer is kept by that shape: thousands of ``enabled = var.x``
cost one parse. It also keeps strings, heredocs, comments and line ends away from python-hcl2, which has trouble with
some of them. A shape holds nothing of what the user wrote, neither a name nor a value, so it may be kept on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Union

import msgspec

from dyncheck.parsers.terraform.hcl.scanner import Malformed
from dyncheck.parsers.terraform.hcl.tokens import NAME, NEWLINE, NUMBER, Token

if TYPE_CHECKING:
    from lark import Tree
    from lark.lexer import Token as LarkToken

MAX_DEPTH: Final = 100
"""Levels of a syntax tree, operators in a row included, beyond which an expression is refused."""

# Each token takes this many characters, so that python-hcl2's offsets are token numbers.
_WIDTH: Final = 4
_PREFIX: Final = "a   =   "
_PREFIX_TOKENS: Final = 2

_OPERAND: Final = "a"
_LEGACY_INDEX: Final = "0"

_WORDS: Final = (
    ("NAME", "a value"),
    ("INT_LITERAL", "a value"),
    ("RPAR", "')'"),
    ("RSQB", "']'"),
    ("RBRACE", "'}'"),
    ("COLON", "':'"),
    ("FOR_OBJECT_ARROW", "'=>'"),
    ("EQ", "'='"),
    ("COMMA", "','"),
    ("PLUS", "an operator"),
)
_MAX_WORDS: Final = 3
_MAX_REMEMBERED: Final = 2_000_000


class Shape(msgspec.Struct, frozen=True, array_like=True):
    """A node of python-hcl2's tree: the rule's name, and its nodes and tokens (by number within the expression)."""

    rule: str
    children: tuple[Union[Shape, int], ...]


WHOLE: Final = -1
"""The token number of a misfit that is not one token's."""


class Misfit(msgspec.Struct, frozen=True):
    """What the grammar expected, and the number of the token that stands there instead."""

    expected: str
    token: int


class ShapeError(Exception):
    """An expression that the grammar refuses."""

    def __init__(self, expected: str, token: int) -> None:
        super().__init__(expected)
        self.misfit = Misfit(expected, token)


def shape_text(tokens: Sequence[Token]) -> tuple[str, list[Token]]:
    """The expression as python-hcl2 gets it, and the tokens in it: without newlines, with commas between object items.

    Two negations in a row cancel each other here, since python-hcl2 knows only one. Raises :class:`Malformed`.
    """
    words: list[str] = []
    kept: list[Token] = []
    brackets: list[str] = []
    previous: Token | None = None
    for number, token in enumerate(tokens):
        word = token.text
        if not brackets and previous is not None and previous.is_operand and token.is_operand:
            raise Malformed(f"expected an operator or the end of the line, found {describe(token)}", token.start)
        if token.kind == NEWLINE:
            if not brackets or brackets[-1] != "{" or _separates_nothing(previous, tokens, number):
                continue
            word = ","
        elif token.kind == NAME:
            word = _word_of_name(token, previous, brackets)
        elif token.kind == NUMBER:
            word = _LEGACY_INDEX if previous is not None and previous.text == "." else _OPERAND
        elif token.is_operand:
            word = _OPERAND
        elif word in {"(", "[", "{"}:
            brackets.append("for" if word != "(" and _is_for(tokens, number + 1) else word)
        elif word in {")", "]", "}"}:
            if brackets:
                brackets.pop()
        elif word in {"!", "-"} and words and words[-1] == word and (len(kept) < 2 or not kept[-2].ends_operand()):
            words.pop()
            kept.pop()
            previous = kept[-1] if kept else None
            continue
        words.append(word)
        kept.append(token)
        previous = token
    return "".join([word.ljust(_WIDTH) for word in words]), kept


def describe(token: Token) -> str:
    """The token as a message quotes it, in one line."""
    line = token.text.split("\n", 1)[0]
    return "the end of the line" if token.kind == NEWLINE else repr(line if len(line) <= 40 else f"{line[:37]}...")


def _separates_nothing(previous: Token | None, tokens: Sequence[Token], number: int) -> bool:
    if previous is None or previous.text in {"{", ","} or previous.kind == NEWLINE:
        return True
    following = _skip_newlines(tokens, number)
    return following < len(tokens) and tokens[following].text in {"}", ","}


def _skip_newlines(tokens: Sequence[Token], number: int) -> int:
    while number < len(tokens) and tokens[number].kind == NEWLINE:
        number += 1
    return number


def _is_for(tokens: Sequence[Token], number: int) -> bool:
    number = _skip_newlines(tokens, number)
    if number >= len(tokens) or tokens[number].text != "for" or tokens[number].kind != NAME:
        return False
    following = _skip_newlines(tokens, number + 1)
    return following < len(tokens) and tokens[following].kind == NAME


def _word_of_name(token: Token, previous: Token | None, brackets: list[str]) -> str:
    """The keywords of a ``for``, in their places only; any other name is an operand, whatever it is called."""
    if previous is None or not brackets or previous.text == ".":
        return _OPERAND
    state = brackets[-1]
    if state == "for" and token.text == "for":
        brackets[-1] = "in"
        return "for"
    if state == "in" and token.text == "in" and previous.kind == NAME and previous.text != "for":
        brackets[-1] = "if"
        return "in"
    if state == "if" and token.text == "if" and (previous.ends_operand() or previous.text == "..."):
        return "if"
    return _OPERAND


class Shapes:
    """The trees of the shapes met so far; python-hcl2 is imported when the first new one comes.

    ``known`` comes from earlier runs; what this one adds is in :attr:`learnt`, until :meth:`take_learnt` takes it.
    """

    def __init__(self, known: dict[str, Shape] | None = None) -> None:
        self._known: dict[str, Shape | Misfit] = dict(known or {})
        self._learnt: dict[str, Shape] = {}
        self._room = _MAX_REMEMBERED

    def tree(self, text: str) -> Shape:
        """The tree of a shape's text. Raises :class:`ShapeError`."""
        known = self._known.get(text)
        if known is None:
            return self.parse(text)
        if isinstance(known, Misfit):
            raise ShapeError(known.expected, known.token)
        return known

    def parse(self, text: str) -> Shape:
        """The tree as python-hcl2 gives it now, whatever is remembered. Raises :class:`ShapeError`."""
        try:
            tree = _parse_shape(text)
        except ShapeError as error:
            self._remember(text, error.misfit)
            raise
        self._remember(text, tree)
        return tree

    def take_learnt(self) -> dict[str, Shape]:
        """What was learnt since the last call."""
        learnt, self._learnt = self._learnt, {}
        return learnt

    def _remember(self, text: str, tree: Shape | Misfit) -> None:
        """Keep an answer while there is room, which is counted in characters of shapes."""
        self._room -= len(text)
        if self._room < 0:
            return
        self._known[text] = tree
        if isinstance(tree, Shape):
            self._learnt[text] = tree


def _parse_shape(text: str) -> Shape:
    from hcl2.api import parses_to_tree
    from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

    try:
        tree = parses_to_tree(_PREFIX + text)
    except UnexpectedToken as error:
        token: LarkToken = error.token
        offset = (token.end_pos or len(_PREFIX + text) + 1) - len(token.lstrip()) if token.type != "$END" else None
        raise ShapeError(_expected(error.expected), _number(offset, text)) from None
    except UnexpectedCharacters as error:
        raise ShapeError(_expected(error.allowed or ()), _number(error.pos_in_stream, text)) from None
    except UnexpectedInput:
        raise ShapeError("a value", 0) from None
    return _compact(tree)


def _number(offset: int | None, text: str) -> int:
    end = len(text) // _WIDTH
    return end if offset is None else max(0, min(offset // _WIDTH - _PREFIX_TOKENS, end))


def _expected(terminals: object) -> str:
    names = set(terminals) if isinstance(terminals, (set, frozenset, list, tuple)) else set()
    words = list(dict.fromkeys(word for name, word in _WORDS if name in names))[:_MAX_WORDS]
    if not words or {"IN", "NAME"} <= names or ("LBRACE" in names and "LPAR" not in names):
        return "an operator or the end of the line"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _compact(tree: Tree[LarkToken]) -> Shape:
    """Lark's tree without positions, newlines and wrappers; from the leaves up, so that depth costs no recursion."""
    from lark import Tree

    done: dict[int, tuple[Shape, int]] = {}
    for node in tree.iter_subtrees():
        children: list[Shape | int] = []
        depth = 0
        for child in node.children:
            if not isinstance(child, Tree):
                children.append((child.end_pos or 0) // _WIDTH - _PREFIX_TOKENS)
            elif child.data != "new_line_or_comment":
                shape, child_depth = done[id(child)]
                children.append(shape)
                depth = max(depth, child_depth)
        only = children[0] if len(children) == 1 else None
        if node.data == "expr_term" and isinstance(only, Shape):
            done[id(node)] = only, depth
            continue
        if depth > MAX_DEPTH:
            raise ShapeError(f"an expression of at most {MAX_DEPTH} levels", WHOLE)
        done[id(node)] = Shape(str(node.data), tuple(children)), depth + 1
    found: Shape | int = done[id(tree)][0]
    while isinstance(found, Shape) and found.rule in {"start", "body"}:
        if len(found.children) != 1:
            raise ShapeError("an operator or the end of the line", 0)
        found = found.children[0]
    expression = found.children[-1] if isinstance(found, Shape) else found
    if not isinstance(expression, Shape):
        raise ShapeError("a value", 0)
    return expression


def fits(tree: Shape, text: str) -> bool:
    """Whether a tree may belong to a shape's text: its depth is bounded, and each of its tokens is in the text."""
    tokens = len(text) // _WIDTH
    pending: list[tuple[Shape, int]] = [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            return False
        for child in node.children:
            if isinstance(child, Shape):
                pending.append((child, depth + 1))
            elif not 0 <= child < tokens:
                return False
    return True
