"""What an entry of the audit trail may say was done: a closed list, so that every page has a word for each."""

from __future__ import annotations

from typing import Final

_ACCOUNTS: Final = (
    "user created", "user switched on", "user switched off", "link made", "password set", "role given", "role ended",
    "token made", "token revoked", "second factor set up", "second factor replaced", "second factor removed", "second factor reset",
    "second factor required", "second factor optional", "recovery code used",
    "signed in", "signed out", "sign-in failed", "code asked for", "password wrong", "code wrong",
)  # fmt: skip
_STUDIES: Final = (
    "study created", "site created", "closed days set", "waivers set", "retention set", "exported", "backup made",
    "feed made", "feed revoked",
    "rules handed in", "rules reviewed", "rules approved", "rules retired", "rules put in force", "escalation review",
)  # fmt: skip
_SUBJECTS: Final = (
    "subject created", "facts entered", "fact corrected", "moment set", "person corrected", "decided", "draft tried",
    "missing item given", "missing item taken back", "missing item settled",
    "signed", "signature voided", "signing password wrong", "signing code wrong",
    "override recorded", "override countersigned", "override withdrawn", "enrolled", "allocated", "ended",
    "visit booked", "visit moved", "visit done", "visit missed", "visit skipped", "visit taken back",
    "redaction asked", "redacted", "redaction refused",
)  # fmt: skip
ACTIONS: Final = frozenset((*_ACCOUNTS, *_STUDIES, *_SUBJECTS))
"""Every action. Entries keep the English word: it is what their hash covers."""
TARGETS: Final = frozenset({"subject", "user", "study", "site", "feed", "rules", "level"})
"""What an action may be about; the name of the one follows after a space."""
