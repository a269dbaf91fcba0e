// Keys, hints, the palette's list and the help dialog come from one registry: the entries of the dialog #shortcuts, drawn by the server in the viewer's language.
import { behaviour, onAdded, usable } from "./behaviours.js";
import { leave } from "./focus.js";

const registry = new Map(); // act → { keys: [combination], word }
const handlers = new Map();
const possibles = new Map(); // act → whether its handler would have something to do
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
let leader = ""; // "g" was pressed and waits for its second key
let leaderTimer = 0;

/** Says what an act does when no control on the page stands for it. handler(event) returns false when it has nothing to do. */
export function handle(act, handler, possible) {
  handlers.set(act, handler);
  if (possible) possibles.set(act, possible);
}

/** Is there anything on this page that the act could be done to? */
export const doable = (act) => Boolean(possibles.get(act)?.() || control(act));

/** All acts with their words and keys; for the palette. */
export function acts() {
  return registry;
}

/** The control that stands for an act here and now: one that is seen, else one in a menu that could be opened. */
export function control(act) {
  let all = [...document.querySelectorAll(`[data-act="${CSS.escape(act)}"]`)];
  if (all[0]?.closest(".toast, .message")) all.reverse(); // the last thing that was done or said
  const here = all.filter((one) => one.closest(".message")?.matches(":focus-within, :hover, :target"));
  if (here.length) all = here;
  return all.find(usable) ?? all.find((one) => {
    const opener = document.querySelector(`[popovertarget="${one.closest(".menu[popover]")?.id}"]`);
    return opener && usable(opener) && !one.disabled;
  });
}

/** Presses a control, or gives it the focus if it is one that is filled in or chosen from. */
export function press(target) {
  if (!target.matches("select, textarea, input:not([type=radio], [type=checkbox], [type=file]), [data-goes]")) return target.click();
  for (const fold of [target.closest("details:not([open])"), target.closest("[popover]")]) {
    if (fold?.matches("details")) fold.open = true;
    else fold?.showPopover?.();
  }
  const drawer = target.closest(".pane--context");
  if (drawer && !usable(target)) control("context")?.click(); // on a narrow window it lies behind a button
  target.focus();
  target.select?.();
  if (target.matches("select")) try { target.showPicker(); } catch { /* the focus is enough */ }
}

/** Does an act: its handler first, else its control is pressed or given the focus. Returns whether anything was done. */
export function perform(act, event) {
  const handler = handlers.get(act);
  if (handler && handler(event) !== false) return true;
  const target = control(act);
  if (!target) return false;
  press(target);
  return true;
}

// Letters are taken as written; on a Cyrillic layout the key that bears the Latin letter counts.
function letter(event) {
  if (/^\p{L}$/u.test(event.key) && event.key > "\u007f") {
    const latin = { BracketLeft: "[", BracketRight: "]" }[event.code] ?? event.code.replace(/^Key/, "").toLowerCase();
    return latin.length === 1 ? (event.shiftKey ? latin.toUpperCase() : latin) : event.key;
  }
  return event.key;
}

function combination(event) {
  const key = letter(event);
  const single = key.length === 1;
  const mod = isMac ? event.metaKey : event.ctrlKey;
  return `${mod ? "mod+" : ""}${event.shiftKey && (!single || mod) ? "shift+" : ""}${single && mod ? key.toLowerCase() : key}`;
}

function typing(target) {
  return target.isContentEditable || target.matches?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select");
}

function find(pressed) {
  for (const [act, { keys }] of registry) if (keys.includes(pressed)) return act;
  return null;
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || event.target.closest?.("#palette")) return;
  const pressed = combination(event);
  const mode = document.body.dataset.keys || "on";
  if (!pressed.startsWith("mod+")) {
    if (mode === "off" || event.ctrlKey || event.metaKey || event.altKey !== (mode === "alt")) return;
    if (typing(event.target)) {
      const offers = event.target.getAttribute("aria-expanded") === "true" || event.target.hasAttribute("aria-activedescendant");
      if (event.key === "Escape" && !offers) leave(); // an open list is closed first, by its field
      return;
    }
    if (document.querySelector("dialog[open], [popover]:popover-open")) return;
    if (["Enter", " "].includes(event.key) && event.target.closest("a, button, summary, label, input")) return;
  } else if (pressed === "mod+z" && typing(event.target)) return;
  const act = find(leader ? `${leader}_${pressed}` : pressed);
  leader = "";
  if (act && perform(act, event)) {
    event.preventDefault();
    event.stopPropagation();
  } else if ([...registry.values()].some(({ keys }) => keys.some((key) => key.startsWith(`${pressed}_`)))) {
    leader = pressed;
    clearTimeout(leaderTimer);
    leaderTimer = setTimeout(() => { leader = ""; }, 1200);
  }
}

const names = { ArrowDown: "↓", ArrowUp: "↑", Enter: "↵", Escape: "Esc", mod: isMac ? "⌘" : "Ctrl", shift: isMac ? "⇧" : "Shift" };

/** One combination as words to show: "mod+Enter" → ["Ctrl", "↵"]. */
export function spell(keys) {
  return keys.split(/[+_](?=.)/).flatMap((part) => (/^[A-Z]$/.test(part) ? [names.shift, part] : [names[part] ?? part]));
}

function hint(root) {
  const off = document.body.dataset.keys === "off";
  for (const element of [...(root.matches("[data-act]") ? [root] : []), ...root.querySelectorAll("[data-act]")]) {
    const entry = registry.get(element.dataset.act);
    if (!entry || element.hasAttribute("aria-keyshortcuts") || (off && !entry.keys[0].startsWith("mod"))) continue;
    const [first] = entry.keys;
    element.setAttribute("aria-keyshortcuts", first.replace("mod", isMac ? "Meta" : "Control").replace("_", " "));
    const name = element.title || element.getAttribute("aria-label") || entry.word;
    (element.matches("input") ? element.parentElement : element).title = `${name} (${spell(first).join(" ")})`;
  }
  for (const element of root.querySelectorAll("kbd[data-mod]")) element.textContent = names.mod;
}

behaviour("keys", (dialog) => {
  for (const row of dialog.querySelectorAll("[data-key-act]")) {
    const keys = row.dataset.keyKeys.split(" ");
    registry.set(row.dataset.keyAct, { keys, word: row.querySelector(".keys__word").textContent });
    const place = row.querySelector("[data-key-hint]");
    for (const part of spell(keys[0])) place.append(Object.assign(document.createElement("kbd"), { textContent: part }));
  }
  handle("help", () => dialog.showModal());
  document.addEventListener("keydown", onKey, true); // before the editor, which knows some of these keys itself
  hint(document.body);
});
onAdded((root) => registry.size && hint(root));
document.addEventListener("htmx:after:swap", () => hint(document.body)); // a refresh in place takes them off

handle("go-inbox", () => document.querySelector(".nav__brand")?.click());
for (const place of ["next", "todo", "mine", "unassigned", "snoozed"]) handle(`go-${place}`, () => document.querySelector(`[data-place="${place}"]`)?.click());
