"""The same table written in Terraform, in CloudFormation, and read from an account is the same, with the same verdicts.

``fixtures/equivalence/<case>/`` holds ``main.tf`` and ``template.yaml``, and ``snapshot.jsonl``: what AWS answers once
the case is deployed, where it can be. Together the cases reach every field of the
model. What the sources cannot say alike is listed here, each with its reason.
"""

from __future__ import annotations

import re
import typing
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import pytest

from dyncheck.engine import judge
from dyncheck.model import RESOURCE_KINDS, Problem, Resource
from dyncheck.parsers.files import discover
from dyncheck.parsers.live.source import SnapshotSource
from dyncheck.policy.loader import load_rules
from dyncheck.policy.rule import Outcome
from dyncheck.policy.selection import Selection, select
from dyncheck.scenarios import And, Atom, Condition, Formula, Not
from dyncheck.settings import Settings
from dyncheck.sources import sources
from dyncheck.values import ABSENT, Choice, OpenList, Unknown

Source = Literal["terraform", "cloudformation"]
SNAPSHOT: Final = "snapshot.jsonl"

FIXTURES: Final = Path(__file__).parent.parent / "fixtures" / "equivalence"
CASES: Final = sorted(path.name for path in FIXTURES.iterdir())
REGION: Final = "eu-west-1"
KINDS: Final = ("table", "dax_cluster", "scalable_target")
"""The kinds of resource that both sources declare; changes are a plan's."""

OF_ONE_SOURCE: Final[dict[str, tuple[Source, str]]] = {
    "Table.account": ("terraform", "allowed_account_ids of a provider; a template never names its account"),
    "Table.ignore_changes": ("terraform", "lifecycle.ignore_changes"),
    "Table.items": ("terraform", "aws_dynamodb_table_item; CloudFormation writes no items"),
    "TableItem.secrets": ("terraform", "as Table.items"),
    "Retention.prevent_destroy": ("terraform", "lifecycle.prevent_destroy"),
    "Replica.declared_by": ("terraform", "aws_dynamodb_table_replica; a template has replicas inline only"),
    "Retention.deletion_policy": ("cloudformation", "DeletionPolicy"),
    "Retention.update_replace_policy": ("cloudformation", "UpdateReplacePolicy"),
    "Table.home_among_replicas": ("cloudformation", "Terraform lists the Regions beside the provider's own"),
    "Table.vector_indexes": ("cloudformation", "the Terraform provider has no vector indexes"),
    "Replica.provisioned_throughput": ("cloudformation", "the Terraform provider overrides no reads of a replica"),
    "Replica.on_demand_throughput": ("cloudformation", "as Replica.provisioned_throughput"),
    "ReplicaIndex.provisioned_throughput": ("cloudformation", "as Replica.provisioned_throughput"),
    "DaxCluster.account": ("terraform", "as Table.account"),
    "ScalableTarget.account": ("terraform", "as Table.account"),
}
"""Fields that only one of the two sources can set: left out of comparisons."""

LIVE: Final[dict[str, str]] = {
    "Table.status": "what AWS says of a table that exists",
    "Table.usage": "observed, not declared",
    "Table.recovery_points": "observed, not declared",
    "RecoveryPoints.newest_age_days": "observed, not declared",
    "GlobalSecondaryIndex.usage": "observed, not declared",
    "Table.cost": "worked out by the estimator, not declared",
    "GlobalSecondaryIndex.cost": "as Table.cost",
    "Encryption.status": "what AWS says of a table that exists",
    "KmsKey.key_state": "what AWS says of a key that exists",
}
"""Fields that no declaration can set."""

UNCOMPARED: Final[dict[str, str]] = {
    "Table.address": "each source has its own addresses",
    "Table.stack": "a directory, or a template",
    "Table.source": "the very thing that differs",
    "Table.resource_type": "each source has its own types",
}
"""Fields that must differ; the same goes for the other kinds of resource."""

