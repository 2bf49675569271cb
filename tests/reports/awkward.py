"""One report that holds every awkward thing, shared by the tests of all formats."""

from __future__ import annotations

import msgspec

from dyncheck.findings import fingerprint, ordered
from dyncheck.location import Location, Related, Span
from dyncheck.model import Encryption, KeyElement, Problem, Table
from dyncheck.policy.rule import Rule, Severity
from dyncheck.report import (
    CostPart,
    Finding,
    Money,
    Report,
    ScannedResource,
    ShownOutcome,
    Suppression,
    WholeResource,
)
from dyncheck.values import unknown

STRANGE_PATH = "in fra/tèst#1/100%/main.tf"
STRANGE_SOURCE = (
    'resource "aws_dynamodb_table" "orders" {\n'
    '\tname         = "注文テーブル" # \x1b[31mred\u202e\n'
    '  billing_mode = "PROVISIONED"\n'
    f'  description  = "{"x" * 300}"; kms_key_arn = null; more = "{"y" * 300}"\n'
    "}\n"
)
LIVE = "arn:aws:dynamodb:eu-west-1:111122223333:table/live"
PLAIN_SOURCE = 'module "orders" {\n  source = "./modules/orders"\n}\n'


MODEL = Table(
    address="module.orders.aws_dynamodb_table.orders",
    stack="in fra",
    source="terraform",
    resource_type="aws_dynamodb_table",
    billing_mode=unknown("var.mode \x1b[2J"),
    key_schema=(KeyElement(attribute_name="</script>", key_type="HASH"),),
    encryption=Encryption(kind="customer_managed", kms_key="alias/<b>"),
    tags={"owner\u202e": "a|b", "db_password": "hunter2"},
)


def report() -> Report:
    """Each severity, unknowns, suppressions, money, no file, strange paths and names, problems, a broken rule."""
    return Report(
        version="1.2.3",
        findings=ordered(_findings()),
        resources=(
            ScannedResource(
                kind="table",
                address=LIVE,
                stack="",
                name="live",
                source="live",
                region="eu-west-1",
                account="111122223333",
                location=None,
            ),
            WholeResource(
                **msgspec.structs.asdict(_scanned("module.orders.aws_dynamodb_table.orders", cost=Money(2.85, 3.0))),
                model=MODEL,
                cost_parts=(CostPart("read capacity \u202e", Money(2.0, 2.15)), CostPart("storage", Money(0.85, 0.85))),
            ),
            _scanned('aws_dynamodb_table.t["a"]'),
            _scanned("aws_dax_cluster.cache", kind="dax_cluster", cost=Money(40.0, 40.0)),
        ),
        problems=(
            Problem("broken.tf", 3, 7, 'expected an attribute or "}", found "=" | <b>'),
            Problem("main.tf", 1, 1, "module.far (source not available): not looked into", "note"),
        ),
        rules=tuple(RULES.values()),
        sources={STRANGE_PATH: STRANGE_SOURCE, "main.tf": PLAIN_SOURCE},
        exempted=("aws_dynamodb_table.lock",),
        files=7,
        monthly_cost_usd=Money(42.85, 43.0),
    )


def empty() -> Report:
    """A report of a scan that found nothing at all."""
    return Report(version="1.2.3", rules=tuple(RULES.values()), files=3)


def live() -> Report:
    """Findings of every outcome on the table of an account: failed, unknown, suppressed, about money."""
    base = {"location": None, "address": LIVE, "stack": ""}
    resource = report().resources[0]
    cache = msgspec.structs.replace(resource, kind="dax_cluster", address="arn:aws:dax:eu-west-1:111122223333:cache/c")
    return Report(
        version="1.2.3",
        findings=ordered(
            [
                _finding("DDB-ACC-001", "Anyone may read " + "for ever " * 300, **base),  # type: ignore[arg-type]
                _finding("DDB-BAK-001", "", outcome="unknown", because=("access denied",), **base),  # type: ignore[arg-type]
                _finding("DDB-ENC-001", "Key", suppression=Suppression("config", reason="ok"), **base),  # type: ignore[arg-type]
                _finding("DDB-CST-001", "Idle", None, cost=Money(2.85, 2.85), address=cache.address, stack=""),
            ]
        ),
        resources=(resource, cache),
        rules=tuple(RULES.values()),
    )


