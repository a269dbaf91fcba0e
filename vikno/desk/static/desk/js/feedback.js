// What the desk says back: toasts, waiting buttons, and a quiet voice for those who listen.
import { behaviour } from "./behaviours.js";
import { lasts } from "./lasting.js";

const most = 3; // toasts at a time: with more, the oldest leaves

behaviour("toast", (toast) => {
  for (const form of toast.dataset.replaces ? toast.parentElement.querySelectorAll("form") : []) {
    if (form.getAttribute("action") === toast.dataset.replaces) form.closest(".toast").remove(); // what it offered is done
  }
  const all = [...toast.parentElement.querySelectorAll(".toast:not([data-stays])")];
  for (const old of all.slice(0, -most)) old.remove();
  let timer = 0;
  const seconds = Number(toast.dataset.seconds);
  const stay = () => clearTimeout(timer);
  const go = () => {
    stay();
    if (!seconds) return;
    timer = setTimeout(() => toast.remove(), seconds * 1000);
    lasts(toast, Date.now() + seconds * 1000);
  };
  toast.addEventListener("pointerenter", stay);
  toast.addEventListener("pointerleave", go);
  toast.addEventListener("focusin", stay);
  toast.addEventListener("focusout", go);
  toast.addEventListener("click", (event) => event.target.closest("[data-dismiss]") && toast.remove());
  toast.addEventListener("submit", () => {
    lasts(toast, 0);
    setTimeout(() => toast.remove(), 100);
  });
  go();
  return stay;
});

/** Says something in a toast of our own; text only. With again(), a button does that; the toast then stays until it is pressed or put away. */
export function say(text, again) {
  const place = document.getElementById("toasts");
  const [toast] = place.querySelector("template").content.cloneNode(true).children;
  toast.querySelector(".toast__text").textContent = text;
  const button = toast.querySelector("[data-again]");
  if (again) {
    toast.dataset.seconds = "0";
    button.addEventListener("click", () => {
      toast.remove();
      again();
    });
  } else button.remove();
  place.append(toast);
}

/** Says something to screen readers alone. */
export function announce(text) {
  const place = document.getElementById("announcer");
  if (place) place.textContent = text;
}

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
