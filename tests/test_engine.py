"""From rules and resources to verdicts: the verdict tables, elements, places, exemptions and undecided conditions."""

from __future__ import annotations

from typing import Any

import pytest

from dyncheck.engine import TOGETHER, is_exempted, judge, judge_each, profile_of
from dyncheck.location import Location, Span
from dyncheck.model import (
    AttributeDefinition,
    Autoscaling,
    Encryption,
    GlobalSecondaryIndex,
    KeyElement,
    PointInTimeRecovery,
    ProvisionedThroughput,
    Replica,
    ScalableTarget,
    ScalingDimension,
    Table,
)
from dyncheck.policy.rule import Outcome
from dyncheck.policy.selection import Selection
from dyncheck.scenarios import Atom, Condition
from dyncheck.values import ABSENT, Choice, OpenList, unknown
from tests.policy.rules import rule, said, verdicts

IS_PROD = Condition("IsProd", frozenset({"parameter Stage"}), Atom("parameter:Stage", "prod", None))
IS_DEV = Condition("IsDev", frozenset({"parameter Stage"}), Atom("parameter:Stage", "dev", None))
USE_KEY = Condition("UseKey", frozenset({"parameter UseKey"}), Atom("parameter:UseKey", "yes", ("yes", "no")))


def table(**values: Any) -> Table:
    return Table(address="aws_dynamodb_table.t", stack=".", source="terraform", resource_type="t", **values)


def index(name: Any, **values: Any) -> GlobalSecondaryIndex:
    return GlobalSecondaryIndex(index_name=name, **values)


def at(line: int) -> Location:
    return Location(Span("main.tf", line, 1, line, 10))


# --- the verdict of one check -----------------------------------------------------------------------------------------

TRUTHS = {"true": True, "false": False, "unknown": unknown("var.x")}


@pytest.mark.parametrize(
    ("when", "check", "expected"),
    [
        ("false", "true", ("not_applicable", None, ())),
        ("false", "false", ("not_applicable", None, ())),
        ("false", "unknown", ("not_applicable", None, ())),
        ("unknown", "true", ("pass", None, ())),
        ("unknown", "false", ("unknown", None, ("var.when",))),
        ("unknown", "unknown", ("unknown", None, ("var.check", "var.when"))),
        ("true", "true", ("pass", None, ())),
        ("true", "false", ("fail", None, ())),
        ("true", "unknown", ("unknown", None, ("var.check",))),
        (None, "true", ("pass", None, ())),
        (None, "false", ("fail", None, ())),
        (None, "unknown", ("unknown", None, ("var.check",))),
    ],
)
def test_the_verdict_follows_from_when_and_check(when: str | None, check: str, expected: Any) -> None:
    values = {"true": True, "false": False}
    subject = table(
        deletion_protection_enabled=values.get(str(when), unknown("var.when")),
        billing_mode_written=values.get(check, unknown("var.check")),
    )
    logic = "check: table.billing_mode_written\n"
    if when is not None:
        logic += "when: table.deletion_protection_enabled\n"
    assert said(logic, subject) == [expected]


ENCRYPTION = """\
check: |
  table.encryption.kind == "customer_managed"
    && table.replicas.all(r, r.encryption.kind == "customer_managed")
"""


@pytest.mark.parametrize(
    ("kind", "replicas", "expected"),
    [
        ("customer_managed", (), ("pass", None, ())),
        (unknown("var.kms_key_arn"), (), ("unknown", None, ("var.kms_key_arn",))),
        (unknown("var.kms_key_arn"), ("aws_managed",), ("fail", None, ())),
    ],
)
def test_false_absorbs_unknown_but_true_does_not(kind: Any, replicas: tuple[str, ...], expected: Any) -> None:
    subject = table(
        encryption=Encryption(kind=kind),
        replicas=tuple(Replica(region_name="eu-west-1", encryption=Encryption(kind=name)) for name in replicas),
    )
    assert said(ENCRYPTION, subject) == [expected]


