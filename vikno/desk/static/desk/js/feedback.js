// What the desk says back: toasts, waiting buttons, lost connections, and a quiet voice for those who listen.
import { behaviour } from "./behaviours.js";

const most = 3; // toasts at a time: with more, the oldest leaves

behaviour("toast", (toast) => {
  for (const form of toast.dataset.replaces ? toast.parentElement.querySelectorAll("form") : []) {
    if (form.getAttribute("action") === toast.dataset.replaces) form.closest(".toast").remove(); // what it offered is done
  }
  const all = [...toast.parentElement.querySelectorAll(".toast")];
  for (const old of all.slice(0, -most)) old.remove();
  let timer = 0;
  const stay = () => clearTimeout(timer);
  const go = () => {
    stay();
    timer = setTimeout(() => toast.remove(), Number(toast.dataset.seconds) * 1000);
  };
  toast.addEventListener("pointerenter", stay);
  toast.addEventListener("pointerleave", go);
  toast.addEventListener("focusin", stay);
  toast.addEventListener("focusout", go);
  toast.addEventListener("click", (event) => event.target.closest("[data-dismiss]") && toast.remove());
  toast.addEventListener("submit", () => setTimeout(() => toast.remove(), 100));
  go();
  return stay;
});

/** Says something in a toast of our own; text only. */
export function say(text) {
  const toast = Object.assign(document.createElement("div"), { className: "toast toast--danger" });
  toast.append(Object.assign(document.createElement("span"), { className: "toast__text", textContent: text }));
  toast.dataset.behaviour = "toast";
  toast.dataset.seconds = "8";
  document.getElementById("toasts")?.append(toast);
}

/** Says something to screen readers alone. */
export function announce(text) {
  const place = document.getElementById("announcer");
  if (place) place.textContent = text;
}

behaviour("connection", (bar) => {
  const words = bar.querySelector("span");
  const before = { text: words.textContent, hidden: bar.hidden };
  const show = (key) => {
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }).format(new Date());
    words.textContent = bar.dataset[key].replace("{time}", time);
    bar.hidden = false;
  };
  const online = () => {
    words.textContent = before.text;
    bar.hidden = before.hidden;
  };
  const offline = () => show("offline");
  addEventListener("offline", offline);
  addEventListener("online", online);
  bar.addEventListener("database", ({ detail }) => (detail === "away" ? show("away") : online()));
  if (!navigator.onLine) offline();
});

/** The stream says that the database is "away", or "back". */
export function databaseIs(name) {
  document.getElementById("bar").dispatchEvent(new CustomEvent("database", { detail: name }));
}

let over = false;

/** The session is over: said in the bar, and nothing on the page is touched. */
export function signedOut() {
  const bar = document.getElementById("bar");
  bar.querySelector("span").textContent = bar.dataset.signedOut;
  bar.hidden = false;
  over = true;
}

/** Is this the status of an answer that is no fragment of ours, or of none at all (0)? */
export function failed(status) {
  return !status || [401, 403, 413].includes(status) || status >= 500;
}

// An answer that is no fragment of ours must not take the place of one.
document.addEventListener("htmx:before:swap", (event) => {
  const { response, sourceElement } = event.detail.ctx ?? {};
  const status = response?.raw?.status ?? response?.status ?? 200;
  if (!failed(status)) {
    if (over) document.getElementById("bar").hidden = true; // signed in again
    over = false;
    return;
  }
  event.preventDefault();
  if (status === 401) signedOut();
  else if (!sourceElement?.matches?.("[data-live]")) say(document.getElementById("toasts").dataset.failed);
});

// The pressed control waits visibly; the dots come after 400 ms by the style sheet.
const waiting = new Map();
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const button = ctx?.request?.submitter;
  if (!button) return;
  button.setAttribute("aria-busy", "true");
  waiting.set(ctx, button);
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  waiting.get(ctx)?.removeAttribute("aria-busy");
  waiting.delete(ctx);
});
document.addEventListener("htmx:error", ({ detail }) => {
  if (detail?.ctx?.sourceElement?.matches?.("[data-live]")) return; // asked again by itself
  say(document.getElementById("toasts").dataset.failed);
});

// "New message from …" when a refresh brings one.
let known = null;
document.addEventListener("htmx:before:swap", () => {
  known = new Set([...document.querySelectorAll("#timeline .message")].map((message) => message.id));
});
document.addEventListener("htmx:after:swap", ({ detail }) => {
  if (!known?.size || detail?.ctx?.sourceElement?.id !== "timeline") return;
  for (const message of document.querySelectorAll("#timeline .message")) {
    if (known.has(message.id)) continue;
    const name = message.querySelector(".message__name")?.textContent ?? "";
    announce(document.getElementById("announcer").dataset.message.replace("{name}", name));
    unseen(message);
  }
});

// What comes while one reads moves nothing: it is said at the lower edge until one has come to it.
function unseen(message) {
  const pill = document.getElementById("newer");
  const scroller = message.closest(".pane__scroll");
  if (!pill || message.getBoundingClientRect().top < scroller.getBoundingClientRect().bottom - 40) return;
  if (!pill.hidden) return; // the first one is waited for
  pill.hidden = false;
  const come = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting && message.isConnected) return;
    pill.hidden = true;
    come.disconnect();
  }, { root: scroller, rootMargin: "0px 0px -40px" });
  come.observe(message);
  pill.querySelector("button").onclick = () => message.scrollIntoView({ block: "start" });
}
