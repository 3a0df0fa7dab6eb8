"""Evolution Data Server's view of a subscribed calendar, under the system's Python and a session bus of its own.

Argument: the name of the source. Prints a line of JSON with all events at the start, and after each line of input it asks the server again
first.
"""

import json
import sys
import time

import gi

gi.require_version("ECal", "2.0")
gi.require_version("EDataServer", "1.2")
gi.require_version("ICalGLib", "3.0")
from gi.repository import ECal, EDataServer, ICalGLib  # noqa: E402 # the versions have to be asked for first

STATUS = {
    int(ICalGLib.PropertyStatus.TENTATIVE): "TENTATIVE",
    int(ICalGLib.PropertyStatus.CONFIRMED): "CONFIRMED",
    int(ICalGLib.PropertyStatus.CANCELLED): "CANCELLED",
}
UTC = ICalGLib.Timezone.get_utc_timezone()


def start_of(client, component):
    time_ = component.get_dtstart()
    if time_.is_date():
        return f"{time_.get_year():04d}-{time_.get_month():02d}-{time_.get_day():02d}"
    name = component.get_first_property(ICalGLib.PropertyKind.DTSTART_PROPERTY).get_first_parameter(ICalGLib.ParameterKind.TZID_PARAMETER)
    if name is not None:
        found, zone = client.get_timezone_sync(name.get_tzid(), None)
        if not found:
            raise SystemExit(f"no zone {name.get_tzid()}")
        time_.set_timezone(zone)
    utc = time_.convert_to_zone(UTC)
    day = f"{utc.get_year():04d}-{utc.get_month():02d}-{utc.get_day():02d}"
    return f"{day}T{utc.get_hour():02d}:{utc.get_minute():02d}:{utc.get_second():02d}Z"


def events(client):
    _, components = client.get_object_list_sync("#t", None)
    return [
        {
            "uid": component.get_uid(),
            "sequence": component.get_sequence(),
            "start": start_of(client, component),
            "status": STATUS.get(int(component.get_status()), ""),
            "title": component.get_summary(),
        }
        for component in components
    ]


def tell(client, old):
    """Print the events, after a change if one comes within a few seconds: the server works in the background."""
    for _ in range(40):
        now = events(client)
        if now and now != old:
            break
        time.sleep(0.25)
    print(json.dumps(now), flush=True)
    return now


source = EDataServer.SourceRegistry.new_sync(None).ref_source(sys.argv[1])
calendar = ECal.Client.connect_sync(source, ECal.ClientSourceType.EVENTS, 20, None)
last = tell(calendar, [])
for _ in sys.stdin:
    calendar.refresh_sync(None)
    last = tell(calendar, last)
