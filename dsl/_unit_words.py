"""Words for dimensions, and the units that protocols use, for messages."""

from typing import Final

DIMENSION_WORDS: Final = {
    "1": "plain number",
    "M": "mass",
    "L": "length",
    "T": "time",
    "[mo]": "calendar months or years",
    "C": "temperature",
    "N": "amount of substance",
    "L2": "area",
    "L3": "volume",
    "M.L-3": "mass concentration",
    "N.L-3": "substance concentration",
    "L-3": "number concentration",
    "L-2": "number per area",
    "L-1": "number per length",
    "M-1": "number per mass",
    "N.M-1": "substance per mass",
    "N-1.M": "mass per substance",
    "M-1.L3": "volume per mass",
    "M.L-2": "mass per area",
    "M.L-1": "mass per length",
    "T-1": "frequency",
    "M.T-1": "mass per time",
    "[mo]-1.M": "mass per calendar month",
    "N.T-1": "substance per time, catalytic activity",
    "N.L-3.T-1": "catalytic concentration",
    "N.M-1.T-1": "substance per mass and time",
    "L3.T-1": "volume per time",
    "L3.T-1{1.73_m2}": "volume per time and 1.73 m2 of body surface",
    "M-1.L3.T-1": "volume per mass and time",
    "L.T-1": "length per time",
    "M-1.T-1": "number per mass and time",
    "L-3.T-1": "number per volume and time",
    "M.L-1.T-2": "pressure",
    "M.L2.T-2": "energy",
    "M.L2.T-3": "power",
    "L2.T-2": "radiation dose",
    "T-1.Q": "electric current",
    "[IU]": "international units",
    "[IU].L-3": "international units per volume",
    "[IU].M-1": "international units per mass",
    "[IU].T-1": "international units per time",
    "[IU].M-1.T-1": "international units per mass and time",
    "[eq]": "amount of charge (equivalents)",
    "[eq].L-3": "equivalents per volume",
    "[osm].L-3": "osmoles per volume",
    "[osm].M-1": "osmoles per mass",
    "[pH]": "acidity (pH)",
    "[HPF]-1": "number per microscope field",
    "M.L-3{FEU}": "mass concentration as fibrinogen equivalents",
    "M.L-3{DDU}": "mass concentration as D-dimer units",
}
"""Dimension key to words."""

COMMON_UNITS: Final = (
    *("mg/dL", "g/dL", "g/L", "mg/L", "ug/L", "ug/dL", "ng/mL", "ng/L", "ng/dL", "pg/mL", "ug/mL", "mg/mL"),
    *("mmol/L", "umol/L", "nmol/L", "pmol/L", "mol/L", "meq/L", "mosm/kg", "mmol/mol"),
    *("U/L", "kU/L", "U/mL", "[IU]/L", "[IU]/mL", "m[IU]/L", "m[IU]/mL", "u[IU]/mL", "k[IU]/L", "[IU]", "[IU]/kg", "ukat/L"),
    *("10*9/L", "10*12/L", "10*3/uL", "10*6/uL", "/uL", "/L", "{cells}/uL", "{cells}/kg", "{copies}/mL", "[CFU]/mL"),
    *("mg", "g", "kg", "ug", "ng", "pg", "t", "mL", "L", "uL", "dL", "fL", "mm", "cm", "m", "um", "cm2", "m2", "mm2"),
    *("s", "min", "h", "d", "wk", "mo", "a", "ms", "/min", "/h", "/d", "Hz"),
    *("mg/d", "mg/wk", "g/d", "mg/kg", "ug/kg", "mg/kg/d", "ug/kg/min", "mg/m2", "[IU]/d", "mL/kg", "mL/h", "g/kg"),
    *("mL/min", "mL/min/{1.73_m2}", "L/min", "L/min/m2", "mm[Hg]", "cm[H2O]", "kPa", "mm/h", "kg/m2"),
    *("%", "mg/g", "mg/mmol", "g/mol", "1", "{score}", "{INR}", "[pH]", "Cel", "[degF]", "[lb_av]", "[in_i]", "mol", "kat", "Gy"),
)
"""Offered for a misspelt unit, the more frequent before the less."""

MEANT: Final = {
    **dict.fromkeys(("unit", "units", "ius"), "[IU]"),
    **dict.fromkeys(("gm", "gms", "gr", "gram", "grams"), "g"),
    **dict.fromkeys(("cc", "ccm", "mls"), "mL"),
    **dict.fromkeys(("y", "yr", "yrs"), "a"),
    **dict.fromkeys(("mos", "mth", "mths"), "mo"),
    **dict.fromkeys(("wks", "w"), "wk"),
    **dict.fromkeys(("torr", "mmhg"), "mm[Hg]"),
    "cmh2o": "cm[H2O]",
    "mgs": "mg",
    "kgs": "kg",
    "mins": "min",
}
"""What a part of a unit that is none is likely to mean, in lower case. Offered in a message, never taken for granted."""

MOLAR: Final = {"M": "mol/L", "mM": "mmol/L", "uM": "umol/L", "nM": "nmol/L", "pM": "pmol/L"}
"""The chemists' abbreviations, which UCUM does not have; offered likewise."""