DIFFERENT_CASES: Final[dict[str, tuple[frozenset[str], str]]] = {
    "autoscaled-global-table": (
        frozenset({"write_capacity_units", "DDB-CAP-008"}),
        "the writes of AWS::DynamoDB::GlobalTable have no fixed capacity, those of aws_dynamodb_table must have one",
    ),
}
"""Fields that a case cannot write alike, and rules that judge those."""

INLINE_SCALING: Final = "autoscaled-global-table"
"""The case whose template has no scalable targets of their own: the properties of the table take their place."""

ONE_SIDED_RULES: Final[dict[str, str]] = {
    "DDB-CAP-006": "judges lifecycle.ignore_changes, which is Terraform's",
    "DDB-GLB-008": "judges replicas that are resources of their own, which are Terraform's",
}
"""Rules whose subject only one source has."""


UNDECIDED: Final = "what is undecided in a source is decided in an account"
NOT_LIVE: Final[dict[str, str]] = {
    "autoscaled-in-production": UNDECIDED,
    "autoscaled-under-unknown-names": UNDECIDED,
    "dax-in-production-only": UNDECIDED,
    "everything-a-parameter": UNDECIDED,
    "index-in-production-only": UNDECIDED,
    "protected-in-production": UNDECIDED,
    "table-in-production-only": UNDECIDED,
    "unresolved-target": UNDECIDED,
    "capacity-on-on-demand": "AWS refuses to make it",
    "keys-that-do-not-fit": "AWS refuses to make it",
    "no-capacity": "AWS refuses to make it",
}
"""Cases that no account can hold."""

RULES_OF_DECLARATIONS: Final[dict[str, str]] = {
    "DDB-BAK-006": "an account does not say what happens when a declaration goes",
    "DDB-CAP-006": "an account has no lifecycle.ignore_changes",
    "DDB-CAP-009": "an account always states the billing mode",
    "DDB-GLB-008": "in an account a replica is a replica, however it was declared",
    "DDB-ENC-004": "a key that is ignored leaves no trace in the account",
    "DDB-TTL-002": "an attribute that is named while time to live is off leaves no trace in the account",
}
"""Rules that judge how something is written down: they have nothing to say of an account."""

RULES_OF_ACCOUNTS: Final[dict[str, str]] = {
    "DDB-ACC-002": "which account a table belongs to is seen in an account, and seldom in files",
    "DDB-ENC-006": "the rotation of a key that a declaration only names is seen in an account only",
    "DDB-BAK-008": "backups are seen in an account only",
    "DDB-CAP-014": "throttling is seen in an account only",
}
"""Rules that judge what only an account shows."""


def settings(**changes: Any) -> Settings:
    return Settings(cache=False, region=REGION, **changes)


@cache
def resources(case: str, source: Source) -> tuple[Resource, ...]:
    """What a case declares, read by the real parser of the source; a problem fails the test."""
    root = FIXTURES / case
    found = [
        item
        for each in sources(settings(inputs=(source,)), root, discover([root], root), {})
        for item in each.collect()
    ]
    assert [item for item in found if isinstance(item, Problem)] == []
    return tuple(item for item in found if not isinstance(item, Problem))


def of_kind(case: str, source: Source, kind: str) -> list[Resource]:
    found = (item for item in resources(case, source) if isinstance(item, RESOURCE_KINDS[kind]))
    return sorted(found, key=lambda item: repr(normal(item.name)))


def pair(case: str, kind: str) -> tuple[list[Resource], list[Resource]]:
    terraform, template = of_kind(case, "terraform", kind), of_kind(case, "cloudformation", kind)
    if case == INLINE_SCALING and kind == "scalable_target":
        assert template == []
        return [], []
    return terraform, template


def without(data: Any, names: frozenset[str]) -> Any:
    """Normalised data without the fields of those names."""
    if isinstance(data, dict):
        return {key: without(item, names) for key, item in data.items() if key not in names}
    return [without(item, names) for item in data] if isinstance(data, list) else data


