"""``dyncheck rules new``, and the guide that starts from it: from nothing to a rule that finds something."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dyncheck.policy.shipped import schema_text
from tests.cli.conftest import Run

WRITTEN = Path("rules/custom/missing-owner.yaml")
GUIDE = Path(__file__).parents[2] / "docs" / "writing-rules.md"


def test_a_new_rule_has_no_mistake_and_its_examples_hold(run: Run, project: Path) -> None:
    done = run("rules", "new", "missing-owner")
    assert (done.code, done.out) == (0, "")
    assert str(WRITTEN) in done.err
    assert run("rules", "lint", "rules").code == 0
    tested = run("rules", "test", "rules")
    assert (tested.code, tested.err) == (0, "5 examples of 1 rule: all as expected\n")


def test_a_new_rule_finds_what_it_is_about(run: Run, project: Path) -> None:
    run("rules", "new", "missing-owner")
    (project / "main.tf").write_text(
        'resource "aws_dynamodb_table" "t" {\n  name     = "t"\n  hash_key = "id"\n}\n', encoding="utf-8"
    )
    done = run("scan", "main.tf", "--rules", "rules", "--select", "MY-MISSING-OWNER", "-f", "json")
    (finding,) = json.loads(done.out)["findings"]
    assert (finding["rule"], finding["location"]["line"]) == ("MY-MISSING-OWNER", 1)


def test_every_key_of_a_rule_file_is_shown(run: Run, project: Path) -> None:
    run("rules", "new", "missing-owner")
    text = (project / WRITTEN).read_text(encoding="utf-8")
    shown = set(re.findall(r"^(?:# )?([a-z_]+):", text, re.MULTILINE))
    assert json.loads(schema_text())["$defs"]["rule"]["properties"].keys() <= shown


def test_directory_id_and_category_can_be_chosen(run: Run, project: Path) -> None:
    done = run("rules", "new", "missing-owner", "-d", "policies", "--id", "ACME-TAG-001", "--category", "ownership")
    assert done.code == 0
    listed = json.loads(run("rules", "list", "--rules", "policies", "--select", "ACME-TAG-001", "-f", "json").out)
    assert [(rule["id"], rule["category"]) for rule in listed["rules"]] == [("ACME-TAG-001", "ownership")]
    assert (project / "policies" / "ownership" / "missing-owner.yaml").is_file()


def test_nothing_is_overwritten(run: Run, project: Path) -> None:
    run("rules", "new", "missing-owner")
    (project / WRITTEN).write_text("mine", encoding="utf-8")
    done = run("rules", "new", "missing-owner")
    assert done.code == 2
    assert "exists already" in done.err
    assert (project / WRITTEN).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Missing_Owner",), "the name of a rule"),
        (("../escape",), "the name of a rule"),
        (("fine", "--category", "../x"), "the category of a rule"),
        (("fine", "--id", "acme-1"), "the id of a rule"),
    ],
)
def test_names_that_no_rule_can_have_are_refused(
    run: Run, project: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run("rules", "new", *arguments)
    assert done.code == 2
    assert said in done.err
    assert not (project / "rules").exists()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_rule_that_the_guide_arrives_at_holds_and_finds_what_the_guide_says(run: Run, project: Path) -> None:
    rule = next(text for text in blocks("yaml") if text.startswith("id: "))
    path = project / "rules" / "custom" / "index-without-maximum.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(rule, encoding="utf-8")
    assert run("rules", "lint", "rules").code == 0
    assert run("rules", "test", "rules").code == 0
    (project / "main.tf").write_text(blocks("hcl")[0], encoding="utf-8")
    done = run("scan", "main.tf", "--rules", "rules", "--select", "MY-INDEX-WITHOUT-MAXIMUM", "-f", "json")
    assert [finding["location"]["line"] for finding in json.loads(done.out)["findings"]] == [12]


def test_every_command_of_the_guide_exists(run: Run, project: Path) -> None:
    lines = [line for text in blocks("sh") for line in text.splitlines() if line.startswith("dyncheck ")]
    assert lines
    for line in lines:
        words = [word for word in line.split()[1:] if re.fullmatch(r"[a-z]+", word)]
        depth = 2 if words[0] == "rules" else 1
        assert run(*words[:depth], "--help").code == 0
