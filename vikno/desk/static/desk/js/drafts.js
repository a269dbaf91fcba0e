// What is being written is kept on the server: words every three seconds and on leaving, each file as soon as it is there.
import { token } from "./behaviours.js";
import { check, signedOut } from "./connection.js";
import { say } from "./feedback.js";
import { without } from "./files.js";
import { forgetLeft, keepLeft, nextTurn, takeLeft } from "./left.js";

const every = 3000; // ms between two savings
const patience = 120000; // ms for one file
let current = null; // of the composer on the page

/** What keeps the composer that is on the page; null before there is one. */
export const currentDraft = () => current;

/** Keeps what is in a composer's form until stop(). */
export function openDraft(form) {
  const place = form.querySelector("[data-saved-place]");
  const input = form.querySelector('input[type="file"]');
  const refused = new WeakSet(); // files that the server will not take: tried once
  let dirty = takeLeft(form);
  let frozen = false; // while the form is being sent
  let handed = false; // to the browser as the page was hidden: nobody has seen whether it arrived
  let under = 0; // requests under way
  let queue = Promise.resolve();

  function words() {
    const data = new FormData();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") data.append(name, value);
    data.set("csrfmiddlewaretoken", token());
    data.set("turn", nextTurn());
    return data;
  }

  async function post(data) {
    const answer = await fetch(form.dataset.draft, { method: "POST", body: data, headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(patience) });
    if (answer.status === 401) signedOut();
    if (!answer.ok && !(answer.status === 422 && data.has("files"))) throw new Error(answer.status);
    return answer;
  }

  function run(job) {
    under += 1;
    queue = queue.then(job).catch(() => {
      place.textContent = form.dataset.unsaved;
      place.dataset.state = "unsaved";
      check();
    }).then(() => { under -= 1; });
    return queue;
  }

  async function saveWords() {
    if (!dirty || frozen || !form.isConnected) return;
    dirty = false;
    const data = words();
    const kind = data.get("kind") ?? "note";
    try {
      await post(data);
      form.elements.was.value = kind;
    } catch (error) {
      dirty = true; // tried again in three seconds
      throw error;
    }
    forgetLeft(form);
    place.textContent = form.dataset.saved;
    delete place.dataset.state;
    setTimeout(() => { if (place.textContent === form.dataset.saved) place.textContent = ""; }, 2000);
  }

  async function saveFile(file) {
    if (frozen || !form.isConnected || ![...input.files].includes(file)) return;
    place.textContent = form.dataset.keeping;
    const data = words();
    data.append("files", file);
    const answer = await post(data); // if not, it stays in the field and goes when the form is sent
    place.textContent = "";
    if (answer.status === 422) {
      refused.add(file);
      say(await answer.text());
      return;
    }
    form.elements.was.value = data.get("kind") ?? "note";
    show(await answer.text());
    without(input, file);
  }

  async function removeFile(id) {
    const data = words();
    data.set("remove_file", id);
    show(await (await post(data)).text());
  }

  function show(files) {
    const page = new DOMParser().parseFromString(files, "text/html");
    form.querySelector("[data-kept]").replaceChildren(...page.body.children);
  }

  const save = () => (dirty && !under ? run(saveWords) : queue);
  const leave = () => {
    if (frozen || !(dirty || under)) return; // what is under way may be broken off
    handed = navigator.sendBeacon(form.dataset.draft, keepLeft(form, words()));
    dirty = !handed;
  };
  const timer = setInterval(save, every);
  const hidden = () => {
    if (document.hidden) return leave();
    forgetLeft(form);
    dirty ||= handed && !frozen; // once more, by a request whose answer is seen
    handed = false;
  };
  form.addEventListener("input", (event) => {
    if (event.target.type !== "file") dirty = true;
  });
  input.addEventListener("change", () => {
    for (const file of input.files) if (!refused.has(file)) run(() => saveFile(file));
  });
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", hidden);
  // An answer that leaves before its file is there would leave without it.
  form.addEventListener("submit", (event) => {
    if (!under) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    queue.then(() => form.requestSubmit(event.submitter));
  }, true);
  current = {
    words,
    show,
    freeze() { frozen = true; dirty = false; forgetLeft(form); },
    thaw() { frozen = false; dirty = true; },
    hold() { frozen = true; },
    release() { frozen = false; },
    settled: () => !dirty && !under,
    settle: () => (dirty ? run(saveWords) : queue),
    remove: (id) => run(() => removeFile(id)),
    stop() {
      leave();
      clearInterval(timer);
      removeEventListener("pagehide", leave);
      document.removeEventListener("visibilitychange", hidden);
    },
  };
  return current;
}
