"""Expressions as Python source: what an expression on known values needs, and not more.

The source is made of names that are numbered here, fields of the model, and constants that are handed over as objects;
no text of a rule is in it. It knows nothing of unknown values. Where it meets one, an error, or too many steps, it
raises, and the closures have to answer: it says what they say or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import msgspec

from dyncheck import model
from dyncheck.policy import closures
from dyncheck.policy.certain import HELPERS, weight
from dyncheck.policy.evaluator import FOREIGN, constant_of, frozen, summands
from dyncheck.policy.functions import FUNCTIONS, PATTERN_COMPILERS, matching_steps, pattern_machine
from dyncheck.policy.limits import MAX_ITEMS, MAX_STEPS, MAX_TEXT
from dyncheck.policy.patterns import Machine
from dyncheck.policy.remembered import Remembered
from dyncheck.policy.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Index,
    ListOf,
    Literal,
    Logical,
    Macro,
    Name,
    Select,
    Unary,
    children,
    toll,
)

_ARITHMETIC: Final = {"-": "subtract", "*": "multiply", "/": "divide", "%": "remainder"}
_ORDERS: Final = {"<": "less", "<=": "less_or_same", ">": "greater", ">=": "greater_or_same"}


@cache
def _model_fields() -> Mapping[str, str]:
    """The names of the model's own fields that values which are no model objects do not have."""
    structs = [kind for kind in vars(model).values() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)]
    names = {name for struct in structs for name in struct.__struct_fields__}
    return {name: name for name in names - FOREIGN}