def normal(value: Any) -> Any:
    """A value without places and without the words that each source has for the same thing."""
    if isinstance(value, Unknown):
        return {"unknown": sorted({subject(reason) for reason in value.because})}
    if isinstance(value, OpenList):
        return {"open": normal(value.items), "because": sorted({subject(reason) for reason in value.because})}
    if isinstance(value, Choice):
        condition, arms = value.condition.formula, (value.if_true, value.if_false)
        while isinstance(condition, Not):
            condition, arms = condition.operand, arms[::-1]
        return {"if": formula(condition), "then": normal(arms[0]), "else": normal(arms[1])}
    if value is ABSENT:
        return "absent"
    if isinstance(value, (tuple, list)):
        return [normal(item) for item in value]
    if isinstance(value, dict):
        return {key: normal(item) for key, item in sorted(value.items())}
    if isinstance(value, msgspec.Struct):
        kind = type(value).__name__
        return {name: normal(getattr(value, name)) for name in value.__struct_fields__ if compared(kind, name)}
    return value


def compared(kind: str, name: str) -> bool:
    shared = f"Table.{name}" if kind in ("DaxCluster", "ScalableTarget") else f"{kind}.{name}"
    return name != "locations" and not {f"{kind}.{name}", shared} & (OF_ONE_SOURCE.keys() | UNCOMPARED.keys())


def subject(reason: str) -> str:
    """``var.stage``, ``parameter Stage`` and ``parameter:Stage`` are the same thing; what is computed is computed."""
    found = re.fullmatch(r"(?:var\.|parameter[ :])(\w+)", reason)
    return found[1].lower() if found else "computed"


def formula(of: Formula) -> Any:
    if isinstance(of, Atom):
        return [subject(of.subject), of.equals]
    if isinstance(of, Not):
        return {"not": formula(of.operand)}
    return {"and" if isinstance(of, And) else "or": [formula(operand) for operand in of.operands]}


@cache
def all_rules() -> Selection:
    return select(load_rules(), packs=("default",), select=("*",))


def verdicts(resource: Resource, left_out: frozenset[str]) -> set[tuple[str, Outcome, str | None]]:
    found = judge(resource, all_rules())
    return {(each.rule, each.outcome, each.element) for each in found if each.rule not in left_out}


@cache
def live_resources(case: str) -> tuple[Resource, ...]:
    """What the snapshot of a case holds; a problem fails the test."""
    found = list(SnapshotSource(FIXTURES / case, SNAPSHOT).collect())
    assert [item for item in found if isinstance(item, Problem)] == []
    return tuple(item for item in found if not isinstance(item, Problem))


def live_of_kind(case: str, kind: str) -> list[Resource]:
    found = (item for item in live_resources(case) if isinstance(item, RESOURCE_KINDS[kind]))
    return sorted(found, key=lambda item: repr(normal(item.name)))


def declared_at_home(case: str, kind: str) -> list[Resource]:
    """What Terraform declares in the Region of the snapshot."""
    return [item for item in of_kind(case, "terraform", kind) if item.region == REGION]


def different_in(case: str) -> frozenset[str]:
    return DIFFERENT_CASES[case][0] if case in DIFFERENT_CASES else frozenset()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES)
def test_both_sources_declare_the_same_resources(case: str, kind: str) -> None:
    terraform, template = pair(case, kind)
    different = different_in(case)
    assert [without(normal(item), different) for item in terraform] == [
        without(normal(item), different) for item in template
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES)
def test_both_sources_get_the_same_verdicts_from_every_rule(case: str, kind: str) -> None:
    terraform, template = pair(case, kind)
    left_out = different_in(case) | ONE_SIDED_RULES.keys()
    assert [verdicts(item, left_out) for item in terraform] == [verdicts(item, left_out) for item in template]


