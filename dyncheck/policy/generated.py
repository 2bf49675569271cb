"""Checks as Python functions, for rules that have met many resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dyncheck.policy.compiled import FAILED, NOT_APPLICABLE, PASSED, CompiledCheck, Site
from dyncheck.policy.frames import MEMORY, RESOURCE, TAKEN, Frame
from dyncheck.policy.limits import MAX_TEXT
from dyncheck.policy.rule import Outcome
from dyncheck.policy.syntax import Expression, Select, toll
from dyncheck.policy.writer import Writer, walks


class GenerationError(Exception):
    """No function can be written for a check: it is nested more deeply than Python allows."""


def sites_function(check: CompiledCheck) -> Callable[[Frame], list[Site]]:
    """What ``CompiledCheck.sites`` gives, by a function of its own. Raises GenerationError."""
    writer = Writer(check.params)
    try:
        with writer.block("try:"):
            _write(writer, check)
        with writer.block("except Exception:"):
            writer.line(f"return {writer.constant(check.sites_by_closures)}(frame)")
        if check.purse is not None:
            with writer.block("finally:"):
                writer.line(f"frame[{TAKEN}] += {writer.steps} - steps")
        return writer.function("frame")
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise GenerationError(str(error)) from None


def message_function(check: CompiledCheck) -> Callable[[Any, Any], str | None]:
    """What ``CompiledCheck.message`` says of a resource and an element, by a function of its own.

    It gives None where not everything in the message is a text or a whole number. Raises GenerationError.
    """
    writer = Writer(check.params)
    scope = {check.kind: "resource"} | ({check.program.as_name: "element"} if check.program.as_name else {})
    try:
        with writer.block("try:"):
            parts = []
            for part in check.program.message:
                if isinstance(part, str):
                    parts.append(writer.constant(part))
                    continue
                name = writer.new()
                writer.line(f"{name} = {writer.value(part, scope)}")
                with writer.block(f"if {name}.__class__ is not str:"):
                    writer.line(f"{name} = str({name}) if {name}.__class__ is int else leave()")
                parts.append(name)
            writer.line(f"text = {' + '.join(parts)}")
            writer.line(f"return text if len(text) <= {MAX_TEXT} else None")
        with writer.block("except Exception:"):
            writer.line("return None")
        return writer.function("resource, element")
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise GenerationError(str(error)) from None


def _write(writer: Writer, check: CompiledCheck) -> None:
    program = check.program
    writer.line(f"resource = frame[{RESOURCE}]")
    scope = {check.kind: "resource"}
    inapplicable = writer.constant(NOT_APPLICABLE)
    if program.when is not None and not check.when_per_element:
        with writer.block(f"if not {_gate(writer, check, program.when, scope)}:"):
            writer.line(f"return {inapplicable}")
    if program.each is None:
        verdict = writer.truth(program.check, scope)
        writer.line(f"return {writer.constant(PASSED)} if {verdict} else {writer.constant(FAILED)}")
        return
    if isinstance(program.each, Select):
        items = writer.new()
        writer.line(f"{items} = {writer.value(program.each, scope)}")
        with writer.block(f"if {items}.__class__ is tuple and not {items}:"):
            writer.line(f"return {inapplicable}")
    known = f"frame[{MEMORY}].get({writer.constant(check.each_text)})"
    writer.line(f"passing, hidden = {known} or {writer.constant(check.sure_elements)}(frame)")
    with writer.block("if hidden is not None:"):
        writer.line("leave()")
    with writer.block("if not passing:"):
        writer.line(f"return {inapplicable}")
    scope |= {program.as_name: "element"} if program.as_name else {}
    place = f"found.append({writer.constant(Site)}({{}}, site.name, site.value))"
    writer.line("clean, found = True, []")
    rounds = toll(program.check) + (toll(program.when) if program.when is not None else 0)
    with writer.loop("site", "passing", rounds):
        writer.line("element = site.value")
        if program.when is not None and check.when_per_element:
            with writer.block(f"if not {writer.truth(program.when, scope)}:"):
                writer.line(place.format(writer.constant(Outcome.NOT_APPLICABLE)))
                writer.line("clean = False")
                writer.line("continue")
        with writer.block(f"if {writer.truth(program.check, scope)}:"):
            writer.line("found.append(site)")
        with writer.block("else:"):
            writer.line(place.format(writer.constant(Outcome.FAIL)))
            writer.line("clean = False")
    writer.line("return passing if clean else found")


def _gate(writer: Writer, check: CompiledCheck, when: Expression, scope: Mapping[str, str]) -> str:
    """The condition of a check; one that walks over lists is kept in the frame for other checks."""
    if not walks(when):
        return writer.truth(when, scope)
    key = writer.constant(check.when_text)
    writer.line(f"gate = frame[{MEMORY}].get({key})")
    with writer.block("if gate is None:"):
        writer.line(f"gate = frame[{MEMORY}][{key}] = {writer.truth(when, scope)}")
    return "certain(gate)"
