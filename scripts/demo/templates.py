"""Fills the configuration templates that the demo and the tests share."""

import os
import re

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")


def fill(template, target, values):
    """Writes `template` to the file `target` with every @NAME@ replaced; a name without a value is an error."""
    with open(os.path.join(FOLDER, template), encoding="utf-8") as file:
        text = file.read()
    # "@NAME@" itself stands in the templates' explanations.
    known = {"NAME": "NAME", **{key: str(value) for key, value in values.items()}}
    text = re.sub(r"@([A-Z_]+)@", lambda match: known[match.group(1)], text)
    with open(target, "w", encoding="utf-8") as file:
        file.write(text)