AUTOSCALING = """\
when: table.billing_mode == "PROVISIONED"
check: |
  table.autoscaling.read.enabled && table.autoscaling.write.enabled
    && table.global_secondary_indexes.all(g,
         g.autoscaling.read.enabled && g.autoscaling.write.enabled)
"""
SCALED = Autoscaling(ScalingDimension(enabled=True), ScalingDimension(enabled=True))


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (ScalingDimension(enabled=True), ("pass", None, ())),
        (ScalingDimension(), ("fail", None, ())),
        (
            ScalingDimension(enabled=unknown("aws_appautoscaling_target.x.count")),
            ("unknown", None, ("aws_appautoscaling_target.x.count",)),
        ),
    ],
)
def test_autoscaling_of_the_table_and_every_index(write: ScalingDimension, expected: Any) -> None:
    half = Autoscaling(ScalingDimension(enabled=True), write)
    subject = table(autoscaling=SCALED, global_secondary_indexes=(index("by_date", autoscaling=half),))
    assert said(AUTOSCALING, subject) == [expected]


# --- elements ---------------------------------------------------------------------------------------------------------

KEYS = """\
each: table.global_secondary_indexes
as: gsi
check: |
  gsi.key_schema.all(k, k.attribute_name in table.attributes.map(a, a.attribute_name))
locate: gsi.key_schema
message: "{gsi.index_name} of {table.name}"
"""


def keyed(name: Any, attribute: str, **values: Any) -> GlobalSecondaryIndex:
    return index(name, key_schema=(KeyElement(attribute_name=attribute, key_type="HASH"),), **values)


def attributes(*names: Any) -> tuple[AttributeDefinition, ...]:
    return tuple(AttributeDefinition(attribute_name=name, attribute_type="S") for name in names)


@pytest.mark.parametrize(
    ("indexes", "defined", "expected"),
    [
        ((keyed("g", "id"),), attributes("id"), [("pass", "g", ())]),
        ((keyed("g", "zz"),), attributes("id"), [("fail", "g", ())]),
        (
            OpenList((keyed("g", "id"),), frozenset({"var.gsis"})),
            attributes("id"),
            [("pass", "g", ()), ("unknown", None, ("var.gsis",))],
        ),
        (
            OpenList((keyed("g", "zz"),), frozenset({"var.gsis"})),
            attributes("id"),
            [("fail", "g", ()), ("unknown", None, ("var.gsis",))],
        ),
        ((keyed("g", "zz"),), attributes("id", unknown("local.sk")), [("unknown", "g", ("local.sk",))]),
        (unknown("var.gsis"), attributes("id"), [("unknown", None, ("var.gsis",))]),
        ((), attributes("id"), [("not_applicable", None, ())]),
    ],
)
def test_each_element_has_its_own_verdict(indexes: Any, defined: Any, expected: Any) -> None:
    assert said(KEYS, table(global_secondary_indexes=indexes, attributes=defined)) == expected


def test_an_attribute_whose_name_has_the_same_symbol_is_the_same_attribute() -> None:
    name = unknown("var.key", symbol="var.key")
    subject = table(global_secondary_indexes=(keyed("g", name),), attributes=attributes(name))  # type: ignore[arg-type]
    assert said(KEYS, subject) == [("pass", "g", ())]


def test_an_open_list_adds_no_verdict_where_any_further_element_would_pass() -> None:
    logic = """\
    each: table.global_secondary_indexes
    as: index
    check: table.billing_mode == "PAY_PER_REQUEST" || index.autoscaling.write.enabled
    """
    subject = table(billing_mode="PAY_PER_REQUEST", global_secondary_indexes=OpenList((), frozenset({"var.gsis"})))
    assert said(logic, subject) == [("not_applicable", None, ())]


def test_an_open_list_says_that_there_may_be_more() -> None:
    subject = table(global_secondary_indexes=OpenList((), frozenset({"var.gsis"})))
    [verdict] = verdicts(KEYS, subject)
    assert verdict.message == "Something is wrong: there may be more elements: var.gsis"


def test_elements_are_named_by_symbol_or_number_where_their_name_is_not_known() -> None:
    names = ("a", unknown("var.n", symbol="var.n"), unknown("x", symbol="idx-${var.n}"), unknown("var.m"))
    subject = table(global_secondary_indexes=tuple(keyed(name, "zz") for name in names))
    assert [element for _, element, _ in said(KEYS, subject)] == ["a", "${var.n}", "idx-${var.n}", "#4"]


