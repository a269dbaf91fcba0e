// What draws the composer anew (undo, discard) waits until all that is written lies on the server.
import { currentDraft } from "./drafts.js";

const passed = new WeakSet();
document.addEventListener("submit", (event) => {
  const form = event.target;
  const current = currentDraft();
  if (current && event.submitter?.name === "remove_file") {
    event.preventDefault();
    event.stopImmediatePropagation();
    current.remove(event.submitter.value);
    return;
  }
  if (!current || passed.has(form) || !form.matches("[data-after-draft]") || current.settled()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  passed.add(form);
  const go = () => {
    if (form.isConnected) form.requestSubmit(event.submitter);
    passed.delete(form);
  };
  current.settle().then(go, go);
}, true);
