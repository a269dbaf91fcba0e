// The focus is never lost: when what had it is gone or no longer drawn, it goes to what stands in its place, so that the next key goes on from there.
import { usable } from "./behaviours.js";

const regions = "dialog[open], #thread, #context, #list, #nav, #main";
let trail = null; // of what had the focus last
let timer = 0;

function remember(at) {
  const row = at.closest(".ticket-row");
  const all = row ? [...row.parentElement.children] : [];
  const place = all.indexOf(row);
  trail = {
    at,
    id: at.id,
    // the rows below are nearer than those above: one goes on, not back
    rows: row ? [row, ...all.slice(place + 1), ...all.slice(0, place).reverse()].map(({ id }) => id) : [],
    region: at.closest(regions)?.id,
    button: at.name && `[name="${CSS.escape(at.name)}"]`,
  };
}

function* successors({ id, rows, region, button }) {
  const place = document.getElementById(region);
  if (id) yield document.getElementById(id);
  for (const row of rows) yield document.querySelector(`#${CSS.escape(row)}:not([data-handled]) .ticket-row__link`);
  if (button) yield place?.querySelector(button);
  if (!place?.matches("dialog")) yield place;
  yield* readingPlaces();
}

// Where one reads on this page: the ticket, else its row or the first, else the page.
function* readingPlaces() {
  yield document.querySelector("#thread[data-ticket]");
  yield document.querySelector('#rows [aria-current="true"]') ?? document.querySelector("#rows .ticket-row__link");
  yield document.getElementById("main") ?? document.getElementById("list");
}

function first(places) {
  for (const one of places) {
    if (!one || !usable(one)) continue;
    one.focus({ preventScroll: true });
    if (document.activeElement === one) return;
  }
}

/** Leaves a field for where one reads, so that the keys of the desk are at hand. */
export function leave() {
  document.activeElement?.blur();
  first(readingPlaces());
}

const lost = () => document.activeElement === document.body || document.activeElement === null;

function mend() {
  timer = 0;
  if (!trail || !lost() || (trail.at.isConnected && usable(trail.at))) return; // it left by a click beside it, which is its owner's word
  first(successors(trail));
}

const soon = () => {
  if (timer || !lost()) return;
  timer = setTimeout(mend, 0); // whoever draws anew may set the focus itself
};

document.addEventListener("focusin", ({ target }) => target !== document.body && remember(target));
new MutationObserver(soon).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["hidden", "open", "data-fold", "disabled", "data-open"] });

// An act may lead to another page. By a link one begins at its top, as everywhere; by a field or a dialog one goes on where one reads.
const goesOn = "vikno-focus";
addEventListener("pagehide", () => {
  try {
    if (trail && !trail.at.matches("a[href]:not([role])")) sessionStorage.setItem(goesOn, "1");
  } catch { /* a browser that keeps nothing: one begins at the top */ }
});
addEventListener("pageshow", () => {
  try {
    if (sessionStorage.getItem(goesOn) && lost() && !location.hash) first(readingPlaces());
    sessionStorage.removeItem(goesOn);
  } catch { /* the same */ }
});
