// Copies what a field shows. Where the browser keeps the clipboard from pages (one without https), the field is at least selected, so that the keys do it.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  const field = button && document.getElementById(button.dataset.copy);
  if (!field) return;
  field.focus();
  field.select();
  const done = navigator.clipboard ? await navigator.clipboard.writeText(field.value).then(() => true, () => false) : document.execCommand("copy");
  if (!done) return;
  const word = button.querySelector("[data-word]");
  word.dataset.before ??= word.textContent;
  word.textContent = button.dataset.done;
  setTimeout(() => { word.textContent = word.dataset.before; }, 2000);
});
