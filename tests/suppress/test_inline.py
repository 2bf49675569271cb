"""Suppressions in comments and metadata: where they count, what they say, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest

from dyncheck import Report
from dyncheck.report import Suppression
from tests.suppress.scanning import BODY, TABLE, TEMPLATE, counting, of_rule, report, suppressed

IGNORE = "dyncheck:ignore[DDB-BAK-001]"
ALL = ["DDB-BAK-001", "DDB-BAK-004", "DDB-ENC-001"]
OFF = "  point_in_time_recovery {\n    enabled = false\n  }\n"


def test_without_a_comment_everything_counts(tmp_path: Path) -> None:
    assert counting(report(tmp_path, {"main.tf": TABLE})) == ALL


class TestPlacesInTerraform:
    HEADER = TABLE.splitlines()[0]

    @pytest.mark.parametrize(
        "text",
        [
            f"# {IGNORE} why\n{TABLE}",
            f"// {IGNORE} why\n{TABLE}",
            f"/* {IGNORE} why */\n{TABLE}",
            f"/*\n * {IGNORE} why\n */\n{TABLE}",
            f"# {IGNORE} why\n# a second line\n{TABLE}",
            TABLE.replace(HEADER, f"{HEADER} # {IGNORE}"),
            TABLE.replace(BODY, f"  # {IGNORE}\n{BODY}"),
            TABLE.replace("  attribute {\n", f"  attribute {{\n    # {IGNORE}\n"),
            TABLE.replace('"id"\n    type', f'"id" # {IGNORE}\n    type'),
            f"# {IGNORE}\r\n{TABLE}".replace("\n", "\r\n"),
        ],
        ids=[
            "above the block",
            "with slashes",
            "as a block comment",
            "as a long block comment",
            "among several comments",
            "on the header",
            "inside",
            "inside a nested block",
            "behind an argument",
            "with Windows line ends",
        ],
    )
    def test_a_finding_at_the_header_is_suppressed_above_on_and_in_the_block(self, tmp_path: Path, text: str) -> None:
        found = report(tmp_path, {"main.tf": text})
        assert (suppressed(found), counting(found)) == (["DDB-BAK-001"], ["DDB-BAK-004", "DDB-ENC-001"])

    @pytest.mark.parametrize(
        "text",
        [
            f"# {IGNORE}\n\n{TABLE}",
            f"{TABLE}# {IGNORE}\n",
            f"# {IGNORE}\nlocals {{}}\n{TABLE}",
            TABLE.replace('"orders"\n  billing', f'"# {IGNORE}"\n  billing'),
            TABLE.replace(BODY, f"{BODY}  tags = {{\n    x = <<EOT\n# {IGNORE}\nEOT\n  }}\n"),
        ],
        ids=["a line between", "behind the block", "above another block", "in a string", "in a heredoc"],
    )
    def test_elsewhere_nothing_is_suppressed(self, tmp_path: Path, text: str) -> None:
        assert suppressed(report(tmp_path, {"main.tf": text})) == []

    @pytest.mark.parametrize(
        "off",
        [
            OFF.replace("  point", f"  # {IGNORE}\n  point", 1),
            OFF.replace("{", f"{{ # {IGNORE}"),
            OFF.replace("    enabled", f"    # {IGNORE}\n    enabled"),
            OFF.replace("false", f"false # {IGNORE}"),
        ],
        ids=["above the nested block", "on its header", "above the argument", "behind the argument"],
    )
    def test_a_finding_at_an_argument_is_suppressed_there_and_around_its_block(self, tmp_path: Path, off: str) -> None:
        found = report(tmp_path, {"main.tf": TABLE.replace(BODY, BODY + off)})
        assert suppressed(found) == ["DDB-BAK-001"]

    def test_a_comment_above_the_resource_covers_what_stands_inside(self, tmp_path: Path) -> None:
        found = report(tmp_path, {"main.tf": f"# {IGNORE}\n" + TABLE.replace(BODY, BODY + OFF)})
        assert suppressed(found) == ["DDB-BAK-001"]

    def test_a_comment_at_one_argument_does_not_cover_another(self, tmp_path: Path) -> None:
        text = TABLE.replace(BODY, BODY.replace('"orders"', f'"orders" # {IGNORE}') + OFF)
        found = report(tmp_path, {"main.tf": text})
        assert (suppressed(found), counting(found)) == ([], sorted([*ALL, "DDB-META-001"]))

    def test_only_the_table_below_is_covered(self, tmp_path: Path) -> None:
        other = TABLE.replace('"orders"', '"other"')
        found = report(tmp_path, {"main.tf": f"{other}\n# {IGNORE}\n{TABLE}"})
        assert [item.address for item in of_rule(found, "DDB-BAK-001") if item.suppression] == [
            "aws_dynamodb_table.orders"
        ]


class TestModules:
    MODULE = 'module "shop" {\n  source = "./shop"\n}\n'

    @pytest.mark.parametrize(
        "call",
        [
            f"# {IGNORE} why\n{MODULE}",
            MODULE.replace("{\n", f"{{ # {IGNORE}\n"),
            MODULE.replace("}", f"  # {IGNORE}\n}}"),
        ],
        ids=["above", "on", "in"],
    )
    def test_a_comment_at_the_call_covers_the_resources_of_the_module(self, tmp_path: Path, call: str) -> None:
        found = report(tmp_path, {"main.tf": call, "shop/main.tf": TABLE})
        assert suppressed(found) == ["DDB-BAK-001"]
        assert counting(found) == ["DDB-BAK-004", "DDB-ENC-001"]

    def test_a_comment_at_one_call_does_not_cover_the_other(self, tmp_path: Path) -> None:
        calls = f"# {IGNORE}\n{self.MODULE}\n" + self.MODULE.replace('"shop"', '"store"')
        found = report(tmp_path, {"main.tf": calls, "shop/main.tf": TABLE})
        marks = {item.address: item.suppression is not None for item in of_rule(found, "DDB-BAK-001")}
        assert marks == {
            "module.shop.aws_dynamodb_table.orders": True,
            "module.store.aws_dynamodb_table.orders": False,
        }

    def test_a_comment_in_the_module_covers_every_call(self, tmp_path: Path) -> None:
        calls = self.MODULE + self.MODULE.replace('"shop"', '"store"')
        found = report(tmp_path, {"main.tf": calls, "shop/main.tf": f"# {IGNORE}\n{TABLE}"})
        assert suppressed(found) == ["DDB-BAK-001", "DDB-BAK-001"]

    def test_a_call_two_modules_away_covers_too(self, tmp_path: Path) -> None:
        middle = 'module "inner" {\n  source = "../shop"\n}\n'
        outer = f'# {IGNORE}\nmodule "outer" {{\n  source = "./middle"\n}}\n'
        found = report(tmp_path, {"main.tf": outer, "middle/main.tf": middle, "shop/main.tf": TABLE})
        assert suppressed(found) == ["DDB-BAK-001"]

    def test_arguments_of_a_known_module_are_covered_by_the_comment_above_its_call(self, tmp_path: Path) -> None:
        call = (
            f'# {IGNORE}\nmodule "t" {{\n  source = "terraform-aws-modules/dynamodb-table/aws"\n'
            '  name = "t"\n  hash_key = "id"\n  attributes = [{ name = "id", type = "S" }]\n}\n'
        )
        assert suppressed(report(tmp_path, {"main.tf": call})) == ["DDB-BAK-001"]


class TestTemplates:
    KEY = "  Orders:\n"

    @pytest.mark.parametrize(
        "text",
        [
            TEMPLATE.replace(KEY, f"  # {IGNORE} why\n{KEY}"),
            TEMPLATE.replace(KEY, f"  Orders: # {IGNORE}\n"),
            TEMPLATE.replace("false", f"false # {IGNORE}"),
            TEMPLATE.replace(
                "        PointInTimeRecoveryEnabled", f"        # {IGNORE}\n        PointInTimeRecoveryEnabled"
            ),
            TEMPLATE.replace("      PointInTimeRecoverySp", f"      # {IGNORE}\n      PointInTimeRecoverySp"),
        ],
        ids=["above the resource", "on its key", "on the line", "above the line", "above the property"],
    )
    def test_a_comment_covers_above_on_and_at_the_line(self, tmp_path: Path, text: str) -> None:
        found = report(tmp_path, {"t.yaml": text})
        assert (suppressed(found), counting(found)) == (["DDB-BAK-001"], ["DDB-BAK-004", "DDB-ENC-001"])

    @pytest.mark.parametrize("place", ["    Type: AWS", "      BillingMode", "    Properties"])
    def test_a_comment_inside_covers_what_stands_at_the_key(self, tmp_path: Path, place: str) -> None:
        text = TEMPLATE.replace(place, f"      # dyncheck:ignore[DDB-BAK-004]\n{place}", 1)
        assert suppressed(report(tmp_path, {"t.yaml": text})) == ["DDB-BAK-004"]

    def test_a_comment_at_the_end_belongs_to_what_it_is_indented_under(self, tmp_path: Path) -> None:
        other = TEMPLATE.replace("Resources:\n", "").replace("Orders", "Other")
        text = f"{TEMPLATE}      # dyncheck:ignore[DDB-BAK-004]\n{other}"
        found = report(tmp_path, {"t.yaml": text})
        assert [item.address for item in of_rule(found, "DDB-BAK-004") if item.suppression] == ["Orders"]

    @pytest.mark.parametrize(
        "text",
        [
            TEMPLATE.replace(KEY, f"  # {IGNORE}\n\n{KEY}"),
            TEMPLATE.replace("    Properties", f'    Description: "x # {IGNORE}"\n    Properties'),
            TEMPLATE.replace("    Properties", f"    Description: |\n      # {IGNORE}\n    Properties"),
            TEMPLATE.replace("    Properties", f"    Description: x# {IGNORE}\n    Properties"),
        ],
        ids=["a line between", "in a string", "in a text block", "without a blank"],
    )
    def test_elsewhere_nothing_is_suppressed(self, tmp_path: Path, text: str) -> None:
        assert suppressed(report(tmp_path, {"t.yaml": text})) == []

    def test_a_comment_at_a_nested_stack_covers_its_resources(self, tmp_path: Path) -> None:
        root = (
            f"Resources:\n  # {IGNORE}\n  Data:\n    Type: AWS::CloudFormation::Stack\n"
            "    Properties:\n      TemplateURL: child.yaml\n"
        )
        found = report(tmp_path, {"root.yaml": root, "child.yaml": TEMPLATE})
        assert suppressed(found) == ["DDB-BAK-001"]


class TestMetadata:
    ENTRY: ClassVar = {"id": "DDB-BAK-001", "reason": "rebuilt", "until": "2026-12-31"}

    def template(self, root: object = None, resource: object = None) -> str:
        properties = {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        }
        table = {"Type": "AWS::DynamoDB::Table", "Properties": properties}
        own = {**table, "Metadata": resource} if resource else table
        return json.dumps({**({"Metadata": root} if root else {}), "Resources": {"Orders": own, "Other": table}})

    def test_of_the_resource_covers_the_resource_even_where_all_stands_on_one_line(self, tmp_path: Path) -> None:
        text = self.template(resource={"dyncheck": {"ignore": [self.ENTRY]}})
        (first, second) = of_rule(report(tmp_path, {"t.json": text}), "DDB-BAK-001")
        assert first.address == "Orders"
        assert first.suppression == Suppression("inline", "rebuilt", "2026-12-31", "t.json:1")
        assert (second.address, second.suppression) == ("Other", None)

    def test_at_the_root_covers_the_whole_template(self, tmp_path: Path) -> None:
        found = report(tmp_path, {"t.json": self.template(root={"dyncheck": {"ignore": [self.ENTRY]}})})
        assert suppressed(found) == ["DDB-BAK-001", "DDB-BAK-001"]

    def test_in_yaml_it_works_too(self, tmp_path: Path) -> None:
        metadata = "    Metadata:\n      dyncheck:\n        ignore: [{id: DDB-BAK-001}, DDB-BAK-004]\n"
        found = report(tmp_path, {"t.yaml": TEMPLATE.replace("    Properties", f"{metadata}    Properties")})
        assert suppressed(found) == ["DDB-BAK-001", "DDB-BAK-004"]

    @pytest.mark.parametrize(
        ("ignore", "message"),
        [
            ("DDB-BAK-001", "Metadata.dyncheck.ignore must be a list of {id, reason}"),
            ([{"reason": "x"}], "a suppression must name its rule: {id: RULE-ID}"),
            (
                [{"id": "DDB-BAK-001", "until": "soon"}],
                "until: soon is no date such as 2026-12-31; nothing is suppressed",
            ),
            (
                [{"id": "DDB-BAK-001", "until": 20261231}],
                "until: 20261231 is no date such as 2026-12-31; nothing is suppressed",
            ),
            ([{"id": "DDB-BAK-001", "until": {}}], "until: is no date such as 2026-12-31; nothing is suppressed"),
            (
                [{"id": "DDB-BAK-001", "untill": "2026-12-31"}],
                "untill: no such field, did you mean until?; nothing is suppressed",
            ),
        ],
    )
    def test_a_mistake_is_a_problem(self, tmp_path: Path, ignore: object, message: str) -> None:
        found = report(tmp_path, {"t.json": self.template(resource={"dyncheck": {"ignore": ignore}})})
        assert [problem.message for problem in found.problems] == [message]
        assert suppressed(found) == []

    @pytest.mark.parametrize(
        ("own", "message"),
        [
            (["DDB-BAK-001"], "Metadata.dyncheck must be a mapping: {ignore: [{id, reason}]}"),
            ({"ignor": [ENTRY]}, "Metadata.dyncheck.ignor: no such field, did you mean ignore?"),
        ],
    )
    def test_what_is_not_read_is_a_problem(self, tmp_path: Path, own: object, message: str) -> None:
        found = report(tmp_path, {"t.json": self.template(resource={"dyncheck": own})})
        assert [problem.message for problem in found.problems] == [message]
        assert suppressed(found) == []

    def test_an_empty_last_day_is_none(self, tmp_path: Path) -> None:
        entry = {"id": "DDB-BAK-001", "until": None}
        found = report(tmp_path, {"t.json": self.template(resource={"dyncheck": {"ignore": [entry]}})})
        assert (suppressed(found), found.problems) == (["DDB-BAK-001"], ())


class TestTerraformsJson:
    """Terraform ignores the property ``"//"`` of blocks and of the root: that is where a comment can stand."""

    BODY: ClassVar[dict[str, Any]] = {
        "name": "orders",
        "billing_mode": "PAY_PER_REQUEST",
        "hash_key": "id",
        "attribute": [{"name": "id", "type": "S"}],
    }
    OFF: ClassVar[dict[str, Any]] = {"enabled": False}

    def report(self, tmp_path: Path, one: dict[str, Any], root: dict[str, Any] | None = None) -> Report:
        """Two tables on one line: ``one``, and another without a comment."""
        tables = {"one": {**self.BODY, **one}, "two": self.BODY}
        return report(
            tmp_path, {"main.tf.json": json.dumps({**(root or {}), "resource": {"aws_dynamodb_table": tables}})}
        )

    @pytest.mark.parametrize(
        "body",
        [
            {"//": f"{IGNORE} why"},
            {"//": ["made by hand", f"{IGNORE} why"]},
            {"//": f"# {IGNORE} why"},
            {"point_in_time_recovery": {"//": f"{IGNORE} why", **OFF}},
            {"point_in_time_recovery": [{"//": f"{IGNORE} why", **OFF}]},
            {"//": f"{IGNORE} why", "point_in_time_recovery": OFF},
            {"dynamic": {"point_in_time_recovery": {"for_each": [1], "content": {"//": f"{IGNORE} why", **OFF}}}},
            {"lifecycle": {"//": f"{IGNORE} why"}},
        ],
        ids=[
            "in the block",
            "in a list",
            "with a sign of a comment",
            "in the nested block",
            "in the first of nested blocks",
            "in the block around it",
            "in a dynamic block",
            "in a nested block about what is missing",
        ],
    )
    def test_a_remark_covers_the_block_that_it_stands_in_and_no_other(
        self, tmp_path: Path, body: dict[str, Any]
    ) -> None:
        found = self.report(tmp_path, body)
        assert [item.address for item in found.findings if item.suppression] == ["aws_dynamodb_table.one"]
        assert (suppressed(found), found.problems) == (["DDB-BAK-001"], ())

    def test_a_remark_in_one_nested_block_does_not_cover_another(self, tmp_path: Path) -> None:
        body = {"ttl": {"//": IGNORE, "enabled": False}, "point_in_time_recovery": self.OFF}
        assert suppressed(self.report(tmp_path, body)) == []

    @pytest.mark.parametrize(
        "body",
        [
            {"tags": {"//": IGNORE}},
            {"//": {"metadata": {"path": IGNORE}}},
            {"//": [[IGNORE]]},
            {"tags": {"remark": f"// {IGNORE}"}},
        ],
        ids=["a tag of that name", "an object", "a list in a list", "a value"],
    )
    def test_elsewhere_nothing_is_suppressed(self, tmp_path: Path, body: dict[str, Any]) -> None:
        found = self.report(tmp_path, body)
        assert (suppressed(found), found.problems) == ([], ())

    def test_a_remark_at_the_root_covers_the_whole_file(self, tmp_path: Path) -> None:
        found = self.report(tmp_path, {}, root={"//": IGNORE})
        assert suppressed(found) == ["DDB-BAK-001", "DDB-BAK-001"]

    def test_a_remark_in_a_call_covers_the_resources_of_the_module(self, tmp_path: Path) -> None:
        calls = {"a": {"//": IGNORE, "source": "./m"}, "b": {"source": "./m"}}
        found = report(tmp_path, {"main.tf.json": json.dumps({"module": calls}), "m/main.tf": TABLE})
        assert [item.address for item in found.findings if item.suppression] == ["module.a.aws_dynamodb_table.orders"]

    def test_what_a_remark_says_and_its_place_go_into_the_report(self, tmp_path: Path) -> None:
        body = {"//": "dyncheck:ignore[DDB-BAK-001,DDB-BAK-0O4] until=2026-12-31 rebuilt"}
        found = self.report(tmp_path, body)
        (finding,) = (item for item in of_rule(found, "DDB-BAK-001") if item.suppression)
        assert finding.suppression == Suppression("inline", "rebuilt", "2026-12-31", "main.tf.json:1")
        (unknown,) = of_rule(found, "DDB-META-002")
        assert unknown.location is not None
        span = unknown.location.span
        text = (tmp_path / "main.tf.json").read_text()
        assert text[span.column - 1 : span.end_column - 1] == "DDB-BAK-0O4"

    def test_a_remark_that_names_no_rule_is_a_problem_at_its_place(self, tmp_path: Path) -> None:
        found = self.report(tmp_path, {"//": "dyncheck:ignore"})
        text = (tmp_path / "main.tf.json").read_text()
        assert [(item.line, item.column) for item in found.problems] == [(1, text.index("dyncheck:ignore") + 1)]

    def test_a_remark_that_hides_nothing_is_a_finding(self, tmp_path: Path) -> None:
        on = {"point_in_time_recovery": {"//": IGNORE, "enabled": True}}
        assert [item.address for item in of_rule(self.report(tmp_path, on), "DDB-META-001")] == [IGNORE]

    def test_of_too_many_remarks_the_rest_is_a_problem(self, tmp_path: Path) -> None:
        found = self.report(tmp_path, {"//": [IGNORE] * 1_001})
        assert [item.message for item in found.problems] == [
            "more than 1,000 suppressions in one file: those from here on are not read"
        ]


class TestWhatAComment:
    def test_says_goes_into_the_report(self, tmp_path: Path) -> None:
        found = report(tmp_path, {"main.tf": f"# {IGNORE} until=2026-12-31 rebuilt from the log\n{TABLE}"})
        (finding,) = of_rule(found, "DDB-BAK-001")
        assert finding.suppression == Suppression("inline", "rebuilt from the log", "2026-12-31", "main.tf:1")

    @pytest.mark.parametrize("rule", ["ddb-bak-001", "point-in-time-recovery-off", "CKV_AWS_28"])
    def test_names_a_rule_by_id_name_or_another_tools_id(self, tmp_path: Path, rule: str) -> None:
        found = report(tmp_path, {"main.tf": f"# dyncheck:ignore[{rule}]\n{TABLE}"})
        assert (suppressed(found), counting(found)) == (["DDB-BAK-001"], ["DDB-BAK-004", "DDB-ENC-001"])

    def test_names_several_rules(self, tmp_path: Path) -> None:
        found = report(tmp_path, {"main.tf": f"# dyncheck:ignore[DDB-BAK-001, DDB-BAK-004]\n{TABLE}"})
        assert suppressed(found) == ["DDB-BAK-001", "DDB-BAK-004"]

    @pytest.mark.parametrize("comment", ["dyncheck:ignore", "dyncheck:ignore all of it", "dyncheck:ignore[]"])
    def test_names_no_rule_is_a_problem_and_suppresses_nothing(self, tmp_path: Path, comment: str) -> None:
        found = report(tmp_path, {"main.tf": f"# {comment}\n{TABLE}"})
        assert [(item.path, item.line, item.column, item.level) for item in found.problems] == [
            ("main.tf", 1, 3, "error")
        ]
        assert found.problems[0].message == "a suppression must name its rules: dyncheck:ignore[RULE-ID] reason"
        assert suppressed(found) == []

    def test_that_only_speaks_of_suppressions_is_none(self, tmp_path: Path) -> None:
        found = report(tmp_path, {"main.tf": f"# Write dyncheck:ignore with a rule to silence it.\n{TABLE}"})
        assert (found.problems, counting(found)) == ((), ALL)

    @pytest.mark.parametrize(
        "written",
        [
            "untill=2026-12-31",
            "unitl=2026-12-31 why",
            "Until=2026-12-31",
            "until: 2026-12-31",
            "until = 2026-12-31",
            "rebuilt until 2026-12-31",
            "until=2026-12-31 until: 2027-12-31",
            "until=2026-12-31 why until=2027-12-31",
        ],
    )
    def test_states_a_last_day_in_another_way_is_a_problem_and_suppresses_nothing(
        self, tmp_path: Path, written: str
    ) -> None:
        found = report(tmp_path, {"main.tf": f"# {IGNORE} {written}\n{TABLE}"})
        day = "2027-12-31" if "2027" in written else "2026-12-31"
        assert [problem.message for problem in found.problems] == [
            f"write until={day} for the last day; nothing is suppressed"
        ]
        assert suppressed(found) == []

    @pytest.mark.parametrize("reason", ["since 2025-01-01", "made=2025-01-01", "see unit 2025-01-01", "until then"])
    def test_may_give_a_day_in_its_reason(self, tmp_path: Path, reason: str) -> None:
        (finding,) = of_rule(report(tmp_path, {"main.tf": f"# {IGNORE} {reason}\n{TABLE}"}), "DDB-BAK-001")
        assert finding.suppression == Suppression("inline", reason, None, "main.tf:1")

    def test_with_a_date_that_is_none_is_a_problem_and_suppresses_nothing(self, tmp_path: Path) -> None:
        found = report(tmp_path, {"main.tf": f"# {IGNORE} until=2026-02-30 x\n{TABLE}"})
        assert [problem.message for problem in found.problems] == [
            "until=2026-02-30 is no date such as 2026-12-31; nothing is suppressed"
        ]
        assert suppressed(found) == []


class TestTime:
    @pytest.mark.parametrize(("until", "counts"), [("2026-06-15", False), ("2026-06-14", True)])
    def test_the_last_day_is_the_last_that_counts(self, tmp_path: Path, until: str, counts: bool) -> None:
        found = report(tmp_path, {"main.tf": f"# {IGNORE} until={until}\n{TABLE}"})
        assert ("DDB-BAK-001" in counting(found)) is counts
        assert ("DDB-META-003" in counting(found)) is counts

    def test_an_expired_one_is_said_at_the_comment_and_not_called_unused(self, tmp_path: Path) -> None:
        found = report(tmp_path, {"main.tf": f"# {IGNORE} until=2020-01-01\n{TABLE}"})
        (finding,) = of_rule(found, "DDB-META-003")
        assert finding.location is not None
        assert (finding.location.span.line, finding.location.span.column) == (1, 19)
        assert counting(found) == sorted([*ALL, "DDB-META-003"])

    def test_the_terms_of_the_settings_hold_for_comments(self, tmp_path: Path) -> None:
        comments = (
            f"# {IGNORE}\n"
            "# dyncheck:ignore[DDB-BAK-004] until=2027-06-15 x\n"
            "# dyncheck:ignore[DDB-ENC-001] until=2026-07-01 x\n"
        )
        text = comments + TABLE
        found = report(tmp_path, {"main.tf": text}, require_reason=True, max_days=30)
        assert [(problem.line, problem.message) for problem in found.problems] == [
            (1, "a suppression needs a reason here (require_reason)"),
            (2, "2027-06-15 is more than 30 days away (max_days)"),
        ]
        assert suppressed(found) == ["DDB-ENC-001"]

    def test_source_date_epoch_is_today(self, tmp_path: Path) -> None:
        from dyncheck import Settings
        from dyncheck.scanner import scan

        (tmp_path / ".git").mkdir()
        (tmp_path / "main.tf").write_text(f"# {IGNORE} until=2001-01-01\n{TABLE}")
        settings = Settings(paths=(str(tmp_path),), cache=False)
        then = scan(settings, environment={"SOURCE_DATE_EPOCH": "0"})
        assert "DDB-BAK-001" in suppressed(then)
        assert "DDB-BAK-001" in counting(scan(settings, environment={"SOURCE_DATE_EPOCH": "1900000000"}))


class TestUnused:
    ON = TABLE.replace(BODY, BODY + OFF.replace("false", "true"))

    def test_a_suppression_that_hides_nothing_is_a_finding(self, tmp_path: Path) -> None:
        (finding,) = of_rule(report(tmp_path, {"main.tf": f"# {IGNORE}\n{self.ON}"}), "DDB-META-001")
        assert (finding.address, finding.stack) == (IGNORE, "main.tf")
        assert finding.location is not None
        assert (finding.location.span.line, finding.location.span.column) == (1, 19)

    def test_not_when_its_rule_does_not_run(self, tmp_path: Path) -> None:
        files = {"main.tf": f"# {IGNORE}\n{self.ON}"}
        assert counting(report(tmp_path, files, select=("DDB-ENC-001", "meta"))) == ["DDB-ENC-001"]

    def test_not_when_nothing_of_its_kind_was_judged(self, tmp_path: Path) -> None:
        found = report(tmp_path, {"main.tf": f"# dyncheck:ignore[DDB-DAX-001]\n{self.ON}"}, select=("dax", "meta"))
        assert counting(found) == []

    def test_not_when_the_resource_exists_under_other_settings_only(self, tmp_path: Path) -> None:
        absent = TABLE.replace(BODY, f"  count = 0\n{BODY}").replace('"orders" {', '"gone" {')
        found = report(tmp_path, {"main.tf": f"{self.ON}\n# {IGNORE}\n{absent}"})
        assert counting(found) == ["DDB-BAK-004", "DDB-ENC-001"]

    def test_not_when_the_file_cannot_be_read_as_a_whole(self, tmp_path: Path) -> None:
        broken = 'resource "aws_dynamodb_table" "broken" {\n  a = = 1\n}\n'
        found = report(tmp_path, {"main.tf": f"{self.ON}\n# {IGNORE}\n{broken}"})
        assert counting(found) == ["DDB-BAK-004", "DDB-ENC-001"]

    def test_what_is_unknown_is_suppressed_too_and_that_is_use(self, tmp_path: Path) -> None:
        undecided = TABLE.replace(BODY, BODY + OFF.replace("false", "var.on")) + 'variable "on" {}\n'
        found = report(tmp_path, {"main.tf": f"# {IGNORE}\n{undecided}"})
        assert [(item.outcome, item.suppression is not None) for item in of_rule(found, "DDB-BAK-001")] == [
            ("unknown", True)
        ]
        assert counting(found) == ["DDB-BAK-004", "DDB-ENC-001"]

    def test_an_unknown_rule_is_a_finding_with_a_suggestion(self, tmp_path: Path) -> None:
        (finding,) = of_rule(report(tmp_path, {"main.tf": f"# dyncheck:ignore[DDB-BAC-001]\n{TABLE}"}), "DDB-META-002")
        assert finding.severity == "medium"
        assert finding.message.endswith("Probably DDB-BAK-001 is meant.")


class TestOtherTools:
    CHECKOV = TABLE.replace(BODY, f"  #checkov:skip=CKV_AWS_28,CKV_OTHER_1:rebuilt\n{BODY}")
    TRIVY = f"#trivy:ignore:AVD-AWS-0024 trivy:ignore:other\n{TABLE}"

    def test_do_not_count_unless_asked_for(self, tmp_path: Path) -> None:
        assert suppressed(report(tmp_path, {"a.tf": self.CHECKOV})) == []
        assert suppressed(report(tmp_path, {"a.tf": self.TRIVY}, compat=("checkov",))) == []

    def test_checkovs_comments_cover_the_block_that_they_stand_in(self, tmp_path: Path) -> None:
        found = report(tmp_path, {"a.tf": self.CHECKOV}, compat=("checkov",))
        assert (suppressed(found), counting(found)) == (["DDB-BAK-001"], ["DDB-BAK-004", "DDB-ENC-001"])
        (finding,) = of_rule(found, "DDB-BAK-001")
        assert finding.suppression == Suppression("inline", "rebuilt", None, "a.tf:2")

    def test_trivys_comments_cover_the_block_below(self, tmp_path: Path) -> None:
        found = report(tmp_path, {"a.tf": self.TRIVY}, compat=("trivy",))
        assert (suppressed(found), counting(found)) == (["DDB-BAK-001"], ["DDB-BAK-004", "DDB-ENC-001"])

    @pytest.mark.parametrize(("expiry", "counts"), [("2030-01-01", False), ("2020-01-01", True), ("soon", True)])
    def test_trivys_comments_expire(self, tmp_path: Path, expiry: str, counts: bool) -> None:
        text = self.TRIVY.replace("AVD-AWS-0024", f"AVD-AWS-0024:exp:{expiry}")
        assert ("DDB-BAK-001" in counting(report(tmp_path, {"a.tf": text}, compat=("trivy",)))) is counts

    def test_a_blanket_is_not_honoured(self, tmp_path: Path) -> None:
        assert suppressed(report(tmp_path, {"a.tf": f"#trivy:ignore:*\n{TABLE}"}, compat=("trivy",))) == []

    def test_comments_of_templates_and_metadata(self, tmp_path: Path) -> None:
        text = TEMPLATE.replace("    Properties", "    #checkov:skip=CKV_AWS_28:x\n    Properties")
        assert suppressed(report(tmp_path, {"t.yaml": text}, compat=("checkov",))) == ["DDB-BAK-001"]
        metadata = "    Metadata:\n      checkov:\n        skip: [{id: CKV_AWS_28, comment: why}]\n"
        text = TEMPLATE.replace("    Properties", f"{metadata}    Properties")
        (finding,) = of_rule(report(tmp_path, {"t.yaml": text}, compat=("checkov",)), "DDB-BAK-001")
        assert finding.suppression is not None
        assert finding.suppression.reason == "why"


def test_no_ignore_shows_everything(tmp_path: Path) -> None:
    text = f"# {IGNORE}\n# dyncheck:ignore[DDB-BAC-001]\n{TABLE}"
    found = report(tmp_path, {"main.tf": text}, suppress=False)
    assert (suppressed(found), counting(found)) == ([], ALL)
