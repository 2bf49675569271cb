"""Two accounts on this machine: moto's server on loopback, with recorded answers where moto lacks an operation.

Account ``MAIN`` has tables of every shape in three Regions, ``OTHER`` a few in one. The credentials of the tests belong
to ``HOME``, the management account of the organization, which has no tables: the others are reached by a role.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

HOME: Final = "123456789012"
MAIN: Final = "111111111111"
OTHER: Final = "222222222222"
ROLE: Final = "dyncheck-audit"
REGIONS: Final = ("ap-southeast-2", "eu-west-1", "us-east-1")
TABLES: Final = {
    (MAIN, "ap-southeast-2"): 40,
    (MAIN, "eu-west-1"): 150,
    (MAIN, "us-east-1"): 90,
    (OTHER, "us-east-1"): 20,
}
"""How many tables each account and Region holds: 300 in all."""

GLOBAL: Final = "orders-0016"
"""The table of ``MAIN`` that is a replica of itself in every Region, which moto does not know of."""

RECORDED: Final = Path(__file__).parents[3] / "fixtures" / "live" / "recorded.json"
"""Answers of operations that moto lacks, by operation, or by path for AWS Backup, as they go over the wire."""

Start = Callable[[str, list[tuple[str, str]]], Any]


def role_arn(account: str) -> str:
    return f"arn:aws:iam::{account}:role/{ROLE}"


class Recorded:
    """A WSGI application that answers some operations itself and leaves all others to moto."""

    def __init__(self, moto: Any) -> None:
        self._moto = moto
        self._answers: dict[str, Any] = json.loads(RECORDED.read_text())

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        operation = _operation(environ)
        if operation == "dynamodb:GetResourcePolicy" and b"/stream/" in _body(environ):
            operation, status = "dynamodb:GetResourcePolicy of a stream", "400 Bad Request"
        else:
            status = "200 OK"
        if operation == "dynamodb:DescribeTable" and GLOBAL.encode() in _body(environ):
            return self._with_replicas(environ, start)
        if operation not in self._answers:
            found: Iterable[bytes] = self._moto(environ, start)
            return found
        body = json.dumps(self._answers[operation]).encode()
        kind = "application/x-amz-json-1.0" if operation.startswith("dynamodb:") else "application/json"
        start(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    def _with_replicas(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Moto's description of a table, with the replicas that it would have."""
        started: list[Any] = []

        def note(status: str, headers: list[tuple[str, str]]) -> None:
            started[:] = [status, headers]

        found = json.loads(b"".join(self._moto(environ, note)))
        own = found.get("Table", {}).get("TableArn", "::::").split(":")
        if own[4] == MAIN:
            places = [(region, ":".join([*own[:3], region, *own[4:]])) for region in REGIONS if region != own[3]]
            found["Table"]["GlobalTableVersion"] = "2019.11.21"
            found["Table"]["Replicas"] = [
                {
                    "RegionName": region,
                    "ReplicaArn": arn,
                    "ReplicaStatus": "ACTIVE",
                    "GlobalSecondaryIndexes": [{"IndexName": "ByEmail"}],
                }
                for region, arn in places
            ]
        body = json.dumps(found).encode()
        status, headers = started
        start(
            status, [*(it for it in headers if it[0].lower() != "content-length"), ("Content-Length", str(len(body)))]
        )
        return [body]


def _body(environ: dict[str, Any]) -> bytes:
    """The body of a request, which stays readable."""
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _operation(environ: dict[str, Any]) -> str:
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split("/")
    service = scope[3] if len(scope) > 3 else ""
    if service == "dynamodb":
        return f"dynamodb:{environ.get('HTTP_X_AMZ_TARGET', '').rpartition('.')[2]}"
    if service == "backup":
        return f"backup:{re.sub(r'^/backup/plans/[^/]+(?=/selections)', '', environ['PATH_INFO'].rstrip('/'))}"
    return ""


class _Handler(BaseHTTPRequestHandler):
    """Requests of a connection for a WSGI application. As with AWS, a connection stays open after an answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    application: Any

    def answer(self) -> None:
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": self.path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.connection.getsockname()[1]),
            "SERVER_PROTOCOL": self.protocol_version,
            "SCRIPT_NAME": "",
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": self.headers.get("Content-Length", "0"),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.rfile.read(int(self.headers.get("Content-Length", 0)))),
            "wsgi.errors": io.StringIO(),
        }
        environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}
        started: list[Any] = []
        body = b"".join(self.application(environ, lambda status, headers, *_: started.extend((status, headers))))
        status, headers = started
        code, _, reason = status.partition(" ")
        self.send_response_only(int(code), reason)
        for name, value in headers:
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    request_queue_size = 1024

    def handle_error(self, *_: Any) -> None:
        """A client that goes away is no error."""


@contextmanager
def server(around: Callable[[Any], Any] = lambda application: application) -> Iterator[str]:
    """The address of a running server; ``around`` may put something before its application."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    application = around(Recorded(DomainDispatcherApplication(create_backend_app)))
    running = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"application": staticmethod(application)}))
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        running.server_close()


