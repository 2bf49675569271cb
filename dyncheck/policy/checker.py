"""The static check of expressions: names, fields, functions and types, before anything is evaluated.

Beside types the checker follows what is sure not to be null: in ``x != null && x > 5`` the second operand may use ``x``
as a number. But for arithmetic (division by zero), indexes of lists and the bounds, an expression that passes has a
value on every resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from dyncheck.policy.functions import FUNCTIONS, Function, Shape
from dyncheck.policy.limits import MAX_LIST_LEVELS
from dyncheck.policy.parser import MACROS
from dyncheck.policy.program import pattern_problem
from dyncheck.policy.suggest import did_you_mean
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
    Name,
    Select,
    Unary,
    is_empty_list,
    render,
)
from dyncheck.policy.types import (
    ANY,
    ARN,
    BOOL,
    DOUBLE,
    INT,
    NULL,
    STRING,
    Type,
    comparable,
    fields_of,
    joined,
    levels,
    list_of,
    required,
)

Facts = frozenset[str]
"""Expressions, as text, that are not null here, and keys (``"team" in table.tags``) that exist."""

NO_FACTS: Final[Facts] = frozenset()
_LITERALS: Final[Mapping[type, Type]] = {
    bool: BOOL,
    int: INT,
    float: DOUBLE,
    str: STRING,
    type(None): NULL,
}
_ARTICLES: Final[Mapping[Shape, str]] = {
    "string": "a string",
    "number": "a number",
    "scalar": "a string or a number",
    "sized": "a string, list or map",
    "list": "a list",
    "strings": "a list of strings",
    "numbers": "a list of numbers",
    "pattern": "a pattern (string)",
    "glob": "a glob (string)",
}


class Scope(msgspec.Struct, frozen=True):
    """The names that an expression may use, with their types; ``params`` are the rule's own."""

    names: Mapping[str, Type]
    params: Mapping[str, Type]


def check_expression(node: Expression, scope: Scope, facts: Facts = NO_FACTS) -> Type:
    """The type of an expression. Raises ExpressionError at the first thing that is wrong, from left to right."""
    return _Checker(scope.params).check(node, dict(scope.names), facts)


def check_condition(node: Expression, scope: Scope, facts: Facts = NO_FACTS) -> None:
    """Check an expression that has to be true or false. Raises ExpressionError."""
    found = check_expression(node, scope, facts)
    if found.kind not in ("bool", "any") or found.nullable:
        raise ExpressionError(f"the result must be true or false, this is {_described(found)}", node.at)


def established(node: Expression, truth: bool = True) -> Facts:
    """What is sure not to be null once an expression has turned out true (or false)."""
    if isinstance(node, Unary) and node.operator == "!":
        return established(node.operand, not truth)
    if isinstance(node, Logical) and (node.operator == "&&") == truth:
        return frozenset().union(*(established(operand, truth) for operand in node.operands))
    if isinstance(node, Binary):
        return _established_by(node, truth)
    if isinstance(node, Call) and node.function == "has" and truth and isinstance(node.arguments[0], Select):
        return frozenset({render(node.arguments[0]), _key_fact(node.arguments[0])})
    return NO_FACTS


def _established_by(node: Binary, truth: bool) -> Facts:
    if node.operator == "in" and truth:
        values = isinstance(node.right, ListOf) and not any(_is_null(item) for item in node.right.items)
        return frozenset({render(node), render(node.left)} if values else {render(node)})
    if node.operator not in ("==", "!="):
        return NO_FACTS
    same = (node.operator == "==") == truth
    facts = set()
    for one, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(other, Literal) and _is_null(other) != same:
            facts.add(render(one))
    return frozenset(facts)


def _is_null(node: Expression) -> bool:
    return isinstance(node, Literal) and node.value is None


def _key_fact(node: Select | Index) -> str:
    key: Expression = Literal(node.field, node.at) if isinstance(node, Select) else node.index
    return render(Binary("in", key, node.operand, node.at))


