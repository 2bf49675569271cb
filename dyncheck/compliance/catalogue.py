"""The controls of each framework that bear on DynamoDB or DAX, as data: ``frameworks/<name>.json``.

A control stands there because a published mapping ties it to a check of DynamoDB or DAX; each names its mappings.
"""

from __future__ import annotations

import msgspec

from dyncheck.settings import Framework


class Control(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One control. ``sources``: the keys of the mappings that it was taken from; ``title``: where one may be told.

    Of a part of a control (``CP-2a``) it is the control's.
    """

    id: str
    sources: tuple[str, ...]
    title: str | None = None


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A framework. ``sources``: what each mapping is, and where it was read, by key.

    ``titles``: whose the titles of controls are, where they are not those of a mapping.
    """

    id: str
    title: str
    sources: dict[str, str]
    controls: tuple[Control, ...]
    titles: str | None = None


def catalogue(framework: Framework) -> Catalogue:
    """The catalogue of a framework."""
    from importlib.resources import files

    data = files("dyncheck.compliance").joinpath("frameworks", f"{framework}.json").read_bytes()
    return msgspec.json.decode(data, type=Catalogue)
