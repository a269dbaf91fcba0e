// The ticket on paper: what print.css leaves of the page.
import { behaviour } from "./behaviours.js";

behaviour("print", (button) => button.addEventListener("click", () => {
  button.closest("[popover]")?.hidePopover();
  print();
}));
