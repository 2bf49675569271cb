"""A rule's page, fitted to a terminal."""

from __future__ import annotations

import re

import pytest

from dyncheck.policy.loader import load_rules
from dyncheck.reports.rule_page import fitted, rule_page

PAGE = """\
# Title of a page that is longer than forty columns are

A first paragraph that goes on for
a while, and has a name-that-is-not-cut-whatever-its-length-may-be in it.

* one item of a list, which is too long for a line
* another
  that goes on
1. a third one, with a number, that is too long as well

```hcl
a line of code that is longer than forty columns are, as it is
# no heading, and * no item
```

| a table | which stays as it is, whatever the width |
"""

FITTED = """\
# Title of a page that is longer than forty columns are

A first paragraph that goes on for a
while, and has a
name-that-is-not-cut-whatever-its-length-may-be
in it.

* one item of a list, which is too long
  for a line
* another that goes on
1. a third one, with a number, that is
   too long as well

```hcl
a line of code that is longer than forty columns are, as it is
# no heading, and * no item
```

| a table | which stays as it is, whatever the width |
"""


def test_prose_is_wrapped_and_nothing_else() -> None:
    assert fitted(PAGE, 40) == FITTED
    assert fitted(FITTED, 40) == FITTED


@pytest.mark.parametrize("rule", [compiled.rule for compiled in load_rules().rules], ids=lambda rule: rule.id)
def test_no_word_of_a_page_is_lost(rule: object) -> None:
    page = rule_page(rule)  # type: ignore[arg-type]
    for width in (1, 40, 100):
        assert fitted(page, width).split() == page.split()
    blocks = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
    assert blocks.findall(fitted(page, 40)) == blocks.findall(page)
