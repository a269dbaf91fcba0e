// What is found, under the search box of the navigation, while one types (ARIA 1.2, combobox with a listbox). It is the search of its page, asked for a few rows.
import { behaviour } from "./behaviours.js";
import { check } from "./connection.js";
import { announce } from "./feedback.js";
import { leave } from "./focus.js";
import { remember } from "./search.js";

const quiet = 600; // ms without a key before the number of rows is read out

/** A way to ask what is found: one question at a time, and of those that come meanwhile the last. show(found, words) is called for that one alone. */
export function asker(address, show) {
  let wanted = null;
  let busy = false;
  let given = false; // up: what is on its way is wanted no more
  async function go() {
    busy = true;
    while (wanted !== null) {
      const words = wanted;
      wanted = null;
      given = false;
      const url = new URL(address, location.href);
      url.searchParams.set("q", words);
      try {
        const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
        const { found } = answer.ok ? await answer.json() : { found: [] };
        if (wanted === null && !given) show(found, words);
      } catch {
        check();
      }
    }
    busy = false;
  }
  return (words) => {
    wanted = words;
    given = words === null;
    if (words !== null && !busy) go();
  };
}

/** Pieces of text, [words, were they found], as nodes. */
export function marked(pieces) {
  return pieces.map(([text, mark]) => (mark ? Object.assign(document.createElement("mark"), { textContent: text }) : text));
}

/** One row of what was found, drawn from the prototype of its kind. */
function row({ kind, word, words, said, sub, url, text }, index, list) {
  const option = list.parentElement.querySelector("template").content.querySelector(`[data-kind="${kind}"]`).cloneNode(true);
  option.id = `${list.id}-${index}`;
  if (text) option.dataset.text = text; // a way to go on with the words
  else option.dataset.url = url;
  if (word) option.querySelector(".menu__word").append(...marked(words ?? [[word, false]]));
  option.querySelector(".menu__sub").textContent = sub ?? "";
  if (said?.length) option.querySelector(".menu__said").append(...marked(said));
  else option.querySelector(".menu__said").remove();
  return option;
}

behaviour("quick", (form) => {
  const input = form.querySelector('[role="combobox"]');
  const list = form.querySelector('[role="listbox"]');
  let at = -1;
  let timer = 0;

  const options = () => [...list.children];
  const isOpen = () => list.matches(":popover-open");
  const words = () => input.value.trim();

  function choose(index) {
    at = index;
    options().forEach((item, i) => item.setAttribute("aria-selected", i === at));
    if (options()[at]) input.setAttribute("aria-activedescendant", options()[at].id);
    else input.removeAttribute("aria-activedescendant");
    options()[at]?.scrollIntoView({ block: "nearest" });
  }
  function close() {
    clearTimeout(timer);
    ask(null);
    if (isOpen()) list.hidePopover();
    input.setAttribute("aria-expanded", "false");
    choose(-1);
  }
  function place() {
    const box = input.getBoundingClientRect();
    list.style.top = `${box.bottom + 4}px`;
    list.style.left = `${Math.max(8, Math.min(box.left, innerWidth - list.offsetWidth - 8))}px`;
  }
  function show(found, asked) {
    if (document.activeElement !== input || asked !== words()) return; // one has gone on meanwhile
    const everything = new URL(form.action);
    everything.searchParams.set("q", asked);
    const further = found.find(({ kind }) => kind === "all"); // there was no time to look at all
    const rows = further ? found : [...found, { kind: "all", word: list.dataset.all.replace("{text}", asked), url: everything.href }];
    list.replaceChildren(...rows.map((one, index) => row(one, index, list)));
    if (!isOpen()) list.showPopover();
    place();
    input.setAttribute("aria-expanded", "true");
    choose(Math.min(at, rows.length - 1)); // the arrows were quicker than the answer
    clearTimeout(timer);
    const offered = found.filter(({ text }) => text).length;
    const counted = offered ? list.dataset.offered.replace("{n}", offered) : list.dataset.count.replace("{n}", found.length);
    timer = setTimeout(() => announce(further ? further.word : counted), quiet);
  }
  const ask = asker(list.dataset.address, show);

  function open(item, elsewhere) {
    if (item.dataset.text) {
      close();
      input.value = item.dataset.text;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      return null;
    }
    remember(form);
    if (elsewhere) return window.open(item.dataset.url, "_blank", "noopener");
    location.href = item.dataset.url;
    return close();
  }
  const keys = {
    ArrowDown: () => (isOpen() ? choose((at + 1) % options().length) : ask(words() || null)),
    ArrowUp: () => (isOpen() ? choose((at < 1 ? options().length : at) - 1) : null),
    Escape: () => (isOpen() ? close() : leave()),
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && isOpen() && at >= 0) open(options()[at], event.ctrlKey || event.metaKey);
    else if (event.key === "Tab" && !event.shiftKey && isOpen() && options()[Math.max(at, 0)].dataset.text) open(options()[Math.max(at, 0)]);
    else if (keys[event.key]) keys[event.key]();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  input.addEventListener("input", () => {
    at = -1;
    if (words().length > 1 || /^#?\d+$/.test(words())) ask(words());
    else close();
  });
  input.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the field
  list.addEventListener("click", (event) => {
    const item = event.target.closest('[role="option"]');
    if (item) open(item, event.ctrlKey || event.metaKey);
  });
  form.addEventListener("submit", () => remember(form));
  addEventListener("resize", () => isOpen() && place());
});
