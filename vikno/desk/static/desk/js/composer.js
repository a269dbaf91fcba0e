// The composer: reply or note, kept on the server while one writes, sent by Ctrl+Enter. What was typed is never thrown away.
import { behaviour, token } from "./behaviours.js";
import { openEditor } from "./editor.js";
import { addFiles, takeFiles } from "./files.js";
import { handle } from "./keys.js";

const every = 3000; // ms between two savings of a draft
let sending = false; // between sending and the new composer nothing is typed and no draft is saved
let sent = []; // files of the last sending: when it was refused, the new composer gets them back

function drafts(form) {
  const place = form.querySelector("[data-saved-place]");
  let dirty = false;
  let busy = false;

  function body() {
    const data = new FormData();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") data.append(name, value);
    data.set("csrfmiddlewaretoken", token());
    return data;
  }

  async function save() {
    if (!dirty || busy || sending || !form.isConnected || !form.dataset.draft) return;
    dirty = false;
    busy = true;
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: body(), keepalive: true });
      if (!answer.ok) throw new Error(answer.status);
      place.textContent = form.dataset.saved;
      setTimeout(() => { if (place.textContent === form.dataset.saved) place.textContent = ""; }, 2000);
    } catch {
      dirty = true; // tried again in three seconds
      place.textContent = form.dataset.unsaved;
    }
    busy = false;
  }

  const leave = () => {
    if (!dirty || sending || !form.dataset.draft) return;
    dirty = !navigator.sendBeacon(form.dataset.draft, body());
  };
  const timer = setInterval(save, every);
  const hidden = () => document.hidden && leave();
  form.addEventListener("input", (event) => {
    if (event.target.type !== "file") dirty = true;
  });
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", hidden);
  return {
    forget() { dirty = false; },
    stop() {
      leave();
      clearInterval(timer);
      removeEventListener("pagehide", leave);
      document.removeEventListener("visibilitychange", hidden);
    },
  };
}

// What was just said is seen.
function showEnd() {
  const scroller = document.querySelector('#thread [data-behaviour~="scroll-end"]');
  if (scroller) scroller.scrollTop = scroller.scrollHeight;
}

behaviour("composer", (form) => {
  const area = form.querySelector('textarea[name="body"]');
  const draft = drafts(form);
  const kind = () => form.elements.kind.value;
  const placeholder = () => (kind() === "note" ? area.dataset.placeholderNote : area.dataset.placeholder);
  let editor = null;
  let alive = true;

  area.placeholder = placeholder();
  takeFiles(form);
  if (sent.length && form.querySelector(".composer__alert")) addFiles(form, sent);
  sent = [];
  if (sending && !form.querySelector(".composer__alert")) showEnd();
  sending = false;
  const opening = openEditor(area, form, placeholder).then((made) => {
    if (!alive) made?.destroy();
    else editor = made;
  });

  const focus = () => opening.then(() => (editor ? editor.view : area).focus()) // at once: the editor's own command waits for a frame;
  const choose = (wanted) => {
    const radio = form.querySelector(`[name="kind"][value="${wanted}"]`);
    if (!radio) return false;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    focus();
    return true;
  };
  const send = (then) => () => {
    const note = kind() === "note";
    const button = form.querySelector(note ? ".composer__note" : `[name="then"][value="${then}"]`);
    if (!button) return false;
    form.requestSubmit(button);
    return true;
  };

  form.addEventListener("change", (event) => {
    if (event.target.name !== "kind") return;
    area.placeholder = placeholder();
    editor?.view.dispatch(editor.state.tr); // the placeholder is drawn anew
  });
  form.addEventListener("submit", () => {
    draft.forget();
    sending = true;
    area.readOnly = true;
    editor?.setEditable(false);
    sent = [...form.elements.files.files];
    for (const menu of form.querySelectorAll("[popover]:popover-open")) menu.hidePopover();
  });
  form.addEventListener("htmx:error", () => {
    sending = area.readOnly = false;
    editor?.setEditable(true);
    form.dispatchEvent(new Event("input")); // not sent: kept as a draft again
  });
  handle("reply", () => choose("reply"));
  handle("note", () => choose("note"));
  handle("send", send(""));
  handle("send-close", send("close"));
  return () => {
    alive = false;
    draft.stop();
    editor?.destroy();
    for (const act of ["reply", "note", "send", "send-close"]) handle(act, () => false);
  };
});

// An empty composer speaks to the newest message shown; one in which something is written keeps what it was written for.
document.addEventListener("htmx:after:swap", () => {
  const form = document.querySelector(".composer");
  const shown = [...document.querySelectorAll("#timeline .message:not(.message--note)")].map((message) => Number(message.id.replace("message-", "")));
  if (form && !form.elements.body.value.trim()) form.elements.newest.value = Math.max(Number(form.elements.newest.value), ...shown);
});
