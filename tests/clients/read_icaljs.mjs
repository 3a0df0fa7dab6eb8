// Reads a calendar with ical.js (the parser of Thunderbird and Nextcloud) and prints its events as JSON.
// Arguments: the file of ical.js, the calendar. Time zones are those of the calendar alone.
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

const [library, path] = process.argv.slice(2);
const ICAL = (await import(pathToFileURL(library))).default;
const calendar = new ICAL.Component(ICAL.parse(fs.readFileSync(path, 'utf8')));
ICAL.TimezoneService.reset();
for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);

function days(event) {
  const found = [];
  const iterator = event.iterator();
  for (let next = iterator.next(); next && found.length < 2000; next = iterator.next()) found.push(next.toString());
  return found;
}

const events = calendar.getAllSubcomponents('vevent').map((component) => {
  const event = new ICAL.Event(component);
  const start = event.startDate;
  if (!start.isDate && start.zone === ICAL.Timezone.localTimezone) throw new Error(`${event.uid}: no zone`);
  return {
    uid: event.uid,
    sequence: event.sequence,
    start: start.isDate ? start.toString() : start.toJSDate().toISOString().replace('.000Z', 'Z'),
    status: component.getFirstPropertyValue('status'),
    title: event.summary,
    days: event.isRecurring() ? days(event) : [],
  };
});
console.log(JSON.stringify(events));
