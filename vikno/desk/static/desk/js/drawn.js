// Up to which change of the journal each topic of the page was drawn. The stream tells what came after that, so nothing is asked for again only because it has just come.
const ids = new Map(); // topic → id of the journal, NaN if nobody knows

function note(id) {
  const here = new Set([...document.querySelectorAll("[data-live]")].map((place) => place.dataset.live));
  for (const topic of ids.keys()) if (!here.has(topic)) ids.delete(topic);
  for (const topic of here) if (!ids.has(topic)) ids.set(topic, id);
}

/** All topics of the page, each with the id up to which it was complete when it came to the page. */
export const drawn = () => [...ids];

/** Each topic of several tabs, with the lowest id of it. */
export function earliest(tabs) {
  const found = new Map();
  for (const tab of tabs) for (const [topic, id] of tab) found.set(topic, Math.min(found.get(topic) ?? Infinity, id));
  return found;
}

const given = (id) => Number(id || NaN);
note(given(document.body.dataset.since));
document.addEventListener("htmx:after:swap", ({ detail }) => note(given(detail?.ctx?.response?.raw?.headers.get("Vikno-Since"))));
