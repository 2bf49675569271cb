"""From an expression's tokens to its tree: precedence climbing over a subset of CEL."""

from __future__ import annotations

from typing import Final, get_args

from dyncheck.policy.lexer import Token, tokenize
from dyncheck.policy.limits import MAX_DEPTH, MAX_LITERAL_ITEMS, MAX_LOOPS, MAX_NESTING
from dyncheck.policy.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    ExpressionError,
    Index,
    ListOf,
    Literal,
    Logical,
    Macro,
    MacroName,
    Name,
    Select,
    Unary,
    depth,
)

MACROS: Final[tuple[MacroName, ...]] = get_args(MacroName)

RESERVED: Final = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop"}
    | {"namespace", "null", "package", "return", "true", "var", "void", "while"}
)
"""Words that CEL keeps for itself: no variable may have such a name."""

_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})


def parse(text: str) -> Expression:
    """The tree of an expression. Raises ExpressionError with the offset of the token that does not fit."""
    parser = _Parser(tokenize(text))
    node = parser.expression()
    parser.expect_end()
    if depth(node) > MAX_DEPTH:
        raise ExpressionError(f"the expression is nested more than {MAX_DEPTH} levels deep", node.at)
    return node


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._nesting = 0
        self._loops = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    def _sees(self, *signs: str) -> bool:
        token = self._next
        return token.kind == "sign" and token.text in signs

    def _take(self) -> Token:
        token = self._next
        self._position += 1
        return token

    def _expect(self, sign: str) -> Token:
        if not self._sees(sign):
            raise self._unexpected(f"expected '{sign}'")
        return self._take()

    def _unexpected(self, expected: str) -> ExpressionError:
        token = self._next
        found = token.text if token.kind == "end" else f"'{token.text}'"
        return ExpressionError(f"{expected}, found {found}", token.at)

    def expect_end(self) -> None:
        if self._next.kind != "end":
            raise self._unexpected("expected an operator or the end of the expression")

    def _enter(self) -> None:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise ExpressionError(f"the expression is nested more than {MAX_NESTING} levels deep", self._next.at)

    def _leave(self) -> None:
        self._nesting -= 1

    def expression(self) -> Expression:
        self._enter()
        node = self._either()
        if self._sees("?"):
            at = self._take().at
            yes = self._either()
            self._expect(":")
            node = Conditional(node, yes, self.expression(), at)
        self._leave()
        return node

    def _either(self) -> Expression:
        first = self._both()
        if not self._sees("||"):
            return first
        at = self._next.at
        operands = [first]
        while self._sees("||"):
            self._take()
            operands.append(self._both())
        return Logical("||", tuple(operands), at)

    def _both(self) -> Expression:
        first = self._comparison()
        if not self._sees("&&"):
            return first
        at = self._next.at
        operands = [first]
        while self._sees("&&"):
            self._take()
            operands.append(self._comparison())
        return Logical("&&", tuple(operands), at)

    def _sees_comparison(self) -> bool:
        token = self._next
        return self._sees(*_COMPARISONS) or (token.kind == "name" and token.text == "in")

    def _comparison(self) -> Expression:
        left = self._sum()
        if not self._sees_comparison():
            return left
        operator = self._take()
        node = Binary(operator.text, left, self._sum(), operator.at)
        if self._sees_comparison():
            raise ExpressionError("comparisons do not chain: join them with &&", self._next.at)
        return node

    def _sum(self) -> Expression:
        node = self._product()
        while self._sees("+", "-"):
            operator = self._take()
            node = Binary(operator.text, node, self._product(), operator.at)
        return node

    def _product(self) -> Expression:
        node = self._unary()
        while self._sees("*", "/", "%"):
            operator = self._take()
            node = Binary(operator.text, node, self._unary(), operator.at)
        return node

    def _unary(self) -> Expression:
        if not self._sees("!", "-"):
            return self._member()
        self._enter()
        operator = self._take()
        operand = self._unary()
        self._leave()
        if operator.text == "-" and isinstance(operand, Literal) and type(operand.value) in (int, float):
            return Literal(-operand.value, operator.at)  # type: ignore[operator]
        return Unary(operator.text, operand, operator.at)

    def _member(self) -> Expression:
        node = self._primary()
        while self._sees(".", "["):
            sign = self._take()
            if sign.text == "[":
                node = Index(node, self.expression(), sign.at)
                self._expect("]")
                continue
            if self._next.kind != "name":
                raise self._unexpected("expected a field or function name after '.'")
            name = self._take()
            if not self._sees("("):
                node = Select(node, name.text, name.at)
            elif name.text in MACROS:
                node = self._macro(node, name)
            else:
                node = Call(name.text, (node, *self._arguments()), True, name.at)
        return node

    def _macro(self, target: Expression, name: Token) -> Expression:
        self._expect("(")
        if self._next.kind != "name" or self._next.text in RESERVED:
            raise self._unexpected(f"expected the variable of {name.text}(variable, expression)")
        variable = self._take()
        self._expect(",")
        self._loops += 1
        if self._loops > MAX_LOOPS:
            raise ExpressionError(f"more than {MAX_LOOPS} loops inside each other", name.at)
        body = self.expression()
        self._loops -= 1
        self._expect(")")
        macro: MacroName = name.text  # type: ignore[assignment]
        return Macro(macro, target, variable.text, body, name.at)

    def _arguments(self) -> tuple[Expression, ...]:
        self._expect("(")
        return self._items(")")

    def _items(self, closing: str) -> tuple[Expression, ...]:
        items: list[Expression] = []
        while not self._sees(closing):
            items.append(self.expression())
            if len(items) > MAX_LITERAL_ITEMS:
                raise ExpressionError(f"more than {MAX_LITERAL_ITEMS} elements", items[-1].at)
            if not self._sees(closing):
                if not self._sees(","):
                    raise self._unexpected(f"expected ',' or '{closing}'")
                self._take()
                if closing == ")" and self._sees(closing):
                    raise self._unexpected("expected a value")
        self._take()
        return tuple(items)

    def _primary(self) -> Expression:
        token = self._next
        if token.kind in ("number", "string"):
            self._take()
            return Literal(token.value, token.at)
        if token.kind == "name":
            return self._name()
        if self._sees("("):
            self._take()
            node = self.expression()
            self._expect(")")
            return node
        if self._sees("["):
            self._take()
            return ListOf(self._items("]"), token.at)
        raise self._unexpected("expected a value")

    def _name(self) -> Expression:
        token = self._next
        if token.text in _CONSTANTS:
            self._take()
            return Literal(_CONSTANTS[token.text], token.at)
        if token.text in RESERVED:
            raise self._unexpected("expected a value")
        self._take()
        if self._sees("("):
            return Call(token.text, self._arguments(), False, token.at)
        return Name(token.text, token.at)
