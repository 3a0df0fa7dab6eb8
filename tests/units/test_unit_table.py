"""The shipped table against the libraries it comes from."""

import importlib.util
import json
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from trialrules.dsl import _unit_syntax as syntax
from trialrules.dsl.units import parse_unit

ROOT = Path(__file__).parents[2]

pytest.importorskip("ucumvert")

# pint takes these from other definitions than UCUM. The shipped table follows UCUM, which gives them as decimals.
OTHERWISE_IN_PINT = {
    "m[Hg]": "UCUM: 133.3220 kPa; pint computes 133.322387415 from the density of mercury",
    "m[H2O]": "UCUM: 9.80665 kPa; pint computes with water of 999.972 g/L",
    "[in_i'H2O]": "from m[H2O]; pint has water of 60 degrees Fahrenheit",
    "[PRU]": "from m[Hg]",
    "[wood'U]": "from m[Hg]",
}
# ucumvert hands these to pint under a name that means something else; UCUM defines them as these units.
MISREAD_BY_PINT = {"[Cal]": "kcal", "g%": "g/dL"}
# Of a kind of their own here (see tools/build_unit_table.py); UCUM and pint have them as plain numbers, or as means of days.
OF_THEIR_OWN_KIND = {"mol", "eq", "osm", "mo", "a", "[LPF]", "[HPF]"}


def generator():
    spec = importlib.util.spec_from_file_location("build_unit_table", ROOT / "tools" / "build_unit_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_table_is_what_the_generator_writes():
    module = generator()
    assert (ROOT / "dsl" / "unit_table.json").read_text(encoding="utf-8") == module.text(module.build())


def test_every_common_code_of_ucum_is_a_unit():
    codes = set(generator().common_codes())
    assert len(codes) > 500
    refused = {code for code in codes if parse_unit(code) is None}
    assert refused == {"Torr"}  # in UCUM's table of common codes by mistake: UCUM does not define it


@pytest.fixture(scope="module")
def registry():
    pint = pytest.importorskip("pint")
    from ucumvert import PintUcumRegistry

    # The application registry, which ucumvert extends and computes in, makes quantities that can be compared with its results.
    return PintUcumRegistry(), pint.get_application_registry()


BASE_IN_SI = {"M": Fraction(1, 1000)}  # pint's base of mass is the kilogram, ours is UCUM's gram
PINT_BASE = {"M": "kilogram", "L": "meter", "T": "second", "A": "radian", "C": "kelvin", "Q": "coulomb", "N": "mole", "F": "candela"}
COMPARED = [
    code
    for code, atom in syntax.table()[1].items()
    if not atom.alone
    and not atom.dimension.startswith("[")
    and code not in OTHERWISE_IN_PINT.keys() | MISREAD_BY_PINT.keys() | OF_THEIR_OWN_KIND
]


@pytest.mark.parametrize("code", COMPARED)
def test_factor_is_that_of_pint(code, registry):
    """Both are the same number; pint computes in doubles, hence the relative 1e-9 (UCUM's 2022 CODATA values against pint's)."""
    atom = syntax.table()[1][code]
    powers, _ = syntax.powers_of(atom.dimension)
    ours = atom.factor
    wanted = registry[1].Quantity(1)
    for name, power in powers.items():
        ours *= BASE_IN_SI.get(name, Fraction(1)) ** power
        wanted = wanted * registry[1].Quantity(1, PINT_BASE[name]) ** power
    theirs = registry[0].from_ucum(code)
    assert float((theirs / wanted).to("dimensionless").magnitude) == pytest.approx(float(ours), rel=1e-9)


@pytest.mark.parametrize("code", sorted(OTHERWISE_IN_PINT))
def test_where_ucum_and_pint_differ_they_differ_little(code, registry):
    theirs = registry[0].from_ucum(code).to_base_units().magnitude
    assert float(syntax.table()[1][code].factor / 1000) == pytest.approx(float(theirs), rel=2e-3)


@pytest.mark.parametrize("code", sorted(MISREAD_BY_PINT))
def test_where_pint_misreads_ucum_the_definition_counts(code):
    found, meant = parse_unit(code), parse_unit(MISREAD_BY_PINT[code])
    assert found is not None
    assert meant is not None
    assert (found.dimension, found.factor) == (meant.dimension, meant.factor)


@pytest.mark.parametrize(("code", "zero"), [("Cel", 273.15), ("[degF]", 459.67 * 5 / 9)])
def test_zero_points_are_those_of_pint(code, zero, registry):
    name = {"Cel": "degC", "[degF]": "degF"}[code]
    atom = syntax.table()[1][code]
    assert float(atom.offset) == pytest.approx(zero)
    assert float(atom.offset) == pytest.approx(registry[1].Quantity(0, name).to("kelvin").magnitude)


def test_every_prefix_is_that_of_pint(registry):
    for prefix, scale in syntax.table()[0].items():
        theirs = registry[0].from_ucum(f"{prefix}m").to_base_units().magnitude
        assert float(scale) == pytest.approx(float(theirs), rel=1e-12)


def test_table_says_where_it_comes_from():
    data = json.loads((ROOT / "dsl" / "unit_table.json").read_text(encoding="utf-8"))
    assert data["ucum"] == "2.2"
    assert "UCUM license" in data["notice"]
    assert all(re.fullmatch(r"[ -~]+", code) for code in data["atoms"])


def test_first_unit_needs_no_library():
    program = (
        "import sys\n"
        "from trialrules.dsl.units import parse_unit\n"
        "assert parse_unit('mg/dL')\n"
        "assert not {'pint', 'ucumvert', 'lark'} & set(sys.modules), sys.modules.keys()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
