// "@" in a note offers colleagues by name; what is chosen stands there as written, and the server knows them by it.
import { behaviour } from "./behaviours.js";
import { complete } from "./choices.js";
import { matches, offer } from "./offering.js";

const longest = 40; // characters behind the @ that may still be a name

function colleagues(look) {
  const select = [...document.querySelectorAll('select[name="agent"]')].find((one) => one.options.length > 1);
  if (select) complete(select)?.then((more) => more && look());
  return [...(select?.options ?? [])].filter(({ value }) => value && value !== "0").map(({ textContent }) => textContent.trim());
}

// What stands behind the last @ before the caret, or null.
function begun(before) {
  const found = /(?:^|[^\p{L}\p{N}])@([\p{L}\p{N}'’ -]*)$/u.exec(before);
  return found && found[1].length <= longest ? found[1] : null;
}

// A note that has no composer.
behaviour("mentioning", (area) => void offerColleagues(area.form, area, () => null, () => true));

/** Offers colleagues while an @ is written in this composer, as long as what is written is a note. `opened()` gives the editor, or null for the plain area. */
export function offerColleagues(form, area, opened, isNote = () => form.elements.kind.value === "note") {
  const { look } = offer(form, area, opened, {
    id: "mentions",
    label: form.dataset.mention ?? area.dataset.mention,
    begun: (before) => (isNote() ? begun(before) : null),
    rows: (typed) => colleagues(look).filter((name) => matches(name, typed)).map((word) => ({ word })),
    choose({ word }, typed, editor) {
      if (editor) {
        const to = editor.state.selection.from;
        editor.chain().focus().deleteRange({ from: to - typed.length, to }).insertContent({ type: "text", text: `${word} ` }).run();
        return;
      }
      area.setRangeText(`${word} `, area.selectionStart - typed.length, area.selectionStart, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
}
