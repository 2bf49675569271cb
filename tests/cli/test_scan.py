"""``dyncheck scan`` from the outside: what is printed where, which files are written, how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.cli.conftest import Run

BAD = """\
resource "aws_dynamodb_table" "bad" {
  name         = "bad"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}
"""
GOOD = """\
resource "aws_dynamodb_table" "good" {
  name                        = "good"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true

  attribute {
    name = "id"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }
}
"""
UNDECIDED = (
    GOOD.replace("    enabled = true", "    enabled = var.recovery", 1) + 'variable "recovery" {\n  type = bool\n}\n'
)
TEMPLATE = """\
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""


def found(text: str) -> set[tuple[str, str]]:
    return {(finding["rule"], finding["outcome"]) for finding in json.loads(text)["findings"]}


@pytest.fixture
def bad(project: Path) -> Path:
    (project / "main.tf").write_text(BAD)
    return project


class TestExitCodes:
    def test_findings_at_the_threshold_are_1(self, run: Run, bad: Path) -> None:
        assert run("scan").code == 1

    @pytest.mark.parametrize(
        ("threshold", "code"), [("critical", 0), ("high", 1), ("medium", 1), ("low", 1), ("info", 1), ("never", 0)]
    )
    def test_the_threshold_decides(self, run: Run, bad: Path, threshold: str, code: int) -> None:
        done = run("scan", "--select", "DDB-BAK-001", "--fail-on", threshold)
        assert "1 finding (1 high)" in done.out
        assert done.code == code

    def test_a_clean_table_is_0(self, run: Run, project: Path) -> None:
        (project / "main.tf").write_text(GOOD)
        done = run("scan")
        assert (done.code, done.out) == (0, "0 findings, 0 unknown, 0 suppressed, 0 problems in 1 table\n")

    def test_exit_zero_hides_findings_only(self, run: Run, bad: Path) -> None:
        assert run("scan", "--exit-zero").code == 0
        (bad / "broken.tf").write_text('resource "aws_dynamodb_table" "x" {\n  a = = 1\n}\n')
        assert run("scan", "--exit-zero").code == 0
        assert run("scan", "--exit-zero", "--strict").code == 2

    def test_unknown_fails_only_when_asked(self, run: Run, project: Path) -> None:
        (project / "main.tf").write_text(UNDECIDED)
        done = run("scan")
        assert (done.code, "0 findings, 1 unknown" in done.out) == (0, True)
        assert run("scan", "--fail-on-unknown").code == 1
        assert run("scan", "--fail-on-unknown", "--exit-zero").code == 0
        assert run("scan", "--var", "recovery=true", "--fail-on-unknown").code == 0

    @pytest.mark.parametrize("output", ["text", "json", "sarif"])
    def test_the_format_does_not_change_the_code(self, run: Run, bad: Path, output: str) -> None:
        assert run("scan", "-f", output).code == 1
        assert run("scan", "-f", output, "--fail-on", "never").code == 0

    def test_what_does_not_parse_is_2_only_when_strict_and_reported_either_way(self, run: Run, project: Path) -> None:
        (project / "main.tf").write_text(GOOD)
        (project / "broken.tf").write_text('resource "aws_dynamodb_table" "x" {\n  a = = 1\n}\n')
        lax, strict = run("scan"), run("scan", "--strict")
        assert (lax.code, strict.code) == (0, 2)
        assert lax.out == strict.out
        assert "broken.tf:2:" in lax.out
        assert "1 problem" in lax.out

    @pytest.mark.parametrize(
        ("arguments", "hint"),
        [
            (["--no-such-option"], "No such option"),
            (["-f", "sarf"], "did you mean 'sarif'?"),
            (["-f", "json="], "names no file"),
            (["-f", "json", "-f", "sarif"], "only one report can go to standard output"),
            (["-f", "json", "-f", "sarif", "-o", "x"], "exactly one"),
            (["-f", "json=a.json", "-o", "x"], "exactly one"),
            (["-f", "json=gone/a.json"], "there is no directory gone"),
            (["-o", "."], "is a directory"),
            (["--fail-on", "hi"], "hi"),
            (["--select", "DDB-ENK-001"], "DDB-ENC-001"),
            (["--ignore", "encription"], "encryption"),
            (["--pack", "strct"], "strict"),
            (["--var", "novalue"], "NAME=VALUE"),
            (["--rules", "gone"], "gone"),
            (["man.tf"], "did you mean main.tf?"),
            (["gone/main.tf"], "there is no file or directory gone/main.tf"),
            (["-", "main.tf"], "standard input"),
        ],
        ids=" ".join,
    )
    def test_what_cannot_be_done_is_2_with_a_hint_and_no_result(
        self, run: Run, bad: Path, arguments: list[str], hint: str
    ) -> None:
        done = run("scan", *arguments, stdin="")
        assert (done.code, done.out) == (2, "")
        assert hint in done.err
        assert sorted(path.name for path in bad.iterdir()) == [".git", "main.tf"]


