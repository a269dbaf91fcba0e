// Of many colleagues and teams a page has the likely ones. All of them are fetched once a field is touched, once for all its fields; the browser keeps the answer.
import { behaviour } from "./behaviours.js";
import { check, signedOut } from "./connection.js";
import { leave } from "./focus.js";

const patience = 10_000; // ms for an answer
const fetched = new Map(); // address → promise of all options
const known = new Map(); // address → these, once they are there

async function ask(address) {
  const answer = await fetch(address, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(patience) });
  if (answer.status === 401) signedOut();
  if (!answer.ok) throw new Error(answer.status);
  const page = new DOMParser().parseFromString(`<select>${await answer.text()}</select>`, "text/html");
  known.set(address, [...page.querySelectorAll("option")]);
  return known.get(address);
}

function all(address) {
  if (!fetched.has(address)) {
    fetched.set(address, ask(address).catch(() => {
      fetched.delete(address); // asked again the next time
      check();
      return null;
    }));
  }
  return fetched.get(address);
}

function add(select, options) {
  const there = new Set([...select.options].map(({ value }) => value));
  const missing = options.filter(({ value }) => !there.has(value));
  select.append(...missing.map((option) => document.importNode(option, true)));
  return missing.length > 0;
}

/** An option as it stands in the list of a field. */
export function row(option, id, chosen) {
  const item = Object.assign(document.createElement("li"), { className: "menu__item", id, role: "option" });
  item.setAttribute("aria-selected", chosen);
  item.dataset.value = option.value;
  item.append(Object.assign(document.createElement("span"), { className: "menu__word", textContent: option.textContent }));
  if (option.dataset.more) item.append(Object.assign(document.createElement("span"), { className: "menu__sub", textContent: option.dataset.more }));
  return item;
}

/** Adds to a select what its page left out, behind what stands there: at once if it is known, and answers null; else answers a promise of whether anything was added, of null if it could not be fetched. */
export function complete(select) {
  const address = select.dataset.rest;
  if (!address) return null;
  if (!known.has(address)) return all(address).then((options) => options && add(select, options));
  add(select, known.get(address));
  return null;
}

// In the bar for ticked rows a choice is the act: it is done at once, and the field says again what it is for.
behaviour("bulk-choice", (place) => place.addEventListener("change", (event) => {
  if (!event.target.value) return;
  event.target.form.requestSubmit();
  event.target.value = "";
  place.closest("[popover]")?.hidePopover();
  const input = place.querySelector('[role="combobox"]');
  if (!input) return;
  leave();
  input.value = event.target.selectedOptions[0].textContent;
}));
