"""Rules as plain Python functions: what the policy language is measured against.

Each expression is written out as Python source. There is no unknown in it, no bound and no message: it is the least
that anybody could do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.functions import FUNCTIONS
from dyncheck.policy.program import CheckProgram, mentions
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
)

Predicate = Callable[[Any], list[str]]

_MACROS = {
    "all": "all({body} for {name} in {target})",
    "exists": "any({body} for {name} in {target})",
    "exists_one": "(sum(1 for {name} in {target} if {body}) == 1)",
    "filter": "[{name} for {name} in {target} if {body}]",
    "map": "[{body} for {name} in {target}]",
}
_CALLS = {
    "size": "len({0})",
    "startsWith": "{0}.startswith({1})",
    "endsWith": "{0}.endswith({1})",
    "contains": "({1} in {0})",
    "matches": "(re.search({1}, {0}) is not None)",
    "lowerAscii": "{0}.lower()",
    "sum": "sum({0})",
    "distinct": "list(dict.fromkeys({0}))",
    "join": "{1}.join({0})",
    "known": "True",
    "int": "int({0})",
    "double": "float({0})",
}
_LOGIC = {"&&": " and ", "||": " or "}


def plain_predicates(rule: CompiledRule) -> list[Predicate]:
    """One function for each check of a rule; it gives the outcomes: "pass", "fail", "not_applicable"."""
    return [_predicate(program, rule) for program in rule.program.checks]


def _predicate(program: CheckProgram, rule: CompiledRule) -> Predicate:
    kind, element = rule.rule.kind, program.as_name
    when = _python(program.when) if program.when is not None else "True"
    check = _python(program.check)
    verdict = f"('pass' if {check} else 'fail')"
    if program.each is None:
        body = f"    return [{verdict}] if {when} else ['not_applicable']\n"
    elif mentions(program.when, element):
        body = f"    return [{verdict} if {when} else 'not_applicable' for {element} in {_python(program.each)}]"
        body += " or ['not_applicable']\n"
    else:
        body = f"    if not ({when}):\n        return ['not_applicable']\n"
        body += f"    return [{verdict} for {element} in {_python(program.each)}] or ['not_applicable']\n"
    params = type("Params", (), rule.params)
    helpers = {name: function.implementation for name, function in FUNCTIONS.items()}
    namespace: dict[str, Any] = {"params": params, "helpers": helpers, "re": __import__("re")}
    exec(f"def predicate({kind}):\n{body}", namespace)
    predicate: Predicate = namespace["predicate"]
    return predicate


def _python(node: Expression) -> str:
    match node:
        case Literal(value=value):
            return repr(value)
        case Name(name=name):
            return name
        case Select(operand=operand, field=field):
            return f"{_python(operand)}.{field}"
        case Index(operand=operand, index=index):
            return f"{_python(operand)}[{_python(index)}]"
        case ListOf(items=items):
            return f"({''.join(_python(item) + ', ' for item in items)})"
        case Unary(operator=operator, operand=operand):
            return f"({'not ' if operator == '!' else '-'}{_python(operand)})"
        case Binary(operator=operator, left=left, right=right):
            if isinstance(right, Literal) and right.value is None:
                return f"({_python(left)} {'is' if operator == '==' else 'is not'} None)"
            return f"({_python(left)} {operator} {_python(right)})"
        case Logical(operator=operator, operands=operands):
            return f"({_LOGIC[operator].join(map(_python, operands))})"
        case Conditional(test=test, yes=yes, no=no):
            return f"({_python(yes)} if {_python(test)} else {_python(no)})"
        case Macro(name=name, target=target, variable=variable, body=body):
            return _MACROS[name].format(body=_python(body), name=variable, target=_python(target))
        case Call(function=function, arguments=arguments):
            written = [_python(argument) for argument in arguments]
            if function == "has" and isinstance(arguments[0], Select):
                return f"({written[0]} is not None)"
            template = _CALLS.get(function, f"helpers[{function!r}]({', '.join(written)})")
            return template.format(*written)
    raise TypeError(node)
