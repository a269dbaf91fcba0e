// What does not fit: a list of words, empty if all does. Run by test_sizes.py in the page.
() => {
  const found = [];
  const say = (what, one) => found.push(`${what}: ${one.tagName.toLowerCase()}.${one.className?.baseVal ?? one.className} “${(one.textContent || one.value || one.getAttribute("aria-label") || "").trim().slice(0, 40)}”`);
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth + 1 || document.body.scrollWidth > innerWidth + 1) found.push(`the page is ${root.scrollWidth} wide`);
  const drawn = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && one.getBoundingClientRect().width > 1 && !one.closest("iframe, .sr-only, .skip, [inert]");
  const scrolls = (one) => {
    for (let at = one.parentElement; at; at = at.parentElement) if (/(auto|scroll)/.test(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth && at !== document.body && !at.matches(".pane, .pane__scroll, .nav__scroll")) return true;
    return false;
  };
  for (const pane of document.querySelectorAll(".pane, .pane__scroll, .nav__scroll, dialog[open]")) if (drawn(pane) && pane.scrollWidth > pane.clientWidth + 1) say(`${pane.scrollWidth} in ${pane.clientWidth}`, pane);
  const controls = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, h1, h2, .chip")].filter(drawn);
  for (const one of controls) {
    const box = one.getBoundingClientRect();
    if ((box.left < -1 || box.right > innerWidth + 1) && !scrolls(one)) say(`outside ${Math.round(box.left)}–${Math.round(box.right)}`, one);
    const style = getComputedStyle(one);
    const words = one.matches("button, a, summary, h1, h2, .chip");
    if (words && style.textOverflow !== "ellipsis" && one.scrollWidth > one.clientWidth + 2 && one.clientWidth && style.display !== "inline" && !one.matches(".ticket-row__link, .composer__attach")) say(`cut ${one.scrollWidth} in ${one.clientWidth}`, one);
    if (words && /hidden|clip/.test(style.overflowY) && one.scrollHeight > one.clientHeight + 3 && one.clientHeight > 1) say(`cut ${one.scrollHeight} high in ${one.clientHeight}`, one);
  }
  const pressed = controls.filter((one) => one.matches("button, a.button, select, input:not([type=checkbox], [type=radio], [type=file]), summary") && !one.closest("[popover]"));
  for (const [index, one] of pressed.entries()) for (const other of pressed.slice(index + 1)) {
    if (one.contains(other) || other.contains(one)) continue;
    const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 3 && high > 3 && one.closest(".pane, .nav, dialog, .toasts") === other.closest(".pane, .nav, dialog, .toasts") && one.parentElement === other.parentElement) say(`over ${other.className}`, one);
  }
  return [...new Set(found)];
}
