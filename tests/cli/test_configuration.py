"""Configuration, suppressions and baselines from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from tests.cli.conftest import Run
from tests.suppress.scanning import TABLE

PLANS = Path(__file__).parents[2] / "fixtures" / "parsers" / "terraform-plan"
THREE = ("--select", "DDB-BAK-001,DDB-BAK-004,DDB-ENC-001")


@pytest.fixture
def bad(project: Path) -> Path:
    (project / "main.tf").write_text(TABLE)
    return project


def line(name: str, text: str) -> list[str]:
    """The value and origin of a setting in the output of ``config show``."""
    (found,) = (item for item in text.splitlines() if item.split()[0] == name)
    return found.split(maxsplit=1)[1].rsplit("  ", 1)


class TestConfiguration:
    def test_the_nearest_file_is_used(self, run: Run, bad: Path) -> None:
        (bad / "dyncheck.yaml").write_text("fail_on: critical\n")
        assert run("scan").code == 0
        assert run("scan", "--no-config").code == 1

    def test_options_and_variables_win_over_it(self, run: Run, bad: Path) -> None:
        (bad / "dyncheck.yaml").write_text("fail_on: critical\n")
        assert run("scan", env={"DYNCHECK_FAIL_ON": "low"}).code == 1
        assert run("scan", "--fail-on", "low").code == 1

    def test_a_file_can_be_named(self, run: Run, bad: Path) -> None:
        (bad / "dyncheck.yaml").write_text("fail_on: critical\n")
        (bad / "other.yaml").write_text("fail_on: low\n")
        assert run("scan", "-c", "other.yaml").code == 1
        assert run("scan", env={"DYNCHECK_CONFIG": "other.yaml"}).code == 1
        assert run("scan", "-c", "gone.yaml").code == 2
        assert run("scan", "-c", "other.yaml", "--no-config").code == 2

    def test_its_paths_are_relative_to_it_wherever_the_scan_is_started(
        self, run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (project / "infra").mkdir()
        (project / "infra" / "main.tf").write_text(
            TABLE.replace("{\n", "{\n  deletion_protection_enabled = var.on\n", 1) + 'variable "on" {}\n'
        )
        (project / "on.tfvars").write_text("on = true\n")
        (project / "dyncheck.yaml").write_text("select: [DDB-BAK-004]\nvar_files: [on.tfvars]\n")
        assert json.loads(run("scan", "-f", "json").out)["findings"] == []
        monkeypatch.chdir(project / "infra")
        assert json.loads(run("scan", "-f", "json").out)["findings"] == []

    @pytest.mark.parametrize(("region", "found"), [("eu-west-1", 1), ("eu-central-1", 0)])
    def test_its_region_is_that_of_terraform_whose_provider_names_none(
        self, run: Run, bad: Path, region: str, found: int
    ) -> None:
        stream = '  stream_enabled = true\n  stream_view_type = "NEW_AND_OLD_IMAGES"\n'
        replica = '  replica {\n    region_name = "eu-west-1"\n  }\n'
        (bad / "main.tf").write_text(TABLE.replace("{\n", "{\n" + stream + replica, 1))
        (bad / "dyncheck.yaml").write_text(f"select: [DDB-GLB-004]\nregion: {region}\n")
        assert len(json.loads(run("scan", "-f", "json").out)["findings"]) == found

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("strict: true\nignore: [DDB-BAC-001]\n", "dyncheck.yaml:2: DDB-BAC-001: no rule"),
            ("select: [nothing]\n", "dyncheck.yaml:1: nothing: no rule"),
            ("packs: [strct]\n", "dyncheck.yaml:1: strct: no such pack, did you mean strict?"),
            ("packs: [./gone.yaml]\n", "dyncheck.yaml:1: gone.yaml: no such pack; there is no such file"),
            ("\nrules: [gone]\n", "dyncheck.yaml:2: there is no file or directory gone"),
            ("\nvar_files: [gone.tfvars]\n", "dyncheck.yaml:2: there is no file or directory gone.tfvars"),
            ("\nbaseline: gone.json\n", "gone.json: dyncheck.yaml:2: the baseline cannot be read"),
            ("severity: {DDB-BAC-001: low}\n", "dyncheck.yaml:1: DDB-BAC-001: no rule"),
            ("params: {DDB-BAK-003: {mindays: 1}}\n", "dyncheck.yaml:1: DDB-BAK-003 has no parameter mindays"),
            ("fail-on: low\n", "dyncheck.yaml:1:1: fail-on: no such field"),
        ],
    )
    def test_what_is_wrong_in_it_is_2_with_the_place(self, run: Run, bad: Path, text: str, message: str) -> None:
        (bad / "dyncheck.yaml").write_text(text)
        done = run("scan")
        assert (done.code, done.out) == (2, "")
        assert message in done.err

    def test_a_variable_file_that_is_not_there_is_2_even_where_no_variable_is_asked_for(
        self, run: Run, bad: Path
    ) -> None:
        (bad / "prod.tfvars").write_text("")
        done = run("scan", "--var-file", "prd.tfvars")
        assert (done.code, done.out) == (2, "")
        assert "--var-file: there is no file or directory prd.tfvars; did you mean prod.tfvars?" in done.err
        (bad / "dyncheck.yaml").write_text("var_files: [prd.tfvars]\n")
        assert run("scan").code == 2

    def test_what_is_wrong_on_the_command_line_is_still_named_so(self, run: Run, bad: Path) -> None:
        (bad / "dyncheck.yaml").write_text("ignore: [DDB-BAK-001]\n")
        assert "--ignore: DDB-BAC-001" in run("scan", "--ignore", "DDB-BAC-001").err
        assert "--rules: there is no file or directory gone" in run("scan", "--rules", "gone").err


class TestShow:
    def test_every_setting_has_its_value_and_origin(self, run: Run, project: Path) -> None:
        (project / "dyncheck.yaml").write_text("packs: [strict, cost]\nmax_days: 30\nvariables: {a: b}\n")
        done = run("config", "show", env={"DYNCHECK_FAIL_ON": "low"})
        assert done.code == 0
        assert line("packs", done.out)[0].strip() == "strict, cost"
        assert line("packs", done.out)[1] == "dyncheck.yaml:1"
        assert [part.strip() for part in line("max_days", done.out)] == ["30", "dyncheck.yaml:2"]
        assert [part.strip() for part in line("variables", done.out)] == ['{"a":"b"}', "dyncheck.yaml:3"]
        assert [part.strip() for part in line("fail_on", done.out)] == ["low", "DYNCHECK_FAIL_ON"]
        assert [part.strip() for part in line("strict", done.out)] == ["false", "default"]
        assert [part.strip() for part in line("region", done.out)] == ["-", "default"]

    def test_json_has_the_same(self, run: Run, project: Path) -> None:
        (project / "dyncheck.yaml").write_text("ignore:\n  - {rule: DDB-BAK-001, until: 2026-12-31}\n")
        from dyncheck.settings import Settings

        settings = json.loads(run("config", "show", "-f", "json").out)["settings"]
        assert list(settings) == list(Settings.__struct_fields__)
        assert settings["waivers"]["origin"] == "dyncheck.yaml:1"
        assert settings["waivers"]["value"][0]["until"] == "2026-12-31"

    def test_it_is_about_the_paths_that_are_named(self, run: Run, project: Path) -> None:
        (project / "infra").mkdir()
        (project / "infra" / "dyncheck.yaml").write_text("fail_on: low\n")
        assert line("fail_on", run("config", "show").out)[1] == "default"
        assert line("fail_on", run("config", "show", "infra").out)[1] == "infra/dyncheck.yaml:1"
        assert line("fail_on", run("config", "show", "infra", "--no-config").out)[1] == "default"


class TestSuppressions:
    def test_they_are_counted_and_never_fail(self, run: Run, bad: Path) -> None:
        (bad / "main.tf").write_text(f"# dyncheck:ignore[DDB-BAK-001,DDB-BAK-004,DDB-ENC-001] known\n{TABLE}")
        done = run("scan", *THREE)
        assert (done.code, done.out) == (0, "0 findings, 0 unknown, 3 suppressed, 0 problems in 1 table\n")

    def test_no_ignore_lets_them_count(self, run: Run, bad: Path) -> None:
        (bad / "main.tf").write_text(f"# dyncheck:ignore[DDB-BAK-001,DDB-BAK-004,DDB-ENC-001] known\n{TABLE}")
        done = run("scan", "--no-ignore", *THREE)
        assert (done.code, "3 findings" in done.out) == (1, True)

    def test_json_holds_them_and_keeps_to_its_schema(self, run: Run, bad: Path) -> None:
        from importlib.resources import files

        (bad / "main.tf").write_text(
            f"# dyncheck:ignore[DDB-BAK-001] until=2999-01-01 known\n# dyncheck:ignore[X]\n{TABLE}"
        )
        found = json.loads(run("scan", "-f", "json").out)
        schema = json.loads((files("dyncheck") / "schemas" / "report.schema.json").read_text("utf-8"))
        jsonschema.validate(found, schema, jsonschema.Draft202012Validator)
        assert found["summary"]["suppressed"] == 1
        (finding,) = (item for item in found["findings"] if item["suppression"])
        assert finding["suppression"] == {
            "kind": "inline",
            "reason": "known",
            "until": "2999-01-01",
            "where": "main.tf:1",
        }
        assert "DDB-META-002" in {item["rule"] for item in found["findings"]}
        assert found["resources"] == []

    def test_a_plan_on_standard_input_has_the_comments_of_its_source(self, run: Run, project: Path) -> None:
        shutil.copytree(PLANS / "orders", project / "infra")
        plan = (project / "infra" / "plan.json").read_text()
        source = project / "infra" / "main.tf"
        source.write_text(source.read_text().replace("module ", "# dyncheck:ignore[DDB-BAK-004]\nmodule ", 1))
        arguments = ("--source", "infra", "--select", "DDB-BAK-001,DDB-BAK-004,meta", "-f", "json")
        for found in (run("scan", "infra/plan.json", *arguments), run("scan", "-", *arguments, stdin=plan)):
            report = json.loads(found.out)
            assert [
                (item["rule"], item["suppression"]["where"]) for item in report["findings"] if item["suppression"]
            ] == [("DDB-BAK-004", "infra/main.tf:38")]

    def test_standard_input_has_comments_too_and_is_no_reason_to_call_waivers_unused(
        self, run: Run, project: Path
    ) -> None:
        (project / "dyncheck.yaml").write_text("ignore: [{rule: DDB-BAK-004, path: infra}]\n")
        text = f"# dyncheck:ignore[DDB-BAK-001]\n{TABLE}"
        found = json.loads(run("scan", "-", "--stdin-filename", "main.tf", "-f", "json", stdin=text).out)
        assert {item["rule"] for item in found["findings"] if item["suppression"]} == {"DDB-BAK-001"}
        assert "DDB-META-001" not in {item["rule"] for item in found["findings"]}

    def test_the_rules_about_them_have_pages_and_severities_like_others(self, run: Run, bad: Path) -> None:
        assert "DDB-META-001" in run("explain", "unused-suppression").out
        (bad / "main.tf").write_text(f"# dyncheck:ignore[DDB-BAC-001]\n{TABLE}")
        (bad / "dyncheck.yaml").write_text("select: [DDB-META-002]\nseverity: {DDB-META-002: info}\n")
        assert "1 finding (1 info)" in run("scan").out
        assert "0 findings" in run("scan", "--ignore", "DDB-META-002", "--select", "meta").out


class TestBaseline:
    FILE = ".dyncheck-baseline.json"

    def test_the_whole_way(self, run: Run, bad: Path) -> None:
        (bad / "dyncheck.yaml").write_text("select: [DDB-BAK-001, DDB-BAK-004, DDB-ENC-001]\n")
        made = run("baseline", "create")
        assert (made.code, made.out) == (0, "")
        assert made.err.startswith(f"wrote 3 findings to {self.FILE}; use it with --baseline")
        assert run("scan").code == 1
        known = run("scan", "--baseline", self.FILE)
        assert (known.code, known.out) == (0, "0 findings, 0 unknown, 3 suppressed, 0 problems in 1 table\n")
        (bad / "main.tf").write_text(TABLE.replace("{\n", "{\n  deletion_protection_enabled = true\n", 1))
        stale = run("scan", "--baseline", self.FILE)
        assert "1 finding of the baseline no longer found: 'dyncheck baseline prune' takes them out" in stale.err
        assert run("baseline", "prune").err == f"wrote 2 findings to {self.FILE}: 0 new, 1 gone\n"
        assert run("baseline", "prune").err == f"{self.FILE} is up to date with 2 findings\n"
        (bad / "main.tf").write_text(TABLE)
        assert run("scan", "--baseline", self.FILE).code == 1
        assert run("baseline", "update").err == f"wrote 3 findings to {self.FILE}: 1 new, 0 gone\n"

    def test_the_configuration_names_it(self, run: Run, bad: Path) -> None:
        (bad / "dyncheck.yaml").write_text("baseline: ci/known.json\n")
        (bad / "ci").mkdir()
        run("baseline", "create")
        assert (bad / "ci" / "known.json").is_file()
        assert run("scan").code == 0

    def test_a_scan_never_takes_or_writes_one_by_itself(self, run: Run, bad: Path) -> None:
        run("scan")
        assert not (bad / self.FILE).exists()
        run("baseline", "create")
        assert run("scan").code == 1

    def test_create_overwrites_nothing_and_the_others_make_nothing(self, run: Run, bad: Path) -> None:
        for command in ("update", "prune"):
            done = run("baseline", command)
            assert (done.code, "'dyncheck baseline create' makes one" in done.err) == (2, True)
        run("baseline", "create")
        before = (bad / self.FILE).read_bytes()
        done = run("baseline", "create")
        assert (done.code, "there is a baseline already" in done.err) == (2, True)
        assert (bad / self.FILE).read_bytes() == before

    def test_an_update_of_a_part_leaves_the_rest_alone(self, run: Run, project: Path) -> None:
        for name in ("a", "b"):
            (project / name).mkdir()
            (project / name / "main.tf").write_text(TABLE)
        (project / "dyncheck.yaml").write_text("select: [DDB-BAK-001]\n")
        run("baseline", "create")
        (project / "a" / "main.tf").write_text("")
        (project / "b" / "main.tf").write_text("")
        assert run("baseline", "update", "a").err == f"wrote 1 finding to {self.FILE}: 0 new, 1 gone\n"

    def test_outside_of_a_repository_an_entry_of_one_stack_hides_no_finding_of_another(
        self, run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (project / ".git").rmdir()
        for name in ("a", "b"):
            (project / name).mkdir()
            (project / name / "main.tf").write_text(TABLE)
        run("baseline", "create", "a", "-o", "known.json")
        known = ("scan", *THREE, "-q", "--baseline")
        assert "0 findings, 0 unknown, 3 suppressed" in run(*known, "known.json", "a").out
        assert "3 findings (1 high, 2 medium), 0 unknown, 0 suppressed" in run(*known, "known.json", "b").out
        assert "3 findings (1 high, 2 medium), 0 unknown, 3 suppressed" in run(*known, "known.json").out
        monkeypatch.chdir(project / "a")
        assert "0 findings, 0 unknown, 3 suppressed" in run(*known, "../known.json").out
        assert run("baseline", "prune", "-o", "../known.json", "../b").err.endswith("up to date with 3 findings\n")
        assert "2 new, 0 gone" in run("baseline", "update", "-o", "../known.json", *THREE[:1], THREE[1][:23], "..").err

    def test_outside_of_a_repository_an_expired_entry_is_said_at_its_place(self, run: Run, project: Path) -> None:
        (project / ".git").rmdir()
        (project / "ci").mkdir()
        (project / "main.tf").write_text(TABLE)
        run("baseline", "create", "--select", "DDB-BAK-001", "-o", "ci/known.json")
        known = json.loads((project / "ci" / "known.json").read_text())
        assert [(entry["stack"], entry["path"]) for entry in known["findings"]] == [("..", "../main.tf")]
        known["findings"][0]["until"] = "2020-01-01"
        (project / "ci" / "known.json").write_text(json.dumps(known, indent=1))
        found = json.loads(run("scan", "-f", "json", "--baseline", "ci/known.json").out)["findings"]
        (expired,) = (item for item in found if item["rule"] == "DDB-META-003")
        line = (project / "ci" / "known.json").read_text().splitlines()[expired["location"]["line"] - 1]
        assert (expired["location"]["path"], line.strip()[:8]) == ("ci/known.json", '"until":')

    def test_it_is_taken_with_the_options_of_the_scan_that_it_is_for(self, run: Run, project: Path) -> None:
        recovery = "  point_in_time_recovery {\n    enabled = var.on\n  }\n}\n"
        (project / "main.tf").write_text(TABLE.removesuffix("}\n") + recovery + 'variable "on" {}\n')
        options = ("--pack", "strict", "--var", "on=false", "--ignore", "DDB-ENC-*")
        run("baseline", "create", *options)
        assert run("scan", *options, "-q", "--baseline", self.FILE).out.startswith("0 findings, 0 unknown, ")
        assert run("baseline", "update", *options).err.startswith(f"{self.FILE} is up to date")
        taken = {entry["rule"]: entry for entry in json.loads((project / self.FILE).read_text())["findings"]}
        assert taken["DDB-BAK-001"].get("outcome", "fail") == "fail"
        assert not any(rule.startswith("DDB-ENC-") for rule in taken)
        run("baseline", "create", "-o", "other.json", env={"DYNCHECK_SELECT": "DDB-BAK-004"})
        (other,) = json.loads((project / "other.json").read_text())["findings"]
        assert other["rule"] == "DDB-BAK-004"

    def test_the_option_and_the_variable_of_a_scan_name_it(self, run: Run, bad: Path) -> None:
        run("baseline", "create", "--baseline", "one.json")
        run("baseline", "create", env={"DYNCHECK_BASELINE": "two.json"})
        assert (bad / "one.json").read_bytes() == (bad / "two.json").read_bytes()
        assert not (bad / self.FILE).exists()

    def test_the_same_findings_make_the_same_bytes(self, run: Run, bad: Path) -> None:
        run("baseline", "create", "-o", "one.json")
        run("baseline", "create", "-o", "two.json")
        assert (bad / "one.json").read_bytes() == (bad / "two.json").read_bytes()

    def test_a_broken_one_is_2_with_its_place(self, run: Run, bad: Path) -> None:
        (bad / "known.json").write_text('{"findings": [{"rule": "A"}]}')
        done = run("scan", "--baseline", "known.json")
        assert (done.code, done.out) == (2, "")
        assert "known.json: /findings/0: not a baseline: Object missing required field `address`" in done.err
