// What stands quoted below an answer: asked for while somebody looks, and again when something changes that it follows.
import { behaviour } from "./behaviours.js";

const followed = ["to", "cc", "bcc", "also", "quote", "from", "team", "language", "which"];

behaviour("quoted", (details) => {
  const form = details.closest("form");
  const ask = () => {
    if (details.open) document.getElementById("quote-asked")?.dispatchEvent(new Event("look"));
  };
  const change = ({ target }) => {
    if (followed.includes(target.name)) ask();
  };
  details.addEventListener("toggle", ask);
  form.addEventListener("change", change);
  return () => {
    details.removeEventListener("toggle", ask);
    form.removeEventListener("change", change);
  };
});
