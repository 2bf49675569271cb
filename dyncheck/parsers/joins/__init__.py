"""From the declarations of one stack to its resources: every attachment joined to the table that it means.

Nothing is guessed: an attachment whose table cannot be told makes unknown, for every table that it could mean, just
the setting that it would change, with the reasons of the reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from dyncheck.model import Resource, Table
from dyncheck.parsers.attachments import (
    BackupSelectionAttachment,
    KmsKeyAttachment,
    ScalableTargetAttachment,
    ScalingPolicyAttachment,
    Stack,
    TableDraft,
)
from dyncheck.parsers.joins.backup import attach_backups
from dyncheck.parsers.joins.kms import attach_keys
from dyncheck.parsers.joins.neighbours import PARTS, SETTINGS, attach, with_version
from dyncheck.parsers.joins.references import Directory
from dyncheck.parsers.joins.scaling import attach_scaling
from dyncheck.parsers.joins.targets import scalable_targets

A = TypeVar("A")


def join(stack: Stack) -> list[Resource]:
    """The tables of the stack completed with everything that is declared for them, and its scalable targets."""
    tables = [draft.table for draft in stack.tables]
    directory = _directory(stack.tables, tables)
    for part in PARTS:
        tables = attach(tables, directory, stack.attachments, part)
    tables = [with_version(table) for table in tables]
    directory = _directory(stack.tables, tables)
    for setting in SETTINGS:
        tables = attach(tables, directory, stack.attachments, setting)
    targets = _of(stack, ScalableTargetAttachment)
    tables = attach_scaling(tables, directory, targets, _of(stack, ScalingPolicyAttachment))
    tables = attach_keys(tables, _of(stack, KmsKeyAttachment))
    tables = attach_backups(tables, directory, _of(stack, BackupSelectionAttachment))
    return [*tables, *scalable_targets(stack, tables, directory, targets)]


def _of(stack: Stack, kind: type[A]) -> list[A]:
    return [attachment for attachment in stack.attachments if isinstance(attachment, kind)]


def _directory(drafts: Sequence[TableDraft], tables: Sequence[Table]) -> Directory:
    return Directory([msgspec.structs.replace(draft, table=table) for draft, table in zip(drafts, tables, strict=True)])
