"""Usage files: what they may say, which entry holds for a table, and how mistakes are named."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from dyncheck.cost.usage import IndexUse, Use, load_usage
from dyncheck.errors import ConfigError, ParseError


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "usage.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_last_pattern_that_matches_an_address_or_a_name_wins_and_builds_on_the_defaults(tmp_path: Path) -> None:
    usage = load_usage(
        write(
            tmp_path,
            """
defaults: {item_size_bytes: 2000}
tables:
  "aws_dynamodb_table.*": {reads_per_month: 1}
  orders: {reads_per_month: 2, indexes: {ByEmail: {write_share: 0.5}}}
""",
        )
    )

    assert usage.for_table("aws_dynamodb_table.users", "users") == Use(
        reads_per_month=Decimal(1),
        item_size_bytes=Decimal(2000),
        given=frozenset({"reads_per_month", "item_size_bytes"}),
    )
    assert usage.for_table("aws_dynamodb_table.orders", "orders") == Use(
        reads_per_month=Decimal(2),
        item_size_bytes=Decimal(2000),
        indexes={"ByEmail": IndexUse(write_share=Decimal("0.5"))},
        given=frozenset({"reads_per_month", "item_size_bytes", "indexes"}),
    )
    assert usage.for_table("Other", None) == Use(item_size_bytes=Decimal(2000), given=frozenset({"item_size_bytes"}))


def test_an_address_with_brackets_matches_itself(tmp_path: Path) -> None:
    address = 'aws_dynamodb_table.t["a"]'
    usage = load_usage(write(tmp_path, f"tables:\n  '{address}': {{storage_gb: 3}}\n"))

    assert usage.for_table(address, None).storage_gb == 3


def test_rates_a_second_become_requests_a_month(tmp_path: Path) -> None:
    usage = load_usage(write(tmp_path, "defaults: {reads_per_second: 2}"))

    assert usage.default.reads_per_month == 2 * 730 * 3600


def test_an_empty_file_states_nothing(tmp_path: Path) -> None:
    assert load_usage(write(tmp_path, "")).for_table("a", None) == Use()


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("tables:\n  orders:\n    reads_per_mont: 5\n", 3, 5, "did you mean 'reads_per_month'?"),
        ("tables:\n  orders:\n    reads_per_month: -5\n", 3, 22, "at least 0, found '-5'"),
        ("tables:\n  orders:\n    reads_per_month: 1e999\n", 3, 22, "must be at most 1E+15"),
        ("tables:\n  orders:\n    reads_per_month: 1e-400000\n", 3, 22, "with 18 digits after the point"),
        ("tables:\n  orders:\n    reads_per_month: ٣\n", 3, 22, "must be a number"),
        ("tables:\n  orders:\n    reads_per_month:\n", 3, 21, "must be a number, found ''"),
        ("defaults:\n  item_size_bytes: 409601\n", 2, 20, "more than an item can have, 409,600 bytes"),
        ("tables:\n  orders: {storage_gb: 1}\n  orders: {storage_gb: 2}\n", 3, 3, "'orders' is given twice"),
        ("tables:\n  orders:\n    indexes: {a: {}, a: {}}\n", 3, 22, "'a' is given twice"),
        ("tables:\n  orders:\n    replica_reads_per_month: {x: 1, x: 2}\n", 3, 37, "'x' is given twice"),
        ("tables: {[a]: {}}\n", 1, 10, "a name is expected here"),
        ("a: " + "[" * 100_000, 1, 53, "nested too deeply"),
        ("tables:\n  orders:\n    reads_per_month: .nan\n", 3, 22, "must be a number, found '.nan'"),
        ("tables:\n  orders:\n    reads_per_month: NaN\n", 3, 22, "must be a finite number"),
        ("tables:\n  orders:\n    reads_per_month: Infinity\n", 3, 22, "must be a finite number"),
        ("tables:\n  orders:\n    reads_per_month: many\n", 3, 22, "must be a number, found 'many'"),
        ("tables:\n  orders:\n    transactional_share: 5\n", 3, 26, "between 0 and 1"),
        ("tables:\n  orders:\n    storage_gb: 1\n    storage_gb: 2\n", 4, 5, "is given twice"),
        ("tables:\n  orders: 5\n", 2, 11, "a mapping of names to values"),
        ("defaults: {reads_per_second: 1, reads_per_month: 1}\n", 1, 11, "not both"),
        ("table:\n  orders: {}\n", 1, 1, "did you mean 'tables'?"),
        ("tables: [\n", 2, 1, "did not find expected node content"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        load_usage(write(tmp_path, text))

    assert (caught.value.line, caught.value.column) == (line, column)
    assert message in caught.value.message


def test_a_file_that_cannot_be_read_is_a_setting_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the usage file"):
        load_usage(tmp_path / "none.yaml")


def test_a_small_file_cannot_have_very_many_entries_by_aliases(tmp_path: Path) -> None:
    indexes = ", ".join(f"i{number}: {{}}" for number in range(1000))
    tables = ", ".join(f"t{number}: *many" for number in range(1000))
    with pytest.raises(ParseError, match="there are more than 500,000 entries"):
        load_usage(write(tmp_path, f"defaults: &many {{indexes: {{{indexes}}}}}\ntables: {{{tables}}}\n"))


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "."])
def test_what_is_no_file_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match="cannot read the usage file: "):
        load_usage(Path(path))


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "usage.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(ConfigError, match="more than the limit of 16 MB"):
        load_usage(path)
