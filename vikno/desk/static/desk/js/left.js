// The words that a page was left with are on their way to the server while the next page may be drawn already. For that moment they stay in the tab too.
const moment = 15000; // ms: after so long they have arrived, or never will
const page = pageOfTab();
let turn = 0;

function pageOfTab() {
  try {
    sessionStorage.page ??= Math.random().toString(36).slice(2);
    return sessionStorage.page;
  } catch {
    return Math.random().toString(36).slice(2);
  }
}

const place = (form) => `left ${form.dataset.agent} ${form.dataset.draft}`;

/** Forgets what lies in the tab for longer than the moment, or all of it: whoever signs in next need not be who wrote it. */
export function forgetOld(all = false) {
  for (const key of Object.keys(sessionStorage).filter((one) => one.startsWith("left "))) {
    if (all || Date.now() - JSON.parse(sessionStorage.getItem(key)).at > moment) sessionStorage.removeItem(key);
  }
}

/** The number of the next saving: of two of this tab that are on their way at once, the later one counts, also when it was loaded anew in between. By the clock, as a tab may be doubled. */
export const nextTurn = () => `${page}.${turn = Math.max(turn + 1, Date.now())}`;

/** Keeps in the tab what a composer is left with, and answers it. */
export function keepLeft(form, data) {
  const fields = [...data].filter(([name]) => name !== "csrfmiddlewaretoken" && name !== "once");
  try {
    sessionStorage.setItem(place(form), JSON.stringify({ at: Date.now(), fields }));
  } catch { /* no room: the server has them in a moment */ }
  return data;
}

/** The composer lives on: what was kept of it is older than what it shows. */
export function forgetLeft(form) {
  sessionStorage.removeItem(place(form));
}

function arrived(drawn, left) {
  const [[there, upTo], [from, number]] = [drawn.split("."), left.split(".")];
  return there === from && Number(upTo) >= Number(number);
}

const who = (form) => ["to", "cc", "bcc"].map((name) => form.elements[name]?.value).filter(Boolean).join(", ");

function put(form, name, value) {
  const field = form.elements[name];
  if (field && field.type !== "radio") field.value = value; // a single one cannot be chosen otherwise
}

// What is folded away says in a line what it holds: the restored too.
function tell(form, before) {
  const to = form.querySelector("details.composer__to");
  if (to && who(form) !== before) {
    to.open = true;
    to.querySelector("summary .composer__who").textContent = who(form);
  }
  const quote = form.querySelector('[name="quote"]:checked')?.closest("label");
  if (quote) document.getElementById("quote-word").textContent = quote.textContent;
}

/** Shows in a composer that was just drawn what was left a moment ago and had not arrived by then. Answers whether there was anything. What was written for another dialog is none of its: it lies on the server. */
export function takeLeft(form) {
  const kept = sessionStorage.getItem(place(form));
  forgetLeft(form);
  if (!kept) return false;
  const { at, fields } = JSON.parse(kept);
  const left = Object.fromEntries(fields);
  const before = who(form);
  if (Date.now() - at > moment || left.dialog !== form.elements.dialog.value || arrived(form.dataset.drawn, left.turn)) return false;
  const area = form.elements.body;
  const html = left.format === "html";
  area.dataset.html = html ? left.body : "";
  area.value = html ? new DOMParser().parseFromString(left.body, "text/html").body.textContent : left.body;
  for (const name of ["kind", "to", "cc", "bcc", "subject", "quote"]) if (name in left) put(form, name, left[name]);
  const also = fields.filter(([name]) => name === "also").map(([, number]) => number);
  for (const box of form.querySelectorAll('[name="also"]')) box.checked = also.includes(box.value);
  tell(form, before);
  document.getElementById("composer-draft").elements.kind.value = form.elements.kind.value;
  if (left.body) form.elements.was.value = left.kind ?? "note";
  return true;
}

try { forgetOld(); } catch { /* a tab that keeps nothing */ }
