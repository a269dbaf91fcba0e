// Whether Vikno can be reached. One bar says what stands between, since when, and what becomes of what one writes; it asks again by itself and goes when all is well.
import { behaviour } from "./behaviours.js";

const pauses = [1000, 2000, 3000, 5000]; // ms between two questions whether anybody is there
const patience = 4000; // ms for an answer
const order = ["signedOut", "offline", "down", "away"]; // the first of these that holds is said
const held = new Map(); // what holds → since when
let warning = null; // what the server had to say when it drew the page
let asking = false;
let wake = () => {};

function draw() {
  const bar = document.getElementById("bar");
  const words = bar.querySelector("span");
  const name = order.find((one) => held.has(one));
  words.textContent = name ? bar.dataset[name].replace("{time}", held.get(name)) : warning.text;
  bar.hidden = !name && warning.hidden;
  document.body.toggleAttribute("data-cut-off", cutOff());
}

function holds(name, yes) {
  if (yes === held.has(name)) return;
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", timeZone: document.body.dataset.zone });
  if (yes) held.set(name, time.format(new Date()));
  else held.delete(name);
  draw();
}

/** Nothing that is sent now would arrive. */
export const cutOff = () => held.has("down") || held.has("offline");

/** The stream says that the database is "away", or "back". */
export const databaseIs = (name) => holds("away", name === "away");

/** The session is over: said in the bar, and nothing on the page is touched. */
export const signedOut = () => holds("signedOut", true);

/** An answer came that only somebody who is signed in gets. */
export const signedIn = () => holds("signedOut", false);

/** Whether this stream is refused because nobody is signed in: an EventSource is not told why it was closed. */
export async function turnedAway(url) {
  const enough = new AbortController();
  try {
    const { status } = await fetch(url, { cache: "no-store", signal: enough.signal });
    if (status !== 401 && status !== 403) return false;
    signedOut();
    return true;
  } catch {
    return false;
  } finally {
    enough.abort(); // it may be a stream, which never ends by itself
  }
}

async function answers() {
  try {
    const answer = await fetch(document.getElementById("bar").dataset.alive, { cache: "no-store", signal: AbortSignal.timeout(patience) });
    return answer.ok;
  } catch {
    return false;
  }
}

/** Something got no answer: is anybody there? Asked until somebody is; then the page is told by "vikno:back". */
export async function check() {
  if (asking) return;
  asking = true;
  for (let tries = 0; !(await answers()); tries += 1) {
    holds("down", true);
    const pause = pauses[Math.min(tries, pauses.length - 1)];
    await new Promise((resolve) => {
      wake = resolve;
      setTimeout(resolve, pause);
    });
  }
  asking = false;
  const wasDown = held.has("down");
  holds("down", false);
  if (wasDown) document.dispatchEvent(new CustomEvent("vikno:back"));
}

behaviour("connection", (bar) => {
  warning = { text: bar.querySelector("span").textContent, hidden: bar.hidden };
  addEventListener("offline", () => {
    holds("offline", true);
    check();
  });
  addEventListener("online", () => {
    holds("offline", false);
    wake();
    check();
  });
  if (!navigator.onLine) holds("offline", true);
});

// Leaving now would lose the page and what is written in it: the browser has nothing else to show.
function stay(event) {
  if (!cutOff()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.dispatchEvent(new CustomEvent("vikno:stayed"));
}
document.addEventListener("submit", (event) => event.target.matches("form:not([hx-post], [hx-get])") && event.target.method !== "dialog" && stay(event), true);
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  const stays = !link || link.origin !== location.origin || link.target || link.hasAttribute("download") || (link.hash && link.pathname === location.pathname);
  if (!stays && !event.ctrlKey && !event.metaKey && !event.shiftKey && !link.closest("[hx-boost\\:inherited]")) stay(event);
}, true);
