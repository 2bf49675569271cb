"""From rule and pack files to checked rules: every mistake is named with its file, line and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from dyncheck.errors import RuleError
from dyncheck.model import Amount
from dyncheck.policy.checker import NO_FACTS, Facts, Scope, check_condition, check_expression, check_path, established
from dyncheck.policy.documents import Document, Fields, PathStep, Scalar, read_document
from dyncheck.policy.functions import FUNCTIONS
from dyncheck.policy.limits import MAX_DIRECTORY_BYTES, MAX_FILE_BYTES, MAX_FILES
from dyncheck.policy.messages import message_parts
from dyncheck.policy.packs import Pack
from dyncheck.policy.parser import RESERVED, parse
from dyncheck.policy.program import (
    CheckProgram,
    RuleProgram,
    base_of,
    fields_read,
    pattern_params,
    pattern_problem,
)
from dyncheck.policy.rule import Rule
from dyncheck.policy.selection import described, fits
from dyncheck.policy.shipped import Bundle
from dyncheck.policy.suggest import did_you_mean
from dyncheck.policy.syntax import Expression, ExpressionError
from dyncheck.policy.types import Type, resource_type, type_of_value

PACKS_DIRECTORY: Final = "packs"


def read_source(root: Path, *, validated: bool = False, called: str | None = None) -> Bundle:
    """The rules and packs of a directory (or one file).

    ``validated``: the files are known to fit the schema. ``called``: what errors call the directory; its path when
    None. Raises RuleError.
    """
    rules: list[RuleProgram] = []
    packs: list[Pack] = []
    for path in rule_files(root):
        name = None if called is None else f"{called}/{path.relative_to(root).as_posix()}"
        if is_pack_file(path, root):
            packs.append(load_pack(path, name))
            continue
        program, errors = read_rule(path, root, validated=validated, name=name)
        if program is None or errors:
            raise errors[0]
        rules.append(program)
    return Bundle(tuple(sorted(rules, key=lambda program: program.rule.id)), tuple(packs))


def rule_files(root: Path) -> list[Path]:
    """The YAML files of rules and packs below a directory, or the file itself. Raises RuleError when there are none."""
    if root.is_file():
        return [root]
    if not root.is_dir():
        raise RuleError("no such file or directory", path=shown(root))
    inside = root.resolve()
    found = sorted(path for pattern in ("*.yaml", "*.yml") for path in root.rglob(pattern) if path.is_file())
    if len(found) > MAX_FILES:
        raise RuleError(f"more than {MAX_FILES:,} files", path=shown(root))
    for path in found:
        if not path.resolve().is_relative_to(inside):
            raise RuleError("a symbolic link that leaves the directory is not read", path=shown(path))
    if sum(path.stat().st_size for path in found) > MAX_DIRECTORY_BYTES:
        raise RuleError(f"the files are larger than {MAX_DIRECTORY_BYTES // 2**20} MiB together", path=shown(root))
    return found


def is_pack_file(path: Path, root: Path) -> bool:
    """Whether a file is a pack: it lies in a directory ``packs``."""
    return path != root and path.parent.name == PACKS_DIRECTORY


def shown(path: Path) -> str:
    """A path as errors name it: relative to the current directory where it lies below that."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return path.as_posix()


