"""``primaryLocationLineHash``: the hash by which GitHub code scanning follows a line through edits of its file.

A polynomial hash modulo 2**64 over a window of 100 UTF-16 code units that begins with the line. Blanks and tabs do not
count, every line end counts as one ``\\n``, and after the end of the file comes one 0xFFFF, then zeros. The value is
followed by a number that tells lines with the same hash apart. Source: the algorithm of github/codeql-action,
``src/fingerprints.ts``, which computes it for uploads that lack it and warns about any other value.
"""

from __future__ import annotations

import re
from typing import Final

WINDOW: Final = 100
MULTIPLIER: Final = 37
END_OF_FILE: Final = 0xFFFF
_MODULUS: Final = 1 << 64
_NEWLINE: Final = 0x0A
_LEAVING: Final = pow(MULTIPLIER, WINDOW, _MODULUS)


def line_hashes(text: str) -> list[str]:
    """The hash of each line of a file, in order; the last line too when it is empty."""
    units = _units(text)
    starts = [0, *(position + 1 for position, unit in enumerate(units) if unit == _NEWLINE)]
    seen: dict[int, int] = {}
    hashes = []
    for value in _window_hashes(units, starts):
        seen[value] = seen.get(value, 0) + 1
        hashes.append(f"{value:x}:{seen[value]}")
    return hashes


def _units(text: str) -> list[int]:
    """The code units that count, with the mark of the end of the file."""
    counted = re.sub(r"[ \t]+", "", re.sub(r"\r\n?", "\n", text))
    encoded = counted.encode("utf-16-le", "surrogatepass")
    return [*memoryview(encoded).cast("H"), END_OF_FILE]


def _window_hashes(units: list[int], starts: list[int]) -> list[int]:
    """The hash of the window at each start, rolling over the units once."""
    padded = units + [0] * WINDOW
    value = 0
    for unit in padded[:WINDOW]:
        value = (value * MULTIPLIER + unit) % _MODULUS
    hashes = []
    position = 0
    for start in starts:
        while position < start:
            value = (value * MULTIPLIER + padded[position + WINDOW] - padded[position] * _LEAVING) % _MODULUS
            position += 1
        hashes.append(value)
    return hashes
