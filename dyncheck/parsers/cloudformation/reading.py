"""A template's text into nodes, whichever of YAML and JSON it is."""

from __future__ import annotations

import re
from typing import Final

from dyncheck.errors import ParseError
from dyncheck.parsers.cloudformation.document import Document
from dyncheck.parsers.cloudformation.json_reading import read_json
from dyncheck.parsers.cloudformation.yaml_reading import read_yaml

_LIKE_JSON: Final = re.compile(r"(?:\s++|//[^\n]*+|/\*.*?\*/)*+[{\[]", re.DOTALL)


def read_document(text: str, path: str) -> Document:
    """A document of a text. Raises ParseError with the line and column where reading ends.

    What starts like JSON is read as JSON; what fails that is read as YAML, of which JSON is nearly a part.
    """
    document = Document(path, text)
    if path.endswith(".json") and not text.strip():
        raise ParseError("the file is empty: what should have written it has failed", path=path)
    if not _LIKE_JSON.match(text):
        document.root = read_yaml(text, document)
        return document
    try:
        document.root = read_json(text, document)
    except ParseError as error:
        try:
            document.root = read_yaml(text, document)
        except ParseError:
            raise error from None
    return document
