"""Spellings of units that protocols and laboratories use beside UCUM.

No entry hides a UCUM unit, except those of `WHOLE` marked so: there the UCUM reading (picohenry, kelvin) is never meant.
"""

from typing import Final

CHARACTERS: Final = str.maketrans(
    {
        "\u00b5": "u",  # micro sign
        "\u03bc": "u",  # Greek small letter mu
        "\u00b7": ".",  # middle dot
        "\u22c5": ".",  # dot operator
        "\u00d7": "x",  # multiplication sign
        "\u2215": "/",  # division slash
        "\u2044": "/",  # fraction slash
        "\u2212": "-",  # minus sign
        "\uff05": "%",  # full-width percent sign
        "\u200b": None,  # zero-width space, found in displays of FHIR servers
        "\ufeff": None,
    }
)
"""One character each: look-alikes and invisible ones."""

SUPERSCRIPTS: Final = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b", "0123456789+-")
"""Superscript digits and signs: exponents."""

WHOLE: Final = {
    "ratio": "1",
    "(score)": "{score}",
    "bpm": "/min",
    "pH": "[pH]",  # UCUM reads picohenry
    "K/uL": "10*3/uL",  # UCUM reads kelvin per microlitre
    "K/mcL": "10*3/uL",
    "k/uL": "10*3/uL",
    "M/uL": "10*6/uL",
    "M/mcL": "10*6/uL",
    "\u2103": "Cel",
    "\u00b0C": "Cel",
    "degC": "Cel",
    "\u00b0F": "[degF]",
    "degF": "[degF]",
    "\u2030": "[ppth]",
    "mL/min/1.73m2": "mL/min/{1.73_m2}",
    "mL/min/1.73 m2": "mL/min/{1.73_m2}",
    "mL/min/1.73_m2": "mL/min/{1.73_m2}",
    "mL/min/1.73.m2": "mL/min/{1.73_m2}",
    "ml/min/1.73m2": "mL/min/{1.73_m2}",
    "ml/min/1.73 m2": "mL/min/{1.73_m2}",
    "mL/min/(1.73.m2)": "mL/min/{1.73_m2}",
    "mL/min/(1.73m2)": "mL/min/{1.73_m2}",
}
"""Spellings of a whole unit, looked up before UCUM."""

PARTS: Final = {
    "sec": "s",
    "second": "s",
    "seconds": "s",
    "minute": "min",
    "minutes": "min",
    "hr": "h",
    "hrs": "h",
    "hour": "h",
    "hours": "h",
    "day": "d",
    "days": "d",
    "week": "wk",
    "weeks": "wk",
    "month": "mo",
    "months": "mo",
    "year": "a",
    "years": "a",
    "mcg": "ug",
    "mcL": "uL",
    "mcmol": "umol",
    "mmHg": "mm[Hg]",
    "lb": "[lb_av]",
    "lbs": "[lb_av]",
    "inch": "[in_i]",
    "inches": "[in_i]",
    "percent": "%",
    "HPF": "[HPF]",
    "hpf": "[HPF]",
    "LPF": "[LPF]",
}
"""Spellings of one factor of a unit, looked up after UCUM."""

INSIDE: Final = {"(173.10*-2.m2)": "{1.73_m2}", "cmH2O": "cm[H2O]"}
"""Spellings replaced wherever they stand in a unit."""

METRIC_PARTS: Final = {"IU": "[IU]", "Eq": "eq", "Osm": "osm", "osmol": "osm", "Osmol": "osm", "CFU": "[CFU]"}
"""Spellings of one factor that also take a prefix: `mIU`, `mEq`, `mosmol`."""

COUNTED: Final = frozenset(
    {"cells", "cell", "copies", "copy", "beats", "breaths", "score", "points", "events", "doses", "tablets", "drops", "INR"}
)
"""Words for what is counted; a plain number, as UCUM has it for `{cells}`."""

FLAGS: Final = {
    "1.73_m2": "{1.73_m2}",
    "1.73m2": "{1.73_m2}",
    "1.73 m2": "{1.73_m2}",
    "FEU": "{FEU}",
    "FEUs": "{FEU}",
    "DDU": "{DDU}",
    "D-DU": "{DDU}",
}
"""Annotations that name another quantity, so that units with and without are not comparable: per body surface; D-dimer reported as
fibrinogen equivalents or as D-dimer units, which differ by a factor near two."""
