// A file shown large: the arrows lead to the files before and after it, and its message is shown behind the dialog.
import { behaviour } from "./behaviours.js";

behaviour("look", (body) => {
  const place = body.parentElement;
  const keys = (event) => {
    const way = event.ctrlKey || event.metaKey || event.altKey ? null : place.querySelector(`[data-look="${CSS.escape(event.key)}"]`);
    if (!way) return;
    way.click();
    event.preventDefault();
  };
  const leave = (event) => event.target.closest("[data-place]") && place.close?.();
  place.addEventListener("keydown", keys);
  place.addEventListener("click", leave);
  return () => {
    place.removeEventListener("keydown", keys);
    place.removeEventListener("click", leave);
  };
});
