"""Broken examples and what to say about them: each hint is tried against the place where reading stopped, the first that fits is used.

`example` is a line (or block) that shows the mistake; a test reads every example and expects its own hint. In the patterns, `before` is
the end of the line up to the place (`touching`: without a blank between), `found` the word or sign that stands there (nothing: the line
ends), `after` the rest of the line. `{found}`, `{lower}`, `{upper}` and named groups of the patterns can be used in the sentences.
"""

from __future__ import annotations

from typing import Final

from ._syntax_hint import hint

SIGNS: Final = {
    "==": "=", "&&": "and", "&": "and", "||": "or", "|": "or", "!": "not", "<>": "!=", "=<": "<=", "=>": ">=", "−": "-", "–": "-",
    "—": "-", "×": "*", "·": "*", "÷": "/", "≦": "<=", "⩽": "<=", "≧": ">=", "⩾": ">=", "²": "2", "³": "3",
}  # fmt: skip
"""Signs of other languages, of printed text and of keyboards, and how they are written here."""

WIDE: Final = {
    "：": ":", "，": ",", "、": ",", "（": "(", "）": ")", "＝": "=", "＜": "<", "＞": ">", "＋": "+", "－": "-", "＊": "*", "／": "/",
    "％": "%", "．": ".", "。": ".", "；": ";", "！": "!", "＃": "#", "　": " ", "\u00a0": " ",
}  # fmt: skip
"""Full-width signs and blanks, and their plain forms."""

QUOTES: Final = "'‘’‚‛“”„‟«»‹›「」『』＂`"
UNIT_WORDS: Final = {
    "mo": "months", "mos": "months", "mth": "months", "mths": "months", "m": "months", "wk": "weeks", "wks": "weeks", "w": "weeks",
    "yr": "years", "yrs": "years", "y": "years", "a": "years", "d": "days", "h": "hours", "hr": "hours", "hrs": "hours",
    "min": "minutes",
    "mins": "minutes",
}  # fmt: skip
"""Short forms of lengths of time; windows spell them out."""

