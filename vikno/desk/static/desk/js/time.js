// Relative times grow old while the page stands open. The server writes them; this only keeps them true.
const minute = 60_000;
const language = document.documentElement.lang || "en";
const units = Object.fromEntries(["minute", "hour"].map((unit) => [unit, new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" })]));

/** Words for a time less than a day ago, else nothing: older ones are written as a day and do not change. */
export function ago(iso, now = Date.now()) {
  const minutes = Math.floor((now - Date.parse(iso)) / minute);
  if (!(minutes >= 1 && minutes < 1440)) return "";
  return minutes < 60 ? units.minute.format(minutes) : units.hour.format(Math.floor(minutes / 60));
}

function refresh() {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("time[data-ago]")) {
    const words = ago(element.dateTime);
    if (words && words !== element.textContent) element.textContent = words;
  }
}

setInterval(refresh, minute);
document.addEventListener("visibilitychange", refresh);
