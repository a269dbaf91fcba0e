// An act that did not go through: said at once and until it is done or put away, what was shown ahead of it is taken back, and it can be tried again.
import { check, cutOff, signedIn, signedOut } from "./connection.js";
import { say } from "./feedback.js";
import { touched } from "./live.js";

const began = new WeakMap(); // request → when
const words = () => document.getElementById("toasts").dataset;

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => ctx && began.set(ctx, Date.now()));

/** What somebody wanted, as the page calls it: "Close", or "Status: Waiting". */
function named(form, submitter) {
  if (form?.dataset.what) return form.dataset.what;
  const button = submitter?.getAttribute("aria-label") || submitter?.textContent.trim();
  if (button) return button;
  const control = [...(form?.elements ?? [])].find((one) => one.name && one.matches("select, input:not([type=hidden]), textarea"));
  const label = control?.labels?.[0]?.textContent.trim() || control?.getAttribute("aria-label");
  const value = control?.selectedOptions?.[0]?.textContent.trim() ?? control?.value;
  return label && value ? `${label}: ${value}` : label ?? "";
}

// The same once more, whatever has become of the form it came from: it names the ticket and the version that were seen.
function repeat(action, entries, what) {
  const form = Object.assign(document.createElement("form"), { hidden: true, method: "post" });
  form.setAttribute("hx-post", action);
  form.setAttribute("hx-swap", "none");
  form.dataset.what = what;
  for (const [name, value] of entries) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  document.body.append(form);
  window.htmx.process(form);
  form.addEventListener("htmx:finally:request", () => form.remove());
  form.requestSubmit();
}

function takeBack(form) {
  if (!form.matches('[data-behaviour~="autosubmit"]')) return;
  form.reset(); // what the server knows
}

function failed(ctx, pattern) {
  const { sourceElement: source, request } = ctx;
  if (request.method === "GET") {
    if (!source.matches("[data-live]") && !/(every|refresh|input|focus)/.test(source.getAttribute("hx-trigger") ?? "")) say(words().notOpened, () => source.click());
    source.dispatchEvent(new CustomEvent("not-done", { bubbles: true }));
    return;
  }
  const form = source.closest("form");
  const { submitter, body } = request;
  const what = named(form, submitter);
  const entries = [...(body instanceof FormData || body instanceof URLSearchParams ? body : [])].filter(([, value]) => typeof value === "string");
  const written = form?.matches(".composer");
  const again = () => (written ? form.requestSubmit(submitter) : repeat(request.action, entries, what));
  say(what ? words()[pattern].replace("{what}", what) : words().failed, again);
  if (!form) return;
  takeBack(form);
  form.dispatchEvent(new CustomEvent("not-done", { bubbles: true }));
}

document.addEventListener("htmx:error", ({ detail }) => {
  const { ctx, error } = detail ?? {};
  if (!ctx?.request) return;
  const waited = Date.now() - (began.get(ctx) ?? Date.now());
  if (error?.name === "AbortError" && waited < window.htmx.config.defaultTimeout - 1000) return; // another one took its place
  failed(ctx, "notDone");
  check();
});

// An answer that is no fragment of ours must not take the place of one.
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  const status = ctx?.response?.raw?.status ?? ctx?.response?.status ?? 200;
  if (![401, 403, 413].includes(status) && status < 500) return signedIn();
  event.preventDefault();
  if (status === 401) {
    signedOut();
    ctx.sourceElement?.closest?.("form")?.dispatchEvent(new CustomEvent("not-done", { bubbles: true }));
    return;
  }
  failed(ctx, "notDoneFault");
  if (status >= 500) check();
});

document.addEventListener("vikno:stayed", () => say(words().stayed));
addEventListener("beforeunload", (event) => {
  if (cutOff() && document.querySelector(".composer [data-saved-place]")?.dataset.state === "unsaved") event.preventDefault();
});

// What changed and could not be asked for is asked for again.
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const topic = ctx?.sourceElement?.dataset?.live;
  if (topic && (ctx.response?.status ?? 500) >= 500) touched([topic], 1000 + Math.random() * 3000);
});
