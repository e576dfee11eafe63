"""Where the schema of JSON reports lies, beside the module that writes them."""

from pathlib import Path

from advisor.report.formats import json

SCHEMA = Path(json.__file__).with_name("schema.json")
