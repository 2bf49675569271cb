"""Change sets: what ``describe-change-set`` prints, as changes of tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import dyncheck
from dyncheck.location import Location, Span
from dyncheck.model import Problem, Table, TableChange
from dyncheck.parsers.base import Collected
from dyncheck.parsers.files import discover
from dyncheck.reports import Options, render
from dyncheck.settings import Settings
from dyncheck.sources import sources
from dyncheck.values import Choice, Unknown

PROPERTIES = {
    "TableName": "orders",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}
STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/1"


def change(action: str, before: Any = None, after: Any = None, **more: Any) -> dict[str, Any]:
    """A change of one table, with the properties on either side where they are given."""
    found = {
        "Action": action,
        "LogicalResourceId": "Orders",
        "PhysicalResourceId": "orders",
        "ResourceType": "AWS::DynamoDB::Table",
        "Details": [],
        **more,
    }
    for side, properties in (("BeforeContext", before), ("AfterContext", after)):
        if properties is not None:
            found[side] = json.dumps({"Properties": properties})
    return {"Type": "Resource", "ResourceChange": found}


def change_set(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Changes": list(changes), "ChangeSetName": "c", "StackId": STACK, "StackName": "shop", **more}


def collect(tmp_path: Path, document: Any, encoding: str = "utf-8") -> list[Collected]:
    path = tmp_path / "change-set.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document, indent=4), encoding=encoding)
    found = sources(Settings(cache=False), tmp_path, discover([path], tmp_path), {})
    return [item for items in found for item in items.collect()]


def the_change(tmp_path: Path, document: Any) -> TableChange:
    (found,) = collect(tmp_path, document)
    assert isinstance(found, TableChange)
    return found


@pytest.mark.parametrize(
    ("action", "replacement", "policy", "expected"),
    [
        ("Add", None, None, "create"),
        ("Import", None, None, "import"),
        ("SyncWithActual", None, None, "no-op"),
        ("Remove", None, None, "delete"),
        ("Remove", None, "Delete", "delete"),
        ("Remove", None, "Retain", "forget"),
        ("Modify", "False", None, "update"),
        ("Modify", None, None, "update"),
        ("Modify", "True", None, "replace"),
        ("Modify", "True", "ReplaceAndDelete", "replace"),
        ("Modify", "True", "ReplaceAndRetain", "create-forget"),
        ("Modify", "Conditional", "ReplaceAndRetain", "update"),
    ],
)
def test_actions_are_those_of_plans_and_what_is_retained_is_not_deleted(
    tmp_path: Path, action: str, replacement: str | None, policy: str | None, expected: str
) -> None:
    document = change_set(change(action, Replacement=replacement, PolicyAction=policy))

    assert the_change(tmp_path, document).action == expected


def test_a_replacement_that_hangs_on_a_value_may_go_either_way(tmp_path: Path) -> None:
    details = [{"Target": {"Attribute": "Properties", "Name": "TableName", "RequiresRecreation": "Always"}}]

    found = the_change(tmp_path, change_set(change("Modify", Replacement="Conditional", Details=details)))

    assert isinstance(found.action, Choice)
    assert (found.action.if_true, found.action.if_false) == ("replace", "update")
    assert found.replaced_because == ("TableName",)


@pytest.mark.parametrize("action", ["Dynamic", "SomethingNew"])
def test_an_action_that_is_not_told_is_unknown(tmp_path: Path, action: str) -> None:
    assert isinstance(the_change(tmp_path, change_set(change(action))).action, Unknown)


def test_both_sides_are_tables_whose_places_are_that_of_the_change(tmp_path: Path) -> None:
    indexes = [{"IndexName": "a", "KeySchema": PROPERTIES["KeySchema"], "Projection": {"ProjectionType": "ALL"}}]
    after = PROPERTIES | {"GlobalSecondaryIndexes": indexes, "DeletionProtectionEnabled": "true"}

    found = the_change(tmp_path, change_set(change("Modify", PROPERTIES, after)))

    assert isinstance(found.before, Table)
    assert isinstance(found.after, Table)
    assert (found.address, found.name, found.region, found.account) == ("Orders", "orders", "eu-west-1", "111122223333")
    assert (found.before.deletion_protection_enabled, found.after.deletion_protection_enabled) == (False, True)
    assert [index.index_name for index in found.after.global_secondary_indexes] == ["a"]  # type: ignore[union-attr]
    place = Location(Span("change-set.json", 7, 17, 7, 46))
    assert found.locations == {"": place}
    assert found.after.locations == {"": place}
    assert found.after.global_secondary_indexes[0].locations == {}  # type: ignore[index]


def test_what_is_known_only_when_the_change_set_has_run_is_unknown(tmp_path: Path) -> None:
    after = PROPERTIES | {"SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": "{{changeSet:KNOWN_AFTER_APPLY}}"}}

    found = the_change(tmp_path, change_set(change("Modify", PROPERTIES, after)))

    assert isinstance(found.after, Table)
    encryption = found.after.encryption
    assert encryption.kms_key.because == {"known after the change set has run"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [("Modify", Unknown, Unknown), ("Add", type(None), Unknown), ("Remove", Unknown, type(None))],
)
@pytest.mark.parametrize("context", [{}, {"BeforeContext": "{", "AfterContext": "[1"}, {"AfterContext": "1"}])
def test_sides_that_are_not_told_are_unknown_and_the_reason_names_the_option(
    tmp_path: Path, action: str, before: type, after: type, context: dict[str, str]
) -> None:
    found = the_change(tmp_path, change_set(change(action, **context)))

    assert (type(found.before), type(found.after)) == (before, after)
    reasons = {str(side.because) for side in (found.before, found.after) if isinstance(side, Unknown)}
    assert all("--include-property-values" in reason for reason in reasons)


@pytest.mark.parametrize("details", [None, [{"Target": None}], [{}]])
def test_details_that_tell_nothing_are_read(tmp_path: Path, details: Any) -> None:
    assert the_change(tmp_path, change_set(change("Remove", Details=details))).action == "delete"


@pytest.mark.parametrize("properties", [{"KeySchema": "[" * 100 + "]" * 100}, {"Tags": "[" + "0," * 250_000 + "0]"}])
def test_properties_beyond_all_bounds_are_a_problem_and_hide_no_deletion(
    tmp_path: Path, properties: dict[str, str]
) -> None:
    ((name, text),) = properties.items()
    context = {"AfterContext": f'{{"Properties": {{"{name}": {text}}}}}'}
    gone, grown = change("Remove"), change("Modify", PROPERTIES, **context)

    problem, deleted, changed = collect(tmp_path, change_set(gone, grown))

    assert isinstance(problem, Problem)
    assert problem.message.startswith("what the change set tells of properties is not read: ")
    assert isinstance(deleted, TableChange)
    assert deleted.action == "delete"
    assert isinstance(changed, TableChange)
    assert isinstance(changed.after, Unknown)


INNER = {"ResourceType": "AWS::CloudFormation::Stack", "LogicalResourceId": "Inner"}


def test_other_resources_are_passed_over_and_so_are_new_stacks(tmp_path: Path) -> None:
    function = change("Modify", ResourceType="AWS::Lambda::Function")
    nested = [change(action, **INNER) for action in ("Add", "Import")]

    assert collect(tmp_path, change_set(function, *nested, {"Type": "Hook"})) == []


@pytest.mark.parametrize(
    ("action", "more", "level", "message"),
    [
        (
            "Modify",
            {"ChangeSetId": "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/c/2"},
            "note",
            "the nested stack Inner has a change set of its own: scan that too",
        ),
        (
            "Modify",
            {},
            "error",
            "what becomes of the nested stack Inner is not told: make the change set with --include-nested-stacks",
        ),
        (
            "Remove",
            {},
            "error",
            "the nested stack Inner is removed with all that it holds, and the change set does not tell what that is",
        ),
    ],
)
def test_what_happens_inside_a_nested_stack_is_never_taken_for_nothing(
    tmp_path: Path, action: str, more: dict[str, str], level: str, message: str
) -> None:
    (problem,) = collect(tmp_path, change_set(change(action, **INNER, **more)))

    assert isinstance(problem, Problem)
    assert (problem.level, problem.line, problem.message) == (level, 7, message)


@pytest.mark.parametrize(
    ("status", "reason", "message"),
    [
        ("FAILED", "Parameters: [Password] must have values", "CloudFormation could not make the change set"),
        ("DELETE_COMPLETE", "", "CloudFormation could not make the change set, or deletes it"),
        ("CREATE_IN_PROGRESS", "", "the change set is not made yet: run `aws cloudformation wait"),
        ("CREATE_PENDING", "", "the change set is not made yet: run `aws cloudformation wait"),
    ],
)
def test_a_change_set_that_was_not_made_is_a_problem_that_does_not_quote_the_reason(
    tmp_path: Path, status: str, reason: str, message: str
) -> None:
    (problem,) = collect(tmp_path, change_set(Status=status, StatusReason=reason))

    assert isinstance(problem, Problem)
    assert problem.level == "error"
    assert problem.message.startswith(message)
    assert "Password" not in problem.message


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("CREATE_COMPLETE", None),
        ("FAILED", "The submitted information didn't contain changes. Submit different information."),
        ("FAILED", "No updates are to be performed."),
    ],
)
def test_a_change_set_that_changes_nothing_is_no_problem(tmp_path: Path, status: str, reason: str | None) -> None:
    assert collect(tmp_path, change_set(Status=status, StatusReason=reason)) == []


def test_a_template_that_names_a_change_set_is_a_template(tmp_path: Path) -> None:
    action = {"Configuration": {"ActionMode": "CHANGE_SET_REPLACE", "ChangeSetName": "release"}}
    pipeline = {"Type": "AWS::CodePipeline::Pipeline", "Properties": {"Stages": [{"Actions": [action]}]}}
    table = {"Type": "AWS::DynamoDB::Table", "Properties": PROPERTIES}

    (found,) = collect(tmp_path, {"Resources": {"Pipeline": pipeline, "Orders": table}})

    assert isinstance(found, Table)
    assert found.address == "Orders"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("create.json", '{"ChangeSetName": "release", "StackName": "shop", "TemplateURL": "https://example.org/t"}'),
        ("deploy.yaml", "ChangeSetName: release\nStackName: shop\n"),
    ],
)
def test_what_a_change_set_is_made_with_is_none(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)

    found = sources(Settings(cache=False), tmp_path, discover([path], tmp_path), {})

    message = "not a CloudFormation template: it has no Resources"
    assert [item for items in found for item in items.collect()] == [Problem(name, 1, 1, message, "note")]


def test_a_long_list_of_changes_before_its_name_is_a_change_set(tmp_path: Path) -> None:
    contexts = change("Modify", PROPERTIES | {"Tags": [{"Key": "k", "Value": "v" * 100_000}]}, PROPERTIES)

    assert the_change(tmp_path, change_set(contexts)).action == "update"


def test_a_change_set_in_yaml_is_a_problem_that_names_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "change-set.yaml"
    path.write_text(yaml.safe_dump(change_set(change("Remove")), sort_keys=False))

    found = sources(Settings(cache=False), tmp_path, discover([path], tmp_path), {})

    assert [item for items in found for item in items.collect()] == [
        Problem(
            "change-set.yaml", 1, 1, "this is a change set in YAML, and not its JSON: describe it with `--output json`"
        )
    ]


def test_a_page_of_a_change_set_is_a_problem(tmp_path: Path) -> None:
    (problem,) = collect(tmp_path, change_set(NextToken="x"))

    assert isinstance(problem, Problem)
    assert problem.level == "error"
    assert problem.message.startswith("this is the first page of a change set")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"ChangeSetName": "c", "Changes": [', "not a CloudFormation change set: it breaks off"),
        (
            '{"ChangeSetName": "c", "Changes": [{"ResourceChange": "hunter2"}]}',
            "not a CloudFormation change set: Expected",
        ),
        ('{"ChangeSetId": "c"} hunter2', "not a CloudFormation change set: there is text after its end"),
    ],
)
def test_what_is_broken_is_a_problem_that_quotes_nothing(tmp_path: Path, text: str, message: str) -> None:
    (problem,) = collect(tmp_path, text)

    assert isinstance(problem, Problem)
    assert problem.message.startswith(message)
    assert "hunter2" not in problem.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_shells_write_are_read(tmp_path: Path, encoding: str) -> None:
    text = json.dumps(change_set(change("Remove")))

    (found,) = collect(tmp_path, text, encoding)

    assert isinstance(found, TableChange)


def test_a_change_set_that_is_not_named_is_not_looked_into(tmp_path: Path) -> None:
    (tmp_path / "change-set.json").write_text(json.dumps(change_set(change("Remove"))))

    assert [*sources(Settings(cache=False), tmp_path, discover([tmp_path], tmp_path), {})] != []
    report = dyncheck.scan(Settings(paths=(str(tmp_path),), cache=False), environment={})
    assert report.findings == ()


@pytest.mark.parametrize(
    ("details", "because"), [([], ""), (["TableName", "KeySchema"], ", because of TableName, KeySchema")]
)
def test_a_replacement_names_its_reasons_where_they_are_told(tmp_path: Path, details: list[str], because: str) -> None:
    targets = [{"Target": {"Name": name, "RequiresRecreation": "Always"}} for name in details]
    path = tmp_path / "change-set.json"
    path.write_text(
        json.dumps(change_set(change("Modify", PROPERTIES, PROPERTIES, Replacement="True", Details=targets)))
    )

    (finding,) = dyncheck.scan(Settings(paths=(str(path),), cache=False), environment={}).findings

    expected = f"The plan deletes table Orders and creates it anew{because}. Its items do not move: they are gone."
    assert finding.message == expected


def test_a_report_quotes_no_line_of_a_change_set(tmp_path: Path) -> None:
    function = change(
        "Modify", {"Environment": {"Variables": {"PASSWORD": "hunter2"}}}, ResourceType="AWS::Lambda::Function"
    )
    path = tmp_path / "change-set.json"
    path.write_text(json.dumps(change_set(change("Remove"), function)))

    report = dyncheck.scan(Settings(paths=(str(path),), cache=False), environment={})

    assert [finding.rule for finding in report.findings] == ["DDB-CHG-002"]
    assert "hunter2" not in render("text", report, Options(width=400))
