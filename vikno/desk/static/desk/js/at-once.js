// What leaves one's hands is seen to leave at the click. If it is refused or does not go through, it is back, and a toast says why.
const leaving = new Set(["close", "wait", "snooze", "delete", "spam"]); // names of buttons
const shown = new WeakMap(); // request → the rows that were shown ahead of its answer

function numbers(submitter) {
  const row = submitter.closest(".ticket-row");
  if (row || submitter.form?.id !== "bulk") return [(row ?? submitter.closest("[data-ticket]"))?.dataset.ticket];
  return [...document.querySelectorAll('#rows [name="ticket"]:checked')].map((box) => box.value);
}

function takeBack(ctx) {
  for (const row of shown.get(ctx) ?? []) delete row.dataset.handled;
}

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const submitter = ctx?.request?.submitter;
  if (!leaving.has(submitter?.name) || !submitter.value) return;
  const rows = numbers(submitter).map((number) => document.getElementById(`row-${number}`)).filter(Boolean);
  for (const row of rows) row.dataset.handled = "";
  shown.set(ctx, rows);
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const answer = ctx?.response?.raw;
  if (!answer?.ok || answer.headers.has("X-Refused")) takeBack(ctx);
});
document.addEventListener("htmx:error", ({ detail }) => takeBack(detail?.ctx));
