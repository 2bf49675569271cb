"""Which partition of AWS a Region belongs to.

The prefixes are those of botocore's ``partitions.json``; see also
https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_BY_PREFIX: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cn-": "aws-cn",
        "us-gov-": "aws-us-gov",
        "us-iso-": "aws-iso",
        "us-isob-": "aws-iso-b",
        "eu-isoe-": "aws-iso-e",
        "us-isof-": "aws-iso-f",
        "eusc-": "aws-eusc",
    }
)


def partition_of(region: str) -> str:
    """The partition of a Region."""
    return next((partition for prefix, partition in _BY_PREFIX.items() if region.startswith(prefix)), "aws")
