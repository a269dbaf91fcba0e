// What draws the composer anew (undo, discard) waits until all that is written lies on the server, and nothing is written until its answer is there: it would be neither in the old composer nor in the new one.
import { currentDraft } from "./drafts.js";
import { nextTurn } from "./left.js";

const passed = new WeakSet();
const release = () => document.dispatchEvent(new CustomEvent("vikno:release"));
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.elements.turn) form.elements.turn.value = nextTurn();
  const current = currentDraft();
  if (current && event.submitter?.name === "remove_file") {
    event.preventDefault();
    event.stopImmediatePropagation();
    current.remove(event.submitter.value);
    return;
  }
  if (!current || !form.matches("[data-after-draft]")) return;
  document.dispatchEvent(new CustomEvent("vikno:hold"));
  if (passed.has(form) || current.settled()) {
    current.hold();
    form.addEventListener("htmx:finally:request", release, { once: true });
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  passed.add(form);
  const go = () => {
    if (form.isConnected && (current.settled() || form.id === "composer-draft")) form.requestSubmit(event.submitter);
    else release(); // what is not saved stays where it can be read
    passed.delete(form);
  };
  current.settle().then(go, go);
}, true);
