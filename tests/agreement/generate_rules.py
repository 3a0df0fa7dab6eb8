"""Random protocols as rule text, type-directed: the checker takes what is written. Drawn from small sets, so that failures shrink."""

from __future__ import annotations

from hypothesis import strategies as st

MOMENTS = {
    "screening": ["given"],
    "randomization": ["given", "given, else planned 14 days after screening", "given, else planned 1 month after screening"],
    "infusion": ["given", "given, else planned 7 days after randomization", "given, else the assessment day"],
}
FACTS = {
    "hb": "lab in g/dL",
    "creatinine": "lab in umol/L  1 mg/dL = 88.4 umol/L",
    "bilirubin": "lab in umol/L  1 mg/dL = 17.1 umol/L",
    "crp": "lab in mg/L",
    "inr": "lab",
    "pain": "score in mm 0 to 100",
    "ache": "score in mm 0 to 100",
    "he": "grade 0 to 4",
    "weight": "vital in kg",
    "hcg_serum": "finding positive, negative",
    "hcg_urine": "finding positive, negative",
    "hcg": "group of hcg_serum, hcg_urine",
    "uterus": "finding yes, no",
    "embolism": "event",
    "donation": "event  with volume in mL",
    "injection": "event  with route im, iv, oral",
    "malignancy": "condition  with type text",
    "basalioma": "condition",
    "infection": "condition  with course acute, chronic",
    "sepsis": "condition",
    "any_infection": "group of infection, sepsis",
    "mtx": "exposure in mg/week  with route oral, sc",
    "opioid": "exposure  with spent in h",
    "trial": "exposure  with half_life in d  with of_drug yes, no{of_drug}",
    "lesion": "judgement",
    "sex": "attribute male, female, other, unknown",
    "birth_date": "attribute date",
}
PRESENCE = ("embolism", "donation", "injection", "malignancy", "basalioma", "infection", "sepsis", "mtx", "opioid", "trial")
LABS = ("hb", "creatinine", "bilirubin", "crp", "inr", "pain", "he", "weight")
LITERALS = {
    "hb": ["10 g/dL", "120 g/L", "12.0 g/dL"],
    "creatinine": ["132.6 umol/L", "1.5 mg/dL", "2.0 mg/dL"],
    "bilirubin": ["171 umol/L", "10 mg/dL", "0.171 mmol/L"],
    "crp": ["5 mg/L", "0.5 mg/dL", "10 mg/L"],
    "inr": ["1.5", "2.5", "2"],
    "pain": ["40 mm", "4 cm", "70 mm"],
    "ache": ["40 mm", "4 cm"],
    "he": ["2", "3"],
    "weight": ["70 kg", "70000 g", "50 kg"],
}
TESTS = {
    "injection": ["with route im", "with route not one of (oral, iv)", "with route not oral"],
    "donation": ["with volume >= 200 mL", "with volume < 0.4 L"],
    "infection": ["with course chronic", "with course not acute"],
    "mtx": ["with route oral", "with route not sc"],
    "opioid": ["with spent >= 24 h", "with spent < 1 d"],
    "trial": ["with of_drug yes", "with half_life 2 d to 10 d"],
}
OPS = ["<", "<=", ">", ">=", "=", "!="]
WINDOWS = [
    "on {a}", "within 3 months before {a}", "within 1 month before {a}", "within 2 weeks before {a}", "within 4 weeks before {a}",
    "within 3 days of {a}", "within 2 weeks after {a}", "within 3 months", "within 7 days", "within 1 year before {a}", "ever", "since {a}",
    "before {a}", "after {a}", "from {a} to {b}", "since 3 months before {a}", "since 2026-02-28",
    "from 1 month before {a} to 3 days after {b}",
    "since the earlier of (3 months before {a}, {b})", "since the later of (2 weeks before {a}, {b})", "within 24 hours before {a}",
    "within 36 hours of {a}", "within 12 hours", "from 2026-01 to {a}",
]  # fmt: skip
# How a whole day of a condition or exposure lies beside an hour is told in tests/agreement/test_readings.py, not drawn.
DAY_WINDOWS = [window for window in WINDOWS if "hours" not in window]
LENGTHS = ["3 months", "1 month", "4 weeks", "14 days", "3 days"]


