// A request under a resting pointer is fetched ahead, so that a click shows it at once. Nobody has opened it by that: the page tells so itself, once it is in view. On slow or dear lines nothing is fetched before the click.
const rest = 80; // ms; a pointer that only passes by fetches nothing
let over = null;
let timer = 0;

const isSlow = ({ saveData, effectiveType } = navigator.connection ?? {}) => Boolean(saveData) || ["slow-2g", "2g", "3g"].includes(effectiveType);
const fetchAhead = (link) => link.dispatchEvent(new Event("ahead")); // htmx listens for it: see "preload" in the settings of the page

document.addEventListener("pointerover", ({ target, pointerType }) => {
  const link = target.closest?.(".ticket-row__link");
  if (link === over) return;
  clearTimeout(timer);
  over = link;
  if (link && pointerType === "mouse" && !isSlow()) timer = setTimeout(() => link.isConnected && fetchAhead(link), rest);
});
document.addEventListener("mousedown", ({ target, button }) => {
  const link = button === 0 && target.closest?.("a");
  if (!link) return;
  clearTimeout(timer); // or it were fetched once more after the click
  fetchAhead(link);
});
