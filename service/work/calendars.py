"""What calendars show of a subject."""

from __future__ import annotations

from ...engine.calendar.occurrence import Course
from ...engine.calendar.occurrences import CalendarSettings, course_of
from ...engine.schedule.result import SubjectSchedule
from ..models.studies import Site, Study
from ..models.subjects import Subject


def course_for(subject: Subject, study: Study, site: Site, schedule: SubjectSchedule) -> Course:
    """The events of a subject's schedule; none before enrolment, when each visit only would take place, perhaps."""
    if not subject.enrolled_as_of:
        return Course(study.slug, schedule.subject, ())
    return course_of(schedule, CalendarSettings(study.slug, study.short_name, site.timezone, site.code))