def test_when_may_speak_of_the_element() -> None:
    logic = """\
    when: replica.table_class == "STANDARD"
    each: table.replicas
    as: replica
    check: replica.deletion_protection_enabled
    """
    subject = table(
        replicas=(
            Replica(region_name="eu-west-1"),
            Replica(region_name="us-east-1", table_class="STANDARD_INFREQUENT_ACCESS"),
        )
    )
    assert said(logic, subject) == [("fail", "eu-west-1", ()), ("not_applicable", "us-east-1", ())]


def test_elements_may_be_filtered_and_keep_their_place() -> None:
    logic = """\
    each: table.replicas.filter(r, r.region_name != "eu-west-1")
    as: replica
    check: "false"
    locate: replica.region_name
    """
    replicas = tuple(
        Replica(region_name=name, locations={"": at(line)}) for name, line in (("eu-west-1", 3), ("us-east-1", 7))
    )
    [verdict] = verdicts(logic, table(replicas=replicas, locations={"": at(1)}))
    assert (verdict.element, verdict.location) == ("us-east-1", at(7))


def test_further_checks_of_a_rule_speak_of_their_own_places() -> None:
    logic = """\
    check: table.provisioned_throughput.read_capacity_units != null
    message: the table
    also:
      - each: table.global_secondary_indexes
        as: index
        check: index.provisioned_throughput.read_capacity_units != null
        message: the index {index.index_name}
    """
    subject = table(
        global_secondary_indexes=(index("g"), index("h", provisioned_throughput=ProvisionedThroughput(1, 1)))
    )
    found = [(verdict.outcome.value, verdict.element, verdict.message) for verdict in verdicts(logic, subject)]
    assert found == [("fail", None, "the table"), ("fail", "g", "the index g"), ("pass", "h", "")]


# --- places and messages ----------------------------------------------------------------------------------------------


def test_a_failure_points_to_the_attribute_where_it_is_written() -> None:
    subject = table(
        locations={"": at(1), "billing_mode": at(3)},
        encryption=Encryption(locations={"": at(5), "kms_key": at(6)}),
    )
    places = {
        path: verdicts(f"check: 'false'\nlocate: {path}\n", subject)[0].location
        for path in ("table.billing_mode", "table.encryption.kms_key", "table.encryption.kind", "table.table_class")
    }
    assert places == {
        "table.billing_mode": at(3),
        "table.encryption.kms_key": at(6),
        "table.encryption.kind": at(5),
        "table.table_class": at(1),
    }


def test_of_several_paths_the_first_that_is_written_wins() -> None:
    logic = "check: 'false'\nlocate: [table.name, table.billing_mode, table.region]\n"
    written = table(locations={"": at(1), "billing_mode": at(3), "region": at(4)})
    assert verdicts(logic, written)[0].location == at(3)


def test_of_several_paths_of_which_none_is_written_the_longest_gives_the_nearest_block() -> None:
    logic = "check: 'false'\nlocate: [table.billing_mode, table.encryption.kms_key]\n"
    subject = table(locations={"": at(1)}, encryption=Encryption(locations={"": at(5)}))
    assert verdicts(logic, subject)[0].location == at(5)


def test_a_source_without_files_gives_no_place() -> None:
    assert verdicts("check: 'false'\nlocate: table.name\n", table())[0].location is None


def test_holes_show_values_and_the_reasons_of_those_that_are_not_known() -> None:
    logic = (
        "check: 'false'\n"
        "message: '{table.name} {table.region} {size(table.replicas)} {table.deletion_protection_enabled}"
        " {table.replicas.map(r, r.region_name)} {{table}} {table.account}'\n"
    )
    replicas = (Replica(region_name="eu-west-1"), Replica(region_name=unknown("var.region")))
    subject = table(name="orders", region=unknown("var.a", "var.b"), replicas=replicas)
    [verdict] = verdicts(logic, subject)
    assert verdict.message == "orders <var.a, var.b> 2 false eu-west-1, <var.region> {table} none"