class Writer:
    """Draws the text of one protocol and remembers what it has to declare."""

    def __init__(self, draw):
        self.draw, self.facts, self.moments, self.defines = draw, set(), {"screening"}, {}

    def pick(self, choices):
        return self.draw(st.sampled_from(list(choices)))

    def yes(self, one_in=2):
        return self.draw(st.integers(0, one_in - 1)) == one_in - 1

    def use(self, *names):
        self.facts.update(names)
        return names[0]

    def anchor(self):
        name = self.pick(["screening", "randomization", "infusion"])
        self.moments.add(name)
        if name == "infusion":
            self.moments.add("randomization")
        return name

    def window(self, choices=WINDOWS):
        text = self.pick(choices)
        return text.format(a=self.anchor() if "{a}" in text else "", b=self.anchor() if "{b}" in text else "")

    def maybe_window(self):
        return " " + self.window() if self.yes() else ""

    # ---- numbers

    def lab(self):
        return self.use(self.pick(LABS))

    def literal(self, lab):
        return self.pick(LITERALS[lab])

    def compared(self):
        lab = self.lab()
        pick = self.pick(["", "latest ", "first ", "highest ", "lowest "])
        return f"{pick}{lab}{self.maybe_window()} {self.pick(OPS)} {self.literal(lab)}"

    def between(self):
        self.use("he")
        return self.pick(
            [
                lambda: f"he{self.maybe_window()} is 3 to 4",
                lambda: f"he{self.maybe_window()} is not 1 to 2",
                lambda: f"{self.use('hb')}{self.maybe_window()} is 10 g/dL to 120 g/L",
                lambda: f"any hb {self.window()} is 10 g/dL to 12 g/dL" if self.use("hb") else "",
            ]
        )()

    def quantified(self):
        lab = self.lab()
        head = self.pick(["any", "every", "at least 2 of", "at least 2 of the last 3", "at least 1 of the last 2"])
        return f"{head} {lab} {self.window()} {self.pick(OPS)} {self.literal(lab)}"

    def counted(self):
        fact = self.use(self.pick(["hb", "embolism", "donation", "injection"]))
        return f"count of {fact} {self.window(DAY_WINDOWS)} {self.pick(OPS[:4])} {self.pick(['0', '1', '2'])}"

    def summed(self):
        self.use("donation")
        return f"sum of donation volume {self.window()} {self.pick(OPS[:4])} {self.pick(['400 mL', '0.4 L', '600 mL'])}"

    def meant(self):
        lab = self.pick(["hb", "creatinine", "pain"])
        self.use(lab)
        head = self.pick(["mean of", "mean of the last 2", "change in"])
        zero = {"hb": "0 g/dL", "creatinine": "0 umol/L", "pain": "0 mm"}[lab]
        return f"{head} {lab} {self.window()} {self.pick(OPS)} {self.pick([zero, *LITERALS[lab]])}"

    def rise(self):
        lab = self.use(self.pick(["bilirubin", "hb"]))
        if self.yes():
            return f"percent change in {lab} {self.window()} {self.pick(OPS)} {self.pick(['20 %', '0 %', '50 %'])}"
        self.use("bilirubin")
        return f"mean daily rise of bilirubin {self.window()} {self.pick(OPS[:4])} {self.pick(['17.1 umol/L', '1 mg/dL'])}"

    def limited(self):
        lab = self.use(self.pick(["crp", "hb"]))
        limit = self.pick(["1.5 x ULN", "ULN", "LLN", "2 x LLN"])
        return f"{self.pick(['', 'highest ', 'first '])}{lab}{self.maybe_window()} {self.pick(OPS)} {limit}"

    def limited_any(self):
        lab = self.use(self.pick(["crp", "hb"]))
        return f"{self.pick(['any', 'every', 'at least 2 of'])} {lab} {self.window()} {self.pick(OPS)} {self.pick(['1.5 x ULN', 'LLN'])}"

    def arithmetic(self):
        self.use("creatinine", "inr", "weight", "pain", "ache")
        return self.pick(
            [
                lambda: f"(creatinine in mg/dL) * 2 + inr {self.pick(OPS)} 4.5",
                lambda: f"creatinine / 2 {self.pick(OPS)} 66.3 umol/L",
                lambda: f"(pain + ache) / 2 {self.pick(OPS)} 40 mm",
                lambda: f"max(pain, ache) - min(pain, ache) {self.pick(OPS)} 30 mm",
                lambda: f"10 * ln(inr) {self.pick(['<', '>='])} 4.5",
                lambda: f"inr ^ 2 {self.pick(OPS)} 2.25",
                lambda: f"1 / (inr - 2) {self.pick(OPS)} 2",
                lambda: f"sqrt(inr) {self.pick(['<', '>'])} 1.2",
                lambda: f"round(inr) {self.pick(OPS)} 2",
                lambda: f"round(inr, 1) {self.pick(['<', '>='])} 2.05",
                lambda: f"abs(inr - 2) {self.pick(OPS)} 0.5",
                lambda: f"creatinine * inr / inr {self.pick(['<', '>'])} 1.4 mg/dL",
            ]
        )()

    def chosen(self):
        self.use("hb", "sex")
        return self.pick(
            [
                lambda: f"hb{self.maybe_window()} {self.pick(OPS)} (12.0 g/dL if sex is male, 100 g/L else)",
                lambda: f"hb {self.pick(OPS)} (12 g/dL if {self.presence()}, 10 g/dL else)",
                lambda: f"first known of ({self.use('pain')}{self.maybe_window()}, {self.use('ache')}) {self.pick(OPS)} 40 mm",
            ]
        )()

    def aged(self):
        self.use("birth_date")
        at = self.anchor()
        return self.pick(
            [
                lambda: f"age at {at} {self.pick(OPS)} {self.pick(['18 years', '40 years'])}",
                lambda: f"age at {at} is 18 years to 40 years",
                lambda: f"days from {at} to {self.anchor()} {self.pick(OPS)} {self.pick(['7 days', '14 days', '0 days'])}",
            ]
        )()

    def defined(self):
        self.defines["combined"] = self.pick(
            [
                "define combined =\n  (creatinine in mg/dL) + inr\n  components at most 2 days apart",
                "define combined =\n  10 * (0.957 * ln(creatinine in mg/dL) + 1.12 * ln(inr)) / 5",
                "define combined = max(inr, creatinine in mg/dL)\n  components at most 3 days apart",
            ]
        )
        self.use("creatinine", "inr")
        return f"combined {self.pick(['<', '>='])} {self.pick(['3', '3.5', '2'])}"

    # ---- words and presence

    def worded(self):
        return self.pick(
            [
                lambda: f"{self.use('hcg', 'hcg_serum', 'hcg_urine')}{self.maybe_window()} is positive",
                lambda: f"{self.use('hcg_serum')}{self.maybe_window()} is not negative",
                lambda: f"first {self.use('hcg_serum')} {self.window()} is one of (positive, negative)",
                lambda: f"{self.use('uterus')} is yes",
                lambda: f"{self.use('lesion')} {self.window()} is yes",
                lambda: f"{self.use('sex')} is {self.pick(['male', 'not female', 'one of (female, other)'])}",
                lambda: f"any {self.use('hcg', 'hcg_serum', 'hcg_urine')} {self.window()} is positive",
                lambda: f"every {self.use('hcg_serum')} {self.window()} is negative",
            ]
        )()

    def presence(self):
        fact = self.use(self.pick([*PRESENCE, "any_infection"]))
        if fact == "any_infection":
            self.use("infection", "sepsis")
        test = " " + self.pick(TESTS[fact]) if fact in TESTS and self.yes() else ""
        but = f" except {self.use('basalioma')}" if fact == "malignancy" and self.yes() else ""
        return f"{self.pick(['', 'any '])}{fact}{test}{but} {self.window(DAY_WINDOWS)}"

    def its(self):
        at = self.anchor()
        self.use("trial")
        return self.pick(
            [
                f"any trial since the earlier of (3 months before {at}, 5 * its half_life before {at} if its of_drug is yes)",
                f"any trial since the later of (3 months before {at}, 5 * its half_life before {at})",
                f"trial since the earlier of (1 month before {at}, 2 * its half_life before {at})",
            ]
        )

    def dosed(self):
        self.use("mtx")
        anchor, length = self.anchor(), self.pick(LENGTHS)
        return self.pick(
            [
                lambda: f"mtx dose {self.window(DAY_WINDOWS)} {self.pick(OPS)} {self.pick(['15 mg/week', '25 mg/week', '2 mg/d'])}",
                lambda: f"mtx taken since at least {length} before {anchor}",
                lambda: f"mtx dose unchanged for {length} before {anchor}",
                lambda: f"mtx stopped at least {length} before {anchor}",
                lambda: f"mtx with route oral taken since at least {length} before {anchor}",
            ]
        )()

    def recorded(self):
        no = self.pick(["", "not "])
        return self.pick(
            [
                lambda: f"{self.use('hb')} {self.window()} is {no}recorded",
                lambda: f"{self.use('malignancy')} {self.window(DAY_WINDOWS)} is {no}recorded",
                lambda: f"{self.use('creatinine')} {self.window()} is {no}recorded in mg/dL",
                lambda: f"{self.use('mtx')} dose {self.window(DAY_WINDOWS)} is {no}recorded in mg/d",
                lambda: f"{self.use('sex')} is {no}recorded",
            ]
        )()

    def dated(self):
        op, at = self.pick(OPS), self.anchor()
        return self.pick(
            [
                lambda: f"the day of (first {self.use('embolism')} ever) {op} 3 months before {at}",
                lambda: f"the day of (latest {self.use('hb')} ever) {op} the day of (latest {self.use('crp')} ever)",
                lambda: f"the day of (first {self.use('infection')} {self.window(DAY_WINDOWS)}) {op} 2026-02-28",
                lambda: f"the day of (latest {self.use('hb')} {self.window()}) {self.pick(OPS[:4])} {self.after_crp()}",
            ]
        )()

    def after_crp(self):
        self.use("crp")
        return f"{self.pick(['3 days', '1 month'])} after the day of (first crp ever)"

    def constant(self):
        return self.pick(["always", "never", 'unknown because "nobody can tell"'])

    def atom(self):
        kinds = [
            self.presence, self.compared, self.worded, self.quantified, self.counted, self.summed, self.meant, self.rise, self.limited,
            self.limited_any, self.arithmetic, self.chosen, self.aged, self.defined, self.its, self.dosed, self.recorded, self.dated,
            self.between, self.presence, self.compared, self.dosed, self.constant,
        ]  # fmt: skip
        return self.pick(kinds)()

    # ---- logic

    def condition(self, depth):
        if depth == 0 or self.yes():
            return self.atom()
        inner = depth - 1
        return self.pick(
            [
                lambda: f"not ({self.condition(inner)})",
                lambda: f"({self.condition(inner)}) and ({self.condition(inner)})",
                lambda: f"({self.condition(inner)}) or ({self.condition(inner)})",
                lambda: f"known that ({self.condition(inner)})",
                lambda: f"({self.condition(inner)}) differs from ({self.condition(inner)})",
            ]
        )()

    def block(self, depth, pad):
        """One condition as lines."""
        if depth == 0 or not self.yes(3):
            return [pad + self.condition(1)]
        if self.yes(3):
            rows = [f"{pad}  {self.condition(0)} : {self.condition(0)}" for _ in range(self.draw(st.integers(1, 2)))]
            return [f"{pad}cases", *rows, f"{pad}  otherwise : {self.condition(0)}"]
        size = self.draw(st.integers(2, 3))
        heads = ["any of", "all of", "none of", "at least 2 of", "at most 1 of", "exactly 1 of"]
        if self.yes(4):
            members = [self.use(name) for name in self.draw(st.lists(st.sampled_from(PRESENCE), min_size=2, max_size=3, unique=True))]
            lines = [f"{pad}  {', '.join(members)} {self.window(DAY_WINDOWS)}"]
        else:
            lines = []
        lines += [line for _ in range(size) for line in self.block(depth - 1, pad + "  ")]
        return [f"{pad}{self.pick(heads)}", *lines]

    def criterion(self, number):
        kind = self.pick(["inclusion", "exclusion"])
        lines = [f'{kind} {kind[0].upper()}{number} "criterion {number}"', f"  source {kind} {number}"]
        if self.yes(3):
            for _ in range(self.draw(st.integers(1, 2))):
                lines += [f"  when {self.condition(0)}", *self.block(1, "    ")]
        else:
            lines += self.block(2, "  ")
            if self.yes(4) and len(lines) > 3:
                lines.append(f"  {self.pick(['and', 'or'])} {self.condition(0)}")
        return "\n".join(lines)

    # ---- declarations

    def declaration(self, name):
        text = f'  {name}  "{name}"  {FACTS[name]}'.replace("{of_drug}", self.pick(["", " else yes"]) if name == "trial" else "")
        kind = FACTS[name].split()[0]
        if name.startswith("hcg"):
            text += "" if name == "hcg" else "  reach 7 days"
        elif kind in ("lab", "vital", "score", "grade", "finding"):
            text += "  reach " + self.pick(["28 days", "3 days", "3 months", "for ever"])
        elif kind in ("event", "condition", "exposure"):
            text += self.pick(["", "  absent unless recorded", "  reach 7 days", "  reach 1 month", "  reach for ever"])
        if name == "infection" and self.yes():
            text += "  ongoing for 3 months unless course chronic"
        elif name in ("sepsis", "mtx") and self.yes(4):
            text += "  ongoing for 1 month"
        return text

    def declarations(self):
        facts = set(self.facts)
        for group, members in (("hcg", ("hcg_serum", "hcg_urine")), ("any_infection", ("infection", "sepsis"))):
            if group in facts:
                facts.update(members)
        return [self.declaration(name) for name in FACTS if name in facts]

    def protocol_of(self, criteria):
        """The whole text around criteria that this writer has written."""
        until = self.yes(3)
        if until:
            self.moments |= {"infusion", "randomization"}
        lines = ["protocol random version 1.0 language 1", f"  months round {self.pick(['down', 'up'])}"]
        lines += ["  eligibility until infusion"] if until else []
        lines += ["moments", *(f'  {name}  "{name}"  {self.pick(MOMENTS[name])}' for name in MOMENTS if name in self.moments)]
        declared = self.declarations()
        lines += ["facts", *declared] if declared else []
        return "\n".join([*lines, *self.defines.values(), *criteria]) + "\n"


@st.composite
def protocols(draw):
    """The text of a protocol."""
    writer = Writer(draw)
    return writer.protocol_of([writer.criterion(number) for number in range(1, draw(st.integers(1, 3)) + 1)])
