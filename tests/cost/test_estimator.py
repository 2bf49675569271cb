"""Estimates of what cannot be priced in full, of replicas, clusters and live tables, and totals over all of them."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from dyncheck.cost.book import PriceBook, load_book
from dyncheck.cost.estimate import Estimate
from dyncheck.cost.estimator import Terms, estimate_dax_cluster, estimate_table
from dyncheck.cost.keys import KEY_ITEM
from dyncheck.cost.total import total
from dyncheck.cost.usage import IndexUse, Use
from dyncheck.model import DaxCluster, GlobalSecondaryIndex, Table, Usage, VectorIndex
from dyncheck.values import unknown
from tests.cost.tables import PROVIDER, index, one_cluster, one_table, snapshot_table, template

BOOK = load_book()
MILLION = Decimal(1_000_000)
FIVE = '  billing_mode = "PROVISIONED"\n  read_capacity = 5\n  write_capacity = 5'
ON_DEMAND = '  billing_mode = "PAY_PER_REQUEST"\n'

GLOBAL = """\
Resources:
  T:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      BillingMode: PROVISIONED
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      WriteProvisionedThroughputSettings:
        WriteCapacityAutoScalingSettings:
          MinCapacity: 5
          MaxCapacity: 10
          TargetTrackingScalingPolicyConfiguration: {TargetValue: 70}
      GlobalSecondaryIndexes:
        - IndexName: by-id
          KeySchema: [{AttributeName: id, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
          WriteProvisionedThroughputSettings:
            WriteCapacityAutoScalingSettings:
              MinCapacity: 5
              MaxCapacity: 10
              TargetTrackingScalingPolicyConfiguration: {TargetValue: 70}
      Replicas:
        - Region: us-east-1
          ReadProvisionedThroughputSettings: {ReadCapacityUnits: 10}
          GlobalSecondaryIndexes:
            - IndexName: by-id
              ReadProvisionedThroughputSettings: {ReadCapacityUnits: 1}
        - Region: us-east-2
          ReadProvisionedThroughputSettings: {ReadCapacityUnits: 20}
          GlobalSecondaryIndexes:
            - IndexName: by-id
              ReadProvisionedThroughputSettings: {ReadCapacityUnits: 2}
"""


def estimate(table: Table, use: Use | None = None, region: str | None = None) -> Estimate:
    return estimate_table(table, use or Use(), BOOK, Terms(region=region))


def dollars(estimate: Estimate) -> tuple[str, str]:
    low, high = (f"{value.normalize():f}" for value in estimate.amount)
    return low, high


class TestWhatCannotBePriced:
    @pytest.mark.parametrize(
        ("before", "body", "gaps", "amount"),
        [
            ('variable "x" {}\n', FIVE, ("the Region: region of provider aws",), ("0", "0")),
            ('provider "aws" {\n  region = var.r\n}\nvariable "r" {}\n', FIVE, ("the Region: var.r",), ("0", "0")),
            (
                'provider "aws" {\n  region = "cn-north-1"\n}\n',
                FIVE,
                ("no prices for Region cn-north-1",),
                ("0", "0"),
            ),
        ],
    )
    def test_an_unknown_region_is_not_taken_for_another(
        self, before: str, body: str, gaps: tuple[str, ...], amount: tuple[str, str]
    ) -> None:
        found = estimate(one_table(body, before))
        assert (found.unpriced, dollars(found)) == (gaps, amount)

    def test_the_region_of_the_command_line_holds_for_tables_that_name_none(self) -> None:
        table = one_table(FIVE, 'variable "x" {}\n')
        assert dollars(estimate(table, region="us-east-1")) == ("2.847", "2.847")

    def test_what_is_known_is_priced_beside_what_is_not(self) -> None:
        table = one_table(FIVE.replace("read_capacity = 5", "read_capacity = var.r") + '\n}\nvariable "r" {\n')
        found = estimate(table)
        assert (found.unpriced, dollars(found)) == (("read capacity: var.r",), ("2.3725", "2.3725"))

    def test_point_in_time_recovery_that_may_be_on_counts_only_where_there_is_storage(self) -> None:
        body = ON_DEMAND + '  point_in_time_recovery {\n    enabled = var.p\n  }\n}\nvariable "p" {\n'
        assert estimate(one_table(body)).unpriced == ()
        stored = Use(storage_gb=Decimal(1), given=frozenset({"storage_gb"}))
        assert estimate(one_table(body), stored).unpriced == ("point-in-time recovery: var.p",)

    def test_more_indexes_than_are_known_make_it_a_lower_bound(self) -> None:
        dynamic = (
            '  dynamic "global_secondary_index" {\n    for_each = var.i\n    content {\n      name = "x"\n    }\n  }\n'
        )
        found = estimate(one_table(FIVE + "\n" + dynamic + '}\nvariable "i" {\n'))
        assert found.unpriced == ("there may be more global secondary indexes: var.i",)
        assert dollars(found) == ("2.847", "2.847")

    def test_a_vector_index_is_named_as_what_is_not_in_the_sum(self) -> None:
        table = msgspec.structs.replace(one_table(FIVE), vector_indexes=(VectorIndex(index_name="by-meaning"),))
        found = estimate(table)
        assert found.unpriced == ("vector index by-meaning: vector search is not estimated",)
        assert dollars(found) == ("2.847", "2.847")


class TestWhatIsNotStated:
    CAPTURED = (
        'resource "aws_dynamodb_kinesis_streaming_destination" "k" {\n  table_name = "orders"\n'
        '  stream_arn = "arn:aws:kinesis:us-east-1:111122223333:stream/s"\n}\n'
    )

    @pytest.mark.parametrize(
        ("body", "given", "said"),
        [
            (ON_DEMAND, "", ["no use is stated: requests and storage count as none"]),
            (ON_DEMAND, "item_size_bytes", ["requests and storage are not stated, and count as none"]),
            (ON_DEMAND, "reads_per_month", ["writes and storage are not stated, and count as none"]),
            (ON_DEMAND, "reads_per_month writes_per_month", ["storage is not stated, and counts as none"]),
            (ON_DEMAND, "reads_per_month writes_per_month storage_gb", []),
            (FIVE, "", ["no use is stated: storage counts as none"]),
            (FIVE, "item_count", []),
        ],
    )
    def test_what_counts_as_none_is_said_part_by_part(self, body: str, given: str, said: list[str]) -> None:
        assert list(estimate(one_table(body), Use(given=frozenset(given.split()))).assumptions) == said

    def test_writes_to_a_provisioned_table_matter_where_its_changes_are_captured(self) -> None:
        found = estimate(one_table(FIVE, PROVIDER + self.CAPTURED))
        assert found.assumptions == ("no use is stated: writes and storage count as none",)


class TestRanges:
    def test_a_table_that_may_not_exist_may_cost_nothing(self) -> None:
        table = one_table(FIVE + '\n  count = var.n\n}\nvariable "n" {\n')
        assert dollars(estimate(table)) == ("0", "2.847")

    def test_an_unknown_table_class_is_a_range_over_both(self) -> None:
        table = one_table(ON_DEMAND + '  table_class = var.c\n}\nvariable "c" {\n')
        found = estimate(table, Use(storage_gb=Decimal(100), given=frozenset({"storage_gb"})))
        assert (dollars(found), found.scenario) == (("10", "25"), "table_class is STANDARD")

    def test_scaling_that_may_not_be_there_leaves_the_fixed_capacity_as_the_most_that_is_known(self) -> None:
        table = one_table(FIVE)
        doubtful = msgspec.structs.replace(
            table, autoscaling=msgspec.structs.replace(table.autoscaling, read=unknown("var.scale"))
        )
        found = estimate(doubtful)
        assert dollars(found) == ("2.4674", "2.847")
        assert found.unpriced == ("autoscaling of read capacity: var.scale",)

    def test_a_range_is_as_sure_as_the_least_sure_of_its_alternatives(self) -> None:
        before = 'provider "aws" {\n  region = "eu-west-1"\n}\nvariable "c" {}\n'
        table = one_table(ON_DEMAND + "  table_class = var.c", before)
        found = estimate(table, Use(storage_gb=Decimal(100), given=frozenset({"storage_gb"})))
        assert {line.price.certainty for line in found.lines} == {"list"}
        # 100 x 0.283, or in the other class a price that is derived: 100 x 0.10 x 0.000147 / 0.00013
        assert (dollars(found), found.certainty) == (("11.307692", "28.3"), "derived")


class TestReplicas:
    def test_each_replica_has_reads_of_its_own_and_the_writes_of_the_table(self) -> None:
        quantities = {
            line.what: tuple(str(value / 730) for value in line.quantity) for line in estimate(template(GLOBAL)).lines
        }
        assert quantities == {
            "read capacity": ("10", "10"),
            "write capacity": ("5", "10"),
            "read capacity, index by-id": ("1", "1"),
            "write capacity, index by-id": ("5", "10"),
            "read capacity, replica us-east-2": ("20", "20"),
            "write capacity, replica us-east-2": ("5", "10"),
            "read capacity, index by-id, replica us-east-2": ("2", "2"),
            "write capacity, index by-id, replica us-east-2": ("5", "10"),
        }

    def test_writes_to_a_global_table_are_replicated_writes_and_those_to_its_indexes_are_not(self) -> None:
        items = {line.what: line.item for line in estimate(template(GLOBAL)).lines if "write" in line.what}
        assert items == {
            "write capacity": "replicated_write_capacity_unit_hour",
            "write capacity, index by-id": "write_capacity_unit_hour",
            "write capacity, replica us-east-2": "replicated_write_capacity_unit_hour",
            "write capacity, index by-id, replica us-east-2": "write_capacity_unit_hour",
        }

    def test_a_million_writes_are_stated_by_where_they_are_made(self) -> None:
        body = ON_DEMAND + '  stream_enabled = true\n  stream_view_type = "NEW_AND_OLD_IMAGES"\n' + index("by-id")
        table = one_table(body + '  replica {\n    region_name = "eu-west-1"\n  }\n')
        per = estimate(table).per_million
        assert per is not None
        assert [str(part[0].normalize()) for part in (per.writes, per.index_writes, per.replica_writes)] == [
            "2.66",  # 0.625 + 0.625 + 0.705 + 0.705
            "0.625",
            "1.41",
        ]


def test_a_write_that_changes_the_key_of_an_entry_deletes_one_and_writes_another() -> None:
    use = Use(writes_per_month=MILLION, indexes={"by-id": IndexUse(key_change_share=Decimal("0.5"))})
    # 1m x 0.625 + 1.5m x 0.625
    assert dollars(estimate(one_table(ON_DEMAND + index("by-id")), use)) == ("1.5625", "1.5625")


class TestReadsOfIndexes:
    CONSISTENT = Use(
        item_size_bytes=Decimal(9000),
        strongly_consistent_share=Decimal("0.5"),
        transactional_share=Decimal("0.5"),
        indexes={"by-id": IndexUse(reads_per_month=MILLION)},
    )
    LOCAL = ON_DEMAND + index("by-id").replace("global_", "local_").replace("hash_key", "range_key")

    def test_a_global_index_is_read_eventually_consistently_and_in_no_transaction(self) -> None:
        found = estimate(one_table(ON_DEMAND + index("by-id")), self.CONSISTENT)
        # 9,000 bytes are 3 units: 1m x 3 / 2 x 0.125
        assert dollars(found) == ("0.1875", "0.1875")

    def test_a_local_index_is_read_as_consistently_as_its_table_but_in_no_transaction(self) -> None:
        found = estimate(one_table(self.LOCAL), self.CONSISTENT)
        # 1m x 3 x (0.5 + 0.5 / 2) x 0.125
        assert ([line.what for line in found.lines], dollars(found)) == (
            ["reads, local index by-id"],
            ("0.28125", "0.28125"),
        )

    @pytest.mark.parametrize(("size", "low", "high"), [(None, "0.0625", "0.1875"), (5000, "0.125", "0.125")])
    def test_an_entry_of_unknown_size_is_read_for_one_unit_up_to_those_of_the_item(
        self, size: int | None, low: str, high: str
    ) -> None:
        entry = IndexUse(reads_per_month=MILLION, entry_size_bytes=None if size is None else Decimal(size))
        use = msgspec.structs.replace(self.CONSISTENT, indexes={"by-id": entry})
        assert dollars(estimate(one_table(ON_DEMAND + index("by-id", "KEYS_ONLY")), use)) == (low, high)


class TestLiveTables:
    def live(self, **changes: object) -> Table:
        table = one_table(ON_DEMAND + index("by-id"))
        indexes = table.global_secondary_indexes
        assert isinstance(indexes, tuple)
        (only,) = indexes
        assert isinstance(only, GlobalSecondaryIndex)
        used = msgspec.structs.replace(only, usage=Usage(read_units_average=0.0, write_units_average=0.5))
        usage = Usage(read_units_average=2.0, write_units_average=1.0, table_size_bytes=10**9, item_count=0)
        found = msgspec.structs.replace(table, source="live", global_secondary_indexes=(used,), usage=usage)
        return msgspec.structs.replace(found, **changes)

    def test_observed_units_are_priced_as_they_were_counted(self) -> None:
        # 2 x 2.628m x 0.125 = 0.657; (1 + 0.5) x 2.628m x 0.625 = 2.46375; storage 2 x 1 GB x 0.25 = 0.5
        assert dollars(estimate(self.live())) == ("3.62075", "3.62075")

    def test_observed_units_of_an_index_are_priced_as_they_were_counted(self) -> None:
        indexes = self.live().global_secondary_indexes
        assert isinstance(indexes, tuple)
        (used,) = indexes
        read = msgspec.structs.replace(used, usage=Usage(read_units_average=1.0, write_units_average=0.5))
        # As above, and 1 x 2.628m x 0.125 = 0.3285
        assert dollars(estimate(self.live(global_secondary_indexes=(read,)))) == ("3.94925", "3.94925")

    def test_requests_that_a_usage_file_states_win_over_those_that_were_observed(self) -> None:
        use = Use(reads_per_month=MILLION, given=frozenset({"reads_per_month"}))
        # 1m / 2 x 0.125; the sizes are those that were observed: 2 x 1 GB x 0.25
        assert dollars(estimate(self.live(), use)) == ("0.5625", "0.5625")

    def test_all_else_that_is_stated_goes_beside_what_was_observed(self) -> None:
        use = Use(
            item_size_bytes=Decimal(9000), storage_gb=Decimal(3), given=frozenset({"item_size_bytes", "storage_gb"})
        )
        # Observed units stay units, whatever the size of an item: 3.12075 as before; 2 x 3 GB x 0.25
        assert dollars(estimate(self.live(), use)) == ("4.62075", "4.62075")

    def test_an_index_is_as_large_as_it_was_described_unless_storage_is_stated(self) -> None:
        described = {
            "TableName": "orders",
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "TableSizeBytes": 30 * 10**9,
            "ItemCount": 20_000_000,
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "sparse",
                    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                    "IndexSizeBytes": 10**9,
                    "ItemCount": 1_000_000,
                }
            ],
            "LocalSecondaryIndexes": [
                {
                    "IndexName": "local",
                    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        }

        def storage(use: Use) -> dict[str | None, tuple[str, str]]:
            lines = (line for line in estimate(snapshot_table(described), use).lines if "storage" in line.what)
            return {line.element: (str(line.quantity[0]), str(line.quantity[1])) for line in lines}

        # 30 GB and 20m x 100 bytes, 1 GB and 1m x 100 bytes; what is in the local index is not looked up
        observed = storage(Use())
        assert observed == {None: ("32", "32"), "sparse": ("1.1", "1.1"), "local": ("0", "32")}
        stated = storage(Use(storage_gb=Decimal(3), given=frozenset({"storage_gb"})))
        assert stated == {None: ("5", "5"), "sparse": ("5", "5"), "local": ("5", "5")}

    def test_requests_that_nobody_looked_at_count_as_none_and_that_is_said(self) -> None:
        found = estimate(self.live(usage=Usage(table_size_bytes=10**9, item_count=0)))
        assert (dollars(found), found.unpriced) == (("0.5", "0.5"), ())
        assert found.assumptions == ("requests were not observed, and count as none",)

    def test_use_that_could_not_be_observed_makes_it_a_lower_bound(self) -> None:
        denied = unknown("AccessDenied: cloudwatch:GetMetricData")
        found = estimate(self.live(usage=denied))
        assert found.unpriced == ("its use: AccessDenied: cloudwatch:GetMetricData",)
        half = Usage(read_units_average=2.0, write_units_average=denied, table_size_bytes=0, item_count=0)
        assert estimate(self.live(usage=half)).unpriced == ("its writes: AccessDenied: cloudwatch:GetMetricData",)

    def test_a_million_requests_cost_what_they_do_for_a_declared_table(self) -> None:
        table = self.live(usage=Usage(table_size_bytes=0, item_count=0))
        assert estimate(table).per_million == estimate(one_table(ON_DEMAND + index("by-id"))).per_million

    def test_a_million_writes_change_an_index_as_often_as_was_observed(self) -> None:
        per_million = estimate(self.live()).per_million
        assert per_million is not None
        # 0.625 x (1 + 0.5)
        assert per_million.writes == (Decimal("0.9375"), Decimal("0.9375"))

    def test_the_replicas_of_a_live_table_are_counted_where_they_are(self) -> None:
        body = ON_DEMAND + '  stream_enabled = true\n  stream_view_type = "NEW_AND_OLD_IMAGES"\n'
        declared = one_table(body + '  replica {\n    region_name = "eu-west-1"\n  }\n')
        found = estimate(self.live(replicas=declared.replicas))
        assert {line.region for line in found.lines} == {"us-east-1"}
        assert found.assumptions == ("its replicas are counted in the audits of their own Regions",)


class TestClusters:
    def estimate(self, cluster: DaxCluster) -> Estimate:
        return estimate_dax_cluster(cluster, BOOK)

    def test_nodes_are_charged_by_the_hour(self) -> None:
        found = self.estimate(one_cluster('  node_type = "dax.r5.large"\n  replication_factor = 3'))
        assert dollars(found) == ("558.45", "558.45")  # 3 x 730 x 0.255

    def test_an_undecided_number_of_nodes_is_a_range(self) -> None:
        body = '  node_type = "dax.r5.large"\n  replication_factor = var.p ? 3 : 1\n}\nvariable "p" {\n  type = bool\n'
        assert dollars(self.estimate(one_cluster(body))) == ("186.15", "558.45")

    def test_a_node_type_without_a_price_is_said(self) -> None:
        found = self.estimate(one_cluster('  node_type = "dax.r9.huge"\n  replication_factor = 3'))
        assert found.unpriced == ("no price for dax.r9.huge nodes in us-east-1",)

    def test_assumed_prices_make_an_assumed_estimate(self) -> None:
        found = self.estimate(one_cluster('  node_type = "dax.t3.small"\n  replication_factor = 1'))
        assert found.certainty == "assumed"


class TestTotals:
    KEY = '  server_side_encryption {\n    enabled = true\n    kms_key_arn = "arn:aws:kms:us-east-1:1:key/k"\n  }\n'

    def test_a_customer_key_is_charged_once_however_many_tables_use_it(self) -> None:
        estimates = [estimate(one_table(ON_DEMAND + self.KEY)) for _ in range(3)]
        sums = total(estimates, BOOK)
        assert [str(line.amount[0]) for line in sums.shared] == ["1.00"]
        assert str(sums.amount[0]) == "1.00"

    def test_a_key_without_a_price_is_missing_from_the_sum_with_its_reason(self) -> None:
        charged = {**BOOK.content.regions["us-east-1"], KEY_ITEM: ()}
        book = PriceBook(msgspec.structs.replace(BOOK.content, regions={**BOOK.content.regions, "us-east-1": charged}))
        found = estimate_table(one_table(ON_DEMAND + self.KEY), Use(), book)
        assert found.unpriced == ("KMS key arn:aws:kms:us-east-1:1:key/k: no price in us-east-1",)
        assert total([found], book).unpriced == 1

    def test_the_free_tier_is_taken_off_once_and_only_on_request(self) -> None:
        estimates = [estimate(one_table(FIVE.replace("= 5", "= 20"))) for _ in range(2)]
        # 40 units each: 40 x 730 x 0.00078 = 22.776; 25 of them are free: 14.235
        assert str(total(estimates, BOOK).amount[0].normalize()) == "22.776"
        assert str(total(estimates, BOOK, free_tier=True).amount[0].normalize()) == "8.541"

    def test_the_free_tier_never_makes_a_total_negative(self) -> None:
        table = one_table(FIVE + '\n  count = var.n\n}\nvariable "n" {\n')
        assert tuple(map(str, total([estimate(table)], BOOK, free_tier=True).amount)) == ("0", "0.00000")

    def test_standard_ia_and_replicated_writes_have_no_free_tier(self) -> None:
        table = one_table(FIVE + '\n  table_class = "STANDARD_INFREQUENT_ACCESS"')
        assert total([estimate(table)], BOOK, free_tier=True).free_tier == ()
