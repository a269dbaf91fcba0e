// Small behaviours that need a few lines each.
import { behaviour, memory, token } from "./behaviours.js";

// Panes that lie over others on narrow windows. Without a script :target does it.
behaviour("drawer", (link, signal) => {
  const click = (event) => {
    const pane = document.getElementById(link.getAttribute("aria-controls"));
    if (!pane) return;
    const open = !link.hasAttribute("data-close") && !pane.hasAttribute("data-open");
    if (open || !pane.matches(":target")) event.preventDefault(); // else it was opened before this script came: the link leads away from it
    pane.toggleAttribute("data-open", open);
    for (const other of document.querySelectorAll(`[aria-controls="${pane.id}"]:not([data-close])`)) other.setAttribute("aria-expanded", open);
    if (open) pane.focus();
    else document.querySelector(`[aria-controls="${pane.id}"]:not([data-close])`)?.focus();
  };
  link.addEventListener("click", click, { signal });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open], [popover]:popover-open")) return;
  const close = document.querySelector('[data-open] [data-behaviour~="drawer"][data-close]');
  if (!close) return;
  close.click();
  event.preventDefault();
}, true);

// Menus are native popovers; this adds arrows, and a place beside the opener where the browser cannot find one itself.
const anchored = CSS.supports("position-area", "block-end");
behaviour("menu", (button, signal) => {
  const menu = document.getElementById(button.getAttribute("popovertarget"));
  if (!menu) return;
  const items = () => [...menu.querySelectorAll(".menu__item, input")].filter((item) => !item.disabled);
  // The browser gives it the focus while it opens the menu: a key that comes right after is meant for it.
  const before = ({ newState }) => items().forEach((item, index) => { item.autofocus = newState === "open" && index === 0; });
  const toggle = (event) => {
    button.setAttribute("aria-expanded", event.newState === "open");
    if (event.newState !== "open" || anchored) return;
    const box = button.getBoundingClientRect();
    const own = menu.getBoundingClientRect();
    menu.style.top = `${Math.max(4, box.bottom + own.height + 4 > innerHeight ? box.top - own.height - 4 : box.bottom + 4)}px`;
    menu.style.left = `${Math.max(4, Math.min(box.left, innerWidth - own.width - 4))}px`;
  };
  const arrows = (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    const all = items();
    all.at((all.indexOf(document.activeElement) + by) % all.length)?.focus();
    event.preventDefault();
  };
  menu.addEventListener("beforetoggle", before, { signal });
  menu.addEventListener("toggle", toggle, { signal });
  menu.addEventListener("keydown", arrows, { signal });
});

behaviour("theme", (form, signal) => {
  const items = [...form.querySelectorAll("[name=theme]")];
  let before = null;
  const show = (chosen) => {
    if (chosen.value === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen.value;
    for (const item of items) item.setAttribute("aria-checked", item === chosen);
  };
  form.addEventListener("click", (event) => {
    const chosen = event.target.closest("[name=theme]");
    if (!chosen) return;
    before = items.find((item) => item.getAttribute("aria-checked") === "true");
    show(chosen);
  }, { signal });
  form.addEventListener("not-done", () => before && show(before), { signal });
});

behaviour("remember", (details, signal) => {
  const key = `open:${details.id}`;
  const was = memory.get(key);
  if (was !== null) details.open = was === "1";
  details.addEventListener("toggle", () => memory.set(key, details.open ? "1" : "0"), { signal });
});

behaviour("autosize", (area) => {
  if (CSS.supports("field-sizing", "content")) return;
  const fit = () => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  };
  area.addEventListener("input", fit);
  fit();
});

// A letter's frame has no scripts and its own policy; as it comes from here, its height can be read.
behaviour("frame", (frame) => {
  const fit = () => {
    const { body, documentElement: root } = frame.contentDocument ?? {};
    if (!body) return; // the root is never less tall than its frame, the body is as tall as its words
    const bar = root.scrollWidth > root.clientWidth ? 16 : 0; // of a letter that is too wide
    frame.style.height = `${Math.min(Math.ceil(Math.max(body.scrollHeight, body.getBoundingClientRect().height)) + bar + 2, 20000)}px`;
  };
  const watch = () => {
    const inside = frame.contentDocument;
    if (!inside?.body) return;
    const sizes = new ResizeObserver(fit); // a fold is opened, a picture comes
    for (const part of [inside.body, ...inside.images]) sizes.observe(part);
    fit();
  };
  frame.addEventListener("load", watch);
  if (frame.contentDocument?.readyState === "complete") watch();
});

// A ticket counts as opened once it has been in view for a second; merely loading it tells nothing.
behaviour("seen", (place) => {
  const timer = setInterval(() => {
    if (document.hidden) return;
    clearInterval(timer);
    const body = new FormData();
    body.set("csrfmiddlewaretoken", token());
    fetch(place.dataset.seen, { method: "POST", body, keepalive: true }).catch(() => {});
    document.querySelector(`.ticket-row[data-ticket="${place.closest("[data-ticket]").dataset.ticket}"]`)?.removeAttribute("data-unread");
  }, 1000);
  return () => clearInterval(timer);
});

// A ticket opens at the first message that one has not seen; else at its end, or where its newest message begins if that is taller than the pane.
behaviour("scroll-end", (scroller) => {
  const asked = location.hash && scroller.querySelector(CSS.escape ? `#${CSS.escape(location.hash.slice(1))}` : location.hash);
  if (asked) return void asked.scrollIntoView();
  const newest = [...scroller.querySelectorAll(".message")].at(-1);
  const start = scroller.querySelector("[data-unseen]") ?? (newest?.offsetHeight > scroller.clientHeight ? newest : null);
  scroller.scrollTop = start ? scroller.scrollTop + start.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 24 : scroller.scrollHeight;
});

// The tab one is on is seen, also where not all of them have room.
behaviour("tabs", (row) => row.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" }));
