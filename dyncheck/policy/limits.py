"""The bounds that make a stranger's rule pack safe to load and to run."""

from __future__ import annotations

from typing import Final

MAX_LENGTH: Final = 4_000
"""Code points of one expression."""

MAX_NESTING: Final = 40
"""Brackets, conditionals and unary operators inside each other."""

MAX_DEPTH: Final = 120
"""Levels of an expression's tree, which long chains of operators and members deepen too."""

MAX_LITERAL_ITEMS: Final = 200
"""Elements of a list written out in an expression."""

MAX_STRING_LITERAL: Final = 1_000
"""Code points of one string in an expression."""

MAX_LOOPS: Final = 4
"""Macros inside each other."""

MAX_LIST_LEVELS: Final = 3
"""Lists inside lists."""

MAX_STEPS: Final = 200_000
"""Elements that one expression may look at on one resource, all its macros and all rounds of ``each`` together."""

MAX_ITEMS: Final = 10_000
"""Elements of a list that an expression makes."""

MAX_TEXT: Final = 20_000
"""Code points of a string that an expression makes."""

MAX_INTEGER: Final = 2**63 - 1
"""The largest integer, as in CEL."""

MAX_PATTERN: Final = 250
"""Code points of a regular expression or a glob."""

MAX_PATTERN_STATES: Final = 2_000
"""States of a compiled pattern: what counted repetitions such as ``{2,100}`` multiply to."""

MAX_FILE_BYTES: Final = 512 * 1024
"""Bytes of a rule or pack file."""

MAX_YAML_DEPTH: Final = 20
"""Mappings and lists inside each other in a rule or pack file."""

MAX_FILES: Final = 5_000
"""Rule files in one directory."""

MAX_PACKS: Final = 20
"""Packs that extend each other in a row."""
