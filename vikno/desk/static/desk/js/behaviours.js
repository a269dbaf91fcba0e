// A behaviour is a function bound to elements by data-behaviour="name other-name". Whatever htmx brings in or takes away is heard here once.
const known = new Map();
const bound = new WeakMap();
const watchers = [];

/** Names a behaviour: connect(element, signal) may return a function that undoes it. What it listens to on the element itself it listens to with the signal: a refresh in place may make something else of the element, and later the same again. */
export function behaviour(name, connect) {
  known.set(name, connect);
}

/** Calls look(root) for the page and for everything that is added to it later. */
export function onAdded(look) {
  watchers.push(look);
}

function bind(element) {
  if (bound.has(element)) return;
  const over = new AbortController();
  const undo = [() => over.abort()];
  bound.set(element, undo);
  for (const name of element.dataset.behaviour.split(" ")) {
    const connect = known.get(name);
    if (!connect) continue;
    try {
      const stop = connect(element, over.signal);
      if (stop) undo.push(stop);
    } catch (error) {
      console.error(`behaviour ${name}:`, error);
    }
  }
}

function release(element) {
  for (const stop of bound.get(element) ?? []) stop();
  bound.delete(element);
}

function each(root, act) {
  if (root.nodeType !== Node.ELEMENT_NODE) return;
  if (root.dataset?.behaviour) act(root);
  for (const element of root.querySelectorAll("[data-behaviour]")) act(element);
}

/** Binds the page and goes on watching it. */
export function start() {
  new MutationObserver((records) => {
    for (const { type, target, addedNodes, removedNodes } of records) {
      if (type === "attributes") { // a refresh in place makes another element of this one
        release(target);
        if (target.dataset.behaviour) bind(target);
      }
      for (const node of removedNodes) if (!node.isConnected) each(node, release);
      for (const node of addedNodes) {
        if (!node.isConnected || node.nodeType !== Node.ELEMENT_NODE) continue;
        each(node, bind);
        for (const look of watchers) look(node);
      }
    }
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-behaviour"] });
  each(document.body, bind);
  for (const look of watchers) look(document.body);
}

/** Is it drawn, and can it be pressed? */
export function usable(element) {
  return element.checkVisibility?.({ visibilityProperty: true }) !== false && !element.disabled && element.getAttribute("aria-disabled") !== "true";
}

/** The token that proves to the server that a request is ours. Signing in anew, in another tab, changes it: the cookie has the newest. */
export function token() {
  return document.cookie.match(/(?:^|; )vikno_csrf=([^;]+)/)?.[1] ?? document.querySelector('input[name="csrfmiddlewaretoken"]')?.value ?? "";
}

// A form that was on the page before that still holds the old one.
document.addEventListener("submit", ({ target }) => {
  const field = target.querySelector('input[name="csrfmiddlewaretoken"]');
  if (field) field.value = token();
}, true);

/** A place in the browser that may be closed to us (private windows): then nothing is remembered and nothing breaks. */
export const memory = {
  get(key) {
    try { return localStorage.getItem(key); } catch { return null; }
  },
  set(key, value) {
    try { localStorage.setItem(key, value); } catch { /* remembered for this page only */ }
  },
};
