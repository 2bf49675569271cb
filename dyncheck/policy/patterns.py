r"""Regular expressions and globs that match in time linear in the text, whatever the pattern.

The syntax is a subset of RE2's: literals, ``.``, classes, ``\d \w \s \b`` and their opposites, groups, ``|``, ``* + ?``
``{m,n}``, ``^``, ``$``, and ``(?i)`` in front. There are no back references and no look-around, and a repetition
without bound must not stand inside another one. A pattern becomes a state machine (Thompson's construction) whose
transitions are worked out when a text first needs them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import msgspec

from dyncheck.policy.limits import MAX_NESTING, MAX_PATTERN, MAX_PATTERN_STATES

Ranges = tuple[tuple[int, int], ...]

_LAST: Final = 0x10FFFF
_DIGIT: Final[Ranges] = ((48, 57),)
_WORD: Final[Ranges] = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Final[Ranges] = ((9, 10), (12, 13), (32, 32))
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}
_MEMORY: Final = 4_000
"""Transitions that a machine remembers."""

# What a position of the text is like: an assertion holds at it or not.
_START: Final = 1
_END: Final = 2
_BOUNDARY: Final = 4


class PatternError(Exception):
    """What is wrong with a pattern, and the offset in it."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


class _State(msgspec.Struct):
    """A state: it takes a character of ``ranges``, or passes freely where the assertion holds."""

    ranges: Ranges | None = None
    asserted: int = 0
    refused: int = 0
    to: tuple[int, ...] = ()


# A piece of a pattern, still to be added to a machine: given the state to go on to, it gives the state to enter.
_Piece = Callable[["Machine", int], int]


class _Node(dict[str, "_Node"]):
    """Where a machine stands after some characters: the states it may be in, and what the last character was.

    The node that follows is looked up by the next character, and worked out when it is first needed. ``found``: a match
    lies behind, whatever follows; ``ends``: there is one when the text ends here.
    """

    __slots__ = ("_machine", "_states", "ends", "found", "place")

    def __init__(self, machine: Machine, states: frozenset[int], place: int, found: bool) -> None:
        super().__init__()
        self._machine = machine
        self._states = states
        self.place = place
        self.found = found
        self.ends = found or 0 in machine.closure(states, _END | place)

    def __missing__(self, character: str) -> _Node:
        node = self if self.found else self._machine.follow(self._states, self.place, character)
        self[character] = node
        return node


class Machine:
    """A compiled pattern. ``size``: its states, the measure of its cost."""

    def __init__(self, piece: _Piece) -> None:
        self._states: list[_State] = [_State()]
        self._entry = frozenset((piece(self, 0),))
        self.size = len(self._states)
        self._known: dict[tuple[frozenset[int], int, bool], _Node] = {}
        self._worked_out = 0

    def add(self, state: _State) -> int:
        """Add a state and give its number."""
        if len(self._states) >= MAX_PATTERN_STATES:
            raise PatternError("the repetitions of the pattern multiply to too many states", 0)
        self._states.append(state)
        return len(self._states) - 1

    def found_in(self, text: str) -> bool:
        """Whether any part of the text matches."""
        node = self._node(self._entry, _START, False)
        for character in text:
            node = node[character]
        return node.ends

    def follow(self, states: frozenset[int], place: int, character: str) -> _Node:
        """The node behind a character."""
        self._worked_out += 1
        if self._worked_out > _MEMORY:
            self._worked_out = 0
            self._known.clear()
        word = _is_word(character)
        # The last character was part of a word if it left the mark of a boundary at the text's end.
        here = (place & _START) | (_BOUNDARY if word != bool(place & _BOUNDARY) else 0)
        reached = self.closure(states, here)
        if 0 in reached:
            return self._node(frozenset(), 0, True)
        return self._node(self._move(reached, character) | self._entry, _BOUNDARY if word else 0, False)

    def _node(self, states: frozenset[int], place: int, found: bool) -> _Node:
        key = (states, place, found)
        node = self._known.get(key)
        if node is None:
            node = self._known[key] = _Node(self, states, place, found)
        return node

    def closure(self, states: frozenset[int], place: int) -> frozenset[int]:
        """The states that are reached from some without a character, at a place of the text."""
        seen = set(states)
        pending = list(states)
        while pending:
            state = self._states[pending.pop()]
            if state.ranges is None and state.asserted & ~place == 0 and state.refused & place == 0:
                pending.extend(to for to in state.to if to not in seen)
                seen.update(state.to)
        return frozenset(seen)

    def _move(self, states: frozenset[int], character: str) -> frozenset[int]:
        code = ord(character)
        taking = (self._states[number] for number in states)
        return frozenset(
            to
            for state in taking
            if state.ranges is not None and any(low <= code <= high for low, high in state.ranges)
            for to in state.to
        )


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Machine:
    """The machine of a regular expression. Raises PatternError."""
    if len(pattern) > MAX_PATTERN:
        raise PatternError(f"the pattern is longer than {MAX_PATTERN} characters", MAX_PATTERN)
    return Machine(_Reader(pattern).read())


