// The box of the search page: completions under it, the first row by an arrow, and what led somewhere is remembered.
import { behaviour, token } from "./behaviours.js";

/** What one looked for and found. */
export function remember(form) {
  const q = form.querySelector("[name=q]").value.trim();
  if (!q) return;
  const body = new FormData();
  body.set("q", q);
  body.set("csrfmiddlewaretoken", token());
  fetch(form.dataset.recent, { method: "POST", body, keepalive: true }).catch(() => {});
}

behaviour("finder", (form) => {
  const input = form.querySelector("[name=q]");
  const menu = form.querySelector("[role=listbox]");
  let at = -1;
  let declined = null;

  const options = () => [...menu.children];
  function close() {
    menu.hidden = true;
    at = -1;
    input.removeAttribute("aria-activedescendant");
  }
  function decline() { // also what is still on its way for these words
    declined = input.value;
    close();
  }
  function choose(index) {
    at = index;
    options().forEach((item, i) => item.setAttribute("aria-selected", i === at));
    if (options()[at]) input.setAttribute("aria-activedescendant", options()[at].id);
  }
  function take(item) {
    input.value = item.dataset.text;
    close();
    input.focus();
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function offer({ detail }) { // ways to go on come with what was found
    if (detail.ctx?.target?.id !== "found") return;
    const offered = document.getElementById("offered");
    if (offered && offered.dataset.for !== input.value) return; // there was another key, whose answer follows
    const wanted = offered && input.value !== declined && document.activeElement === input && input.selectionStart === input.value.length;
    menu.replaceChildren(...(wanted ? [offered.content.cloneNode(true)] : []));
    if (!wanted) return close();
    menu.hidden = false;
    if (at >= 0) choose(Math.min(at, options().length - 1)); // the arrows were quicker than the answer
  }

  document.addEventListener("htmx:after:swap", offer);
  input.addEventListener("input", () => {
    const typed = input.value.toLocaleLowerCase();
    for (const item of options()) if (!item.dataset.text.toLocaleLowerCase().startsWith(typed)) item.remove(); // it fits no more
    if (!options().length) close();
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!menu.hidden) {
      const all = options();
      if (step) choose((at + step + all.length) % all.length);
      else if (event.key === "Tab" && !event.shiftKey) take(all[Math.max(at, 0)]);
      else if (event.key === "Enter" && at >= 0) take(all[at]);
      else if (event.key === "Escape") decline();
      else return;
    } else if (step === 1) document.querySelector("#rows .ticket-row__link, .finder__person")?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  menu.addEventListener("mousedown", (event) => {
    const item = event.target.closest("[data-text]");
    if (item) take(item);
    event.preventDefault();
  });
  input.addEventListener("blur", close);
  form.addEventListener("submit", () => remember(form));
  const opened = (event) => event.target.closest?.("#found a") && remember(form);
  document.addEventListener("click", opened);
  return () => {
    document.removeEventListener("htmx:after:swap", offer);
    document.removeEventListener("click", opened);
  };
});