def test_a_verdict_that_passes_has_neither_message_nor_place() -> None:
    [verdict] = verdicts("check: 'true'\n", table(locations={"": at(1)}))
    assert (verdict.outcome, verdict.message, verdict.location) == (Outcome.PASS, "", None)


def test_an_unknown_verdict_names_the_rule_and_the_reasons() -> None:
    [verdict] = verdicts(
        "check: table.deletion_protection_enabled\n", table(deletion_protection_enabled=unknown("var.p"))
    )
    assert verdict.message == "Something is wrong: cannot be told because of var.p"


# --- exemptions, kinds, presence, errors ------------------------------------------------------------------------------

LOCK = table(key_schema=(KeyElement(attribute_name="LockID", key_type="HASH"),))


def test_a_state_lock_table_is_left_out_of_rules_that_say_so() -> None:
    logic = "check: 'false'\nexempt: [state-lock]\n"
    assert said(logic, LOCK) == [("not_applicable", None, ())]
    assert [verdict.outcome for verdict in judge(LOCK, Selection([rule(logic)], exempt=False))] == [Outcome.FAIL]
    assert said("check: 'false'\n", LOCK) == [("fail", None, ())]


def test_the_report_can_tell_which_tables_were_left_out() -> None:
    exempting = Selection([rule("check: 'true'\nexempt: [state-lock]\n")])
    assert is_exempted(LOCK, exempting)
    assert not is_exempted(table(), exempting)
    assert not is_exempted(LOCK, Selection([rule("check: 'true'\n")]))


@pytest.mark.parametrize(
    "keys",
    [
        (),
        (KeyElement(attribute_name="lockid", key_type="HASH"),),
        (KeyElement(attribute_name="LockID", key_type="HASH"), KeyElement(attribute_name="x", key_type="RANGE")),
        (KeyElement(attribute_name=unknown("var.k"), key_type="HASH"),),
        unknown("var.keys"),
        OpenList((KeyElement(attribute_name="LockID", key_type="HASH"),), frozenset({"var.keys"})),
    ],
)
def test_only_a_single_key_called_lockid_makes_a_state_lock_table(keys: Any) -> None:
    assert profile_of(table(key_schema=keys)) is None


def test_a_rule_judges_its_own_kind_only() -> None:
    target = ScalableTarget(address="t", stack=".", source="terraform", resource_type="t", fits=False)
    logic = "kind: scalable_target\ncheck: scalable_target.fits\n"
    assert said(logic, target) == [("fail", None, ())]
    assert said(logic, table()) == []


def test_a_resource_that_is_known_not_to_exist_has_no_verdicts() -> None:
    assert said("check: 'false'\n", table(presence=False)) == []


def test_a_resource_whose_existence_is_unknown_is_judged_as_if_it_existed() -> None:
    assert said("check: 'false'\n", table(presence=unknown("var.count"))) == [("fail", None, ())]


def test_a_broken_rule_is_an_error_that_hides_no_other_rule() -> None:
    broken = rule("id: T-2\nname: broken\ncheck: 1 / size(table.replicas) > 0\n")
    sound = rule("check: 'false'\n")
    found = judge(table(locations={"": at(1)}), Selection([broken, sound]))
    assert [(verdict.rule, verdict.outcome, verdict.because) for verdict in found] == [
        ("T-2", Outcome.ERROR, ("division by zero",)),
        ("T-1", Outcome.FAIL, ()),
    ]
    assert found[0].message == ("the rule T-2 (tests/a-rule.yaml) is broken on aws_dynamodb_table.t: division by zero")
    assert found[0].location == at(1)


# --- undecided conditions ---------------------------------------------------------------------------------------------

PROTECTED = "check: table.deletion_protection_enabled\n"


def test_a_verdict_that_hangs_on_a_condition_says_when_it_fails() -> None:
    subject = table(deletion_protection_enabled=Choice(IS_PROD, True, False))
    assert said(PROTECTED, subject) == [("unknown", None, ("fails when IsProd is false",))]
    assert verdicts(PROTECTED, subject)[0].message == "Something is wrong: fails when IsProd is false"