class TestOutput:
    def test_one_scan_writes_many_reports(self, run: Run, bad: Path) -> None:
        done = run("scan", "-f", "text", "-f", "json=a.json", "-f", "sarif=b.sarif")
        assert "DDB-BAK-001 point-in-time-recovery-off" in done.out
        assert ("DDB-BAK-001", "fail") in found((bad / "a.json").read_text())
        assert json.loads((bad / "b.sarif").read_text())["version"] == "2.1.0"

    def test_output_is_the_file_of_the_report_without_one(self, run: Run, bad: Path) -> None:
        done = run("scan", "-f", "json", "-o", "a.json")
        assert done.out == ""
        assert done.err.startswith("3 findings (1 high, 2 medium)")
        assert found((bad / "a.json").read_text())

    def test_results_go_to_standard_output_and_nothing_else_does(self, run: Run, bad: Path) -> None:
        (bad / "broken.tf").write_text('resource "aws_dynamodb_table" "x" {\n  a = = 1\n}\n')
        done = run("scan", "-f", "json")
        assert json.loads(done.out)["summary"]["problems"] == 1
        assert done.err.startswith("broken.tf:2:")

    def test_json_keeps_to_its_schema(self, run: Run, bad: Path) -> None:
        from importlib.resources import files

        schema = json.loads((files("dyncheck") / "schemas" / "report.schema.json").read_text("utf-8"))
        jsonschema.validate(json.loads(run("scan", "-f", "json").out), schema, jsonschema.Draft202012Validator)

    def test_two_runs_give_the_same_bytes(self, run: Run, bad: Path) -> None:
        for output in ("text", "json", "sarif"):
            assert run("scan", "-f", output).out == run("scan", "-f", output).out

    def test_paths_are_those_of_the_repository_wherever_the_scan_is_started(
        self, run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (project / "infra").mkdir()
        (project / "infra" / "main.tf").write_text(BAD)
        whole = json.loads(run("scan", "-f", "json").out)["findings"]
        monkeypatch.chdir(project / "infra")
        here = json.loads(run("scan", "-f", "json").out)["findings"]
        named = json.loads(run("scan", "main.tf", "-f", "json").out)["findings"]
        assert {item["location"]["path"] for item in whole} == {"infra/main.tf"}
        assert whole == here == named

    def test_the_finding_is_shown_under_its_line(self, run: Run, bad: Path) -> None:
        lines = run("scan", "--select", "DDB-BAK-001").out.splitlines()
        assert lines[:4] == [
            "main.tf",
            '  1:1  resource "aws_dynamodb_table" "bad" {',
            "       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
            "    high     DDB-BAK-001 point-in-time-recovery-off",
        ]
        assert lines[4].startswith("             Table aws_dynamodb_table.bad has point-in-time recovery off.")
        assert lines[-3].endswith("(dyncheck explain DDB-BAK-001)")

    def test_nothing_to_check_is_said_on_standard_error(self, run: Run, project: Path) -> None:
        (project / "main.tf").write_text('resource "aws_s3_bucket" "b" {}\n')
        done = run("scan")
        assert (done.code, done.out, done.err) == (0, "", "no DynamoDB tables found in 1 file\n")
        assert run("scan", "-qq").err == ""

    def test_quiet_prints_the_summary_and_quieter_nothing(self, run: Run, bad: Path) -> None:
        assert (
            run("scan", "-q").out == "3 findings (1 high, 2 medium), 0 unknown, 0 suppressed, 0 problems in 1 table\n"
        )
        assert (run("scan", "-qq").out, run("scan", "-qq").code) == ("", 1)

    def test_colour_is_for_those_who_ask(self, run: Run, bad: Path) -> None:
        assert "\x1b[" not in run("scan").out
        assert "\x1b[" in run("scan", "--color", "always").out
        assert "\x1b[" in run("scan", env={"FORCE_COLOR": "1"}).out
        assert "\x1b[" not in run("scan", "--color", "always", "-o", "a.txt").out
        assert "\x1b[" not in (bad / "a.txt").read_text()

    def test_hostile_names_reach_no_terminal(self, run: Run, project: Path) -> None:
        (project / "main.tf").write_text(
            BAD.replace('name         = "bad"', 'name = "\x1b]0;owned\x07\u202e"'), "utf-8"
        )
        assert not {"\x1b", "\x07", "\u202e"} & set(run("scan", "-v").out)


class TestInput:
    def test_standard_input_is_terraform_or_a_template_by_its_look(self, run: Run) -> None:
        assert ("DDB-BAK-001", "fail") in found(run("scan", "-", "-f", "json", stdin=BAD).out)
        assert ("DDB-BAK-001", "fail") in found(run("scan", "-", "-f", "json", stdin=TEMPLATE).out)

    def test_a_plan_that_is_piped_in_shows_the_lines_of_the_source_that_is_named(self, run: Run) -> None:
        orders = Path(__file__).parents[2] / "fixtures" / "parsers" / "terraform-plan" / "orders"

        done = run("scan", "-", "--source", str(orders), stdin=(orders / "plan.json").read_text())

        assert "  30:5      enabled = false\n            ^^^^^^^^^^^^^^^\n" in done.out

    def test_standard_input_is_named_as_the_user_says(self, run: Run, project: Path) -> None:
        done = json.loads(run("scan", "-", "--stdin-filename", "infra/tables.tf", "-f", "json", stdin=BAD).out)
        assert {item["location"]["path"] for item in done["findings"]} == {"infra/tables.tf"}
        assert [path.name for path in project.iterdir()] == [".git"]

    @pytest.mark.parametrize("name", ["/etc/tables.tf", "../../tables.tf"])
    def test_a_name_of_standard_input_leads_nowhere(self, run: Run, name: str) -> None:
        done = json.loads(run("scan", "-", "--stdin-filename", name, "-f", "json", stdin=BAD).out)
        assert {item["location"]["path"] for item in done["findings"]} <= {"etc/tables.tf", "tables.tf"}

    def test_kinds_of_input_can_be_limited(self, run: Run, bad: Path) -> None:
        (bad / "template.yaml").write_text(TEMPLATE)

        def sources(*arguments: str) -> set[str]:
            return {table["source"] for table in json.loads(run("scan", "-f", "json", *arguments).out)["tables"]}

        assert sources() == {"terraform", "cloudformation"}
        assert sources("--input", "terraform") == {"terraform"}
        assert sources("--input", "cloudformation") == {"cloudformation"}

    def test_variables_come_from_options_files_and_the_environment(self, run: Run, project: Path) -> None:
        (project / "main.tf").write_text(UNDECIDED)
        (project / "on.tfvars").write_text("recovery = true\n")
        fail, unknown = {("DDB-BAK-001", "fail")}, {("DDB-BAK-001", "unknown")}
        select = ("--select", "DDB-BAK-001", "-f", "json")
        assert found(run("scan", *select).out) == unknown
        assert found(run("scan", *select, "--var-file", "on.tfvars").out) == set()
        assert found(run("scan", *select, "--var-file", "on.tfvars", "--var", "recovery=false").out) == fail
        assert found(run("scan", *select, env={"TF_VAR_recovery": "false"}).out) == fail

    def test_parameters_of_templates_come_from_files(self, run: Run, project: Path) -> None:
        (project / "template.yaml").write_text(
            "Parameters:\n  On: {Type: String}\n"
            + TEMPLATE
            + "      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: !Ref On}\n"
        )
        (project / "on.json").write_text('[{"ParameterKey": "On", "ParameterValue": "true"}]')
        select = ("template.yaml", "--select", "DDB-BAK-001", "-f", "json")
        assert found(run("scan", *select).out) == {("DDB-BAK-001", "unknown")}
        assert found(run("scan", *select, "--parameters", "on.json").out) == set()


class TestSettings:
    def test_every_option_has_its_variable_and_the_option_wins(self, run: Run, bad: Path) -> None:
        assert run("scan", env={"DYNCHECK_FAIL_ON": "never"}).code == 0
        assert run("scan", "--fail-on", "low", env={"DYNCHECK_FAIL_ON": "never"}).code == 1
        assert run("scan", env={"DYNCHECK_EXIT_ZERO": "1"}).code == 0
        assert run("scan", env={"DYNCHECK_QUIET": "2"}).out == ""
        assert found(run("scan", env={"DYNCHECK_FORMAT": "json", "DYNCHECK_SELECT": "DDB-BAK-001"}).out) == {
            ("DDB-BAK-001", "fail")
        }

    def test_several_values_of_a_variable_are_separated_by_blanks_or_commas(self, run: Run, bad: Path) -> None:
        for value in ("DDB-BAK-001 DDB-BAK-004", "DDB-BAK-001,DDB-BAK-004"):
            done = run("scan", "-f", "json", env={"DYNCHECK_SELECT": value})
            assert found(done.out) == {("DDB-BAK-001", "fail"), ("DDB-BAK-004", "fail")}

    def test_a_wrong_variable_is_an_error(self, run: Run, bad: Path) -> None:
        done = run("scan", env={"DYNCHECK_FAIL_ON": "medum"})
        assert (done.code, "DYNCHECK_FAIL_ON" in done.err or "--fail-on" in done.err) == (2, True)

    def test_selectors_are_ids_globs_names_categories_and_other_tools_ids(self, run: Run, bad: Path) -> None:
        def rules(*arguments: str) -> set[str]:
            return set(json.loads(run("scan", "-f", "json", *arguments).out)["rules"])

        assert rules("--select", "DDB-BAK-001") == {"DDB-BAK-001"}
        assert rules("--select", "point-in-time-recovery-off,ddb-bak-004") == {"DDB-BAK-001", "DDB-BAK-004"}
        assert rules("--select", "CKV_AWS_28") == {"DDB-BAK-001"}
        assert {rule[:7] for rule in rules("--select", "DDB-ENC-*")} == {"DDB-ENC"}
        assert rules("--select", "encryption") >= rules("--select", "DDB-ENC-*")
        assert rules("--ignore", "DDB-BAK-001") == rules() - {"DDB-BAK-001"}
        assert rules("--pack", "strict") > rules()
