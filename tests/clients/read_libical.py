"""Reads a calendar with libical, under the system's Python: first whether it keeps libical's restrictions, then the events, as JSON."""

import json
import sys

import gi

gi.require_version("ICalGLib", "3.0")
from gi.repository import ICalGLib  # noqa: E402 # the version has to be asked for first

with open(sys.argv[1], encoding="utf-8", newline="") as stream:  # noqa: PTH123 # as plain as it can be
    root = ICalGLib.Component.new_from_string(stream.read())
good = bool(ICalGLib.restriction_check(root))
STATUS = {
    int(ICalGLib.PropertyStatus.TENTATIVE): "TENTATIVE",
    int(ICalGLib.PropertyStatus.CONFIRMED): "CONFIRMED",
    int(ICalGLib.PropertyStatus.CANCELLED): "CANCELLED",
}


def start_of(event):
    time = event.get_dtstart()
    if time.is_date():
        return f"{time.get_year():04d}-{time.get_month():02d}-{time.get_day():02d}"
    name = event.get_first_property(ICalGLib.PropertyKind.DTSTART_PROPERTY).get_first_parameter(ICalGLib.ParameterKind.TZID_PARAMETER)
    # The zone of the calendar itself, not libical's own of the same name.
    zone = root.get_timezone(name.get_tzid()) if name is not None else ICalGLib.Timezone.get_utc_timezone()
    time.set_timezone(zone)
    utc = time.convert_to_zone(ICalGLib.Timezone.get_utc_timezone())
    day = f"{utc.get_year():04d}-{utc.get_month():02d}-{utc.get_day():02d}"
    return f"{day}T{utc.get_hour():02d}:{utc.get_minute():02d}:{utc.get_second():02d}Z"


events = []
event = root.get_first_component(ICalGLib.ComponentKind.VEVENT_COMPONENT)
while event is not None:
    status = STATUS.get(int(event.get_status()), "")
    events.append(
        {"uid": event.get_uid(), "sequence": event.get_sequence(), "start": start_of(event), "status": status, "title": event.get_summary()}
    )
    event = root.get_next_component(ICalGLib.ComponentKind.VEVENT_COMPONENT)
print(json.dumps({"good": good, "errors": root.count_errors(), "events": events}))
