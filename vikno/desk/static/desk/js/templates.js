// "/" offers templates. The server fills the chosen one for who will read it and lays its files with the draft; what was typed stays, whatever becomes of that.
import { token } from "./behaviours.js";
import { check, signedOut } from "./connection.js";
import { say } from "./feedback.js";
import { folded, matches, offer } from "./offering.js";

// What stands behind a / that begins a word, or null: of an address or a fraction none.
function begun(before) {
  const found = /(?:^|\s)\/([\p{L}\p{N}_-]{0,30})$/u.exec(before);
  return found ? found[1] : null;
}

const fits = (row, typed) => matches(row.word, typed) || folded(row.sub).startsWith(`/${folded(typed)}`);

/** Offers templates while a / is written in this composer. Answers a function that opens the list by itself. */
export function offerTemplates(form, area, opened, draft) {
  let known = null;
  let asked = false;
  const offering = offer(form, area, opened, {
    id: "templates",
    label: form.dataset.offer,
    begun: (before) => {
      const typed = begun(before);
      if (typed !== null) fetchThem();
      return typed;
    },
    rows: (typed) => (known ?? []).filter((row) => fits(row, typed)),
    choose: (row, typed) => insert(row, typed),
  });

  async function fetchThem() {
    if (asked) return;
    asked = true;
    try {
      const answer = await fetch(form.dataset.templates, { signal: AbortSignal.timeout(10_000) });
      if (!answer.ok) throw new Error(answer.status);
      known = (await answer.json()).templates;
      offering.look();
    } catch {
      asked = false; // at the next /
      check();
    }
  }

  function put(html, text) {
    const editor = offering.writer();
    if (editor) return void editor.chain().focus().insertContent(html).run();
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async function insert(row, typed) {
    offering.back(typed.length + 1);
    const data = draft.words();
    data.set("template", row.id);
    try {
      const answer = await fetch(form.dataset.template, { method: "POST", body: data, headers: { "HX-Request": "true", "X-CSRFToken": token() }, signal: AbortSignal.timeout(30_000) });
      if (answer.status === 401) signedOut();
      if (!answer.ok || !answer.headers.get("Content-Type").includes("json")) throw new Error(answer.status);
      const { html, text, said, files } = await answer.json();
      if (!form.isConnected) return; // the composer was left meanwhile: its files lie with the draft
      draft.show(files);
      put(html, text);
      if (said) say(said);
    } catch {
      put(`/${typed}`, `/${typed}`); // as it was typed
      say(document.getElementById("toasts").dataset.failed);
      check();
    }
  }

  return () => {
    const editor = offering.writer();
    const before = editor ? editor.state.selection.$from.parent.textBetween(0, editor.state.selection.$from.parentOffset, "\n", "\n") : area.value.slice(0, area.selectionStart);
    put(/\S$/.test(before) ? " /" : "/", /\S$/.test(before) ? " /" : "/");
  };
}
