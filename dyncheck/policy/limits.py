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

MAX_STEPS_OF_ALL: Final = 50_000_000
"""Steps that all rules of a user's own may take in one scan, beyond FREE_STEPS for each look of a check."""

FREE_STEPS: Final = 200
"""Steps of one look that are not counted against all: what modest rules take, on however many resources."""

MESSAGE_STEPS: Final = 50
"""Steps that a failure counts for, whose message and verdict are kept."""

NODES_PER_STEP: Final = 10
"""Parts of an expression that one round of a loop over it may go through for one step."""

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

MAX_DIRECTORY_BYTES: Final = 16 * 1024 * 1024
"""Bytes of all rule and pack files of one directory."""

MAX_YAML_DEPTH: Final = 20
"""Mappings and lists inside each other in a rule or pack file."""

MAX_FILES: Final = 5_000
"""Rule files in one directory."""

MAX_PACKS: Final = 20
"""Packs that extend each other in a row."""