class Writer:
    """Writes one function. Expressions become Python expressions, walks over lists statements in front of them."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.names: dict[str, Any] = dict(HELPERS)
        self._params = {name: frozen(value) for name, value in params.items()}
        self._lines: list[str] = []
        self._indent = 1
        self._count = 0
        self._charge = 0

    def line(self, text: str) -> None:
        """Write a line of the function."""
        self._lines.append("    " * self._indent + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write a line with what is written meanwhile inside it."""
        self.line(head)
        self._indent += 1
        yield
        self._indent -= 1

    @contextmanager
    def loop(self, variable: str, items: str, cost: int) -> Iterator[None]:
        """Write a loop. Each round is charged with ``cost``, and what it may cost beyond its own loops."""
        outer, self._charge = self._charge, cost
        place = len(self._lines)
        with self.block(f"for {variable} in {items}:"):
            yield
        self._lines.insert(place, "    " * self._indent + f"if (steps := steps - {self._charge} * len({items})) < 0:")
        self._lines.insert(place + 1, "    " * self._indent + "    leave()")
        self._charge = outer

    @property
    def steps(self) -> int:
        """The steps that the function may take beyond what every run of it takes."""
        return MAX_STEPS - self._charge

    def new(self) -> str:
        """A name that is not in use."""
        self._count += 1
        return f"v{self._count}"

    def constant(self, value: Any) -> str:
        """The name of an object from outside."""
        name = f"k{len(self.names)}"
        self.names[name] = value
        return name

    def function(self, head: str) -> Callable[..., Any]:
        """What was written, as a function of that head."""
        source = [f"def written({head}):", f"    steps = {self.steps}", *self._lines]
        exec(compile("\n".join(source), "<check>", "exec"), self.names)
        written: Callable[..., Any] = self.names["written"]
        return written

    # --- expressions --------------------------------------------------------------------------------------------------

    def truth(self, node: Expression, scope: Mapping[str, str]) -> str:
        """An expression that is True or False, and nothing else."""
        if isinstance(node, Logical):
            return self._logical(node, scope)
        if isinstance(node, Unary) and node.operator == "!":
            return f"(not {self.truth(node.operand, scope)})"
        if isinstance(node, Binary) and node.operator in ("==", "!="):
            return self._equality(node, scope)
        if isinstance(node, Binary) and node.operator in _ORDERS:
            return self._order(node, scope)
        if isinstance(node, Binary) and node.operator == "in":
            return self._membership(node, scope)
        if isinstance(node, Macro) and node.name in ("all", "exists"):
            return self._quantifier(node, scope)
        if isinstance(node, Literal) and isinstance(node.value, bool):
            return str(node.value)
        name = self.new()
        return f"(({name} := {self.value(node, scope)}) is True or {name} is not False and leave())"

    def value(self, node: Expression, scope: Mapping[str, str]) -> str:
        """An expression for any value, which may be unknown: whoever uses it finds out."""
        if isinstance(node, Literal):
            return self.constant(node.value)
        if isinstance(node, Name):
            return scope[node.name]
        if isinstance(node, Select):
            return self._select(node, scope)
        if isinstance(node, Index):
            return f"item_at({self.value(node.operand, scope)}, {self.value(node.index, scope)})"
        if isinstance(node, ListOf):
            if all(isinstance(item, Literal) for item in node.items):
                return self.constant(tuple(item.value for item in node.items if isinstance(item, Literal)))
            return f"({''.join(self.value(item, scope) + ', ' for item in node.items)})"
        if isinstance(node, Unary) and node.operator == "-":
            return f"minus({self.value(node.operand, scope)})"
        if isinstance(node, Binary) and node.operator == "+":
            return self._addition(node, scope)
        if isinstance(node, Binary) and node.operator in _ARITHMETIC:
            return f"{_ARITHMETIC[node.operator]}({self.value(node.left, scope)}, {self.value(node.right, scope)})"
        if isinstance(node, Conditional):
            return self._conditional(node, scope)
        if isinstance(node, Call):
            return self._call(node, scope)
        if isinstance(node, Macro) and node.name not in ("all", "exists"):
            return self._collection(node, scope)
        return self.truth(node, scope)

    def _select(self, node: Select, scope: Mapping[str, str]) -> str:
        if isinstance(node.operand, Name) and node.operand.name == "params":
            return self.constant(self._params[node.field])
        owner = self.value(node.operand, scope)
        field = _model_fields().get(node.field)
        return f"field_of({owner}, {self.constant(node.field)})" if field is None else f"{owner}.{field}"

    def _logical(self, node: Logical, scope: Mapping[str, str]) -> str:
        word, opening = ("and", "if {}:") if node.operator == "&&" else ("or", "if not {}:")
        first, *others = node.operands
        found = [self.truth(first, scope)]
        for operand in others:
            if not walks(operand):
                found.append(self.truth(operand, scope))
                continue
            name = self.new()
            self.line(f"{name} = {f' {word} '.join(found)}")
            with self.block(opening.format(name)):
                self.line(f"{name} = {self.truth(operand, scope)}")
            found = [name]
        return f"({f' {word} '.join(found)})"

    def _conditional(self, node: Conditional, scope: Mapping[str, str]) -> str:
        test = self.truth(node.test, scope)
        if not walks(node.yes) and not walks(node.no):
            return f"({self.value(node.yes, scope)} if {test} else {self.value(node.no, scope)})"
        name = self.new()
        for head, branch in ((f"if {test}:", node.yes), ("else:", node.no)):
            with self.block(head):
                self.line(f"{name} = {self.value(branch, scope)}")
        return name

    def _equality(self, node: Binary, scope: Mapping[str, str]) -> str:
        same = node.operator == "=="
        left, one = self.value(node.left, scope), self.new()
        if not isinstance(node.right, Literal):
            right, other = self.value(node.right, scope), self.new()
            return (
                f"({one} {node.operator} {other}"
                f" if ({one} := {left}).__class__ is ({other} := {right}).__class__ is str"
                f" else {'' if same else 'not '}same({one}, {other})"
                f" if (steps := steps - weights({one}, {other})) >= 0 else leave())"
            )
        if node.right.value is None:
            if same:
                return f"(({one} := {left}) is None or {one}.__class__ in UNDECIDED and leave())"
            return f"(({one} := {left}) is not None and ({one}.__class__ not in UNDECIDED or leave()))"
        constant, kind = self.constant(node.right.value), self.constant(node.right.value.__class__)
        unlike = f"{one} is not None and same({one}, {constant})"
        if not same:
            unlike = f"{one} is None or not same({one}, {constant})"
        return f"({one} {node.operator} {constant} if ({one} := {left}).__class__ is {kind} else {unlike})"

    def _order(self, node: Binary, scope: Mapping[str, str]) -> str:
        left, one = self.value(node.left, scope), self.new()
        right, other = self.value(node.right, scope), self.new()
        return (
            f"({one} {node.operator} {other}"
            f" if ({one} := {left}).__class__ is ({other} := {right}).__class__ in ORDERED"
            f" else certain({_ORDERS[node.operator]}({one}, {other})))"
        )

    def _membership(self, node: Binary, scope: Mapping[str, str]) -> str:
        item, container, name = self.value(node.left, scope), self.value(node.right, scope), self.new()
        if container in self.names:
            self._charge += weight(self.names[container])
            return f"within({item}, {container})"
        return f"(within({item}, {name}) if (steps := steps - weight({name} := {container})) >= 0 else leave())"

    def _addition(self, node: Binary, scope: Mapping[str, str]) -> str:
        parts = summands(node)
        texts = [self.value(part, scope) for part in parts]
        if not any(isinstance(part, Literal) and isinstance(part.value, str) for part in parts):
            return f"add({', '.join(texts)})"
        total = self.new()
        for number, part in enumerate(parts):
            if not isinstance(part, Literal):
                name = self.new()
                texts[number] = f"({name} if ({name} := {texts[number]}).__class__ is str else leave())"
        return f"({total} if len({total} := {' + '.join(texts)}) <= {MAX_TEXT} else leave())"

    def _call(self, node: Call, scope: Mapping[str, str]) -> str:
        first = node.arguments[0]
        if node.function == "has" and isinstance(first, Select):
            present = closures.presence(lambda owner: owner, first.field)
            return f"{self.constant(present)}({self.value(first.operand, scope)})"
        if node.function in PATTERN_COMPILERS:
            pattern = constant_of(node.arguments[1], self._params)
            if isinstance(pattern, str):
                return self._matching(self.value(first, scope), pattern_machine(node.function, pattern))
        function = FUNCTIONS[node.function]
        called = self.constant(function.implementation)
        if not function.strict:
            return f"{called}({self.value(first, scope)})"
        names = [self.new() for _ in node.arguments]
        tests = [
            f"({name} := {self.value(argument, scope)}).__class__ not in UNDECIDED"
            for name, argument in zip(names, node.arguments, strict=True)
        ]
        given = ", ".join(names)
        if function.cost is not None:
            tests.append(f"(steps := steps - {self.constant(function.cost)}({given})) >= 0")
        return f"({called}({given}) if {' and '.join(tests)} else leave())"

    def _matching(self, text: str, machine: Machine) -> str:
        found_in, name = self.constant(Remembered(machine.found_in)), self.new()
        least = matching_steps("", machine)
        self._charge += least
        return (
            f"({found_in}[{name}] if ({name} := {text}).__class__ is str"
            f" and (steps := steps - {matching_steps('x', machine) - least} * len({name})) >= 0 else leave())"
        )

    # --- walks over lists ---------------------------------------------------------------------------------------------

    @contextmanager
    def _walk(self, node: Macro, scope: Mapping[str, str], start: str) -> Iterator[tuple[str, dict[str, str]]]:
        """A loop over a macro's list; gives the name of the result and the scope of the body."""
        items, item, result = self.new(), self.new(), self.new()
        self.line(f"{items} = {self.value(node.target, scope)}")
        with self.block(f"if {items}.__class__ is not tuple:"):
            self.line("leave()")
        self.line(f"{result} = {start}")
        with self.loop(item, items, toll(node.body)):
            if not _finds_out(node.body, node.variable):
                with self.block(f"if {item}.__class__ is Choice:"):
                    self.line("leave()")
            yield result, {**scope, node.variable: item}

    def _quantifier(self, node: Macro, scope: Mapping[str, str]) -> str:
        decisive = node.name == "exists"
        with self._walk(node, scope, str(not decisive)) as (result, inner):
            test = self.truth(node.body, inner)
            with self.block(f"if {test}:" if decisive else f"if not {test}:"):
                self.line(f"{result} = {decisive}")
                self.line("break")
        return result

    def _collection(self, node: Macro, scope: Mapping[str, str]) -> str:
        with self._walk(node, scope, "0" if node.name == "exists_one" else "[]") as (result, inner):
            if node.name == "map":
                self.line(f"{result}.append({self.value(node.body, inner)})")
            else:
                with self.block(f"if {self.truth(node.body, inner)}:"):
                    kept = f".append({inner[node.variable]})"
                    self.line(result + (" += 1" if node.name == "exists_one" else kept))
        if node.name == "exists_one":
            return f"({result} == 1)"
        return f"(tuple({result}) if len({result}) <= {MAX_ITEMS} else leave())"


def walks(node: Expression) -> bool:
    """Whether there is a macro in an expression."""
    return isinstance(node, Macro) or any(map(walks, children(node)))


def _finds_out(node: Expression, variable: str) -> bool:
    """Whether an expression reads a field of the variable before all else, which an undecided one does not have."""
    parent = node
    while children(node) and not (isinstance(node, Call) and node.function == "has"):
        parent, node = node, children(node)[0]
    return node == Name(variable, node.at) and isinstance(parent, Select) and parent.field in _model_fields()
