// The dialog in which other tickets are chosen. What stands in it comes from the server, and is a page of its own without a script.
import { behaviour, usable } from "./behaviours.js";

const shown = (place) => [...place.querySelectorAll(".pick")].map((row) => row.querySelector("input") ?? row); // a link, or a choice of the form

behaviour("asked", (body) => {
  const place = body.parentElement;
  const search = body.querySelector('[type="search"]');
  if (place.matches("dialog")) {
    if (!place.open) place.showModal();
    for (const link of place.querySelectorAll("[data-close]")) {
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        place.close();
      });
    }
    place.querySelector("form[data-closes]")?.addEventListener("submit", () => place.close());
  }
  const fields = body.querySelectorAll("form :is(input:not([type=hidden]), select, textarea)");
  [place.querySelector("[autofocus]"), search, ...fields].find((one) => one && usable(one))?.focus();
  let found = search?.value; // the words that the rows were found for
  let likeliest = false; // Enter was pressed before they were there
  const chosen = () => shown(body).some(({ checked }) => checked);
  const first = () => shown(body.querySelector(".picks > :first-child") ?? body)[0]; // none behind words that no request has the number that was typed
  search?.addEventListener("input", () => {
    likeliest = false;
    for (const row of shown(body)) row.checked = false; // it was chosen before one went on typing
  });
  search?.addEventListener("htmx:before:swap", (event) => {
    if (chosen()) event.preventDefault(); // before what was found has come: the choice stays
  });
  search?.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    found = new URL(ctx.request.action, location.href).searchParams.get(search.name);
    if (found !== search.value) return; // more was typed: that is still being looked for
    if (likeliest && ctx.status === "swapped" && !chosen()) first()?.click();
    likeliest = false;
  });
  body.addEventListener("keydown", (event) => {
    const rows = shown(body);
    const at = rows.indexOf(document.activeElement);
    const enter = event.key === "Enter" && event.target === search && !chosen();
    if (enter && rows.length && found !== search.value) likeliest = true;
    else if (enter && first()) first().click();
    else if (enter && search.form.method === "get") likeliest = false; // to send it would lead out of the dialog
    else if (event.key === "ArrowDown" && at < rows.length - 1) rows[at + 1].focus();
    else if (event.key === "ArrowUp" && at >= 0) (rows[at - 1] ?? search).focus();
    else return;
    event.preventDefault();
  });
});

// How many messages of the time line are selected. That the bar is there at all is said by the style sheet, also without a script.
behaviour("chosen", (bar) => {
  const count = bar.querySelector("[data-one]");
  const told = () => {
    count.textContent = count.dataset.one.replace("{n}", document.querySelectorAll('#timeline [name="message"]:checked').length);
  };
  const changed = (event) => event.target.name === "message" && told();
  document.addEventListener("change", changed);
  document.addEventListener("htmx:after:swap", told); // a message may have left the time line
  bar.addEventListener("reset", () => setTimeout(told));
  told();
  return () => {
    document.removeEventListener("change", changed);
    document.removeEventListener("htmx:after:swap", told);
  };
});
