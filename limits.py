"""Every bound in one place, so that no input can make a run endless or exhaust memory.

The numbers are generous for anything a trial needs; each says what it protects. A bound that is met gives a diagnostic or a
problem value, never a crash.
"""

from typing import Final

MAX_FILE_BYTES: Final = 1_000_000
"""Size of one rule file; a long protocol is 100 kB, and a file is read whole into memory."""

MAX_DEPTH: Final = 64
"""Nesting of expressions, blocks and JSON; later passes recurse, and Python's own limit is near 1,000 frames."""

MAX_DIGITS: Final = 30
"""Significant digits of a number as written; exact arithmetic costs the square of the digits."""

MAX_EXPONENT: Final = 18
"""Size of a power of ten, or of a unit's exponent; `1e1000000` would fill the memory once it is made exact."""

MAX_UNIT_LENGTH: Final = 64
"""Characters of a unit; the longest unit in UCUM's table of common codes has fewer than 40."""

MAX_NAME_LENGTH: Final = 64
"""Characters of a name of a fact, moment, definition or criterion; names are table columns in the cohort path."""

MAX_TEXT_LENGTH: Final = 10_000
"""Characters of one quoted text of a rule file, or of one text value of a record."""

MAX_DIAGNOSTICS: Final = 200
"""Problems reported for one file; beyond that, more of them help nobody."""

MAX_ALTERNATIVES: Final = 64
"""Truths tried at once for tied values or partial dates of one condition; combinations grow with the product."""

MAX_INCLUDES: Final = 32
"""Files that one protocol may `use`, directly and through others."""

MAX_REPEATS: Final = 1_000
"""Occurrences that one repeated visit or dose may unfold to; daily for two years is 731."""

MAX_VISITS: Final = 10_000
"""Visits of one subject, each occurrence counted; every page and feed lists them all, and a visit a day for ten years is 3,653."""

MAX_CLOSED_DAYS: Final = 100_000
"""Rows of a table of closed days; 300 sites with 30 holidays a year for ten years have 90,000."""

MAX_PARTS: Final = 64
"""Parts of one study; every part sees the blocks of the whole study, which are gone through for each."""

MAX_AT_VISITS: Final = 100_000
"""Visits that assessments and outcomes name, added up: `at every visit` in each line would fill the memory with the product of both."""

MAX_EVENT_TITLE: Final = 160
"""Characters of an event's title; calendars show 20 to 60 of them."""

MAX_EVENT_DESCRIPTION: Final = 4_000
"""Characters of an event's description; a visit with a hundred assessments has about 2,500."""

MAX_CALENDAR_STATE_BYTES: Final = 512_000_000
"""Size of a stored calendar state; an event takes about 850 bytes, and 450 more for each further language or form of title."""

MAX_FACTS_PER_PATIENT: Final = 2_000_000
"""Facts of one patient; an intensive-care stay with one value a second for three weeks has 1.8 million."""

MAX_PATIENT_BYTES: Final = 512_000_000
"""Size of one patient's record as JSON; about 250 bytes for each of MAX_FACTS_PER_PATIENT."""

MAX_CANONICAL_DIGITS: Final = 100
"""Significant digits that canonical JSON writes exactly; a longer number is written rounded to FLOAT_DIGITS."""

FLOAT_DIGITS: Final = 12
"""Significant digits of inexact numbers in canonical JSON; doubles agree to 15, and platforms differ in the last."""

MAX_BODY_BYTES: Final = 2_000_000
"""Size of the body of a request to the service; a rule file with what it uses fits in."""

MAX_UPLOAD_BYTES: Final = 50_000_000
"""Size of a body that brings a patient's record; it is read whole into memory."""

MAX_QUERY_BYTES: Final = 4_096
"""Size of what stands behind the question mark of an address; filters of a list have a few hundred."""

FEED_DAYS_BACK: Final = 92
"""Days before today that a calendar of a site or a study still shows; a subject's own shows all."""

FEED_DAYS_AHEAD: Final = 400
"""Days after today that a calendar of a site or a study shows; thousands of subjects with years of visits are more than readers load."""

MAX_FEED_CACHE_BYTES: Final = 64_000_000
"""Bytes of feeds that one process keeps in memory; what does not fit is read from the database."""
