// Files by paste and drop. They go into the form's own file field, so that the form sends them like any others.
const shown = new WeakMap();

function size(bytes) {
  const mega = bytes >= 2 ** 20; // as the server counts
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: mega ? "megabyte" : "kilobyte", maximumFractionDigits: mega ? 1 : 0 }).format(Math.max(1, bytes / (mega ? 2 ** 20 : 2 ** 10)));
}

function draw(form, input) {
  const list = form.querySelector("[data-files]");
  for (const chip of shown.get(input) ?? []) chip.remove();
  const chips = [...input.files].map((file, index) => {
    const chip = Object.assign(document.createElement("li"), { className: "file" });
    const remove = Object.assign(document.createElement("button"), { className: "tag__remove", type: "button", textContent: "×" });
    remove.setAttribute("aria-label", `× ${file.name}`);
    remove.addEventListener("click", () => keep(input, [...input.files].filter((_, i) => i !== index)));
    chip.append(
      Object.assign(document.createElement("span"), { className: "file__name", textContent: file.name }),
      Object.assign(document.createElement("span"), { className: "file__size", textContent: size(file.size) }),
      remove,
    );
    return chip;
  });
  shown.set(input, chips);
  list.append(...chips);
}

function keep(input, files) {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  input.files = transfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Takes one file out of the field. */
export function without(input, file) {
  keep(input, [...input.files].filter((one) => one !== file));
}

/** Adds files to the form's field. */
export function addFiles(form, files) {
  const input = form.querySelector('input[type="file"]');
  keep(input, [...input.files, ...files]);
}

/** Lets files be dropped on a form, and shows what is attached. */
export function takeFiles(form) {
  const input = form.querySelector('input[type="file"]');
  const has = (event) => event.dataTransfer?.types.includes("Files");
  let earlier = [];
  input.addEventListener("click", () => { earlier = [...input.files]; });
  input.addEventListener("change", (event) => {
    if (event.isTrusted && earlier.length) {
      const all = [...earlier, ...input.files];
      earlier = [];
      keep(input, all); // choosing again adds, as people expect
      return;
    }
    draw(form, input);
  });
  form.addEventListener("dragover", (event) => {
    if (!has(event)) return;
    event.preventDefault();
    form.toggleAttribute("data-dropping", true);
  });
  form.addEventListener("dragleave", (event) => form.contains(event.relatedTarget) || form.removeAttribute("data-dropping"));
  form.addEventListener("drop", (event) => {
    form.removeAttribute("data-dropping");
    if (!has(event)) return;
    event.preventDefault();
    addFiles(form, event.dataTransfer.files);
  });
}
