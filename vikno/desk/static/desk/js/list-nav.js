// Walking and opening the rows of the list. Rows are plain links: all of this only adds to what they do by themselves.
import { behaviour, usable } from "./behaviours.js";
import { handle } from "./keys.js";

let wanted = ""; // address of the row clicked last
const rows = () => [...document.querySelectorAll("#rows .ticket-row__link")];
const isThere = (link) => !link.closest("[data-gone]"); // else it has left the list and still stands where it stood: see still.js

/** The row that keys speak of: the focused one, else the open one. */
export function current() {
  return document.activeElement?.closest?.(".ticket-row")?.querySelector(".ticket-row__link") ?? document.querySelector('#rows [aria-current="true"]');
}

export function step(by) {
  const from = current();
  const all = rows().filter((link) => usable(link) && (link === from || isThere(link)));
  if (!all.length) return false;
  const at = all.indexOf(from);
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(at + by, all.length - 1))];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

/** The row whose ticket is open carries aria-current, wherever the ticket was opened from. */
export function mark() {
  for (const link of rows()) {
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** The tickets below this one in the list, nearest first: asked before it leaves, for the list may let it go first. */
function below(number) {
  const all = rows().map((link) => link.closest(".ticket-row").dataset.ticket);
  return all.includes(number) ? all.slice(all.indexOf(number) + 1) : [];
}

/** Opens the nearest of those rows after a ticket has left the agent's hands, unless another was opened meanwhile. */
function openNext(number, candidates) {
  const all = new Map(rows().filter(isThere).map((link) => [link.closest(".ticket-row").dataset.ticket, link]));
  const open = document.querySelector('#rows [aria-current="true"]')?.closest(".ticket-row").dataset.ticket;
  if (open && open !== number) return;
  all.get(candidates.find((candidate) => all.has(candidate)))?.click();
}

behaviour("list-nav", (scroller) => {
  scroller.closest(".list").addEventListener("keydown", (event) => {
    if (!event.target.matches(".ticket-row__link") || !["Home", "End"].includes(event.key)) return;
    rows().at(event.key === "Home" ? 0 : -1)?.focus();
    event.preventDefault();
  });
});

handle("list-next", () => step(1));
handle("list-previous", () => step(-1));
handle("list-open", () => current()?.click() ?? false);
// Said before anybody else hears of the click: where the answer was fetched ahead, htmx has it before a click has come up to the page.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".ticket-row__link");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  wanted = link.href;
  for (const other of rows()) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
}, true);
// Of two tickets opened in a hurry the last one counts, whichever answer comes first.
document.addEventListener("htmx:before:response", (event) => {
  const link = event.detail.ctx?.sourceElement;
  if (wanted && link?.matches?.(".ticket-row__link") && link.href !== wanted) event.preventDefault();
});
document.addEventListener("htmx:after:history:push", mark);
document.addEventListener("not-done", () => { // a ticket that could not be opened is not the open one
  wanted = "";
  mark();
});
document.addEventListener("htmx:after:swap", ({ detail }) => {
  mark();
  const list = document.getElementById("list");
  if (detail?.ctx?.sourceElement?.matches?.(".ticket-row__link") && list && !usable(list)) document.getElementById("thread")?.focus();
});

// What was closed or put aside leaves the hands: the next one opens by itself.
const leaving = new WeakMap(); // request → the ticket and those below it
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const submitter = ctx?.request?.submitter;
  const number = submitter?.dataset.then === "next" && submitter.closest("[data-ticket]")?.dataset.ticket;
  if (number) leaving.set(ctx, [number, below(number)]);
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const answer = ctx?.response?.raw;
  if (leaving.has(ctx) && answer?.ok && !answer.headers.has("X-Refused")) openNext(...leaving.get(ctx));
});

// What is kept back is shown when one says so: still.js offers it.
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-fresh]")) return;
  document.getElementById("fresh").hidden = true;
  document.getElementById("rows").closest(".pane__scroll").scrollTop = 0;
  window.htmx.trigger("#rows", "fresh"); // a person wants it: see by-itself.js
});