class _Checker:
    def __init__(self, params: Mapping[str, Type]) -> None:
        self._params = params

    def check(self, node: Expression, names: dict[str, Type], facts: Facts) -> Type:
        found = self._check(node, names, facts)
        if levels(found) > MAX_LIST_LEVELS:
            raise ExpressionError(f"more than {MAX_LIST_LEVELS} lists inside each other", node.at)
        if found.nullable and found.kind != "null" and render(node) in facts:
            return required(found)
        return found

    def _check(self, node: Expression, names: dict[str, Type], facts: Facts) -> Type:
        if isinstance(node, Literal):
            return _LITERALS[type(node.value)]
        if isinstance(node, Name):
            return self._name(node, names)
        if isinstance(node, Select):
            return self._select(node, names, facts)
        if isinstance(node, Index):
            return self._index(node, names, facts)
        if isinstance(node, ListOf):
            found = joined([self.check(item, names, facts) for item in node.items])
            if found is None:
                raise ExpressionError("the elements of a list must be of one type", node.at)
            return list_of(found)
        if isinstance(node, Unary):
            return self._unary(node, names, facts)
        if isinstance(node, Binary):
            return self._binary(node, names, facts)
        if isinstance(node, Logical):
            for operand in node.operands:
                self._want_bool(operand, names, facts, f"'{node.operator}'")
                facts |= established(operand, node.operator == "&&")
            return BOOL
        if isinstance(node, Conditional):
            return self._conditional(node, names, facts)
        if isinstance(node, Call):
            return self._call(node, names, facts)
        return self._macro(node, names, facts)

    def _name(self, node: Name, names: dict[str, Type]) -> Type:
        if node.name == "params":
            raise ExpressionError("params is not a value: name one of its fields, such as params.x", node.at)
        if node.name not in names:
            known = [*names, "params"]
            if node.name in FUNCTIONS or node.name in MACROS:
                raise ExpressionError(f"{node.name} is a function: it needs its arguments in brackets", node.at)
            raise ExpressionError(f"{node.name}: no such name{did_you_mean(node.name, known)}", node.at)
        return names[node.name]

    def _select(self, node: Select, names: dict[str, Type], facts: Facts) -> Type:
        if isinstance(node.operand, Name) and node.operand.name == "params" and "params" not in names:
            if node.field not in self._params:
                hint = did_you_mean(node.field, self._params) or ": declare it under params"
                raise ExpressionError(f"params.{node.field}: no such parameter{hint}", node.at)
            return self._params[node.field]
        owner = self._not_null(node.operand, names, facts, f".{node.field}")
        if owner.kind == "any":
            return ANY
        if owner.kind == "map":
            if _key_fact(node) not in facts:
                raise ExpressionError(
                    f'{render(node.operand)} may lack "{node.field}": guard it with {_key_fact(node)} && …', node.at
                )
            return owner.item or ANY
        if owner.struct is None:
            hint = ": use its elements, with all(), exists() or an index" if owner.kind == "list" else ""
            raise ExpressionError(f"{render(node.operand)} is {_described(owner)}, it has no fields{hint}", node.at)
        fields = fields_of(owner.struct)
        if node.field not in fields:
            raise ExpressionError(f"{render(node)}: no such field{did_you_mean(node.field, fields)}", node.at)
        return fields[node.field]

    def _index(self, node: Index, names: dict[str, Type], facts: Facts) -> Type:
        owner = self._not_null(node.operand, names, facts, "[…]")
        index = self._not_null(node.index, names, facts, "an index")
        if owner.kind not in ("list", "map", "any"):
            raise ExpressionError(f"{render(node.operand)} is {_described(owner)}, it cannot be indexed", node.at)
        wanted = {"list": "int", "map": "string"}.get(owner.kind, index.kind)
        if index.kind not in (wanted, "any"):
            raise ExpressionError(f"a {owner.kind} is indexed by {wanted}, this is {_described(index)}", node.index.at)
        if owner.kind == "map" and _key_fact(node) not in facts:
            raise ExpressionError(f"{render(node)} may not exist: guard it with {_key_fact(node)} && …", node.at)
        return owner.item or ANY

    def _unary(self, node: Unary, names: dict[str, Type], facts: Facts) -> Type:
        if node.operator == "!":
            return self._want_bool(node.operand, names, facts, "'!'")
        return self._want_number(node.operand, names, facts, "-")

    def _binary(self, node: Binary, names: dict[str, Type], facts: Facts) -> Type:
        if node.operator in ("==", "!="):
            return self._equality(node, names, facts)
        if node.operator == "in":
            return self._membership(node, names, facts)
        left = self._not_null(node.left, names, facts, f"'{node.operator}'")
        right = self._not_null(node.right, names, facts, f"'{node.operator}'")
        if node.operator in ("<", "<=", ">", ">="):
            if not (_both(left, right, "int", "double") or _both(left, right, "string")):
                raise self._mismatch(node, left, right)
            return BOOL
        if node.operator == "+" and left.kind == right.kind == "list":
            found = joined([left, right])
            if found is None:
                raise self._mismatch(node, left, right)
            return found
        kinds: tuple[str, ...] = ("int", "double", "string") if node.operator == "+" else ("int", "double")
        if node.operator == "%":
            kinds = ("int",)
        if left.kind == "any" or right.kind == "any":
            other = right if left.kind == "any" else left
            if other.kind not in (*kinds, "any"):
                raise self._mismatch(node, left, right)
            return other
        if {left.kind, right.kind} == {"int", "double"} and node.operator != "%":
            whole = render(node.left if left.kind == "int" else node.right)
            raise ExpressionError(f"{left} {node.operator} {right}: write double({whole})", node.at)
        if left.kind != right.kind or left.kind not in kinds:
            raise self._mismatch(node, left, right)
        return left

    def _equality(self, node: Binary, names: dict[str, Type], facts: Facts) -> Type:
        left, right = self.check(node.left, names, facts), self.check(node.right, names, facts)
        for one, other, text in ((left, right, node.left), (right, left, node.right)):
            if other.kind == "null" and not one.nullable and one.kind != "any" and render(text) not in facts:
                raise ExpressionError(f"{render(text)} is never null", node.at)
        if not comparable(left, right):
            if left.kind == "object" and left == right:
                raise ExpressionError(f"two {left} objects cannot be compared: compare their fields", node.at)
            raise ExpressionError(
                f"{_described(left)} and {_described(right)} are never equal ({render(node)})", node.at
            )
        return BOOL

    def _membership(self, node: Binary, names: dict[str, Type], facts: Facts) -> Type:
        item = self.check(node.left, names, facts)
        container = self._not_null(node.right, names, facts, "'in'")
        if container.kind not in ("list", "map", "any"):
            hint = ": write text.contains(part)" if container.kind == "string" else ""
            raise ExpressionError(f"'in' wants a list or a map, this is {_described(container)}{hint}", node.at)
        wanted = STRING if container.kind == "map" else container.item or ANY
        if container.kind == "map":
            self._refuse_null(node.left, item, "a key")
        if not comparable(item, wanted):
            raise ExpressionError(f"{_described(item)} is never in {_described(container)}", node.at)
        return BOOL

    def _conditional(self, node: Conditional, names: dict[str, Type], facts: Facts) -> Type:
        self._want_bool(node.test, names, facts, "'?'")
        yes = self.check(node.yes, names, facts | established(node.test))
        no = self.check(node.no, names, facts | established(node.test, False))
        for empty, other in ((node.yes, no), (node.no, yes)):
            if is_empty_list(empty) and other.kind == "list":
                return other
        found = joined([yes, no])
        if found is None or found.kind == "object":
            raise ExpressionError(f"the branches of '?' must be values of one type, not {yes} and {no}", node.at)
        return found

    def _call(self, node: Call, names: dict[str, Type], facts: Facts) -> Type:
        function = FUNCTIONS.get(node.function)
        if function is None:
            known = [*FUNCTIONS, *MACROS] if node.method else FUNCTIONS
            raise ExpressionError(f"{node.function}: no such function{did_you_mean(node.function, known)}", node.at)
        usage = _usage(node.function, function)
        if function.style != "both" and (function.style == "method") != node.method:
            raise ExpressionError(f"{node.function} is written {usage}", node.at)
        if len(node.arguments) != len(function.takes):
            counted = len(function.takes) - node.method
            plural = "" if counted == 1 else "s"
            raise ExpressionError(f"{node.function} takes {counted} argument{plural}: {usage}", node.at)
        if node.function == "has":
            return self._has(node, names, facts)
        found = [
            self._argument(argument, shape, node.function, names, facts)
            for argument, shape in zip(node.arguments, function.takes, strict=True)
        ]
        results = {"bool": BOOL, "int": INT, "double": DOUBLE, "string": STRING, "arn": ARN, "same": found[0]}
        return results[function.gives] if function.gives != "element" else found[0].item or ANY

    def _has(self, node: Call, names: dict[str, Type], facts: Facts) -> Type:
        field = node.arguments[0]
        if not isinstance(field, Select):
            raise ExpressionError("has() takes a field: has(table.usage)", field.at)
        self.check(field, names, facts | {_key_fact(field)})
        return BOOL

    def _argument(self, node: Expression, shape: Shape, function: str, names: dict[str, Type], facts: Facts) -> Type:
        found = self.check(node, names, facts)
        if shape == "any":
            return found
        self._refuse_null(node, found, f"{function}()")
        if not _has_shape(found, shape):
            raise ExpressionError(f"{function} takes {_ARTICLES[shape]}, this is {_described(found)}", node.at)
        if isinstance(node, Literal) and shape in ("pattern", "glob"):
            problem = pattern_problem(function, node.value)
            if problem is not None:
                raise ExpressionError(problem, node.at)
        return found

    def _macro(self, node: Macro, names: dict[str, Type], facts: Facts) -> Type:
        target = self._not_null(node.target, names, facts, f"{node.name}()")
        if target.kind not in ("list", "any"):
            raise ExpressionError(
                f"{node.name} goes over a list, {render(node.target)} is {_described(target)}", node.at
            )
        if node.variable in names or node.variable == "params":
            raise ExpressionError(f"{node.variable} has a meaning already: choose another variable", node.at)
        item = target.item or ANY
        inner = {**names, node.variable: item}
        if node.name == "map":
            return list_of(self.check(node.body, inner, facts))
        self._want_bool(node.body, inner, facts, f"{node.name}()")
        if node.name == "filter":
            return list_of(required(item)) if node.variable in established(node.body) else target
        return BOOL

    def _want_bool(self, node: Expression, names: dict[str, Type], facts: Facts, what: str) -> Type:
        found = self._not_null(node, names, facts, what)
        if found.kind not in ("bool", "any"):
            raise ExpressionError(f"{what} wants true or false, {render(node)} is {_described(found)}", node.at)
        return BOOL

    def _want_number(self, node: Expression, names: dict[str, Type], facts: Facts, what: str) -> Type:
        found = self._not_null(node, names, facts, what)
        if found.kind not in ("int", "double", "any"):
            raise ExpressionError(f"{what} wants a number, {render(node)} is {_described(found)}", node.at)
        return found

    def _not_null(self, node: Expression, names: dict[str, Type], facts: Facts, what: str) -> Type:
        found = self.check(node, names, facts)
        self._refuse_null(node, found, what)
        return found

    def _refuse_null(self, node: Expression, found: Type, what: str) -> None:
        if found.kind == "null":
            raise ExpressionError(f"{what} does not work on null", node.at)
        if found.nullable:
            text = render(node)
            raise ExpressionError(f"{text} may be null here: guard it with {text} != null && …", node.at)

    def _mismatch(self, node: Binary, left: Type, right: Type) -> ExpressionError:
        return ExpressionError(f"{left} {node.operator} {right}: no such operation ({render(node)})", node.at)


