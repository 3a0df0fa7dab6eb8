"""Every page of the service, made from the list of addresses: which pictures show it, who looks, and where."""

from __future__ import annotations

NO_PAGES = {
    "todo": "takes a form only; leads to what is missing",
    "logout": "takes a form only; leads to login",
    "login-code": "between password and code: test_own_account.py looks at it",
    "study": "leads to where its reader begins",
    "language": "takes a form only; every page here is seen after it",
    "healthz": "for programs",
    "metrics": "for programs",
    "feed": "for calendar programs",
    "feed-unknown": "for calendar programs",
    "editor-check": "part of the editor's page",
    "editor-format": "part of the editor's page",
    "editor-evaluate": "part of the editor's page",
}
"""Names that no page of their own has, and why."""
PAGES = {
    "login": {"login": ("", "/login")},
    "welcome": {"welcome": ("", "WELCOME")},
    "studies": {"studies": ("investigator", "/")},
    "account": {"account": ("monitor", "/account")},
    "account-password": {"account-password": ("monitor", "/account/password")},
    "account-factor": {"account-factor": ("monitor", "/account/second-factor")},
    "account-factor-remove": {"account-factor-remove": ("monitor", "/account/second-factor/remove")},
    "account-tokens": {"account-tokens": ("coordinator", "/account/tokens")},
    "study-new": {"study-new": ("admin", "/new-study")},
    "settings": {"settings": ("admin", "/s/as/settings")},
    "worklist": {
        "worklist": ("coordinator", "/s/as/worklist"),
        "worklist-none": ("investigator", "/s/as/worklist?q=NOBODY"),
        "worklist-monitor": ("monitor", "/s/aclf1/worklist?verdict=ineligible"),
    },
    "subject-new": {"subject-new": ("coordinator", "/s/as/new-subject")},
    "subject": {
        "subject-enrolled": ("coordinator", "/s/as/subjects/A-12/page"),
        "subject-eligible": ("investigator", "/s/aclf1/subjects/L-06/page"),
        "subject-void": ("monitor", "/s/aclf1/subjects/L-07/page"),
        "subject-ended": ("investigator", "/s/as/subjects/A-13/page"),
    },
    "fact": {"fact": ("coordinator", "/s/aclf1/subjects/L-02/facts/0"), "fact-read": ("monitor", "/s/aclf1/subjects/L-02/facts/0")},
    "detail": {"detail": ("coordinator", "/s/aclf1/subjects/L-03/details/screening")},
    "why": {
        "why-ineligible": ("investigator", "/s/aclf1/subjects/L-02/why"),
        "why-open": ("coordinator", "/s/aclf1/subjects/L-03/why"),
        "why-eligible": ("coordinator", "/s/aclf1/subjects/L-01/why"),
        "why-provisional": ("coordinator", "/s/as/subjects/A-03/why"),
        "why-signed": ("monitor", "/s/aclf1/subjects/L-06/why"),
        "why-rule": ("investigator", "/s/aclf1/subjects/L-02/why?read=rule"),
        "why-letter": ("coordinator", "/s/aclf1/subjects/L-02/why?read=letter"),
        "why-not-screened": ("coordinator", "/s/as/subjects/A-06/why"),
    },
    "criterion": {"criterion": ("investigator", "/s/aclf1/subjects/L-02/criteria/E5")},
    "missing": {
        "missing": ("coordinator", "/s/aclf1/subjects/L-03/missing"),
        "missing-other": ("coordinator", "/s/aclf1/subjects/L-01/missing?fact=creatinine"),
    },
    "log": {"log": ("coordinator", "/s/as/log")},
    "sign": {"sign": ("investigator", "/s/as/subjects/A-02/sign"), "sign-not": ("investigator", "/s/as/subjects/A-03/sign")},
    "overrides": {"overrides": ("investigator", "/s/aclf1/subjects/L-02/overrides")},
    "schedule": {
        "schedule": ("coordinator", "/s/as/subjects/A-12/schedule"),
        "schedule-unblinded": ("pharmacist", "/s/as/subjects/A-12/schedule"),
        "schedule-ended": ("monitor", "/s/as/subjects/A-13/schedule"),
    },
    "visit": {
        "visit": ("coordinator", "/s/as/subjects/A-12/visits/w8"),
        "visit-recorded": ("coordinator", "/s/as/subjects/A-12/visits/w4"),
    },
    "move": {
        "move": ("coordinator", "/s/as/subjects/A-12/visits/w8/move"),
        "move-plan": ("coordinator", "/s/aclf2/subjects/S-07/visits/d60/move?to=TO"),
    },
    "soa": {"soa": ("writer", "/s/as/soa")},
    "board": {"board": ("investigator", "/s/aclf1/board"), "board-none": ("monitor", "/s/aclf2/board")},
    "feeds": {"feeds": ("coordinator", "/s/as/feeds"), "feeds-all": ("admin", "/s/as/feeds?kind=study")},
    "rules": {"rules": ("writer", "/s/as/rules"), "rules-read": ("monitor", "/s/aclf1/rules")},
    "rule": {"rule": ("admin", "/s/as/rules/1.0"), "rule-line": ("writer", "/s/aclf1/rules/1.0#L-aclf_phase1.rules-300")},
    "editor": {"editor": ("writer", "/s/as/editor"), "editor-read": ("coordinator", "/s/aclf1/editor")},
    "redactions": {"redactions": ("coordinator", "/s/aclf1/redactions?subject=L-01"), "redactions-none": ("admin", "/s/as/redactions")},
    "redaction": {"redaction": ("investigator", "/s/aclf1/redactions/1"), "redaction-own": ("coordinator", "/s/aclf1/redactions/1")},
    "audit": {"audit": ("investigator", "/s/as/audit"), "audit-checked": ("admin", "/s/aclf1/audit?verify=1")},
}
"""For each name: pictures, who looks (empty: nobody is signed in), and where."""
