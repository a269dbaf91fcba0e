// Nothing moves under one's hand. While the pointer is over the list, a finger on it or the focus of the keyboard in it, or while one has scrolled down, its rows change where they stand: what is new, and another order, wait behind a pill until it is pressed or the hand is gone. The places of the navigation likewise; notices wait as they are.
const late = 500; // ms after a finger is lifted, in which its click may still come
const far = 40; // px scrolled down, from which on one is reading there
const areas = { rows: "#list .pane__scroll", "nav-places": "#nav-places", told: "#told" }; // id of what is drawn anew → where the hand is on it
let over = ""; // id of what the pointer is over
let finger = ""; // of what a finger is on
let last = "pointer"; // what one used last: "pointer" or "keys"; "" after an act of one's own by a key, whose outcome one waits for
let timer = 0, lifted = 0;
const waiting = new Set(); // ids of what keeps something back

const areaOf = (target) => Object.keys(areas).find((id) => target.closest?.(areas[id])) ?? "";

function held(list) {
  if (finger === list.id || (list.id === "rows" && list.closest(".pane__scroll").scrollTop > far)) return true;
  return last === "keys" ? list.contains(document.activeElement) : last === "pointer" && over === list.id;
}

/** Makes of the rows that have come those that stand here, where they stand, each in its newest words. Answers how many are kept back, and whether their order is. */
function rowsInPlace(list, fragment) {
  const [stands, comes] = [list, fragment].map((place) => [...place.querySelectorAll(".ticket-row")]);
  const now = new Map(comes.map((row) => [row.id, row]));
  const here = new Set(stands.map(({ id }) => id));
  const known = comes.filter(({ id }) => here.has(id)).map(({ id }) => id);
  // Of rows further down than those that have come nothing is known, unless all have come.
  const placeOf = new Map(stands.map(({ id }, index) => [id, index]));
  const end = fragment.querySelector("#more") ? placeOf.get(known.findLast((id) => placeOf.get(id) < comes.length)) ?? -1 : stands.length;
  const kept = stands.map((row, index) => {
    if (now.has(row.id)) return now.get(row.id);
    const copy = row.cloneNode(true);
    if (index > end) return copy;
    copy.dataset.gone = "";
    copy.title = document.getElementById("fresh").dataset.left;
    return copy;
  });
  const more = list.querySelector("#more")?.cloneNode(true);
  fragment.replaceChildren(...kept, ...(more ? [more] : []));
  const order = stands.filter(({ id }) => now.has(id)).map(({ id }) => id);
  return { fresh: comes.length - known.length, moved: order.join() !== known.join() };
}

/** The same for the places one can go to: their counts are new, none comes and none goes. */
function placesInPlace(list, fragment) {
  const names = (place) => [...place.querySelectorAll("[data-place]")].map((link) => link.dataset.place).join();
  if (names(list) === names(fragment)) return false;
  const copy = list.cloneNode(true);
  for (const link of copy.querySelectorAll("[data-place]")) {
    const now = fragment.querySelector(`[data-place="${CSS.escape(link.dataset.place)}"]`);
    if (now) link.replaceWith(now);
  }
  fragment.replaceChildren(...copy.childNodes);
  return true;
}

function offer(fresh, moved) {
  const pill = document.getElementById("fresh");
  pill.querySelector("[data-words]").textContent = fresh ? pill.dataset.some.replace("{n}", fresh) : pill.dataset.other;
  pill.hidden = !fresh && !moved;
}

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  const list = ctx?.sourceElement;
  const task = areas[list?.id] && tasks?.find(({ type, target }) => type === "main" && target === list);
  if (!task || event.defaultPrevented) return;
  const hold = ctx.sourceEvent?.type !== "fresh" && held(list); // "fresh": a person wants it
  waiting.delete(list.id);
  if (list.id === "rows" && (!hold || !list.querySelector(".ticket-row"))) return offer(0, false);
  if (!hold) return;
  if (list.id === "rows") {
    const { fresh, moved } = rowsInPlace(list, task.fragment);
    offer(fresh, moved);
    if (fresh || moved || task.fragment.querySelector("[data-gone]")) waiting.add(list.id);
  } else if (list.id === "told") {
    event.preventDefault();
    waiting.add(list.id);
  } else if (placesInPlace(list, task.fragment)) waiting.add(list.id);
});

function release() {
  timer = 0;
  for (const id of waiting) {
    const list = document.getElementById(id);
    if (list && held(list)) continue;
    waiting.delete(id);
    if (list) window.htmx.trigger(list, "refresh", {}, false);
  }
}

// Whoever else hears of this may move the focus first.
const look = () => { if (waiting.size && !timer) timer = setTimeout(release); };

// Only a pointer that moves points at something: one that rests may lie over the list because a toast above it has gone.
for (const type of ["pointermove", "pointerdown", "wheel"]) {
  document.addEventListener(type, ({ target, pointerType }) => {
    if (pointerType === "touch") return;
    over = areaOf(target);
    last = "pointer";
    look();
  }, { passive: true, capture: true });
}
document.documentElement.addEventListener("pointerleave", () => {
  over = "";
  look();
});
document.addEventListener("touchstart", ({ target }) => {
  clearTimeout(lifted);
  finger = areaOf(target);
}, { passive: true, capture: true });
for (const type of ["touchend", "touchcancel"]) {
  document.addEventListener(type, ({ touches }) => {
    if (touches.length) return;
    lifted = setTimeout(() => {
      finger = "";
      look();
    }, late);
  }, { passive: true, capture: true });
}
document.addEventListener("keydown", () => {
  last = "keys";
  look();
}, true);
document.addEventListener("focusin", look);
document.addEventListener("scroll", look, { passive: true, capture: true });
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (last === "keys" && ctx?.request && ctx.request.method !== "GET") last = "";
  look();
});
