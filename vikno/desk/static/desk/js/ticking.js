// Ticking rows of the list, or all that are shown, and what is done to those that are ticked. They are plain boxes of a plain form.
import { behaviour, usable } from "./behaviours.js";
import { handle, press } from "./keys.js";
import { current, step } from "./list-nav.js";

// A row that has left and only stands there still (data-gone) is not meant by "all".
const boxes = () => [...document.querySelectorAll('#list [name="ticket"]')].filter((box) => box.checked || !box.closest("[data-gone]"));

function tick(on) {
  const message = on === undefined && document.activeElement?.closest?.(".message"); // the time line has the focus
  const box = message ? message.querySelector('[name="message"]') : current()?.closest(".ticket-row").querySelector("[type=checkbox]");
  if (!box) return false;
  box.checked = on ?? !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

/** Ticks all rows that are shown, or none. */
function tickAll(on) {
  for (const box of boxes()) box.checked = on;
}

behaviour("ticking", (scroller, signal) => {
  const list = scroller.closest(".list");
  const count = list.querySelector('[data-behaviour~="count"]');

  const offer = list.querySelector("[data-select-whole]");
  let wanted = false; // all of the list; no longer if one changed one's mind before the answer was there

  /** The field that names all of the list, also what is not loaded; nothing once one of them is not meant any more. */
  const whole = () => list.querySelector("#whole > [name=all]");
  function noLonger() {
    wanted = false;
    whole()?.remove();
  }

  /** What is loaded later is ticked as well, if it was meant. */
  function tickMeant() {
    const meant = new Set(whole()?.value.split(",").map(parseFloat));
    for (const box of boxes()) if (meant.has(parseFloat(box.value))) box.checked = true;
  }

  function counted() {
    const ticked = boxes().filter((box) => box.checked).length;
    const all = list.querySelector("[data-tick-all]"); // stands in the head of a table
    if (all) {
      all.checked = ticked > 0 && ticked === boxes().length;
      all.indeterminate = ticked > 0 && !all.checked;
    }
    list.toggleAttribute("data-selecting", ticked > 0);
    const allOfMore = ticked === boxes().length && list.querySelector("#more"); // what is not shown is not meant: that is said
    if (!ticked) noLonger();
    if (offer) offer.hidden = !ticked || !allOfMore || Boolean(whole());
    if (!ticked || !count) return;
    count.textContent = whole()?.dataset.said ?? (allOfMore ? count.dataset.all : count.dataset.one).replace("{n}", ticked);
  }

  list.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) tickAll(event.target.checked);
    if (!event.target.matches('[data-tick-all], [name="ticket"]')) return;
    noLonger();
    counted();
  });
  const someLeft = ({ detail: { ctx } }) => { // what is ticked still was left out; the rest is done and not meant any more
    if (!ctx?.response?.raw?.headers.has("X-Left") || ctx.request.submitter?.name === "close") return; // one row by its own button leaves what is selected alone
    noLonger();
    counted();
  };
  document.addEventListener("htmx:after:request", someLeft, { signal });
  list.addEventListener("htmx:after:swap", () => {
    if (!wanted) noLonger();
    tickMeant();
    counted();
  });
  list.addEventListener("click", (event) => {
    if (event.target.closest("[data-select-whole]")) wanted = true;
    if (!event.target.closest("[data-clear]")) return;
    tickAll(false);
    counted();
  });
  counted();
});

handle("list-select", () => tick());
handle("list-extend-next", () => tick(true) && step(1));
handle("list-extend-previous", () => tick(true) && step(-1));
handle("list-all", () => {
  const all = boxes();
  if (!all.length) return false;
  tickAll(!all.every((box) => box.checked));
  all[0].dispatchEvent(new Event("change", { bubbles: true }));
});

// While rows are ticked, an act is meant for them and not for the ticket that happens to be open.
const bar = (act) => {
  const one = document.querySelector(`.bulk [data-bulk="${act}"]`);
  const field = one?.matches(".bulk__choice") ? [...one.querySelectorAll("input, select")].find(usable) : one;
  return field && usable(field.closest("[popover]") ? field.closest(".bulk") : field) ? field : null;
};
for (const act of ["close", "take", "merge", "agent", "team", "status", "priority", "snooze", "tags", "spam", "delete"]) {
  handle(act, () => {
    const control = bar(act);
    if (control) press(control);
    return Boolean(control);
  }, () => bar(act));
}
