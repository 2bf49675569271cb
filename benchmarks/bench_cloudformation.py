"""Templates: a repository of YAML beside cfn-lint, and one large synthesised template beside PyYAML, in one run.

    python benchmarks/bench_cloudformation.py

Targets: 2,000 YAML files of which 100 are templates with DynamoDB at least 5 times faster than cfn-lint on those 100
alone; a 1 MB synthesised template, as JSON and as YAML, in at most 3 times the time of ``yaml.compose`` with libyaml.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dyncheck.model import Problem
from dyncheck.parsers.cloudformation.source import TemplateOptions, TemplateSource
from dyncheck.parsers.files import discover

FILES = 2_000
TEMPLATES = 100

MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: service-{number}
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: service
          image: registry.example.com/service:{number}
          env:
            - {{name: TABLE, value: orders-{number}}}
"""

TEMPLATE = """AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage:
    Type: String
    AllowedValues: [dev, prod]
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{AWS: !Sub "arn:aws:iam::${{AWS::AccountId}}:root"}}
            Action: kms:*
            Resource: "*"
  Orders{number}:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      TableName: !Sub orders-${{Stage}}
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {{AttributeName: id, AttributeType: S}}
        - {{AttributeName: customer, AttributeType: S}}
      KeySchema:
        - {{AttributeName: id, KeyType: HASH}}
      GlobalSecondaryIndexes:
        - IndexName: by-customer
          KeySchema:
            - {{AttributeName: customer, KeyType: HASH}}
          Projection: {{ProjectionType: ALL}}
      PointInTimeRecoverySpecification:
        PointInTimeRecoveryEnabled: !If [IsProd, true, false]
      SSESpecification:
        SSEEnabled: true
        SSEType: KMS
        KMSMasterKeyId: !GetAtt Key.Arn
  Function{number}:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Role: !Sub arn:aws:iam::${{AWS::AccountId}}:role/reader
      Code:
        ZipFile: "def handler(event, context): pass"
"""


def synthesised(size: int) -> dict[str, Any]:
    """A template of about ``size`` bytes of JSON, of which every fifteenth resource is a table."""
    resources: dict[str, Any] = {}
    number = 0
    while len(resources) * 580 < size:
        number += 1
        path = {"aws:cdk:path": f"Stack/Resource{number}/Resource"}
        if number % 15:
            resources[f"Function{number}"] = {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Code": {"S3Bucket": {"Fn::Sub": "assets-${AWS::AccountId}"}, "S3Key": f"{number:064x}.zip"},
                    "Environment": {"Variables": {"TABLE": {"Ref": "Orders15"}, "STAGE": {"Ref": "AWS::StackName"}}},
                    "Handler": "index.handler",
                    "Role": {"Fn::GetAtt": [f"Role{number}", "Arn"]},
                    "Runtime": "python3.13",
                },
                "Metadata": path,
            }
        else:
            resources[f"Orders{number}"] = {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                    "BillingMode": "PAY_PER_REQUEST",
                    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                    "SSESpecification": {"SSEEnabled": True},
                },
                "UpdateReplacePolicy": "Retain",
                "DeletionPolicy": "Retain",
                "Metadata": path,
            }
    return {"Resources": resources}


def collect(directory: Path) -> list[Any]:
    """What the source finds in a directory, discovery included."""
    return list(TemplateSource(discover([directory], directory), directory, TemplateOptions()).collect())


def best(work: Callable[[], Any], repeats: int = 5) -> float:
    """The least time of several runs, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def repository(directory: Path) -> list[str]:
    """Fill a directory; the paths of the templates in it."""
    templates = []
    for number in range(FILES):
        file = directory / f"part{number % 20:02d}" / f"file{number:04d}.yaml"
        file.parent.mkdir(exist_ok=True)
        is_template = number % (FILES // TEMPLATES) == 0
        file.write_text((TEMPLATE if is_template else MANIFEST).format(number=number))
        if is_template:
            templates.append(str(file))
    return templates


def bench_repository(directory: Path) -> None:
    from cfnlint.api import ManualArgs, lint_file  # type: ignore[import-untyped]

    templates = repository(directory)
    found = collect(directory)
    if len(found) != TEMPLATES or any(isinstance(item, Problem) for item in found):
        raise SystemExit(f"expected {TEMPLATES} tables, found {len(found)} things")
    seconds = best(lambda: collect(directory))
    lint_file(Path(templates[0]), ManualArgs(regions=["us-east-1"]))
    start = time.perf_counter()
    for template in templates:
        lint_file(Path(template), ManualArgs(regions=["us-east-1"]))
    peer = time.perf_counter() - start
    print(f"{FILES:,} YAML files, {TEMPLATES} templates  {seconds:.3f} s")
    print(f"cfn-lint on the {TEMPLATES} templates  {peer:.3f} s   ratio {peer / seconds:.1f} (at least 5)")


def bench_large(directory: Path) -> None:
    template = synthesised(1_000_000)
    texts = {
        "json": json.dumps(template, indent=1),
        "yaml": yaml.dump(template, sort_keys=False, Dumper=yaml.CSafeDumper),
    }
    for suffix, text in texts.items():
        place = directory / suffix
        place.mkdir()
        (place / f"template.{suffix}").write_text(text)
        tables = len(collect(place))
        seconds = best(partial(collect, place))
        peer = best(partial(yaml.compose, text, Loader=yaml.CSafeLoader))
        print(
            f"{len(text) / 1e6:.2f} MB of {suffix.upper()}, {tables} tables  {seconds:.3f} s   "
            f"compose {peer:.3f} s   ratio {seconds / peer:.2f} (at most 3)"
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        bench_large(Path(first))
        bench_repository(Path(second))


if __name__ == "__main__":
    main()