def populate(url: str) -> None:
    """Make everything that the accounts hold."""
    import boto3

    for (account, region), number in TABLES.items():
        credentials = boto3.client("sts", region_name="us-east-1", endpoint_url=url).assume_role(
            RoleArn=role_arn(account), RoleSessionName="populate"
        )["Credentials"]
        session = boto3.Session(
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            region_name=region,
        )
        _Region(session, url, account, region).make(number)


class _Region:
    def __init__(self, session: Any, url: str, account: str, region: str) -> None:
        self._session = session
        self._url = url
        self._dynamodb = self._client("dynamodb")
        self._account = account
        self._region = region

    def _client(self, service: str) -> Any:
        return self._session.client(service, endpoint_url=self._url)

    def make(self, number: int) -> None:
        key = self._client("kms").create_key(Description="orders")["KeyMetadata"]["Arn"]
        for index in range(number):
            self._table(index, key)
        self._autoscaling("orders-0001")
        self._client("cloudwatch").put_metric_alarm(
            AlarmName="orders-0001-throttled",
            Namespace="AWS/DynamoDB",
            MetricName="ReadThrottleEvents",
            Dimensions=[{"Name": "TableName", "Value": "orders-0001"}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
        )
        self._dynamodb.create_backup(TableName="orders-0000", BackupName="before-migration")
        if self._account == MAIN and self._region == "eu-west-1":
            self._client("dax").create_cluster(
                ClusterName="sessions",
                NodeType="dax.t3.small",
                ReplicationFactor=1,
                IamRoleArn=f"arn:aws:iam::{self._account}:role/dax",
                Tags=[{"Key": "team", "Value": "shop"}],
            )
            self._client("pipes").create_pipe(
                Name="orders",
                Source=self._dynamodb.describe_table(TableName="orders-0004")["Table"]["LatestStreamArn"],
                SourceParameters={"DynamoDBStreamParameters": {"StartingPosition": "LATEST"}},
                Target=f"arn:aws:sqs:{self._region}:{self._account}:orders",
                RoleArn=f"arn:aws:iam::{self._account}:role/pipes",
            )
            self._client("backup").create_backup_plan(
                BackupPlan={
                    "BackupPlanName": "daily",
                    "Rules": [{"RuleName": "daily", "TargetBackupVaultName": "default"}],
                }
            )

    def _table(self, index: int, key: str) -> None:
        name = f"orders-{index:04}"
        arguments: dict[str, Any] = {
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "Tags": [{"Key": "number", "Value": str(index)}],
        }
        if index % 5 == 1:
            arguments["BillingMode"] = "PROVISIONED"
            arguments["ProvisionedThroughput"] = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
        if index % 7 == 2:
            arguments["AttributeDefinitions"].append({"AttributeName": "email", "AttributeType": "S"})
            arguments["GlobalSecondaryIndexes"] = [
                {
                    "IndexName": "ByEmail",
                    "KeySchema": [{"AttributeName": "email", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ]
        if index % 11 == 3:
            arguments["SSESpecification"] = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        if index % 13 == 4:
            arguments["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        if index % 3 == 0:
            arguments["DeletionProtectionEnabled"] = True
        arn = self._dynamodb.create_table(**arguments)["TableDescription"]["TableArn"]
        if index % 4 == 0:
            self._dynamodb.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
        if index % 17 == 5:
            self._dynamodb.update_time_to_live(
                TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
            )
        if index == 6:
            statement = {"Effect": "Allow", "Principal": "*", "Action": "dynamodb:GetItem", "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            self._dynamodb.put_resource_policy(ResourceArn=arn, Policy=policy)

    def _autoscaling(self, name: str) -> None:
        scaling = self._client("application-autoscaling")
        for direction in ("Read", "Write"):
            about = {
                "ServiceNamespace": "dynamodb",
                "ResourceId": f"table/{name}",
                "ScalableDimension": f"dynamodb:table:{direction}CapacityUnits",
            }
            scaling.register_scalable_target(**about, MinCapacity=5, MaxCapacity=100)
            scaling.put_scaling_policy(
                **about,
                PolicyName=direction,
                PolicyType="TargetTrackingScaling",
                TargetTrackingScalingPolicyConfiguration={
                    "TargetValue": 70,
                    "PredefinedMetricSpecification": {
                        "PredefinedMetricType": f"DynamoDB{direction}CapacityUtilization"
                    },
                },
            )