@lru_cache(maxsize=256)
def compile_glob(pattern: str) -> Machine:
    """The machine of a glob over the whole text: ``*`` is any characters, ``?`` one. Raises PatternError."""
    if len(pattern) > MAX_PATTERN:
        raise PatternError(f"the glob is longer than {MAX_PATTERN} characters", MAX_PATTERN)
    anything: Ranges = ((0, _LAST),)
    pieces: list[_Piece] = [_assertion(_START, 0)]
    for character in pattern:
        if character == "*":
            pieces.append(_repeated(_taking(anything), 0, None))
        else:
            pieces.append(_taking(anything if character == "?" else ((ord(character), ord(character)),)))
    return Machine(_sequence([*pieces, _assertion(_END, 0)]))


def _is_word(character: str) -> bool:
    return character == "_" or (character.isascii() and character.isalnum())


def _taking(ranges: Ranges) -> _Piece:
    return lambda machine, onward: machine.add(_State(ranges=ranges, to=(onward,)))


def _assertion(asserted: int, refused: int) -> _Piece:
    return lambda machine, onward: machine.add(_State(asserted=asserted, refused=refused, to=(onward,)))


def _sequence(pieces: list[_Piece]) -> _Piece:
    def build(machine: Machine, onward: int) -> int:
        for piece in reversed(pieces):
            onward = piece(machine, onward)
        return onward

    return build


def _either(pieces: list[_Piece]) -> _Piece:
    return lambda machine, onward: machine.add(_State(to=tuple(piece(machine, onward) for piece in pieces)))


def _repeated(piece: _Piece, least: int, most: int | None) -> _Piece:
    def build(machine: Machine, onward: int) -> int:
        if most is None:
            loop = _State()
            again = machine.add(loop)
            loop.to = (piece(machine, again), onward)
            onward = again
        else:
            end = onward
            for _ in range(most - least):
                onward = machine.add(_State(to=(piece(machine, onward), end)))
        for _ in range(least):
            onward = piece(machine, onward)
        return onward

    return build


