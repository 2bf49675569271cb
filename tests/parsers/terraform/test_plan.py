"""Plans and states: what ``terraform show -json`` prints, and state files, read like the source that made them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, ClassVar

import pytest

from dyncheck.errors import ConfigError
from dyncheck.location import Location, Span
from dyncheck.model import Problem, Table, TableChange, locate
from dyncheck.parsers.base import Collected
from dyncheck.parsers.files import discover
from dyncheck.settings import Settings
from dyncheck.sources import sources
from dyncheck.values import Unknown

FIXTURES = Path(__file__).parents[3] / "fixtures" / "parsers" / "terraform-plan"


def collect(path: Path, root: Path | None = None, source: str | None = None, **more: Any) -> list[Collected]:
    base = root or path.parent
    settings = Settings(cache=False, source=source, **more)
    found = sources(settings, base, discover([path], base), {})
    return [item for items in found for item in items.collect()]


def tables(items: list[Collected]) -> dict[str, Table]:
    return {item.address: item for item in items if isinstance(item, Table)}


def write(tmp_path: Path, document: Any) -> Path:
    path = tmp_path / "plan.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def change(after: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """A resource change of one table."""
    return {
        "address": "aws_dynamodb_table.t",
        "mode": "managed",
        "type": "aws_dynamodb_table",
        "name": "t",
        "change": {"actions": ["create"], "before": None, "after": after, "after_unknown": {}, **more},
    }


def plan(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"format_version": "1.2", "resource_changes": list(changes), **more}


class TestAPlanBesideItsSource:
    ITEMS = collect(FIXTURES / "orders" / "plan.json")

    def test_tables_are_those_that_will_exist(self) -> None:
        assert sorted(tables(self.ITEMS)) == ["aws_dynamodb_table.orders", 'module.users.aws_dynamodb_table.this["a"]']

    def test_a_key_that_is_made_by_the_same_plan_is_a_customer_key_although_its_arn_is_not_known(self) -> None:
        encryption = tables(self.ITEMS)["aws_dynamodb_table.orders"].encryption

        assert not isinstance(encryption, Unknown)
        assert encryption.kind == "customer_managed"  # type: ignore[union-attr]
        assert encryption.key.rotation_enabled is True  # type: ignore[union-attr]

    def test_what_the_provider_computes_because_it_is_not_written_is_its_default_and_not_unknown(self) -> None:
        table = tables(self.ITEMS)['module.users.aws_dynamodb_table.this["a"]']

        assert table.point_in_time_recovery.enabled is False  # type: ignore[union-attr]
        assert table.encryption.kind == "aws_owned"  # type: ignore[union-attr]

    def test_a_finding_points_to_the_attribute_in_the_source_and_names_the_call(self) -> None:
        found = tables(self.ITEMS)

        assert locate(found["aws_dynamodb_table.orders"], "point_in_time_recovery.enabled") == Location(
            Span("main.tf", 30, 5, 30, 20)
        )
        place = locate(found['module.users.aws_dynamodb_table.this["a"]'], "point_in_time_recovery.enabled")
        assert place is not None
        assert (place.span.path, place.span.line) == ("users/main.tf", 1)
        assert [(item.span.path, item.span.line, item.message) for item in place.related] == [
            ("main.tf", 38, "called here as module.users")
        ]

    def test_lifecycle_is_read_from_the_source(self) -> None:
        assert tables(self.ITEMS)["aws_dynamodb_table.orders"].retention.retained is True  # type: ignore[union-attr]

    def test_the_region_comes_from_the_provider_configuration(self) -> None:
        assert {table.region for table in tables(self.ITEMS).values()} == {"eu-west-1"}

    def test_changes_say_what_happens_and_why_a_table_is_replaced(self) -> None:
        changes = {item.address: item for item in self.ITEMS if isinstance(item, TableChange)}

        assert {address: (item.action, item.replaced_because) for address, item in changes.items()} == {
            "aws_dynamodb_table.orders": ("create", ()),
            'module.users.aws_dynamodb_table.this["a"]': ("replace", ("name",)),
            'module.users.aws_dynamodb_table.this["c"]': ("delete", ()),
        }
        replaced = changes['module.users.aws_dynamodb_table.this["a"]']
        assert replaced.before.deletion_protection_enabled is True  # type: ignore[union-attr]
        assert replaced.after.deletion_protection_enabled is False  # type: ignore[union-attr]
        assert changes["aws_dynamodb_table.orders"].before is None
        assert changes['module.users.aws_dynamodb_table.this["c"]'].after is None


class TestAPlanAlone:
    @pytest.mark.parametrize(
        ("expressions", "expected"),
        [
            ({}, "eu-west-1"),
            ({"region": {"constant_value": "us-east-1"}}, "us-east-1"),
            ({"region": {"references": ["local.home"]}}, Unknown),
        ],
        ids=["no Region", "a Region", "a Region that is computed"],
    )
    def test_the_region_that_the_user_tells_is_that_of_a_provider_that_names_none(
        self, tmp_path: Path, expressions: dict[str, Any], expected: Any
    ) -> None:
        resource = {"mode": "managed", "type": "aws_dynamodb_table", "name": "t", "provider_config_key": "aws"}
        configuration = {
            "provider_config": {"aws": {"name": "aws", "expressions": expressions}},
            "root_module": {"resources": [{"address": "aws_dynamodb_table.t", **resource}]},
        }
        path = write(tmp_path, plan(change({"name": "t", "hash_key": "id"}), configuration=configuration))
        (table,) = tables(collect(path, region="eu-west-1")).values()
        assert table.region == expected if isinstance(expected, str) else isinstance(table.region, expected)

    def test_a_source_elsewhere_can_be_named(self, tmp_path: Path) -> None:
        path = write(tmp_path, (FIXTURES / "orders" / "plan.json").read_text(encoding="utf-8"))

        (orders, _) = tables(collect(path, source=str(FIXTURES / "orders"))).values()

        assert orders.locations[""].span.path.endswith("orders/main.tf")

    def test_without_a_source_lifecycle_is_unknown(self, tmp_path: Path) -> None:
        path = write(tmp_path, (FIXTURES / "orders" / "plan.json").read_text(encoding="utf-8"))

        assert isinstance(tables(collect(path))["aws_dynamodb_table.orders"].retention, Unknown)

    def test_a_configured_value_that_only_apply_gives_is_unknown_by_its_path(self, tmp_path: Path) -> None:
        document = plan(
            change(
                {"name": "t", "server_side_encryption": [{"enabled": True}]},
                after_unknown={
                    "point_in_time_recovery": [{"enabled": True}],
                    "server_side_encryption": [{"kms_key_arn": True}],
                },
            ),
        )
        document["resource_changes"][0]["change"]["after"]["point_in_time_recovery"] = [{}]

        table = tables(collect(write(tmp_path, document)))["aws_dynamodb_table.t"]

        assert table.point_in_time_recovery.enabled.because == frozenset(  # type: ignore[union-attr]
            {"aws_dynamodb_table.t.point_in_time_recovery[0].enabled (known after apply)"}
        )
        assert table.encryption.kind.because == frozenset(  # type: ignore[union-attr]
            {"aws_dynamodb_table.t.server_side_encryption[0].kms_key_arn (known after apply)"}
        )

    def test_an_argument_that_an_old_provider_did_not_have_is_unknown_and_not_off(self, tmp_path: Path) -> None:
        table = tables(collect(write(tmp_path, plan(change({"name": "t"})))))["aws_dynamodb_table.t"]

        assert isinstance(table.deletion_protection_enabled, Unknown)

    def test_a_key_through_a_module_input_is_found_where_it_is_made(self, tmp_path: Path) -> None:
        entry = change(
            {"name": "t", "server_side_encryption": [{"enabled": True}]},
            after_unknown={"server_side_encryption": [{"kms_key_arn": True}]},
        )
        entry |= {"address": "module.m.aws_dynamodb_table.t", "module_address": "module.m"}
        resource = {
            "mode": "managed",
            "type": "aws_dynamodb_table",
            "name": "t",
            "expressions": {"server_side_encryption": [{"kms_key_arn": {"references": ["var.key"]}}]},
        }
        call = {
            "expressions": {"key": {"references": ["module.kms.arn", "module.kms"]}},
            "module": {"resources": [resource]},
        }
        kms = {"module": {"outputs": {"arn": {"expression": {"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]}}}}}
        configuration = {"root_module": {"module_calls": {"m": call, "kms": kms}}}

        table = tables(collect(write(tmp_path, plan(entry, configuration=configuration))))[
            "module.m.aws_dynamodb_table.t"
        ]

        assert table.encryption.kind == "customer_managed"  # type: ignore[union-attr]

    def test_a_key_that_is_looked_up_by_the_alias_of_aws_is_aws_managed_though_its_arn_looks_like_any(
        self, tmp_path: Path
    ) -> None:
        arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        entry = change({"name": "t", "server_side_encryption": [{"enabled": True, "kms_key_arn": arn}]})
        references = ["data.aws_kms_alias.d.target_key_arn", "data.aws_kms_alias.d"]
        table_resource = {
            "mode": "managed",
            "type": "aws_dynamodb_table",
            "name": "t",
            "expressions": {"server_side_encryption": [{"kms_key_arn": {"references": references}}]},
        }
        alias = {
            "mode": "data",
            "type": "aws_kms_alias",
            "name": "d",
            "expressions": {"name": {"constant_value": "alias/aws/dynamodb"}},
        }
        configuration = {"root_module": {"resources": [table_resource, alias]}}

        table = tables(collect(write(tmp_path, plan(entry, configuration=configuration))))["aws_dynamodb_table.t"]

        assert table.encryption.kind == "aws_managed"  # type: ignore[union-attr]

    def test_drift_and_the_prior_state_do_not_repeat_a_table(self, tmp_path: Path) -> None:
        entry = change({"name": "t"})
        document = plan(
            entry,
            resource_drift=[entry],
            prior_state={
                "values": {
                    "root_module": {
                        "resources": [
                            {"address": entry["address"], "type": entry["type"], "name": "t", "values": {"name": "t"}}
                        ]
                    }
                }
            },
        )

        assert len(tables(collect(write(tmp_path, document)))) == 1

    def test_format_0_1_without_changes_is_read_from_the_planned_values(self, tmp_path: Path) -> None:
        resource = {
            "address": "aws_dynamodb_table.t",
            "mode": "managed",
            "type": "aws_dynamodb_table",
            "name": "t",
            "values": {"name": "t", "billing_mode": "PAY_PER_REQUEST"},
        }
        document = {"format_version": "0.1", "planned_values": {"root_module": {"resources": [resource]}}}

        assert tables(collect(write(tmp_path, document)))["aws_dynamodb_table.t"].billing_mode == "PAY_PER_REQUEST"

    @pytest.mark.parametrize(
        ("expressions", "expected"),
        [
            (None, {"aws_dynamodb_table.t.tags_all (known after apply)"}),
            ({"region": {"constant_value": "eu-west-1"}}, {"a": "x"}),
            ({"default_tags": [{"tags": {}}]}, {"aws_dynamodb_table.t.tags_all (known after apply)"}),
        ],
        ids=["no configuration", "no default tags", "default tags"],
    )
    def test_tags_are_unknown_while_those_of_the_provider_are(
        self, tmp_path: Path, expressions: Any, expected: Any
    ) -> None:
        entry = change({"name": "t", "tags": {"a": "x"}}, after_unknown={"tags_all": True})
        more = {"configuration": {"provider_config": {"aws": {"expressions": expressions}}}} if expressions else {}

        tags = tables(collect(write(tmp_path, plan(entry, **more))))["aws_dynamodb_table.t"].tags

        assert (tags.because if isinstance(tags, Unknown) else tags) == expected

    def test_utf_16_from_a_shell_that_redirects_so_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "plan.json"
        path.write_bytes(json.dumps(plan(change({"name": "t"}))).encode("utf-16"))

        assert list(tables(collect(path))) == ["aws_dynamodb_table.t"]

    def test_a_plan_that_is_not_named_is_not_looked_into(self, tmp_path: Path) -> None:
        write(tmp_path, plan(change({"name": "t"})))

        assert collect(tmp_path) == []


class TestSecrets:
    def test_sensitive_values_are_unknown_by_their_path_and_appear_nowhere(self, tmp_path: Path) -> None:
        document = plan(
            change(
                {"name": "hunter2", "tags": {"a": "hunter3", "b": "plain"}, "ttl": [{"attribute_name": "hunter4"}]},
                after_sensitive={"name": True, "tags": {"a": True}, "ttl": [{"attribute_name": True}]},
            )
        )

        items = collect(write(tmp_path, document))

        assert "hunter" not in repr(items)
        assert tables(items)["aws_dynamodb_table.t"].tags["b"] == "plain"  # type: ignore[index]

    def test_what_the_provider_puts_together_of_a_sensitive_value_is_sensitive_though_no_document_says_so(
        self, tmp_path: Path
    ) -> None:
        after = {
            "name": "hunter2",
            "arn": "arn:aws:dynamodb:eu-west-1:111122223333:table/hunter2",
            "tags": {"a": "hunter3", "b": "plain"},
            "tags_all": {"a": "hunter3", "b": "plain", "c": "of the provider"},
        }
        document = plan(change(after, after_sensitive={"name": True, "tags": {"a": True}}))

        items = collect(write(tmp_path, document))

        assert "hunter" not in repr(items)
        tags = tables(items)["aws_dynamodb_table.t"].tags
        assert {key: isinstance(value, Unknown) for key, value in tags.items()} == {  # type: ignore[union-attr]
            "a": True,
            "b": False,
            "c": False,
        }

    @pytest.mark.parametrize(
        "sensitive", [True, {"ttl": True, "name": True}, {"ttl": {"attribute_name": True}, "name": {"x": True}}]
    )
    def test_a_mark_of_another_shape_than_its_value_hides_all_of_it(self, tmp_path: Path, sensitive: Any) -> None:
        after = {"name": "hunter2", "ttl": [{"attribute_name": "hunter3", "enabled": True}]}

        items = collect(write(tmp_path, plan(change(after, after_sensitive=sensitive))))

        assert "hunter" not in repr(items)

    def test_a_region_that_is_sensitive_is_unknown_wherever_it_comes_from(self, tmp_path: Path) -> None:
        expressions = {"region": {"references": ["var.region"]}}
        more = {
            "variables": {"region": {"value": "hunter-2"}},
            "configuration": {
                "provider_config": {"aws": {"name": "aws", "expressions": expressions}},
                "root_module": {"variables": {"region": {"sensitive": True}}},
            },
        }
        of_provider = tables(collect(write(tmp_path, plan(change({"name": "t"}), **more))))
        own = change({"name": "t", "region": "hunter-2"}, after_sensitive={"region": True})
        of_table = tables(collect(write(tmp_path, plan(own, **more))))

        reasons = [found["aws_dynamodb_table.t"].region.because for found in (of_provider, of_table)]  # type: ignore[union-attr]
        assert reasons == [{"var.region"}, {"aws_dynamodb_table.t.region (sensitive)"}]

    def test_a_sensitive_path_of_a_state_that_cannot_be_read_hides_everything(self, tmp_path: Path) -> None:
        instance = {"attributes": {"name": "hunter2"}, "sensitive_attributes": [["a new kind of path"]]}
        resource = {"mode": "managed", "type": "aws_dynamodb_table", "name": "t", "instances": [instance]}
        document = {"version": 4, "terraform_version": "1.5.0", "resources": [resource]}

        items = collect(write(tmp_path, document))

        assert list(tables(items)) == ["aws_dynamodb_table.t"]
        assert "hunter" not in repr(items)

    def test_an_error_does_not_quote_the_document(self, tmp_path: Path) -> None:
        (problem,) = collect(write(tmp_path, '{"format_version": "1.2", "resource_changes": "hunter2"}'))

        assert isinstance(problem, Problem)
        assert problem.message == "not a Terraform plan or state: there is no list where one belongs"


class TestShapesOfPlans:
    REPLICA: ClassVar = {
        "arn": "arn:aws:dynamodb:us-east-1:111122223333:table/t",
        "global_table_arn": "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
    }

    @staticmethod
    def changes(path: Path) -> dict[str, TableChange]:
        return {item.address: item for item in collect(path) if isinstance(item, TableChange)}

    def replica(self, *actions: str) -> dict[str, Any]:
        after = None if {"delete", "forget"} & set(actions) and "create" not in actions else self.REPLICA
        entry = change(after, actions=list(actions), before=None if actions == ("create",) else self.REPLICA)
        return entry | {"address": "aws_dynamodb_table_replica.r", "type": "aws_dynamodb_table_replica", "name": "r"}

    @pytest.mark.parametrize(
        ("actions", "told"),
        [
            (("delete",), "delete"),
            (("delete", "create"), "replace"),
            (("create", "delete"), "replace"),
            (("forget",), "forget"),
            (("update",), "update"),
            (("no-op",), "no-op"),
        ],
    )
    def test_a_replica_that_is_a_resource_is_a_change_of_its_own(
        self, tmp_path: Path, actions: tuple[str, ...], told: str
    ) -> None:
        found = self.changes(write(tmp_path, plan(self.replica(*actions))))

        (item,) = found.values()
        assert (item.address, item.action, item.name, item.region) == (
            "aws_dynamodb_table_replica.r",
            told,
            "t",
            "us-east-1",
        )
        assert (item.before, item.after) == (None, None)

    def test_a_replica_that_is_new_is_no_change_of_an_old_one(self, tmp_path: Path) -> None:
        assert self.changes(write(tmp_path, plan(self.replica("create")))) == {}

    @pytest.mark.parametrize("actions", [["delete"], ["delete", "create"], ["create", "delete"]])
    def test_a_replica_of_a_table_that_goes_is_told_of_by_the_table(self, tmp_path: Path, actions: list[str]) -> None:
        before = {"name": "t", "arn": self.REPLICA["global_table_arn"]}
        after = None if actions == ["delete"] else {"name": "t"}
        document = plan(self.replica("delete"), change(after, actions=actions, before=before))

        assert list(self.changes(write(tmp_path, document))) == ["aws_dynamodb_table.t"]

    def test_an_object_that_a_replacement_left_behind_is_a_change_and_no_table(self, tmp_path: Path) -> None:
        entry = change(None, actions=["delete"], before={"name": "t"}) | {"deposed": "8c7d3f21"}
        path = write(tmp_path, plan(change({"name": "t"}, actions=["no-op"], before={"name": "t"}), entry))

        assert {address: item.action for address, item in self.changes(path).items()} == {
            "aws_dynamodb_table.t": "no-op",
            "aws_dynamodb_table.t (deposed object 8c7d3f21)": "delete",
        }
        assert list(tables(collect(path))) == ["aws_dynamodb_table.t"]

    def test_what_is_put_off_is_a_table_whose_future_is_unknown_and_a_note_says_so(self, tmp_path: Path) -> None:
        entry = change({"name": "t"}, actions=["update"], before={"name": "t"})
        new = change({"name": "n"}) | {"address": "aws_dynamodb_table.n[*]"}
        deferred = [
            {"reason": "provider_config_unknown", "resource_change": entry},
            {"reason": "instance_count_unknown", "resource_change": new},
        ]
        path = write(tmp_path, {"format_version": "1.2", "complete": False, "deferred_changes": deferred})

        actions = {address: item.action for address, item in self.changes(path).items()}
        (note,) = (item for item in collect(path) if isinstance(item, Problem))

        assert actions["aws_dynamodb_table.n[*]"] == "create"
        assert actions["aws_dynamodb_table.t"].because == {  # type: ignore[union-attr]
            "aws_dynamodb_table.t (put off to a later plan: provider config unknown)"
        }
        assert sorted(tables(collect(path))) == ["aws_dynamodb_table.n[*]", "aws_dynamodb_table.t"]
        assert (note.level, note.message) == (
            "note",
            "the plan puts changes off to a later one: what becomes of those resources is not known",
        )

    def test_a_plan_that_failed_says_that_it_is_a_part(self, tmp_path: Path) -> None:
        document = plan(change({"name": "t"}), errored=True)

        (problem,) = (item for item in collect(write(tmp_path, document)) if isinstance(item, Problem))

        assert problem.level == "error"
        assert problem.message.startswith("Terraform could not finish this plan")

    def test_a_plan_that_only_refreshes_has_the_tables_of_its_state(self, tmp_path: Path) -> None:
        resource = {"address": "aws_dynamodb_table.t", "type": "aws_dynamodb_table", "name": "t"}
        state = {
            "format_version": "1.0",
            "values": {"root_module": {"resources": [resource | {"values": {"name": "t"}}]}},
        }
        drift = change({"name": "t", "billing_mode": "PROVISIONED"}, actions=["update"], before={"name": "t"})
        document = {
            "format_version": "1.2",
            "planned_values": {"root_module": {}},
            "resource_drift": [drift],
            "prior_state": state,
        }

        path = write(tmp_path, document)

        assert list(tables(collect(path))) == ["aws_dynamodb_table.t"]
        assert self.changes(path) == {}

    def test_keys_with_quotes_dots_and_brackets_stay_in_the_address_and_lead_to_the_source(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "m").mkdir()
        (tmp_path / "m" / "main.tf").write_text('resource "aws_dynamodb_table" "t" {\n  name = var.n\n}\n')
        (tmp_path / "main.tf").write_text('module "m" {\n  source = "./m"\n}\n')
        module = 'module.m["a.b\\"]\\\\c"]'
        address = module + '.aws_dynamodb_table.t["x.aws_dynamodb_table.t"]'
        entry = change({"name": "t"}) | {"module_address": module, "address": address}

        table = tables(collect(write(tmp_path, plan(entry))))[address]

        assert table.locations[""].span.path == "m/main.tf"

    def test_keys_in_sorted_order_with_much_before_the_version_are_a_plan_all_the_same(self, tmp_path: Path) -> None:
        filler = {"address": "null_resource.x", "mode": "managed", "type": "null_resource", "name": "x"}
        configuration = {"provider_config": {}, "root_module": {"resources": [filler] * 2_000}}
        text = json.dumps(plan(change({"name": "t"}), configuration=configuration), sort_keys=True)
        assert text.index("format_version") > 65_536

        assert list(tables(collect(write(tmp_path, text)))) == ["aws_dynamodb_table.t"]


class TestWhatIsMistakenForAPlan:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"PK\x03\x04\x14\x00", "this is a plan file as Terraform saves it"),
            (
                b'{"meta":{"key_provider.x":"e30="},"encrypted_data":"aa","encryption_version":"v0"}',
                "this is an encrypted",
            ),
            (b'{"@level":"info","@module":"terraform.ui","type":"version"}\n{}\n', "this is the log of `plan -json`"),
            (b'{"@level":"info","@module":"tofu.ui","type":"version"}\n{}\n', "this is the log of `plan -json`"),
            (
                b"\nTerraform used the selected providers to generate the following execution\nplan.\n",
                "this is a plan as people read it",
            ),
            (
                b"data.x.y: Reading...\n\n\x1b[1mOpenTofu will perform the following actions:\n",
                "this is a plan as people read it",
            ),
        ],
        ids=["binary", "encrypted", "log", "log of OpenTofu", "text", "text in colour"],
    )
    @pytest.mark.parametrize("name", ["tfplan", "plan.json"])
    def test_it_is_told_how_to_get_one(self, tmp_path: Path, content: bytes, said: str, name: str) -> None:
        path = tmp_path / name
        path.write_bytes(content)

        (problem,) = collect(path)

        assert isinstance(problem, Problem)
        assert problem.message.startswith(said)
        assert " show -json FILE > plan.json`" in problem.message


class TestWhatIsNamed:
    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_a_pipe_with_a_name_is_a_problem_and_not_waited_for(self, tmp_path: Path) -> None:
        path = tmp_path / "plan.json"
        os.mkfifo(path)

        (problem,) = collect(path)

        assert isinstance(problem, Problem)
        assert problem.message == "cannot be read: not a regular file"

    def test_a_source_that_is_not_there_or_holds_no_code_is_an_error(self, tmp_path: Path) -> None:
        path = write(tmp_path, plan(change({"name": "t"})))
        (tmp_path / "empty").mkdir()

        with pytest.raises(ConfigError, match="there is no file or directory"):
            collect(path, source=str(tmp_path / "nowhere"))
        with pytest.raises(ConfigError, match="there is no Terraform code in"):
            collect(path, source=str(tmp_path / "empty"))


class TestStates:
    def test_a_state_file_of_version_4(self, tmp_path: Path) -> None:
        document = {
            "version": 4,
            "terraform_version": "1.5.0",
            "resources": [
                {
                    "mode": "managed",
                    "type": "aws_dynamodb_table",
                    "name": "t",
                    "module": "module.m",
                    "instances": [
                        {
                            "index_key": "a",
                            "attributes": {
                                "name": "a",
                                "arn": "arn:aws:dynamodb:eu-west-1:111122223333:table/a",
                                "billing_mode": "PAY_PER_REQUEST",
                                "deletion_protection_enabled": True,
                            },
                        },
                        {"index_key": "b", "deposed": "1234", "attributes": {"name": "b"}},
                    ],
                },
                {"mode": "data", "type": "aws_dynamodb_table", "name": "d", "instances": [{"attributes": {}}]},
            ],
        }

        (table,) = tables(collect(write(tmp_path, document))).values()

        assert (table.address, table.source, table.name, table.region, table.account) == (
            'module.m.aws_dynamodb_table.t["a"]',
            "terraform-state",
            "a",
            "eu-west-1",
            "111122223333",
        )
        assert table.deletion_protection_enabled is True

    def test_a_state_file_of_version_3_keeps_everything_flat_and_in_strings(self, tmp_path: Path) -> None:
        attributes = {
            "name": "t",
            "billing_mode": "PROVISIONED",
            "read_capacity": "5",
            "write_capacity": "6",
            "hash_key": "pk",
            "attribute.#": "1",
            "attribute.123.name": "pk",
            "attribute.123.type": "S",
            "point_in_time_recovery.#": "1",
            "point_in_time_recovery.0.enabled": "true",
            "tags.%": "1",
            "tags.Team": "a",
            "server_side_encryption.#": "0",
        }
        resources = {"aws_dynamodb_table.t": {"type": "aws_dynamodb_table", "primary": {"attributes": attributes}}}
        document = {
            "version": 3,
            "terraform_version": "0.11.14",
            "modules": [{"path": ["root", "m"], "resources": resources}],
        }

        table = tables(collect(write(tmp_path, document)))["module.m.aws_dynamodb_table.t"]

        assert table.provisioned_throughput.read_capacity_units == 5
        assert [item.attribute_name for item in table.attributes] == ["pk"]  # type: ignore[union-attr]
        assert table.point_in_time_recovery.enabled is True  # type: ignore[union-attr]
        assert table.encryption.kind == "aws_owned"  # type: ignore[union-attr]
        assert table.tags == {"Team": "a"}

    def test_a_state_that_is_shown_as_json(self, tmp_path: Path) -> None:
        resource = {
            "address": "module.m.aws_dynamodb_table.t",
            "mode": "managed",
            "type": "aws_dynamodb_table",
            "name": "t",
            "values": {"name": "t"},
        }
        module = {"address": "module.m", "resources": [resource]}
        document = {"format_version": "1.0", "values": {"root_module": {"child_modules": [module]}}}

        items = collect(write(tmp_path, document))

        assert [type(item) for item in items] == [Table]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        (
            '{"format_version": "1.2",\n "resource_changes": [',
            2,
            23,
            "not a Terraform plan or state: it breaks off",
        ),
        (
            '{"format_version": "1.2",\n "resource_changes": [}',
            2,
            23,
            "not a Terraform plan or state: the JSON is malformed",
        ),
        ('{"terraform_version": "1.2"}', 1, 1, "neither the JSON of a plan or state"),
        ('{"version": 9, "terraform_version": "1.2"}', 1, 1, "neither the JSON of a plan or state"),
        (
            '{"format_version": "1.0",\n "x": ' + "[" * 100_000,
            2,
            508,
            "not a Terraform plan or state: it is nested too deeply",
        ),
        ('{"format_version": "1.0"}\n hunter2', 2, 2, "not a Terraform plan or state: there is text after its end"),
    ],
    ids=["truncated", "malformed", "no document", "unknown version", "nested", "more"],
)
def test_what_is_no_plan_is_a_problem_with_its_place(
    tmp_path: Path, text: str, line: int, column: int, message: str
) -> None:
    (problem,) = collect(write(tmp_path, text))

    assert isinstance(problem, Problem)
    assert (problem.path, problem.line, problem.column) == ("plan.json", line, column)
    assert problem.message.startswith(message)
