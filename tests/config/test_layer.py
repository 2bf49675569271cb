"""What a configuration file sets, and what is said of mistakes in it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import jsonschema
import msgspec
import pytest

from dyncheck.config.layer import _Written, read_config, schema
from dyncheck.errors import ConfigError
from dyncheck.settings import Layer, Output, Override, Settings, Waiver, combine

Read = Callable[..., Layer]

EVERYTHING = """\
packs: [strict, packs/own.yaml]
select: [DDB-ENC-*]
ignore:
  - DDB-ENC-001
  - {rule: DDB-BAK-001, path: legacy/**, address: "*.log", account: "111122223333", region: eu-west-1,
     reason: why, until: 2026-12-31}
severity: {DDB-ENC-002: high}
params: {DDB-BAK-003: {min_days: 7}}
overrides:
  - paths: [dev/**]
    ignore: [backup]
    severity: {encryption-key-ignored: low}
    params: {DDB-BAK-003: {min_days: 1}}
rules: [rules]
baseline: known.json
require_reason: true
max_days: 90
compat: [checkov, trivy, cfn_nag]
fail_on: low
fail_on_unknown: true
exit_zero: true
strict: true
variables: {environment: prod, replicas: 2, on: true, share: 0.5}
var_files: [prod.tfvars]
parameter_files: [../prod.json]
region: eu-west-1
inputs: [terraform]
framework: soc2
cost: true
usage: usage.yaml
prices: [prices.yaml]
budget: 1000.5
table_budgets: {orders: 50, '*': 9.99}
cache: false
outputs: [text, sarif=reports/dyncheck.sarif]
verbosity: 1
color: never
progress: false
sarif_category: tables
sarif_include_unknown: true
sarif_include_suppressed: true
"""


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Read a text as ``infra/dyncheck.yaml`` (or another name) below the current directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "infra").mkdir()

    def reading(text: str | bytes, name: str = "dyncheck.yaml") -> Layer:
        path = tmp_path / "infra" / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_config(str(path))

    return reading


def test_every_setting_can_be_set(read: Read) -> None:
    settings, origins = combine([read(EVERYTHING)])
    (waiver,), (override,) = settings.waivers, settings.overrides
    assert waiver.origin is not None
    assert (str(waiver.origin), waiver.origin.column) == ("infra/dyncheck.yaml:5", 5)
    assert str(override.origin) == "infra/dyncheck.yaml:10"
    assert settings.budget is not None
    assert (settings.budget.usd, str(settings.budget.origin)) == (Decimal("1000.5"), origins["budget"])
    assert settings == Settings(
        packs=("strict", "infra/packs/own.yaml"),
        select=("DDB-ENC-*",),
        ignore=("DDB-ENC-001",),
        waivers=(
            Waiver(
                rule="DDB-BAK-001",
                path="legacy/**",
                address="*.log",
                account="111122223333",
                region="eu-west-1",
                reason="why",
                until=datetime.date(2026, 12, 31),
                origin=waiver.origin,
            ),
        ),
        severity={"DDB-ENC-002": "high"},
        params={"DDB-BAK-003": {"min_days": 7}},
        overrides=(
            Override(
                paths=("dev/**",),
                ignore=("backup",),
                severity={"encryption-key-ignored": "low"},
                params={"DDB-BAK-003": {"min_days": 1}},
                origin=override.origin,
            ),
        ),
        rules=("infra/rules",),
        baseline="infra/known.json",
        require_reason=True,
        max_days=90,
        compat=("checkov", "trivy", "cfn_nag"),
        fail_on="low",
        fail_on_unknown=True,
        exit_zero=True,
        strict=True,
        variables={"environment": "prod", "replicas": "2", "on": "true", "share": "0.5"},
        var_files=("infra/prod.tfvars",),
        parameter_files=("prod.json",),
        region="eu-west-1",
        inputs=("terraform",),
        framework="soc2",
        cost=True,
        usage="infra/usage.yaml",
        prices=("infra/prices.yaml",),
        budget=settings.budget,
        table_budgets={"orders": Decimal(50), "*": Decimal("9.99")},
        cache=False,
        outputs=(Output("text"), Output("sarif", "infra/reports/dyncheck.sarif")),
        verbosity=1,
        color="never",
        progress=False,
        sarif_category="tables",
        sarif_include_unknown=True,
        sarif_include_suppressed=True,
    )
    untouched = {name for name, origin in origins.items() if origin == "default"}
    assert untouched == {"paths", "changed_files", "stdin_filename", "source", "suppress"}
    assert (origins["fail_on"], origins["waivers"]) == ("infra/dyncheck.yaml:19", "infra/dyncheck.yaml:3")


def test_toml_sets_the_same(read: Read) -> None:
    text = """\
[project]
name = "x"

[tool.dyncheck]
fail_on = "high"
ignore = ["DDB-ENC-001", {rule = "DDB-BAK-001", until = 2026-12-31}]
variables = {on = true}

[[tool.dyncheck.overrides]]
paths = ["dev/**"]
severity = {DDB-ENC-002 = "low"}
"""
    settings, origins = combine([read(text, "pyproject.toml")])
    assert (settings.fail_on, settings.ignore, settings.variables) == ("high", ("DDB-ENC-001",), {"on": "true"})
    assert settings.waivers[0].until == datetime.date(2026, 12, 31)
    assert str(settings.waivers[0].origin) == "infra/pyproject.toml: /tool/dyncheck/ignore/1"
    assert settings.overrides[0].severity == {"DDB-ENC-002": "low"}
    assert origins["fail_on"] == "infra/pyproject.toml: /tool/dyncheck/fail_on"


def test_a_missing_setting_is_no_setting(read: Read) -> None:
    assert read("strict: true\n").values == {"strict": True}


def test_the_file_gives_way_to_the_environment_and_the_command_line(read: Read) -> None:
    file = read("fail_on: low\nstrict: true\nvariables: {a: file, b: file}\n")
    line = Layer({"fail_on": "high", "variables": {"b": "line"}}, {"fail_on": "--fail-on"})
    settings, origins = combine([file, line])
    assert (settings.fail_on, settings.strict, settings.variables) == ("high", True, {"a": "file", "b": "line"})
    assert (origins["fail_on"], origins["strict"]) == ("--fail-on", "infra/dyncheck.yaml:2")


MISTAKES = [
    ("fail-on: high", "1:1: fail-on: no such field, did you mean fail_on?"),
    (
        "strict: true\nfail_on: hgh",
        "2:10: fail_on: must be one of critical, high, medium, low, info, never, this is 'hgh', did you mean high?",
    ),
    ("strict: yes", "1:9: strict: must be true or false, this is text"),
    ("packs: strict", "1:8: packs: must be a list, this is text"),
    ("packs: [1]", "1:9: packs.0: must be text, this is a number: put it in quotes"),
    ("max_days: 0", "1:11: max_days: must be 1 or more, this is 0"),
    ("verbosity: 7", "1:12: verbosity: must be 1 or less, this is 7"),
    ("compat: [tfsec]", "1:10: compat.0: must be one of checkov, trivy, cfn_nag, this is 'tfsec'"),
    ("ignore: [{path: x}]", "1:10: ignore.0: the field rule is missing"),
    ("ignore:\n  - rule: A\n    util: x", "3:5: ignore.0: util: no such field, did you mean until?"),
    ("ignore: [{rule: A, until: soon}]", "1:27: ignore.0.until: must be a day such as 2026-12-31, this is 'soon'"),
    ("ignore: [{rule: A, until: 2026-02-30}]", "1:27: ignore.0.until: there is no such day"),
    ("ignore: [3]", "1:10: ignore.0: must be text or a mapping, this is a number: put it in quotes"),
    ("overrides: [{severity: {}}]", "1:13: overrides.0: the field paths is missing"),
    ("overrides: [{paths: []}]", "1:21: overrides.0.paths: is too short: at least 1 element"),
    ("severity: {A: bad}", "1:15: severity.A: must be one of critical, high, medium, low, info, this is 'bad'"),
    ("params: {A: 1}", "1:13: params.A: must be a mapping, this is a number"),
    ("variables: {a: [1]}", "1:16: variables.a: must be text or a number or true or false, this is a list"),
    ("outputs: [sarf]", "1:11: there is no format sarf, did you mean sarif?"),
    (
        "outputs: [json=../out.json]",
        "1:11: ../out.json: a configuration may write reports below its own directory only",
    ),
    (
        "outputs: [json=/tmp/out.json]",
        "1:11: /tmp/out.json: a configuration may write reports below its own directory only",
    ),
    ("- a", "1:1: a configuration is a mapping of settings"),
    ("", "1:1: the file is empty"),
    ("a: [", "2:1: not YAML: did not find expected node content"),
    ("a: 1\na: 2", "2:1: a: the key is here twice"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[text.replace("\n", " ") for text, _ in MISTAKES])
def test_a_mistake_is_named_with_its_line_and_what_may_be_meant(read: Read, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text + "\n" if text else text)
    assert str(caught.value).startswith(f"infra/dyncheck.yaml:{message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.dyncheck]\nfail-on = 1", ": /tool/dyncheck/fail-on: fail-on: no such field, did you mean fail_on?"),
        ("[tool.dyncheck.severity]\n'a/b~' = 'x'", ": /tool/dyncheck/severity/a~1b~0: severity.a/b~: must be one of"),
        ("tool.dyncheck = 1", ": /tool/dyncheck: must be a table"),
        ("tool = 1\n# dyncheck", ": /tool: must be a table"),
        ("[tool.dyncheck", ": not TOML: "),
        (b"[tool.dyncheck]\na = '\xff'", ": not TOML: "),
        ("[tool.dyncheck]\na = " + "[" * 5_000, ": not read: nested too deeply"),
    ],
)
def test_a_mistake_in_toml_is_named_with_its_pointer(read: Read, text: str | bytes, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text, "pyproject.toml")
    assert str(caught.value).startswith(f"infra/pyproject.toml{message}")


BILLION = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# " + "x" * 1_000_000, ": the file is larger than 512 KiB"),
        (BILLION, ":1:4: YAML anchors are not allowed"),
        ("select: !!python/object/apply:os.system [id]", ":1:9: YAML tags are not allowed"),
        ("a: " + "[" * 5_000, "nested more than 20 levels deep"),
        ("a: 1\n---\nb: 2", ":2:1: a second document in one file"),
        ("ignore:\n" + "  - {rule: A}\n" * 2_001, ":2:3: ignore: is too long: at most 2000 elements"),
        (b"a: \xff\n", ":1: the file is not UTF-8"),
        ("a: \x07", "not YAML"),
    ],
    ids=["a megabyte", "aliases of aliases", "an object", "deep", "two documents", "too many waivers", "bytes", "bell"],
)
def test_a_hostile_file_is_an_error(read: Read, text: str | bytes, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert message in str(caught.value)


def test_what_is_no_file_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone.yaml"):
        with pytest.raises(ConfigError, match="cannot be read"):
            read_config(str(path))


def test_a_toml_file_that_is_named_must_have_the_table(read: Read) -> None:
    with pytest.raises(ConfigError, match=r"there is no table \[tool.dyncheck\]"):
        read("[other]\n", "own.toml")


class TestTheSchema:
    def test_is_a_schema_and_knows_every_key(self) -> None:
        jsonschema.Draft202012Validator.check_schema(schema())
        assert set(schema()["properties"]) == set(_Written.__struct_fields__)

    def test_every_key_is_a_setting(self) -> None:
        assert set(_Written.__struct_fields__) <= set(Settings.__struct_fields__)

    def test_every_setting_is_a_key_or_belongs_to_one_run(self) -> None:
        left = set(Settings.__struct_fields__) - set(_Written.__struct_fields__)
        assert left == {"paths", "changed_files", "stdin_filename", "source", "suppress", "waivers"}

    def test_agrees_with_what_is_read(self, read: Read) -> None:
        from dyncheck.config.reading import read_file

        read(EVERYTHING)
        data = read_file("infra/dyncheck.yaml").data
        jsonschema.validate(data, schema(), jsonschema.Draft202012Validator)
        msgspec.convert(data, _Written)


class TestTheGuide:
    TEXT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")

    def test_its_example_is_sound(self, read: Read) -> None:
        (example,) = re.findall(r"```yaml\n(.*?)```", self.TEXT, re.DOTALL)
        settings, _ = combine([read(example)])
        assert settings.waivers[0].reason == "nothing in the sandbox is worth keeping"
        assert settings.overrides[0].severity == {"DDB-BAK-004": "info"}

    def test_it_names_every_key(self) -> None:
        table = self.TEXT.partition("## Keys")[2].partition("\n## ")[0]
        named = {
            name
            for row in table.splitlines()
            for name in re.findall(r"`(\w+)`", row.split("|")[1] if "|" in row else "")
        }
        assert named == set(_Written.__struct_fields__)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("budget: -1", "infra/dyncheck.yaml:1:9: budget: must be "),
        ("budget: .inf", "infra/dyncheck.yaml:1:9: budget: must be "),
        ("budget: .nan", "infra/dyncheck.yaml:1:9: budget: must be "),
        ("budget: 10%", "infra/dyncheck.yaml:1:9: budget: must be "),
        ("table_budgets: {orders: -1}", "infra/dyncheck.yaml:1:25: table_budgets.orders: must be 0 or more"),
        ("table_budgets: 5", "infra/dyncheck.yaml:1:16: table_budgets: must be a mapping, this is a number"),
    ],
)
def test_a_budget_is_a_sum_of_dollars(read: Read, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("amount", ["inf", "nan", "-inf", "1e999"])
def test_a_budget_of_toml_is_finite(read: Read, amount: str) -> None:
    with pytest.raises(ConfigError):
        read(f"[tool.dyncheck]\nbudget = {amount}\n", "pyproject.toml")