def said_of(resource: Resource) -> set[tuple[str, Outcome, str | None]]:
    """What rules that mean something in every source say; where one sees a key that others cannot, it may apply."""
    left_out = RULES_OF_DECLARATIONS.keys() | RULES_OF_ACCOUNTS.keys()
    return {each for each in verdicts(resource, frozenset(left_out)) if each[1] is not Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", [case for case in CASES if case not in NOT_LIVE])
def test_an_account_gets_the_same_verdicts_as_the_declaration_that_it_was_made_from(case: str, kind: str) -> None:
    live, declared = live_of_kind(case, kind), declared_at_home(case, kind)
    assert [said_of(item) for item in live] == [said_of(item) for item in declared]


def test_the_autoscaling_of_a_replica_is_the_declared_one_as_far_as_an_account_tells_it() -> None:
    untold = frozenset({"suspended", "predefined_metric_type", "policy_name"})
    scaled = [
        [
            without(
                normal([it.region_name, it.autoscaling, *(each.autoscaling for each in it.global_secondary_indexes)]),
                untold,
            )
            for it in table.replicas
        ]
        for table in (*live_of_kind(INLINE_SCALING, "table"), *declared_at_home(INLINE_SCALING, "table"))
    ]
    assert scaled[0] == scaled[1]
    assert scaled[0][0][1]["read"]["max_capacity"] == 200


def test_every_case_is_live_or_cannot_be() -> None:
    assert {case for case in CASES if not (FIXTURES / case / SNAPSHOT).exists()} == NOT_LIVE.keys()


def test_no_rule_breaks_on_any_case() -> None:
    broken = [
        (case, source, verdict)
        for case in CASES
        for source in typing.get_args(Source)
        for item in resources(case, source)
        for verdict in judge(item, all_rules())
        if verdict.outcome is Outcome.ERROR
    ]
    assert broken == []


def fields_of_the_model() -> set[str]:
    """Every field of every struct that a resource is made of."""
    found: set[str] = set()
    waiting: list[Any] = [RESOURCE_KINDS[kind] for kind in KINDS]
    seen: set[Any] = set()
    while waiting:
        kind = waiting.pop()
        if kind in seen:
            continue
        seen.add(kind)
        waiting.extend(typing.get_args(kind))
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if kind in (Unknown, OpenList, Choice, Condition):
                continue
            for name, hint in typing.get_type_hints(kind).items():
                if name != "locations" and not name.startswith("__"):
                    found.add(f"{kind.__name__}.{name}")
                    waiting.append(hint)
    return found


def fields_set(source: Source) -> set[str]:
    """The fields that differ from their default in some case, as that source gives them."""
    found: set[str] = set()
    waiting: list[Any] = [item for case in CASES for item in resources(case, source)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Choice):
            waiting += (value.if_true, value.if_false)
        elif isinstance(value, OpenList):
            waiting.extend(value.items)
        elif isinstance(value, (tuple, list)):
            waiting.extend(value)
        elif isinstance(value, msgspec.Struct) and not isinstance(value, Unknown):
            defaults = {field.name: field.default for field in msgspec.structs.fields(value)}
            for name, default in defaults.items():
                held = getattr(value, name)
                waiting.append(held)
                if held != default and held is not None and not isinstance(held, Unknown):
                    found.add(f"{type(value).__name__}.{name}")
    return found


def test_the_cases_reach_every_field_of_the_model_in_both_sources() -> None:
    of_both = {
        name
        for name in fields_of_the_model()
        if name not in LIVE
        and name not in OF_ONE_SOURCE
        and not name.startswith(("Usage.", "VectorIndex.", "Cost.", "Amount."))
    }
    assert of_both - fields_set("terraform") == set()
    assert of_both - fields_set("cloudformation") == set()


def test_no_field_that_one_source_is_said_to_lack_is_set_by_it() -> None:
    for name, (source, _) in OF_ONE_SOURCE.items():
        other: Source = "cloudformation" if source == "terraform" else "terraform"
        assert name not in fields_set(other)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 26
