// What can be undone can be undone on the next page too: an offer that one leaves with the page is made again there, for as long as it would have stood.
import { token } from "./behaviours.js";

const name = "left offers"; // of an entry of the tab: left.js forgets those whose name begins so where somebody signs in
const least = 1000; // ms: what would be gone before one has seen it is not shown again
const offers = new Map(); // toast → when it goes, if nobody holds it

const place = () => document.getElementById("toasts");
const form = (toast) => toast.querySelector('form:has([data-act="undo"])');

/** Says until when a toast stands, in ms since 1970: as long as it is held, anew each time. */
export function lasts(toast, until) {
  for (const one of offers.keys()) if (!one.isConnected) offers.delete(one);
  offers.set(toast, until);
}

function keep() {
  const left = [];
  for (const [toast, until] of offers) {
    const undo = toast.isConnected && !toast.hasAttribute("data-stays") && form(toast);
    if (undo) left.push({ words: toast.querySelector(".toast__text").textContent, action: undo.getAttribute("action"), until });
  }
  try {
    if (left.length) sessionStorage.setItem(name, JSON.stringify({ at: Date.now(), left }));
    else sessionStorage.removeItem(name);
  } catch { /* a tab that keeps nothing */ }
}

function offerAgain() {
  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(name));
    sessionStorage.removeItem(name);
  } catch { /* the same */ }
  for (const { words, action, until } of kept?.left ?? []) {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    if (until - Date.now() < least || place().querySelector(`form[action="${CSS.escape(action)}"]`)) continue;
    const [toast] = document.getElementById("toast-again").content.cloneNode(true).children;
    toast.dataset.seconds = seconds;
    toast.querySelector(".toast__text").textContent = words;
    const undo = form(toast);
    undo.action = action;
    undo.setAttribute("hx-post", action);
    undo.elements.csrfmiddlewaretoken.value = token();
    place().prepend(toast);
    window.htmx?.process(toast);
  }
}

addEventListener("pagehide", keep);
if (place()) offerAgain();
