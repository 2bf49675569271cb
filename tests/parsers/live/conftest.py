"""One server for all tests of live accounts."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.parsers.live import aws

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIATEST",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="session")
def credentials() -> Iterator[None]:
    """The tests' own credentials, and none of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("AWS_"):
                patch.delenv(name)
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def endpoint(credentials: None) -> Iterator[str]:
    """The address of a server that holds two accounts."""
    with aws.server() as url:
        aws.populate(url)
        yield url