HINTS: Final = (
    # ---- numbers and dates
    hint(
        "TR027", "given screening 2026/03/02", "dates are written year first, with hyphens", "write `2026-03-02`",
        before=r"\b\d{1,4}", found=r"[-/.]", after=r"\d{1,2}[-/.]\d{1,4}\b",
    ),
    hint(
        "TR027", "given screening 02.03.2026", "dates are written year first, with hyphens", "write `{year}-{month}-{day}`",
        before=r"(?<![\d.])(?P<day>\d\d)\.(?P<month>\d\d)", found=r"\.", after=r"(?P<year>\d{4})\b",
    ),
    hint(
        "TR027", "given stroke on 2.3.2026", "dates are written year first, with hyphens", "write it like `2026-03-02`",
        before=r"(?<![\d.])\d\d?\.\d\d?", found=r"\.", after=r"\d{4}\b",
    ),
    hint(
        "TR027", "given stroke on 2019", "a year alone is said as such", "write `year {year}`",
        before=r"\b(?:on|from|to) (?P<year>(?:19|20)\d\d)", needs="MONTHS",
    ),
    # A comma between thousands, or a decimal comma: a factor of 1000, so nothing is guessed.
    hint(
        "TR027", "platelets < 1,234.5 /uL", "a number has no commas in it", "write `{whole}{part}.{decimals}`",
        before=r"(?<![\d.,])(?P<whole>[1-9]\d{0,2})", found=",", after=r"(?P<part>\d{3})\.(?P<decimals>\d+)",
    ),
    hint(
        "TR027", "platelets < 1,000,000 /uL", "a number has no commas in it", "write `{whole}{part}{more}`",
        before=r"(?<![\d.,])(?P<whole>[1-9]\d{0,2})", found=",", after=r"(?P<part>\d{3}),(?P<more>\d{3})(?![\d,])",
    ),
    hint(
        "TR027", "platelets < 100,000 /uL", "`{whole},{part}` can be read in two ways",
        "write `{whole}{part}`, or `{whole}.{part}` if a decimal point is meant",
        before=r"(?<![\d.,])(?P<whole>[1-9]\d{0,2})", found=",", after=r"(?P<part>\d{3})(?![\d,])",
    ),
    hint(
        "TR027", "platelets < 1.000,5 /uL", "a number has one sign in it, a decimal point", "write `{whole}{part}.{decimals}`",
        before=r"(?<![\d.,])(?P<whole>[1-9]\d{0,2})\.(?P<part>\d{3})", found=",", after=r"(?P<decimals>\d+)(?![\d,])",
    ),
    hint(
        "TR027", "creatinine >= 1,5 mg/dL", "a decimal comma can't be read", "write a point: `{whole}.{part}`",
        before=r"(?<![\d.,])(?P<whole>\d+)", found=",", after=r"(?P<part>\d+)(?![\d,])",
    ),
    hint(
        "TR027", "platelets < 10,00,000 /uL", "a number has no commas in it", "write the digits together, and a point before decimals",
        before=r"[\d.,]*\d", found=",", after=r"\d",
    ),
    hint(
        "TR027", "creatinine >= .5 mg/dL", "a number begins with a digit", "write `0.{part}`", found=r"\.", before=r"(?:^|\W)",
        after=r"(?P<part>\d+)", needs="NUMBER",
    ),
    hint(
        "TR027", "platelets >= 100 000 /uL", "a number has no blanks in it", "write `{whole}{found}`", before=r"\b(?P<whole>\d{1,3})",
        found=r"\d{3}",
    ),
    hint(
        "TR021", "egfr < 60 mL/min/1.73m2", "this unit can't be read", "write `mL/min/{{1.73_m2}}`", before=r"/1", found=r"\.",
        after=r"73",
    ),
    hint(
        "TR021", "platelets < 50 x 10^9/L", "a power of ten in a unit has no `x`", "write `10*9/L`",
        before=r"\d\s*x", found="10",
    ),
    hint(
        "TR021", "creatinine > 2 mg / dL", "a unit is written without blanks", "write `{left}/{right}{found}`",
        before=r"\d\s+(?P<left>\w+)\s*/\s*(?P<right>[a-z])", found=r"[A-Z]\w*",
    ),
    hint(
        "TR021", 'facts\n  hb "Haemoglobin"  lab in g / dL', "a unit is written without blanks", "write `{left}/{right}`",
        before=r"\bin (?P<left>\w+)", found="/", after=r"\s*(?P<right>\w+)",
    ),
    hint(
        "TR021", "steroid dose on screening <= 5 mg daily", "a dose in a time is one unit", "write `{unit}/day`",
        before=r"\d (?P<unit>[\w\[\]]+)", found="daily",
    ),
    hint(
        "TR021", "steroid dose on screening <= 5 mg weekly", "a dose in a time is one unit", "write `{unit}/week`",
        before=r"\d (?P<unit>[\w\[\]]+)", found="weekly",
    ),
    hint(
        "TR021", "steroid dose on screening <= 5 mg per day", "a dose in a time is one unit", "write `{unit}/{time}`",
        before=r"\d (?P<unit>[\w\[\]]+)", found="(?:per|a|every|each)", after=r" (?P<time>day|week)\b",
    ),
    # ---- words after `is`
    hint(
        "TR022", "creatinine between 1 and 2 mg/dL", "a range is written with `is … to …`", "write `is {found} {unit} to {high} {unit}`",
        before=r"\bbetween", found=r"[\d.]+", after=r"\s+(?:\S+\s+)?(?:and|to)\s+(?P<high>[\d.]+)\s+(?P<unit>[A-Za-z%/\[]\S*)",
    ),
    hint(
        "TR022", "he_grade between 3 and 4", "a range is written with `is … to …`", "write `is {found} to {high}`",
        before=r"\bbetween", found=r"[\d.]+", after=r"\s+(?:and|to)\s+(?P<high>[\d.]+)",
    ),
    hint(
        "TR022", "he_grade is between 3 and 4", "a range is written with `to`", "write `is 3 to 4`", before=r"\bis (?:not )?between",
    ),
    hint(
        "TR022", "he_grade is 3", "`is` with a number states a range", "write `= {number}`, or `is {number} to …`",
        before=r"\bis (?:not )?(?P<number>[\d.]+)(?: \S+)?", needs="TO",
    ),
    hint(
        "TR022", "he_grade is greater than 3", "a comparison is written with a sign", "write `>`, `>=`, `<` or `<=` instead of words",
        before=r"\bis (?:not )?(?:greater|more|higher|less|lower|fewer|equal|above|below|over|under)", found=r"\w+",
    ),
    hint(
        "TR022", "he_grade is at least 3", "a comparison is written with a sign",
        "write `>=` instead of `is at least`, `<=` instead of `is at most`",
        before=r"\bis at", found="(?:least|most)",
    ),
    hint("TR022", "he_grade is >= 3", "a comparison needs no `is`", "leave out `is`", before=r"\bis", found=r"[<>=!≤≥≠]=?"),
    hint(
        "TR022", "hcg is positive, negative", "several words are a list in parentheses", "write `is one of ({first}, …)`",
        before=r"\bis (?:not )?(?P<first>\w+)", found=",",
    ),
    hint(
        "TR022", "hcg is one of positive, negative", "the list of words stands in parentheses", "write `one of (a, b)`",
        before=r"\bone of",
        needs="LPAR",
    ),
    hint(
        "TR022", "hcg in (positive, negative)", "a list of words follows `is one of`", "write `is one of (a, b)`", before=r"\bin",
        found=r"\(",
    ),
    hint("TR022", "hcg is (positive)", "a list of words follows `is one of`", "write `is one of (a, b)`", before=r"\bis(?: not)?",
        found=r"\("),
    # ---- windows
    hint(
        "TR028", "embolism within three months before screening", "numbers are written in digits", "write `3` for `three`",
        before=r"\b(?:within|since|for|least|before|after)", found="(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve)",
    ),
    hint(
        "TR028", "embolism within the last 6 weeks", "a window up to the assessment day is written `within`", "write `within {length}`",
        before=r"\bwithin", found="(?:the|last|past|previous)", after=r"(?:\s+(?:last|past|previous))?\s+(?P<length>\d+\s+[a-z]+)",
    ),
    hint(
        "TR028", "embolism in the last 6 weeks", "a window up to the assessment day is written `within`", "write `within {length}`",
        before=r"\bin the", found="(?:last|past|previous)", after=r"\s+(?P<length>\d+\s+[a-z]+)",
    ),
    hint(
        "TR028", "embolism in 6 months prior to screening", "a window is written with `within`",
        "write `within {found} {time} before {day}`",
        before=r"\bin(?: the)?", found=r"\d+", after=r"\s+(?P<time>[a-z]+)\s+(?:prior to|before|preceding)\s+(?P<day>\w+)",
    ),
    hint(
        "TR028", "embolism within the last months", "a window up to the assessment day is written `within`",
        "write `within 3 months`",
        before=r"\bwithin", found="(?:the|last|past|previous)",
    ),
    hint(
        "TR028", "embolism in the last months", "a window up to the assessment day is written `within`", "write `within 3 months`",
        before=r"\bin the", found="(?:last|past|previous)", after=r"\s+[a-z]",
    ),
    hint(
        "TR028", "embolism 3 months ago", "a window is written with `within`", "write `within 3 months` or `on 3 months before …`",
        found=r"\d+", after=r"\s+\w+ ago\b",
    ),
    hint(
        "TR028", "embolism within 3 mo before screening", "the length of a window is spelled out", "write `{number} {word}`",
        before=r"(?P<number>\d+)", found="(?:" + "|".join(UNIT_WORDS) + ")", needs="MONTHS",
    ),
    hint(
        "TR028", "embolism within 3 mg before screening", "a window is a length of time",
        "write `minutes`, `hours`, `days`, `weeks`, `months` or `years`",
        before=r"\bwithin \d[\d.]*", needs="MONTHS",
    ),
    hint(
        "TR028", "embolism within 3 months prior to screening", "`{found}` is not a word for windows", "write `before`",
        found="(?:prior|preceding)",
    ),
    hint(
        "TR028", "given warfarin since 2020-01-01", "what goes on is given `from` a day", "write `from {found}{rest}`", before=r"\bsince",
        found=r"[0-9]\w*", after=r"(?P<rest>[-\d]*)", needs="FROM", lacks="SINCE",
    ),
    hint("TR028", "embolism prior to screening", "`prior` is not a word for windows", "write `before`", before=r"\bprior", found="to"),
    hint(
        "TR028", "embolism during screening", "`{word}` is not a word for windows",
        "write `on`, `within`, `since`, `before`, `after` or `from … to`",
        before=r"\b(?P<word>during|between|by|around|upon)", found=r"\w+",
    ),
    hint(
        "TR028", "embolism within 3 months screening", "the window does not say on which side of `{found}` it lies",
        "write `before {found}`, `after {found}` or `of {found}`", before=r"\bwithin [\d.]+ \w+", found=r"[a-z]\w*", needs="BEFORE",
    ),
    hint(
        "TR028", "embolism within screening", "`within` needs a length of time",
        "write `within 3 months before {found}`, or `on {found}`",
        before=r"\bwithin", needs="NUMBER",
    ),
    hint(
        "TR023", "infarction, warfarin", "a row of several facts needs one window for all of them",
        "write one at its end, as `within 3 months before screening`, `ever` or `on screening`",
        before=r"^(?:(?:and|or)\s+)?(?:\w+\s*:\s*)?[a-z]\w*(?:\s*,\s*[a-z]\w*)+(?:\s+(?:with|except)\s.*)?", found="", needs="WITHIN",
        lacks="NL",
    ),
    hint(
        "TR024", "steroid with route oral dose on screening > 5 mg/day", "the attribute stands before the tests",
        "write `{fact} {found} {tests}`",
        before=r"\b(?P<fact>[a-z]\w*) (?P<tests>with \w+ (?:not )?\w+(?: with \w+ (?:not )?\w+)*)", found=r"[a-z]\w*",
        after=r"\s*(?:[<>=≤≥≠!]|(?:is|on|at|within|since|ever|before|after|from|unchanged|taken)\b|\Z)", needs="WITH",
    ),
    # ---- lines
    hint(
        "TR023", "hcg is positive and", "a line can't end with `{word}`", "put `{word}` at the beginning of the next line",
        before=r"\b(?P<word>and|or)", found="",
    ),
    hint(
        "TR023", "creatinine >", "the line ends where something must follow `{sign}`", "lines break only inside parentheses",
        before=r"(?P<sign>[-+*/^<>=≤≥≠]=?|\b(?:not|that|is|than|of|if|in|to|from|at|on|before|after|with)\b)", found="",
    ),
    hint("TR026", "creatinine > max(1, 2,)", "a list can't end with a comma", "leave out the last comma", before=",", found=r"\)?"),
    hint(
        "TR023", "if creatinine > 3", "`{found}` does not begin a condition", "write `when …` with indented lines, or `cases`",
        before=r"^",
        found="(?:if|elif|else)",
    ),
    hint(
        "TR024", "define limit 3", "the `=` of the definition is missing", "write `define {name} = …`",
        before=r"define\s+(?P<name>\w+)(?:\s+\"[^\"]*\")?",
        needs="EQ",
    ),
    hint(
        "TR024", "facts:", "no `:` is needed here", "leave out the `:`", found=":",
        before=r"\s*(?:facts|moments|cases|reach|absent unless recorded|define .*=|"
        r"(?:inclusion|exclusion|scenario|when) .*|.*\bof|.*\bwhen)",
    ),
    hint(
        "TR020", "first : alt > 3", "a word of the language cannot be a label here", "choose another label, such as `{word}_`",
        before=r"^(?:(?:and|or)\s+)?(?P<word>[a-z]+)", found=":", lacks="STRING",
    ),
    hint(
        "TR020", 'count "Count" : alt > 3', "a word of the language cannot be a label here", "choose another label, such as `{word}_`",
        before=r"^(?:(?:and|or)\s+)?(?P<word>[a-z]+)", found='"[^"]*"', after=r"\s*:", lacks="STRING",
    ),
    hint(
        "TR024", "cases\n    he_grade is recorded\n    otherwise : never", "a row of `cases` is `condition : result`",
        "write `: always`, `: never` or another result",
        found=r"[^:]*", needs="COLON", lacks="NL",
    ),
    hint("TR024", "creatinine > 3;", "a line needs no `{found}` at its end", "leave it out", found="[;.]", after=r"\s*\Z"),
    hint("TR024", "// a remark", "a comment begins with `#`", "write `# …`", found="/", before=r"^/?"),
    hint(
        "TR024", "creatinine > (1 if sex is male else 2)", "a choice ends in `… else`", "write `(A if CONDITION, B else)`",
        before=r".*\bif\b.*",
        found="else",
    ),
    hint("TR024", "creatinine > (1 if sex is male, else 2)", "a choice ends in `… else`", "write `(A if CONDITION, B else)`",
        before=r"\bif\b.*, ?else"),
    hint(
        "TR024", "not a rule exclusion 9", "it does not say why this is no rule", 'write `because "…"`', found="", needs="BECAUSE",
    ),
    # ---- texts
    hint(
        "TR018", "text Methotrexate is allowed", "a text stands in double quotes", 'write `"…"`', found=r"[^\W\d].*",
        needs="STRING", lacks="NL",
    ),
    # ---- names
    hint(
        "TR020", "hbA1c > 7 %", "names are lower case", "write `{left}{lower}`", touching=r"(?:^|\W)(?P<left>[a-z][a-z0-9_]*)",
        found=r"[A-Z]\w*",
        lacks="ID",
    ),
    hint(
        "TR020", "Creatinine > 3", "names are lower case", "write `{lower}`", found=r"[A-Z]\w*", needs="NAME", lacks="ID",
    ),
    hint(
        "TR020", "hcg is positive AND uterus is yes", "words of the language are lower case", "write `{lower}`",
        found="(?:AND|OR|NOT|IS|OF|WITHIN|BEFORE|AFTER|ON|AT|WITH|EVER|SINCE)",
    ),
    hint(
        "TR020", 'inclusion i6 "Background"\n  always', "the id of a criterion begins with a capital", "write `{upper}`",
        found=r"[a-z]\w*", needs="ID",
        before=r"(?:inclusion|exclusion|expect)",
    ),
    hint(
        "TR020", 'facts\n  serum-creatinine "Creatinine" lab', "names are joined with `_`", "write `{left}_{right}`",
        before=r"(?P<left>[a-z]\w*)",
        found="-", after=r"(?P<right>[a-z]\w*)",
    ),
    hint(
        "TR020", "肌酐 > 3", "a name is written with a to z, digits and `_`",
        "give the name in Latin letters, and the Chinese words as its title",
        found=r"[^\W\d_]*[^\x00-\x7f]\w*",
    ),
)  # fmt: skip
