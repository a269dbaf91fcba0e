// Properties are edited where they stand: each is a form of its own.
import { behaviour } from "./behaviours.js";

// A property saves itself when it is changed; a date only once it is whole. Enter is a change and, right after it, a submission: that is one saving.
behaviour("autosubmit", (form, signal) => {
  let sent = false;
  form.addEventListener("change", (event) => {
    if (event.target.validity?.valid !== false) form.requestSubmit();
  }, { signal });
  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    sent = true;
    setTimeout(() => { sent = false; });
  }, { signal, capture: true });
});

// A refresh in place moves the mark of what is chosen, and the browser keeps to what was chosen by hand: the field then shows what the server knows. What was chosen and is on its way stays chosen; marks of the page cannot say so, for a refresh takes them away.
const underWay = new Map(); // request without an answer yet → its form
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (ctx?.sourceElement?.matches?.("#context form")) underWay.set(ctx, ctx.sourceElement);
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => underWay.delete(ctx));
document.addEventListener("htmx:error", ({ detail }) => underWay.delete(detail?.ctx));
document.addEventListener("htmx:after:swap", () => {
  const waiting = new Set(underWay.values());
  for (const select of document.querySelectorAll("#context select.inplace")) {
    if (waiting.has(select.form)) continue;
    const known = [...select.options].findIndex((option) => option.defaultSelected);
    if (known >= 0 && select.selectedIndex !== known) select.selectedIndex = known;
  }
});

// Words that one is typing stay, whatever a colleague makes of the property meanwhile. So does the version that they are typed over: who saves them is told first, and may do it then.
let typing = null;
document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  const field = document.activeElement;
  const dirty = field?.matches("#context input.inplace:not([role])") && field.value !== field.defaultValue && ![...underWay.values()].includes(field.form);
  const told = dirty && ctx?.sourceElement === field.form;
  const saved = told && !ctx.response?.raw?.headers.has("X-Refused");
  typing = dirty && !saved ? { field, value: field.value, version: told ? "" : field.form.elements.version?.value } : null;
});
document.addEventListener("htmx:after:swap", () => {
  if (!typing?.field.isConnected) return;
  const { field, value, version } = typing;
  if (field.value !== value) field.value = value;
  if (version) field.form.elements.version.value = version;
});