@pytest.mark.parametrize(("value", "outcome"), [(True, "pass"), (False, "fail")])
def test_a_verdict_that_is_the_same_in_every_scenario_is_the_verdict(value: bool, outcome: str) -> None:
    subject = table(
        deletion_protection_enabled=Choice(IS_PROD, value, Choice(USE_KEY, value, value)),
        encryption=Encryption(kind=Choice(USE_KEY, "customer_managed", "aws_owned")),
    )
    assert said(PROTECTED, subject) == [(outcome, None, ())]


def test_conditions_over_one_parameter_hang_together() -> None:
    logic = "check: table.deletion_protection_enabled || table.encryption.kind == 'customer_managed'\n"
    subject = table(
        deletion_protection_enabled=Choice(IS_PROD, True, False),
        encryption=Encryption(kind=Choice(IS_PROD, "aws_owned", "customer_managed")),
    )
    assert said(logic, subject) == [("pass", None, ())]


def test_only_the_conditions_that_matter_are_named() -> None:
    logic = "check: table.deletion_protection_enabled || size(table.tags) == 7\n"
    subject = table(
        deletion_protection_enabled=Choice(IS_PROD, True, False),
        tags={"team": Choice(USE_KEY, "a", "b")},
        encryption=Encryption(kind=Choice(USE_KEY, "customer_managed", "aws_owned")),
    )
    assert said(logic, subject) == [("unknown", None, ("fails when IsProd is false",))]


def test_a_failure_under_two_conditions_names_both() -> None:
    logic = "check: table.deletion_protection_enabled || table.encryption.kind == 'customer_managed'\n"
    subject = table(
        deletion_protection_enabled=Choice(IS_PROD, True, False),
        encryption=Encryption(kind=Choice(USE_KEY, "customer_managed", "aws_owned")),
    )
    assert said(logic, subject) == [("unknown", None, ("fails when IsProd is false and UseKey is false",))]


def test_two_ways_to_fail_are_two_reasons() -> None:
    logic = "check: table.deletion_protection_enabled && table.encryption.kind == 'customer_managed'\n"
    subject = table(
        deletion_protection_enabled=Choice(IS_PROD, True, False),
        encryption=Encryption(kind=Choice(USE_KEY, "customer_managed", "aws_owned")),
    )
    assert said(logic, subject) == [
        ("unknown", None, ("fails when IsProd is false", "fails when UseKey is false")),
    ]


def test_a_failure_and_an_unknown_in_other_scenarios_name_both_reasons() -> None:
    subject = table(deletion_protection_enabled=Choice(IS_PROD, unknown("var.p"), False))
    assert said(PROTECTED, subject) == [("unknown", None, ("fails when IsProd is false", "var.p"))]


def test_an_unknown_in_some_scenarios_only_names_its_own_reasons() -> None:
    subject = table(deletion_protection_enabled=Choice(IS_PROD, unknown("var.p"), True))
    assert said(PROTECTED, subject) == [("unknown", None, ("var.p",))]


def test_passing_and_not_applying_is_passing() -> None:
    logic = "when: table.billing_mode == 'PROVISIONED'\n" + PROTECTED
    subject = table(
        billing_mode=Choice(IS_PROD, "PROVISIONED", "PAY_PER_REQUEST"),
        deletion_protection_enabled=Choice(IS_PROD, True, False),
    )
    assert said(logic, subject) == [("pass", None, ())]


def test_scenarios_in_which_the_resource_does_not_exist_are_left_out() -> None:
    subject = table(presence=Choice(IS_PROD, True, False), deletion_protection_enabled=Choice(IS_PROD, True, False))
    assert said(PROTECTED, subject) == [("pass", None, ())]
    fails = table(presence=Choice(IS_DEV, True, False), deletion_protection_enabled=Choice(IS_PROD, True, False))
    assert said(PROTECTED, fails) == [("fail", None, ())]


def test_an_element_that_may_be_absent_is_judged_where_it_exists() -> None:
    subject = table(global_secondary_indexes=(Choice(IS_PROD, keyed("g", "zz"), ABSENT), keyed("h", "id")))
    subject = Table(
        **{name: getattr(subject, name) for name in subject.__struct_fields__} | {"attributes": attributes("id")}
    )
    assert said(KEYS, subject) == [("fail", "g", ()), ("pass", "h", ())]


