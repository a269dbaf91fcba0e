// Times of the last day read better as "5 min": the server writes the hour, which is true for ever; this says how long ago it is, and keeps it so.
import { onAdded } from "./behaviours.js";

const minute = 60_000;
const language = document.documentElement.lang || "en";
const units = Object.fromEntries(["minute", "hour"].map((unit) => [unit, new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" })]));
const whole = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short", timeZone: document.body.dataset.zone });
const fresh = "time[data-ago]";

/** Words for a time less than a day ago, else nothing: older ones are written as a day and do not change. */
export function ago(iso, now = Date.now()) {
  const minutes = Math.floor((now - Date.parse(iso)) / minute);
  if (!(minutes >= 0 && minutes < 1440)) return "";
  return minutes < 60 ? units.minute.format(Math.max(1, minutes)) : units.hour.format(Math.floor(minutes / 60));
}

function refresh(root = document) {
  if (document.hidden) return;
  for (const element of root.querySelectorAll("time[datetime]:not([title])")) {
    if (!Number.isNaN(Date.parse(element.dateTime))) element.title = whole.format(new Date(element.dateTime));
  }
  for (const element of root.querySelectorAll(fresh)) {
    const words = ago(element.dateTime);
    if (!words) element.textContent = element.dataset.was ?? element.textContent;
    else if (words !== element.textContent) {
      element.dataset.was ??= element.textContent;
      element.textContent = words;
    }
  }
}

setInterval(refresh, minute, document);
document.addEventListener("visibilitychange", () => refresh());
document.addEventListener("htmx:after:swap", () => refresh());
onAdded(refresh);
