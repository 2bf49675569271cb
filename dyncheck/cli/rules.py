"""``dyncheck rules``: list, lint, test and start rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dyncheck.cli.console import print_result, say
from dyncheck.cli.groups import SuggestingGroup
from dyncheck.cli.help import examples, exit_codes
from dyncheck.cli.parameters import DIRECTORY, OneOf, PackType, SelectorType, split
from dyncheck.cli.ruleset import as_json, load, packs_of
from dyncheck.exits import CANNOT, CLEAN, FINDINGS

if TYPE_CHECKING:
    from dyncheck.policy.compiled import CompiledRule
    from dyncheck.policy.rule import Example


@click.group(
    short_help="List, check, test and start rules.",
    cls=SuggestingGroup,
    epilog=examples(
        "dyncheck rules list --pack strict",
        "dyncheck rules lint my-rules/",
        "dyncheck rules test my-rules/",
        "dyncheck rules new missing-owner",
    )
    + exit_codes({0: "all well", 1: "examples that do not hold", 2: "could not do the job"}),
)
def rules() -> None:
    """List the rules there are, start rules of your own, and check them."""


@rules.command(
    "list",
    short_help="List rules with their severity and the packs that run them.",
    epilog=examples(
        "dyncheck rules list",
        "dyncheck rules list --pack strict --select encryption",
        "dyncheck rules list -f json",
    )
    + exit_codes({0: "done", 2: "unknown pack or selector, or a rule cannot be loaded"}),
)
@click.option("--pack", multiple=True, type=PackType(), metavar="NAME", help="Only the rules of these packs.")
@click.option("--select", multiple=True, type=SelectorType(), help="Only these: ids, globs, categories or tags.")
@click.option("--ignore", multiple=True, type=SelectorType(), help="Not these.")
@click.option("--rules", "directories", multiple=True, type=DIRECTORY, metavar="DIR", help="Also the rules in DIR.")
@click.option("-f", "--format", "style", type=OneOf(["text", "json"]), default="text", help="Format of the list.")
def list_rules(
    pack: tuple[str, ...], select: tuple[str, ...], ignore: tuple[str, ...], directories: tuple[str, ...], style: str
) -> None:
    """List rules with their severity and the packs that run them: all, or those chosen."""
    from dyncheck.policy.selection import select as choose
    from dyncheck.reports.rule_page import rule_data

    ruleset = load(directories)
    packs = packs_of(ruleset)
    selectors = split(select) or (() if pack else ("*",))
    selection = choose(ruleset, packs=split(pack), select=selectors, ignore=split(ignore))
    chosen = [compiled.rule for compiled in selection.rules]
    if style == "json":
        print_result(as_json({"rules": [rule_data(rule, packs.get(rule.id, ())) for rule in chosen]}))
        return
    id_width = max((len(rule.id) for rule in chosen), default=0)
    name_width = max((len(rule.name) for rule in chosen), default=0)
    for rule in chosen:
        line = (
            f"{rule.id:<{id_width}}  {rule.severity:<8}  {rule.name:<{name_width}}  {', '.join(packs.get(rule.id, ()))}"
        )
        print_result(line.rstrip() + "\n")


@rules.command(
    epilog=examples("dyncheck rules lint", "dyncheck rules lint my-rules/")
    + exit_codes({0: "all well", 2: "there are mistakes"}),
)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@click.pass_context
def lint(ctx: click.Context, paths: tuple[str, ...]) -> None:
    """Check rule and pack files: schema, expressions, names, duplicates. Without PATH, the shipped ones."""
    from dyncheck.inputs import require_paths
    from dyncheck.policy.lint import lint as errors_in
    from dyncheck.reports.wording import count, visible

    require_paths(paths)
    errors = errors_in([Path(path) for path in paths])
    for error in errors:
        print_result(f"{visible(str(error))}\n")
    if not errors:
        # What is sound by itself may still clash with what is shipped.
        checked = load(paths)
        errors_free = len(checked.own) if paths else len(checked.rules)
        say(f"{count(errors_free, 'rule')} without a mistake")
    ctx.exit(CANNOT if errors else CLEAN)


@rules.command(
    epilog=examples("dyncheck rules test", "dyncheck rules test my-rules/")
    + exit_codes({0: "all examples hold", 1: "some do not", 2: "a rule cannot be loaded"}),
)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@click.pass_context
def test(ctx: click.Context, paths: tuple[str, ...]) -> None:
    """Run the examples of rules through the parsers and the rule. Without PATH, those of the shipped rules."""
    from dyncheck.policy.examples import texts
    from dyncheck.reports.wording import count

    ruleset = load(paths)
    chosen = [rule for rule in ruleset.rules if not paths or rule.rule.id in ruleset.own]
    failed = 0
    for rule in chosen:
        for line in _failures(rule):
            failed += 1
            print_result(f"{line}\n")
    run = sum(len(texts(example)) for rule in chosen for example in _examples(rule))
    verdict = f"{failed} not as expected" if failed else "all as expected"
    say(f"{count(run, 'example')} of {count(len(chosen), 'rule')}: {verdict}")
    ctx.exit(FINDINGS if failed else CLEAN)


@rules.command(
    epilog=examples(
        "dyncheck rules new missing-owner",
        "dyncheck rules new missing-owner -d policies --id ACME-TAG-001",
    )
    + exit_codes({0: "the rule is written", 2: "the name is no name, or the file exists already"}),
)
@click.argument("name")
@click.option(
    "-d", "--dir", "directory", default="rules", type=DIRECTORY, metavar="DIR", help="Where.  [default: rules]"
)
@click.option("--id", "identifier", metavar="ID", help="The rule's id.  [default: MY- and the name]")
@click.option("--category", default="custom", metavar="NAME", help="The rule's category.  [default: custom]")
def new(name: str, directory: str, identifier: str | None, category: str) -> None:
    """Write a rule to start from: every key, and examples that hold.

    NAME is lower-case words joined by hyphens; the file is DIR/CATEGORY/NAME.yaml.
    """
    from dyncheck.policy.scaffold import default_id, scaffold, write_rule
    from dyncheck.reports.wording import visible

    path = write_rule(Path(directory) / category, name, scaffold(name, identifier or default_id(name), category))
    say(f"wrote {visible(str(path))}; try: dyncheck rules test {visible(directory)}")


def _examples(rule: CompiledRule) -> tuple[Example, ...]:
    examples = rule.rule.examples
    return *examples.passing, *examples.fail, *examples.unknown


def _failures(rule: CompiledRule) -> Iterator[str]:
    from dyncheck.errors import ParseError
    from dyncheck.examples import read_example
    from dyncheck.policy.examples import run_examples
    from dyncheck.reports.wording import visible

    try:
        for mismatch in run_examples(rule, lambda text: read_example(text.files(), text.region)):
            yield visible(str(mismatch))
    except ParseError as error:
        yield visible(f"{rule.rule.id}: an example cannot be read: {error}")