def read_text(path: Path) -> str:
    """A file's text. Raises RuleError when it cannot be read, is too large, or is not UTF-8."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise RuleError(f"cannot be read: {error.strerror}", path=shown(path)) from None
    if len(data) > MAX_FILE_BYTES:
        raise RuleError(f"the file is larger than {MAX_FILE_BYTES // 1024} KiB", path=shown(path))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RuleError("the file is not UTF-8", path=shown(path), line=line) from None


def load_pack(path: Path, name: str | None = None) -> Pack:
    """A pack from its file, which errors call ``name`` where one is given. Raises RuleError."""
    found, errors = read_pack(path, name)
    if found is None or errors:
        raise errors[0]
    return found[0]


def read_pack(path: Path, name: str | None = None) -> tuple[tuple[Pack, Document] | None, list[RuleError]]:
    """A pack and its document from its file, which errors call ``name``, with all that is wrong with it by itself."""
    try:
        document = read_document(read_text(path), name or shown(path))
    except RuleError as error:
        return None, [error]
    errors = schema_errors(document, "pack")
    if errors:
        return None, errors
    pack = msgspec.convert(document.root.plain(), Pack)
    if pack.name != path.stem:
        message = f"the file is called {path.name}: its pack must be named {path.stem}"
        errors.append(document.error(message, ("name",)))
    line, column = document.at(("name",)) if name is None else (1, 1)
    return (msgspec.structs.replace(pack, path=document.path, line=line, column=column), document), errors


def schema_errors(document: Document, kind: Any) -> list[RuleError]:
    """What the schema finds wrong with a file, in the order of lines."""
    from dyncheck.policy.schema import violations

    found = (
        document.error(violation.message, violation.steps, key=violation.key)
        for violation in violations(document, kind)
    )
    return sorted(found, key=lambda error: (error.line, error.column))


def read_rule(
    path: Path, root: Path, *, validated: bool = False, name: str | None = None
) -> tuple[RuleProgram | None, list[RuleError]]:
    """A rule from its file, which errors call ``name``, with all that is wrong with it; None when too much is.

    ``root``: the directory that is being read; below it the file's own directory must be the rule's category.
    """
    try:
        document = read_document(read_text(path), name or shown(path))
    except RuleError as error:
        return None, [error]
    program, errors = check_rule(document, validated=validated)
    if isinstance(document.root, Fields):
        plain = document.root.plain()
        if isinstance(plain.get("name"), str) and plain["name"] != path.stem:
            errors.append(document.error(f"the file must be called {plain['name']}{path.suffix}", ("name",)))
        category, directory = plain.get("category"), path.parent
        if isinstance(category, str) and root.is_dir() and directory != root and directory.name != category:
            errors.append(document.error(f"the file must be in the directory {category}/", ("category",)))
    if program is not None and name is None:
        names = [("id",), ("name",), *(("aliases", number) for number in range(len(program.rule.aliases)))]
        program = msgspec.structs.replace(program, places=tuple(map(document.at, names)))
    return program, errors


def read_names(path: Path) -> RuleProgram | None:
    """A mistaken rule as far as packs speak of it, without its checks; None when not even that can be told."""
    try:
        document = read_document(read_text(path), shown(path))
    except RuleError:
        return None
    rule = _convert(document)
    return None if rule is None else RuleProgram(rule=rule, path=document.path, checks=())


def check_rule(document: Document, *, validated: bool = False) -> tuple[RuleProgram | None, list[RuleError]]:
    """The rule that a document holds, with all that is wrong with it."""
    rule = _convert(document)
    if rule is None or not validated:
        errors = schema_errors(document, "rule")
        if rule is None or errors:
            return None, errors or [document.error("this is not a rule")]
    compiler = _RuleCompiler(document, rule)
    checks = tuple(compiler.check(steps) for steps in [(), *((("also", index)) for index in range(len(rule.also)))])
    program = RuleProgram(rule=rule, path=document.path, checks=tuple(check for check in checks if check is not None))
    compiler.examples(rule)
    compiler.patterns(rule, program)
    errors = sorted(compiler.errors, key=lambda error: (error.line, error.column))
    return (None if errors else program), errors


def _convert(document: Document) -> Rule | None:
    if not isinstance(document.root, Fields):
        return None
    plain = document.root.plain()
    try:
        for part in (plain, *plain.get("also", ())):
            if "as" in part:
                part["as_name"] = part.pop("as")
        return msgspec.convert(plain, Rule)
    except (msgspec.ValidationError, AttributeError, TypeError):
        return None


class _RuleCompiler:
    """Parses and checks the expressions of one rule; collects what is wrong with them."""

    def __init__(self, document: Document, rule: Rule) -> None:
        self._document = document
        self._kind = rule.kind
        self._names = {rule.kind: resource_type(rule.kind)}
        self._params: dict[str, Type] = {}
        self.errors: list[RuleError] = []
        for name, param in rule.params.items():
            found = type_of_value(param.default)
            if found is None:
                self._complain("the elements of a list must be of one type", ("params", name, "default"))
            else:
                self._params[name] = found

    def patterns(self, rule: Rule, program: RuleProgram) -> None:
        """Check the defaults of parameters that are patterns."""
        for name, function in pattern_params(program.checks).items():
            problem = pattern_problem(function, rule.params[name].default)
            if problem is not None:
                self._complain(problem, ("params", name, "default"))

    def _complain(self, message: str, steps: tuple[PathStep, ...]) -> None:
        self.errors.append(self._document.error(message, steps))

    def _complain_at(self, scalar: Scalar, error: ExpressionError, start: int = 0) -> None:
        line, column = self._document.place(scalar, start + error.at)
        self.errors.append(RuleError(error.message, path=self._document.path, line=line, column=column))

    def examples(self, rule: Rule) -> None:
        """Check the parameters that examples set against those that the rule has."""
        groups = (("pass", rule.examples.passing), ("fail", rule.examples.fail), ("unknown", rule.examples.unknown))
        for group, members in groups:
            for number, example in enumerate(members):
                for name, value in example.params.items():
                    steps = ("examples", group, number, "params", name)
                    if name not in rule.params:
                        self._complain(f"there is no parameter {name}{did_you_mean(name, rule.params)}", steps)
                    elif not fits(value, rule.params[name].default):
                        wanted = described(rule.params[name].default)
                        self._complain(f"the parameter {name} must be {wanted}, not {described(value)}", steps)

    def check(self, steps: tuple[PathStep, ...]) -> CheckProgram | None:
        """The check whose fields stand at a path of the document."""
        scope = Scope(self._names, self._params)
        each = self._expression((*steps, "each"))
        element = self._text((*steps, "as"))
        if each is not None and element is not None:
            item = self._element_type((*steps, "each"), each, scope)
            taken = element.text in self._names or element.text in FUNCTIONS or element.text in (*RESERVED, "params")
            if taken:
                self._complain(f"{element.text} has a meaning already: choose another name", (*steps, "as"))
            if item is None or taken:
                return None
            scope = Scope({**self._names, element.text: item}, self._params)
        when = self._condition((*steps, "when"), scope, NO_FACTS)
        facts = established(when) if when is not None else NO_FACTS
        check = self._condition((*steps, "check"), scope, facts)
        locate = self._locate((*steps, "locate"), scope)
        message = self._message((*steps, "message"), scope, facts)
        amount = self._amount((*steps, "amount"), scope, facts)
        if check is None:
            return None
        read = tuple(node for node in (when, each, check) if node is not None)
        return CheckProgram(
            when=when,
            each=each,
            as_name=element.text if element is not None else None,
            check=check,
            locate=locate,
            message=message,
            amount=amount,
            base=base_of(each, self._kind) if each is not None else None,
            fields=fields_read((*read, *(part for part in message if not isinstance(part, str))), self._kind),
        )

    def _text(self, steps: tuple[PathStep, ...]) -> Scalar | None:
        node = self._document.find(steps)
        return node if isinstance(node, Scalar) else None

    def _expression(self, steps: tuple[PathStep, ...]) -> Expression | None:
        scalar = self._text(steps)
        if scalar is None:
            return None
        if scalar.style == "folded" or (scalar.style != "literal" and scalar.line != scalar.end_line):
            self._complain("an expression stands on one line, or in a block that starts with |", steps)
            return None
        try:
            return parse(scalar.text)
        except ExpressionError as error:
            self._complain_at(scalar, error)
            return None

    def _condition(self, steps: tuple[PathStep, ...], scope: Scope, facts: Facts) -> Expression | None:
        node, scalar = self._expression(steps), self._text(steps)
        if node is None or scalar is None:
            return None
        try:
            check_condition(node, scope, facts)
        except ExpressionError as error:
            self._complain_at(scalar, error)
            return None
        return node

    def _element_type(self, steps: tuple[PathStep, ...], each: Expression, scope: Scope) -> Type | None:
        scalar = self._text(steps)
        try:
            found = check_expression(each, scope)
            if found.kind != "list" or found.item is None or found.nullable:
                raise ExpressionError(f"each wants a list, this is {found}", each.at)
        except ExpressionError as error:
            if scalar is not None:
                self._complain_at(scalar, error)
            return None
        return found.item

    def _amount(self, steps: tuple[PathStep, ...], scope: Scope, facts: Facts) -> Expression | None:
        node, scalar = self._expression(steps), self._text(steps)
        if node is None or scalar is None:
            return None
        try:
            found = check_expression(node, scope, facts)
            if found.struct is not Amount:
                raise ExpressionError(f"amount wants an amount of money, this is {found}", node.at)
        except ExpressionError as error:
            self._complain_at(scalar, error)
            return None
        return node

    def _locate(self, steps: tuple[PathStep, ...], scope: Scope) -> tuple[str, ...]:
        node = self._document.find(steps)
        scalars = [node] if isinstance(node, Scalar) else [] if node is None else getattr(node, "items", [])
        paths: list[str] = []
        for scalar in scalars:
            try:
                check_path(scalar.text, scope.names)
            except ExpressionError as error:
                self._complain_at(scalar, error)
            paths.append(scalar.text)
        return tuple(paths)

    def _message(self, steps: tuple[PathStep, ...], scope: Scope, facts: Facts) -> tuple[str | Expression, ...]:
        scalar = self._text(steps)
        if scalar is None:
            return ()
        try:
            return message_parts(scalar.text, scope, facts)
        except ExpressionError as error:
            self._complain_at(scalar, error)
            return ()
