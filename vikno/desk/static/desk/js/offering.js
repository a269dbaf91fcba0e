// A list that opens while one writes a sign ("@", "/") in a composer, and is narrowed by what is typed behind it.
const most = 8;

/** How a text looks for comparing it. */
export const folded = (text) => text.normalize("NFKC").toLocaleLowerCase();

/** Whether each word of what was typed begins a word of a name. */
export const matches = (name, typed) => folded(typed).split(/\s+/).filter(Boolean).every((word) => folded(name).split(/[\s-]+/).some((part) => part.startsWith(word)));

/** Offers rows in a composer. `opened()` gives the editor, or null for the plain area. `begun(before)` answers what is typed behind the sign, or null; `rows(typed)` what is offered: [{ word, sub }]; `choose(row, typed, writer)` puts it in place. Answers { look, close, open, back }. */
export function offer(form, area, opened, { id, label, begun, rows, choose }) {
  const writer = () => (opened()?.isDestroyed === false ? opened() : null); // one that was taken away has no view
  const list = Object.assign(document.createElement("ul"), { className: "menu combo__list", id, role: "listbox", popover: "manual" });
  list.setAttribute("aria-label", label ?? "");
  form.append(list);
  let shown = [];
  let active = 0;
  let typed = "";

  const field = () => writer()?.view.dom ?? area;
  const isOpen = () => list.matches(":popover-open");
  const close = () => {
    if (!isOpen()) return; // another list may have opened in this field
    list.hidePopover();
    field().removeAttribute("aria-activedescendant");
  };

  function before() {
    const editor = writer();
    if (!editor) return area.selectionStart === area.selectionEnd ? area.value.slice(0, area.selectionStart) : "";
    const { $from, empty } = editor.state.selection;
    return empty ? $from.parent.textBetween(0, $from.parentOffset, "\n", "\n") : "";
  }

  function place() {
    const box = writer() && getSelection().rangeCount ? getSelection().getRangeAt(0).getBoundingClientRect() : area.getBoundingClientRect();
    const at = box.height ? box : field().getBoundingClientRect();
    const below = innerHeight - at.bottom > list.offsetHeight + 8;
    list.style.top = `${Math.max(4, below ? at.bottom + 4 : at.top - list.offsetHeight - 4)}px`;
    list.style.left = `${Math.max(4, Math.min(at.left, innerWidth - list.offsetWidth - 4))}px`;
  }

  function draw() {
    list.replaceChildren(...shown.map(({ word, sub }, index) => {
      const item = Object.assign(document.createElement("li"), { className: "menu__item", id: `${id}-${index}`, role: "option" });
      item.append(Object.assign(document.createElement("span"), { className: "menu__word", textContent: word }));
      if (sub) item.append(Object.assign(document.createElement("span"), { className: "menu__sub", textContent: sub }));
      item.setAttribute("aria-selected", index === active);
      return item;
    }));
    field().setAttribute("aria-activedescendant", `${id}-${active}`);
    list.children[active]?.scrollIntoView({ block: "nearest" });
  }

  function look() {
    const written = begun(before());
    shown = written === null ? [] : rows(written).slice(0, most);
    if (!shown.length || (shown.length === 1 && folded(shown[0].word) === folded(written.trim()))) return close();
    typed = written;
    active = Math.min(active, shown.length - 1);
    if (!isOpen()) {
      active = 0;
      list.showPopover();
    }
    draw();
    return place();
  }

  const take = (row) => {
    close();
    choose(row, typed, writer());
  };
  /** Takes so many letters before the caret away. */
  const back = (letters) => {
    const editor = writer();
    if (editor) {
      const to = editor.state.selection.from;
      editor.chain().focus().deleteRange({ from: to - letters, to }).run();
    } else area.setRangeText("", area.selectionStart - letters, area.selectionStart, "end");
  };
  const keys = {
    ArrowDown: () => { active = (active + 1) % shown.length; draw(); },
    ArrowUp: () => { active = (active + shown.length - 1) % shown.length; draw(); },
    Enter: () => take(shown[active]),
    Tab: () => take(shown[active]),
    Escape: close,
  };
  // Ahead of the editor, which takes Enter for a new line.
  form.addEventListener("keydown", (event) => {
    if (!isOpen() || event.isComposing || !keys[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }, true);
  area.addEventListener("input", look); // the editor hands its changes on to the area
  form.addEventListener("focusout", () => setTimeout(() => form.contains(document.activeElement) || close(), 150));
  form.addEventListener("change", ({ target }) => target.name === "kind" && close());
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the text
  list.addEventListener("click", ({ target }) => {
    const item = target.closest('[role="option"]');
    if (item) take(shown[[...list.children].indexOf(item)]);
  });
  return { look, close, back, writer };
}
