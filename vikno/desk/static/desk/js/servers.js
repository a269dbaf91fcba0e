// The mail servers of an address are filled in when one leaves its field, unless somebody has written others there; the button does it in any case.
const finder = document.querySelector("[data-server-finder]");

if (finder) {
  const button = finder.querySelector("button");
  const said = finder.querySelector("[data-servers-said]");
  const { form } = button;
  const address = form.elements.address;
  const own = (name) => form.elements[name]?.value ?? "";
  let filled = {}; // what this script wrote there
  let asked = 0;

  const untouched = () => ["imap_host", "smtp_host"].every((name) => own(name) === "" || own(name) === filled[name]);

  function fill(fields) {
    for (const [name, value] of Object.entries(fields)) {
      const field = form.elements[name];
      if (!field) continue;
      field.value = value;
      filled[name] = value;
      field.removeAttribute("aria-invalid");
      if (value) for (const fold of folds(field)) fold.open = true;
    }
  }

  function* folds(field) {
    for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) yield fold;
  }

  async function ask(anyway) {
    if (!address.value.includes("@") || (!anyway && !untouched())) return;
    const mine = ++asked;
    const body = new FormData();
    for (const name of ["address", "csrfmiddlewaretoken"]) body.set(name, form.elements[name].value);
    body.set("find", "1");
    button.setAttribute("aria-busy", "true");
    const answer = await fetch(location.href, { method: "POST", body, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(8000) }).catch(() => null);
    if (mine !== asked) return; // another address was typed meanwhile
    button.removeAttribute("aria-busy");
    if (!answer?.ok) return; // the button is still there, and so are the fields
    const found = await answer.json();
    if (mine !== asked || (!anyway && !untouched())) return;
    said.replaceChildren(...new DOMParser().parseFromString(found.said, "text/html").body.children);
    fill(found.fields);
  }

  address.addEventListener("change", () => ask(false));
  button.addEventListener("click", (event) => {
    if (!address.value.includes("@")) return;
    event.preventDefault();
    ask(true);
  });
}
