"""The catalog as a rule's author meets it."""

import keyword
import pkgutil
import subprocess
import sys
from importlib import import_module

from advisor import evidence
from advisor.evidence.catalog import CATALOG
from advisor.evidence.measurement import Measurement


def test_no_measurement_is_defined_in_a_module_that_the_catalog_does_not_list():
    modules = pkgutil.walk_packages(evidence.__path__, "advisor.evidence.")
    defined = {
        value.name: module.name
        for module in modules
        for value in vars(import_module(module.name)).values()
        if isinstance(value, Measurement)
    }
    assert defined.keys() == CATALOG.keys(), {n: m for n, m in defined.items() if n not in CATALOG}


def test_every_name_can_stand_in_a_clause():
    for name in CATALOG:
        words = name.split(".")
        assert len(words) == 2, name
        assert all(word.isidentifier() and not keyword.iskeyword(word) for word in words), name


def test_layer_names_are_those_of_layers():
    for name, each in CATALOG.items():
        assert (each.scope == "layer") == name.startswith("layer."), name


def test_the_catalog_is_cheap_to_import():
    loaded = (
        "import sys, numpy; numpys_own = {*sys.modules};"
        "import advisor.evidence.catalog; print(*{*sys.modules} - numpys_own)"
    )
    modules = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "advisor.evidence.weights.network_weights" in modules
    assert not {"keras", "tensorflow", "h5py", "sklearn", "numpy.random"} & set(modules)
