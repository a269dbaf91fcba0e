// Choosing a colleague or a team by typing. The select keeps the value and is what one uses without a script; this stands in front of it (ARIA 1.2, combobox with a listbox).
import { behaviour, memory } from "./behaviours.js";
import { complete, row } from "./choices.js";

const most = 50; // options shown at a time
const remembered = 5; // chosen last, shown first
const folded = (text) => text.normalize("NFKC").toLocaleLowerCase();

behaviour("combobox", (combo) => {
  const select = combo.querySelector("select");
  const input = combo.querySelector('[role="combobox"]');
  const list = combo.querySelector('[role="listbox"]');
  const memo = `recent:${combo.dataset.recent}`;
  let shown = []; // options in the list
  let active = 0;
  let typed = "";
  let coming = null; // the choices that the page has not, while they are on their way
  let failed = false; // they could not be fetched
  const again = Object.assign(document.createElement("option"), { value: "again", textContent: combo.dataset.again });
  again.dataset.more = combo.dataset.failed;

  const isOpen = () => list.matches(":popover-open");
  const current = () => select.selectedOptions[0]?.textContent.trim() ?? "";
  const recent = () => (memory.get(memo) ?? "").split(" ").filter(Boolean);

  function matching() {
    const words = folded(typed).split(/\s+/).filter(Boolean);
    const last = recent();
    const rank = ({ dataset, value }) => ("me" in dataset ? 0 : value === "" || value === "0" ? 1 : last.includes(value) ? 2 + last.indexOf(value) : 99);
    const fits = (option) => words.every((word) => folded(`${option.textContent} ${option.dataset.more ?? ""}`).includes(word));
    return [...select.options].filter((option) => !option.disabled && fits(option)).sort((a, b) => rank(a) - rank(b)).slice(0, most);
  }

  function mark() {
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", index === active));
    const item = shown.length ? list.children[active] : null;
    if (item) input.setAttribute("aria-activedescendant", item.id);
    else input.removeAttribute("aria-activedescendant");
    item?.scrollIntoView({ block: "nearest" });
  }

  function draw() {
    shown = [...matching(), ...(failed ? [again] : [])];
    active = Math.max(0, Math.min(active, shown.length - 1));
    const none = Object.assign(document.createElement("li"), { className: "menu__heading", textContent: coming ? "…" : combo.dataset.none });
    list.replaceChildren(...(shown.length ? shown.map((option, index) => row(option, `${list.id}-${index}`, index === active)) : [none]));
    mark();
  }

  function open() {
    if (isOpen()) return;
    typed = "";
    grow();
    list.showPopover();
    input.setAttribute("aria-expanded", "true");
    active = Math.max(0, matching().findIndex((option) => option.selected));
    draw();
    place();
  }

  function place() {
    const box = input.getBoundingClientRect();
    const below = innerHeight - box.bottom > list.offsetHeight + 8;
    list.style.top = `${Math.max(4, below ? box.bottom + 2 : box.top - list.offsetHeight - 2)}px`;
    list.style.left = `${Math.max(4, Math.min(box.left, innerWidth - list.offsetWidth - 4))}px`;
  }

  // All the others come behind what stands there: what one is about to choose stays where it is.
  function grow() {
    if (coming) return;
    failed = false;
    coming = complete(select)?.then((more) => {
      coming = null;
      failed = more === null;
      if (!isOpen() || (more === false && shown.length)) return;
      const at = shown[active];
      active = matching().indexOf(at);
      draw();
      place();
    });
  }

  function close() {
    if (isOpen()) list.hidePopover();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    input.value = current();
  }

  function choose(option) {
    if (option === again) {
      grow();
      return draw();
    }
    const changed = option && option.value !== select.value;
    if (changed) {
      select.value = option.value;
      if (option.value) memory.set(memo, [option.value, ...recent().filter((one) => one !== option.value)].slice(0, remembered).join(" "));
    }
    close();
    if (changed) select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  const keys = {
    ArrowDown: () => { if (isOpen()) active = (active + 1) % Math.max(1, shown.length); else open(); },
    ArrowUp: () => { if (isOpen()) active = (active - 1 + shown.length) % Math.max(1, shown.length); else open(); },
    Enter: () => (!isOpen() ? open() : coming && !shown.length ? coming.then(() => isOpen() && !failed && choose(shown[active])) : choose(shown[active])),
    Escape: close,
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
    if (isOpen()) mark();
  });
  input.addEventListener("input", () => {
    const words = input.value;
    open();
    typed = words;
    active = 0;
    draw();
  });
  input.addEventListener("focus", () => { input.select(); open(); });
  input.addEventListener("click", open);
  combo.addEventListener("pointerenter", grow);
  input.addEventListener("blur", close);
  input.addEventListener("change", (event) => event.stopPropagation()); // only the select says that something was chosen
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the field
  list.addEventListener("click", (event) => {
    const item = event.target.closest('[role="option"]');
    if (item) choose(shown.find((option) => option.value === item.dataset.value));
  });
  // A refresh in place draws the field as the server knows it: closed, and with the likely ones alone.
  const refreshed = () => {
    if (!isOpen()) return close();
    input.setAttribute("aria-expanded", "true");
    const marked = shown[active]?.value;
    grow();
    active = matching().findIndex(({ value }) => value === marked);
    return draw();
  };
  document.addEventListener("htmx:after:swap", refreshed);
  select.form?.addEventListener("reset", () => setTimeout(close)); // once the select has its value back
  close();
  return () => document.removeEventListener("htmx:after:swap", refreshed);
});
