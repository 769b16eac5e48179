"""XML that a stranger wrote, as a tree."""

import pyexpat
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from audioset.errors import InvalidInputError


def xml_root(data: bytes) -> Element:
    """Parse XML without document type, entities or anything from outside the file.

    Raises:
        InvalidInputError: not XML, with the line; or it defines entities.
    """
    try:
        root: Element = defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise InvalidInputError(
            "line 1: defines a document type or entities, which audioset does not read (they can "
            "fill the memory or name other files); save it without"
        ) from error
    except ParseError as error:
        line, column = error.position
        raise InvalidInputError(
            f"line {line}: not well-formed XML at column {column + 1}; save it again with the "
            "program that made it"
        ) from error
    except (LookupError, ValueError) as error:  # an encoding that expat does not know
        raise InvalidInputError(
            f"line 1: XML in an encoding that cannot be read ({error}); save it as UTF-8"
        ) from error
    return root


def element_lines(root: Element, data: bytes) -> dict[Element, int]:
    """Give the line of each element in the bytes that `xml_root` made it of."""
    lines: list[int] = []
    parser = pyexpat.ParserCreate()
    parser.StartElementHandler = lambda _name, _attributes: lines.append(parser.CurrentLineNumber)
    parser.Parse(data, True)  # noqa: FBT003  its signature
    return dict(zip(root.iter(), lines, strict=False))


def local_name(element: Element) -> str:
    """Give the name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: Element, name: str) -> str | None:
    """Give an attribute by its name in whatever namespace; None when it is not there."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return value
    return None
