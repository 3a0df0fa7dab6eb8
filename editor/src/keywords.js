// The words of the language; a test holds them to the parser's own list.
export const KEYWORDS = [
  "a", "absent", "after", "all", "allowed", "always", "and", "any", "apart", "applicable", "arm", "as", "assess",
  "assessment", "assume", "at", "attribute", "baseline", "because", "before", "blinded", "by", "cases", "change",
  "closed", "code", "components", "condition", "count", "daily", "date", "day", "days", "decision", "define",
  "differs", "dose", "earlier", "early", "eligibility", "else", "escalation", "event", "ever", "every", "exact",
  "exactly", "except", "exclusion", "expand", "expect", "exposure", "facts", "finding", "first", "for", "four",
  "from", "give", "given", "grade", "group", "highest", "hour", "hours", "if", "improved", "in", "inclusion", "is",
  "its", "judgement", "keep", "known", "lab", "language", "last", "later", "latest", "least", "levels", "library",
  "like", "lowest", "masked", "mean", "met", "minute", "minutes", "moments", "month", "months", "most", "nearest",
  "never", "no", "none", "not", "note", "numbering", "observe", "observed", "of", "on", "one", "ongoing", "only",
  "open", "optimum", "or", "otherwise", "outcome", "part", "percent", "planned", "protocol", "provisional", "quote",
  "range", "reach", "recorded", "registry", "remaining", "repeat", "replace", "rescreening", "review", "rise",
  "round", "rule", "scenario", "schedule", "score", "sentinel", "shift", "since", "source", "step", "stop", "stopped",
  "sum", "taken", "termination", "text", "that", "the", "three", "times", "timezone", "title", "to", "twice",
  "unchanged", "unknown", "unless", "unscheduled", "until", "up", "use", "version", "visit", "vital", "warn", "watch",
  "week", "weekly", "weeks", "when", "window", "with", "within", "without", "worse", "x", "year", "years",
];
export const BLOCKS = [
  "protocol", "library", "moments", "facts", "reach", "absent", "define", "inclusion", "exclusion", "not", "scenario", "part", "arm", "schedule", "escalation", "outcome",
];
// What is written in the lines of a block that declares things; a test holds these to the list above.
export const CLAUSES = {
  moments: ["title", "else", "the", "assessment", "day", "planned", "assume", "first", "given", "dose", "of"],
  facts: [
    "lab", "vital", "score", "grade", "finding", "event", "condition", "exposure", "judgement", "attribute", "group", "in", "to", "code", "except",
    "with", "absent", "unless", "recorded", "reach", "ever", "ongoing", "title", "note", "assume",
  ],
  scenario: ["given", "expect", "like", "on", "at", "because", "warn", "note", "decision", "met", "not", "unknown", "applicable", "provisional"],
  schedule: ["visit", "window", "repeat", "every", "assess", "dose", "day", "days", "week", "weeks", "planned", "until", "from", "note", "title"],
};
