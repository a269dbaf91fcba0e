// Rich text in a text area. The editor is large and comes only when a composer is on the page; until then, and without it, the area itself is written in.
import { addFiles } from "./files.js";

const state = { bold: "bold", italic: "italic", strike: "strike", bulletList: "bulletList", orderedList: "orderedList", blockquote: "blockquote", codeBlock: "codeBlock", link: "link" };
const commands = {
  bold: (chain) => chain.toggleBold(),
  italic: (chain) => chain.toggleItalic(),
  strike: (chain) => chain.toggleStrike(),
  bulletList: (chain) => chain.toggleBulletList(),
  orderedList: (chain) => chain.toggleOrderedList(),
  blockquote: (chain) => chain.toggleBlockquote(),
  codeBlock: (chain) => chain.toggleCodeBlock(),
};

// Pictures from elsewhere would be fetched by everyone who reads: they do not come in by paste. The server strips them too.
function withoutPictures(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const picture of page.querySelectorAll("img, picture, video, audio, iframe, object")) picture.remove();
  return page.body.innerHTML;
}

function ownRules(E, form) {
  return E.Extension.create({
    name: "desk",
    addProseMirrorPlugins() {
      const plugin = E.pm?.state?.Plugin ?? E.Plugin;
      const take = (event, data) => {
        if (!data?.files.length) return false;
        event.preventDefault();
        event.stopPropagation();
        addFiles(form, data.files);
        form.removeAttribute("data-dropping");
        return true;
      };
      return [new plugin({ props: {
        transformPastedHTML: withoutPictures,
        handlePaste: (view, event) => take(event, event.clipboardData),
        handleDrop: (view, event) => take(event, event.dataTransfer),
      } })];
    },
  });
}

function bindToolbar(editor, form) {
  const buttons = [...form.querySelectorAll("[data-command]")];
  const draw = () => {
    for (const button of buttons) button.setAttribute("aria-pressed", editor.isActive(state[button.dataset.command]));
  };
  for (const button of buttons) {
    button.disabled = false;
    button.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays in the text
    const command = commands[button.dataset.command];
    if (command) button.addEventListener("click", () => command(editor.chain().focus()).run());
  }
  editor.on("transaction", draw);
  bindLink(editor, form);
}

function bindLink(editor, form) {
  const menu = form.querySelector("[data-link]");
  const input = menu?.querySelector("input");
  if (!menu) return;
  const set = () => {
    const written = input.value.trim();
    const href = /^(https?:|mailto:|tel:)/i.test(written) ? written : written.includes("@") ? `mailto:${written}` : `https://${written}`;
    menu.hidePopover();
    const chain = editor.chain().focus().extendMarkRange("link");
    if (!written) chain.unsetMark("link").run();
    else if (editor.state.selection.empty && !editor.isActive("link")) chain.insertContent({ type: "text", text: written, marks: [{ type: "link", attrs: { href } }] }).run();
    else chain.setMark("link", { href }).run();
  };
  menu.addEventListener("toggle", (event) => {
    if (event.newState === "open") input.value = editor.getAttributes("link").href ?? "";
  });
  menu.querySelector("button").addEventListener("click", set);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    set();
  });
}

/** Turns the area into an editor. Resolves to it, or to null when it could not be loaded; the area then works as it is. */
export async function openEditor(area, form, placeholder) {
  area.addEventListener("input", () => { delete area.dataset.html; }, { once: true }); // what is typed before the editor has come is newer
  let E;
  try {
    E = await import("../../django_prose_editor/editor.js");
  } catch (error) {
    console.warn("The editor could not be loaded; plain text works.", error);
    return null;
  }
  if (!area.isConnected) return null;
  const plain = area.value.trim() && !area.dataset.html;
  if (!plain) area.value = area.dataset.html || area.value;
  else area.value = area.value.split("\n").map((line) => Object.assign(document.createElement("p"), { textContent: line }).outerHTML).join("");
  const focused = document.activeElement === area;
  const element = Object.assign(document.createElement("div"), { className: "prose-editor" });
  area.before(element);
  element.append(area);
  const editor = new E.Editor({
    element,
    content: area.value,
    parseOptions: { preserveWhitespace: plain ? "full" : false }, // a space that one has just typed stays
    injectCSS: false, // the page's policy refuses it; composer.css holds the rules instead
    extensions: [
      E.Document, E.Paragraph, E.Text, E.HardBreak, E.History, E.Bold, E.Italic, E.Strike, E.Link.extend({ addKeyboardShortcuts: () => ({}) }), E.BulletList, E.OrderedList, E.ListItem,
      E.Blockquote, E.CodeBlock, E.Gapcursor, E.Placeholder.configure({ placeholder }), ownRules(E, form),
    ],
    onUpdate({ editor: changed }) {
      area.value = changed.isEmpty ? "" : changed.getHTML();
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
    onDestroy() {
      element.before(area);
      element.remove();
    },
  });
  editor.view.dom.setAttribute("aria-label", area.getAttribute("aria-label") ?? "");
  editor.view.dom.lang = area.lang; // of who will read it: the browser's spelling follows
  editor.view.dom.setAttribute("role", "textbox");
  editor.view.dom.setAttribute("aria-multiline", "true");
  form.querySelector('[name="format"]').value = "html";
  bindToolbar(editor, form);
  if (focused) {
    editor.commands.focus("end");
    editor.view.focus(); // at once: the command alone waits for a frame, and the keys of the desk would take what is typed meanwhile
  }
  return editor;
}