def _rule(rule_id: str, name: str, severity: Severity, category: str, **more: object) -> Rule:
    return Rule(
        id=rule_id,
        name=name,
        title=f"Title of {name}",
        category=category,
        severity=severity,
        since="0.1.0",
        check="true",
        message="unused",
        description=f"What {name} looks at. A second sentence.",
        rationale="Because of e.g. this. And that.",
        remediation=f"Repair {name} in place, e.g. now. Then apply.",
        references=("https://docs.aws.amazon.com/amazondynamodb/",),
        **more,  # type: ignore[arg-type]
    )


RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        _rule("DDB-ACC-001", "public-policy", "critical", "access"),
        _rule("DDB-BAK-001", "recovery-off", "high", "backup", tags=tuple(f"tag-{number}" for number in range(30))),
        _rule("DDB-CST-001", "idle-cost", "info", "cost", confidence="low"),
        _rule(
            "DDB-ENC-001",
            "owned-key",
            "medium",
            "encryption",
            cost_note="A key costs 1 USD a month.",
            controls={"nist-800-53-r5": ("SC-28", "SC-12"), "aws-fsbp": ("DynamoDB.1",)},
        ),
        _rule("DDB-KEY-011", "many-indexes", "low", "keys"),
    )
}


def _findings() -> list[Finding]:
    header = Span(STRANGE_PATH, 1, 1, 1, 39)
    called = (Related(Span("main.tf", 1, 1, 1, 16), "called here as module.orders"),)
    return [
        _finding("DDB-BAK-001", "Recovery of orders is off", Location(header, called)),
        _finding("DDB-ENC-001", "The key of orders is AWS owned", Location(header, called)),
        _finding(
            "DDB-ENC-001",
            "The key of 注文テーブル is AWS owned",
            Location(Span(STRANGE_PATH, 2, 2, 2, 25)),
            address='aws_dynamodb_table.t["a"]',
        ),
        _finding(
            "DDB-KEY-011",
            'Hostile\nname \x1b[2J | <script> "quoted" [click](http://x) \u202egnp.exe',
            Location(Span(STRANGE_PATH, 4, 321, 4, 339)),
            element="by|<email>",
        ),
        _finding(
            "DDB-CST-001",
            "Idle capacity costs $2.85 a month",
            Location(Span(STRANGE_PATH, 3, 3, 3, 31)),
            cost=Money(2.85, 3.0),
        ),
        _finding("DDB-ACC-001", "Anyone may read", None, address=LIVE, stack=""),
        _finding(
            "DDB-ENC-001",
            "The key of t is AWS owned",
            Location(header),
            outcome="unknown",
            because=("var.kms_key_arn",),
            address='aws_dynamodb_table.t["a"]',
            element="replica eu-west-1",
        ),
        _finding(
            "DDB-BAK-001",
            "Recovery of t is off",
            Location(header),
            suppression=Suppression("inline", reason="known | <reason>", until="2999-12-31", where="main.tf:1"),
            address='aws_dynamodb_table.t["a"]',
        ),
        _finding(
            "DDB-KEY-011",
            "",
            Location(header),
            outcome="error",
            because=("division by zero",),
            address='aws_dynamodb_table.t["a"]',
        ),
    ]


def _finding(
    rule_id: str,
    message: str,
    location: Location | None,
    *,
    address: str = "module.orders.aws_dynamodb_table.orders",
    stack: str = "in fra",
    element: str | None = None,
    outcome: ShownOutcome = "fail",
    because: tuple[str, ...] = (),
    suppression: Suppression | None = None,
    cost: Money | None = None,
) -> Finding:
    rule = RULES[rule_id]
    return Finding(
        rule=rule_id,
        name=rule.name,
        severity=rule.severity,
        category=rule.category,
        outcome=outcome,
        address=address,
        stack=stack,
        element=element,
        message=message,
        because=because,
        location=location,
        fingerprint=fingerprint(rule_id, stack, address, element),
        suppression=suppression,
        monthly_cost_usd=cost,
    )


def _scanned(address: str, kind: str = "table", cost: Money | None = None) -> ScannedResource:
    return ScannedResource(
        kind=kind,
        address=address,
        stack="in fra",
        name=None,
        source="terraform",
        region="eu-west-1",
        account=None,
        location=Location(Span(STRANGE_PATH, 1, 1, 1, 39)),
        monthly_cost_usd=cost,
    )
