// The composer: reply or note, kept on the server while one writes, sent by Ctrl+Enter. What was typed is never thrown away.
import { behaviour } from "./behaviours.js";
import { openDraft } from "./drafts.js";
import { openEditor } from "./editor.js";
import { takeFiles } from "./files.js";
import { handle, perform } from "./keys.js";
import { offerColleagues } from "./mentions.js";
import { offerTemplates } from "./templates.js";

let sending = false; // between sending and the new composer nothing is typed and no draft is saved

// What was just said is seen.
function showEnd() {
  const scroller = document.querySelector('#thread [data-behaviour~="scroll-end"]');
  if (scroller) scroller.scrollTop = scroller.scrollHeight;
}

behaviour("composer", (form) => {
  const area = form.querySelector('textarea[name="body"]');
  const draft = openDraft(form);
  const kind = () => form.elements.kind.value;
  const placeholder = () => (kind() === "note" ? area.dataset.placeholderNote : area.dataset.placeholder);
  let editor = null;
  let alive = true;

  area.placeholder = placeholder();
  takeFiles(form);
  offerColleagues(form, area, () => editor);
  const openTemplates = offerTemplates(form, area, () => editor, draft);
  if (sending && !form.querySelector(".composer__alert")) showEnd();
  sending = false;
  const opening = openEditor(area, form, placeholder).then((made) => {
    if (!alive) made?.destroy();
    else editor = made;
  });

  // On a narrow window an empty composer is one line, so that reading has the screen.
  const empty = () => !area.value.trim() && !form.elements.files.files.length && !form.querySelector(".file, .composer__alert");
  const unfold = () => { form.dataset.fold = "open"; };
  const fold = () => {
    if (alive && empty() && !form.contains(document.activeElement)) form.dataset.fold = "closed";
  };
  fold();
  form.addEventListener("focusin", (event) => event.target.matches(".composer__unfold") || unfold()); // or it would be gone before it is pressed
  form.addEventListener("focusout", () => setTimeout(fold, 200)); // a button that is pressed takes the focus in between
  form.addEventListener("input", unfold);

  const focus = () => { // at once: what is typed before the editor has come stands in the area, and goes on in it
    (editor ? editor.view : area).focus();
    return opening;
  };
  const choose = (wanted) => {
    const radio = form.querySelector(`[name="kind"][value="${wanted}"]`);
    if (!radio) return false;
    unfold();
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

  form.querySelector(".composer__unfold")?.addEventListener("click", () => {
    unfold();
    focus();
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "language" && event.target.value) {
      area.lang = event.target.value;
      if (editor) editor.view.dom.lang = area.lang;
    }
    if (event.target.name !== "kind") return;
    area.placeholder = placeholder();
    editor?.view.dispatch(editor.state.tr); // the placeholder is drawn anew
    document.getElementById("composer-draft").elements.kind.value = kind();
  });
  form.addEventListener("submit", () => {
    draft.freeze();
    sending = true;
    area.readOnly = true;
    editor?.setEditable(false);
    for (const menu of form.querySelectorAll("[popover]:popover-open")) menu.hidePopover();
  });
  // While an answer is on the way that may draw this anew (see redrawn.js), nothing is typed here.
  let wasIn = false;
  const hold = () => {
    wasIn ||= form.contains(document.activeElement);
    area.readOnly = true;
    editor?.setEditable(false);
  };
  const release = () => {
    if (sending) return;
    area.readOnly = false;
    editor?.setEditable(true);
    draft.release();
    if (wasIn && document.activeElement === document.body) focus();
    wasIn = false;
  };
  document.addEventListener("vikno:hold", hold);
  document.addEventListener("vikno:release", release);
  form.addEventListener("not-done", ({ target }) => {
    if (target !== form) return; // something in it
    sending = area.readOnly = false;
    editor?.setEditable(true);
    draft.thaw(); // not sent: kept as a draft again
    if (document.activeElement === document.body) focus(); // or what is typed on would be taken for keys of the desk
  });
  handle("reply", () => choose("reply"));
  handle("note", () => choose("note"));
  const insertTemplate = () => (unfold(), focus().then(openTemplates), true);
  form.querySelector("[data-insert-template]")?.addEventListener("click", insertTemplate);
  handle("template", insertTemplate);
  handle("send", send(""));
  handle("send-close", send("close"));
  return () => {
    alive = false;
    document.removeEventListener("vikno:hold", hold);
    document.removeEventListener("vikno:release", release);
    draft.stop();
    editor?.destroy();
    for (const act of ["reply", "note", "template", "send", "send-close"]) handle(act, () => false);
  };
});

// The message that one is at is answered, else the last one that can be.
handle("answer", () => {
  const links = [...document.querySelectorAll("#timeline [data-answers]")];
  const link = links.find((one) => one.closest(".message").matches(":focus-within, :hover, :target")) ?? links.at(-1);
  link?.click();
  return Boolean(link);
});

document.addEventListener("htmx:after:swap", ({ detail }) => detail?.ctx?.sourceElement?.matches?.("[data-answers]") && perform("reply"));

// An empty composer speaks to the newest message shown; one in which something is written keeps what it was written for.
document.addEventListener("htmx:after:swap", () => {
  const form = document.querySelector(".composer");
  const shown = [...document.querySelectorAll("#timeline .message:not(.message--note)")].map((message) => Number(message.id.replace("message-", "")));
  if (form && !form.elements.body.value.trim()) form.elements.newest.value = Math.max(Number(form.elements.newest.value), ...shown);
});