class _Reader:
    """A recursive-descent reader of patterns. Each part is a piece and whether it repeats without bound."""

    def __init__(self, pattern: str) -> None:
        self._ignore_case = pattern.startswith("(?i)")
        self._text = pattern
        self._at = 4 if self._ignore_case else 0
        self._nesting = 0

    def read(self) -> _Piece:
        piece, _ = self._alternatives()
        if self._at < len(self._text):
            raise PatternError("')' without '('", self._at)
        return piece

    def _sees(self, characters: str) -> bool:
        return self._at < len(self._text) and self._text[self._at] in characters

    def _take(self) -> str:
        if self._at >= len(self._text):
            raise PatternError("the pattern ends too early", self._at)
        self._at += 1
        return self._text[self._at - 1]

    def _alternatives(self) -> tuple[_Piece, bool]:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise PatternError("too many groups inside each other", self._at)
        branches = [self._branch()]
        while self._sees("|"):
            self._at += 1
            branches.append(self._branch())
        self._nesting -= 1
        pieces = [piece for piece, _ in branches]
        return pieces[0] if len(pieces) == 1 else _either(pieces), any(unbounded for _, unbounded in branches)

    def _branch(self) -> tuple[_Piece, bool]:
        parts: list[tuple[_Piece, bool]] = []
        while self._at < len(self._text) and not self._sees("|)"):
            parts.append(self._repetition())
        return _sequence([piece for piece, _ in parts]), any(unbounded for _, unbounded in parts)

    def _repetition(self) -> tuple[_Piece, bool]:
        start = self._at
        piece, unbounded = self._atom()
        bounds = self._quantifier()
        if bounds is None:
            return piece, unbounded
        least, most = bounds
        if most is None and unbounded:
            raise PatternError("a repetition without bound stands inside another one", start)
        if self._sees("?"):
            self._at += 1
        if self._sees("*+?"):
            raise PatternError("nothing to repeat", self._at)
        return _repeated(piece, least, most), unbounded or most is None

    def _quantifier(self) -> tuple[int, int | None] | None:
        if self._sees("*+?"):
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[self._take()]
        if not self._sees("{"):
            return None
        start = self._at
        end = self._text.find("}", start)
        least, comma, most = self._text[start + 1 : max(end, start + 1)].partition(",")
        if end < 0 or not _is_count(least) or (most and not _is_count(most)):
            raise PatternError("expected {n}, {n,} or {n,m}; write \\{ for a brace", start)
        self._at = end + 1
        if most and int(most) < int(least):
            raise PatternError("the repetition's bounds are the wrong way round", start)
        return int(least), int(most) if most else (None if comma else int(least))

    def _atom(self) -> tuple[_Piece, bool]:
        start = self._at
        character = self._take()
        if character == "(":
            return self._group(start)
        if character == "[":
            return _taking(self._class(start)), False
        if character == ".":
            return _taking(_opposite(((10, 10),))), False
        if character == "^":
            return _assertion(_START, 0), False
        if character == "$":
            return _assertion(_END, 0), False
        if character in "*+?{":
            raise PatternError("nothing to repeat", start)
        if character == "\\":
            return self._escape(start), False
        return _taking(self._cased(((ord(character), ord(character)),))), False

    def _group(self, start: int) -> tuple[_Piece, bool]:
        if self._sees("?"):
            if self._text[self._at : self._at + 2] != "?:":
                raise PatternError("only (…) and (?:…) groups, and (?i) in front of the pattern", start)
            self._at += 2
        part = self._alternatives()
        if not self._sees(")"):
            raise PatternError("'(' without ')'", start)
        self._at += 1
        return part

    def _escape(self, start: int) -> _Piece:
        character = self._take()
        if character in "bB":
            return _assertion(_BOUNDARY, 0) if character == "b" else _assertion(0, _BOUNDARY)
        return _taking(self._cased(self._escaped(character, start)))

    def _escaped(self, character: str, start: int) -> Ranges:
        named = {"d": _DIGIT, "w": _WORD, "s": _SPACE}.get(character.lower())
        if named is not None:
            return named if character.islower() else _opposite(named)
        character = _CONTROLS.get(character, character)
        if character.isalnum():
            raise PatternError(f"\\{character}: no such escape", start)
        return ((ord(character), ord(character)),)

    def _class(self, start: int) -> Ranges:
        negated = self._sees("^")
        self._at += negated
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self._sees("]"):
            if self._at >= len(self._text):
                raise PatternError("'[' without ']'", start)
            first = False
            low = self._member()
            if self._sees("-") and self._text[self._at + 1 : self._at + 2] not in ("", "]"):
                self._at += 1
                high = self._member()
                if len(low) > 1 or len(high) > 1 or low[0][0] != low[0][1] or low[0][0] > high[0][1]:
                    raise PatternError("the range of characters is the wrong way round", start)
                low = ((low[0][0], high[0][1]),)
            ranges.extend(low)
        self._at += 1
        cased = self._cased(tuple(ranges))
        return _opposite(cased) if negated else cased

    def _member(self) -> Ranges:
        start = self._at
        character = self._take()
        if character == "[" and self._sees(":"):
            raise PatternError("[:…:] classes are not known; write the range out", start)
        if character == "\\":
            return self._escaped(self._take(), start)
        return ((ord(character), ord(character)),)

    def _cased(self, ranges: Ranges) -> Ranges:
        if not self._ignore_case:
            return ranges
        cased = list(ranges)
        for low, high in ranges:
            for start, end, shift in ((65, 90, 32), (97, 122, -32)):
                if max(low, start) <= min(high, end):
                    cased.append((max(low, start) + shift, min(high, end) + shift))
        return tuple(cased)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4


def _opposite(ranges: Ranges) -> Ranges:
    found: list[tuple[int, int]] = []
    start = 0
    for low, high in sorted(ranges):
        if low > start:
            found.append((start, low - 1))
        start = max(start, high + 1)
    return (*found, (start, _LAST)) if start <= _LAST else tuple(found)