def test_elements_are_the_same_in_every_scenario_by_name() -> None:
    subject = table(
        attributes=attributes("id"),
        global_secondary_indexes=Choice(
            IS_PROD, (keyed("g", "id"), keyed("h", "zz")), (keyed("h", "zz"), keyed("g", "zz"))
        ),
    )
    assert said(KEYS, subject) == [("unknown", "g", ("fails when IsProd is false",)), ("fail", "h", ())]


def test_place_and_message_are_those_of_the_first_scenario_that_fails() -> None:
    subject = table(
        name="orders",
        attributes=attributes("id"),
        locations={"": at(1)},
        global_secondary_indexes=(
            Choice(
                IS_PROD,
                keyed("g", "zz", locations={"": at(4), "key_schema": at(5)}),
                keyed("g", "yy", locations={"": at(8), "key_schema": at(9)}),
            ),
        ),
    )
    [verdict] = verdicts(KEYS, subject)
    assert (verdict.outcome, verdict.message, verdict.location) == (Outcome.FAIL, "g of orders", at(5))


def test_a_definite_failure_shows_the_values_of_a_scenario_rather_than_reasons() -> None:
    logic = "check: 'false'\nmessage: '{table.name}'\n"
    [verdict] = verdicts(logic, table(name=Choice(IS_PROD, "orders", "orders-dev")))
    assert verdict.message == "orders"


def test_too_many_conditions_are_unknown_because_of_what_would_decide_them() -> None:
    conditions = [Condition(f"C{n}", frozenset({f"parameter P{n}"}), Atom(f"parameter:P{n}")) for n in range(12)]
    replicas = tuple(
        Replica(region_name=f"r{n}", deletion_protection_enabled=Choice(condition, True, False))
        for n, condition in enumerate(conditions)
    )
    [(outcome, _, because)] = said(
        "check: table.replicas.all(r, r.deletion_protection_enabled)\n", table(replicas=replicas)
    )
    assert (outcome, because) == ("unknown", tuple(sorted(f"parameter P{n}" for n in range(12))))


def test_conditions_elsewhere_in_the_resource_do_not_count_against_the_cap() -> None:
    conditions = [Condition(f"C{n}", frozenset({f"parameter P{n}"}), Atom(f"parameter:P{n}")) for n in range(12)]
    subject = table(
        deletion_protection_enabled=Choice(IS_PROD, True, False),
        tags={f"t{n}": Choice(condition, "a", "b") for n, condition in enumerate(conditions)},
        point_in_time_recovery=PointInTimeRecovery(enabled=unknown("var.x")),
    )
    assert said(PROTECTED, subject) == [("unknown", None, ("fails when IsProd is false",))]


def test_known_is_asked_of_each_scenario() -> None:
    subject = table(name=Choice(IS_PROD, "orders", unknown("var.name")))
    assert said("check: known(table.name)\n", subject) == [("unknown", None, ("fails when IsProd is false",))]


def test_elements_of_a_rule_that_does_not_apply_in_every_scenario_are_undecided() -> None:
    logic = "when: table.billing_mode == 'PROVISIONED'\n" + KEYS
    subject = table(
        attributes=attributes("id"),
        billing_mode=Choice(IS_PROD, "PAY_PER_REQUEST", "PROVISIONED"),
        global_secondary_indexes=(keyed("g", "zz"), keyed("h", "id")),
    )
    assert said(logic, subject)[0] == ("unknown", "g", ("fails when IsProd is false",))


def test_resources_that_come_together_keep_their_order_and_each_its_own_rules() -> None:
    strict, lenient = Selection([rule("check: table.name == null")]), Selection([rule("check: table.name != null")])
    selections = [lenient, *[strict] * (TOGETHER + 1), lenient, strict]
    entries = [(table(name=str(number)), selection) for number, selection in enumerate(selections)]

    found = list(judge_each(iter(entries)))

    assert [(resource, selection) for resource, selection, _ in found] == entries
    assert [verdicts for *_, verdicts in found] == [judge(resource, selection) for resource, selection in entries]
    assert {verdict.outcome for *_, verdicts in found for verdict in verdicts} == {Outcome.PASS, Outcome.FAIL}