def _both(left: Type, right: Type, *kinds: str) -> bool:
    return all(found.kind in (*kinds, "any") for found in (left, right))


def _has_shape(found: Type, shape: Shape) -> bool:
    if found.kind == "any":
        return True
    if shape in ("string", "pattern", "glob"):
        return found.kind == "string"
    if shape == "number":
        return found.kind in ("int", "double")
    if shape == "scalar":
        return found.kind in ("int", "double", "string")
    if shape == "sized":
        return found.kind in ("string", "list", "map")
    if found.kind != "list" or found.item is None:
        return False
    kinds = {"list": None, "strings": ("string", "any"), "numbers": ("int", "double", "any")}[shape]
    return kinds is None or (found.item.kind in kinds and not found.item.nullable)


def _usage(name: str, function: Function) -> str:
    names = {"string": "text", "pattern": "pattern", "glob": "glob", "strings": "list", "numbers": "list", "any": "x"}
    arguments = [names.get(shape, shape) for shape in function.takes]
    if function.style == "method":
        return f"{arguments[0]}.{name}({', '.join(arguments[1:])})"
    return f"{name}({', '.join(arguments)})"


def _described(found: Type) -> str:
    if found.kind == "null":
        return "null"
    if found.kind == "any":
        return "anything"
    article = "an" if str(found)[0] in "aeiouAEIOU" else "a"
    return f"{article} {found}{' or null' if found.nullable else ''}"


def check_path(path: str, roots: Mapping[str, Type]) -> None:
    """Check a path of ``locate`` (``table.encryption.kms_key``, ``table.key_schema[0]``). Raises ExpressionError."""
    name, *steps = path.split(".")
    if name not in roots:
        raise ExpressionError(f"{name}: no such name{did_you_mean(name, roots)}", 0)
    found = roots[name]
    at = len(name) + 1
    for step in steps:
        field, bracket, index = step.partition("[")
        fields: Mapping[str, Type] = fields_of(found.struct) if found.struct is not None else {}
        if field not in fields:
            raise ExpressionError(f"{path[:at]}{field}: no such field{did_you_mean(field, fields)}", at)
        found = fields[field]
        if bracket:
            if not index.endswith("]") or not index[:-1].isdecimal() or found.kind != "list":
                raise ExpressionError(f"{path[: at + len(step)]}: an index in a path is a number, of a list", at)
            found = found.item or ANY
        at += len(step) + 1
