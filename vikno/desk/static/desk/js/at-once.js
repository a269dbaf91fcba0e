// What leaves one's hands is seen to leave at the click. If it is refused or does not go through, it is back, and a toast says why.
const leaving = new Set(["close", "wait", "snooze", "delete", "spam"]); // names of buttons
const shown = new Map(); // request without an answer yet → ids of the rows that are shown to leave ahead of it

function numbers(submitter) {
  const row = submitter.closest(".ticket-row");
  if (row || submitter.form?.id !== "bulk") return [(row ?? submitter.closest("[data-ticket]"))?.dataset.ticket];
  return [...document.querySelectorAll('#rows [name="ticket"]:checked')].map((box) => box.closest(".ticket-row").dataset.ticket);
}

function mark(ids, leaves) {
  for (const row of ids.map((id) => document.getElementById(id)).filter(Boolean)) {
    if (leaves) row.dataset.handled = "";
    else delete row.dataset.handled;
  }
}

function takeBack(ctx) {
  mark(shown.get(ctx) ?? [], false);
  shown.delete(ctx);
}

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const submitter = ctx?.request?.submitter;
  if (!leaving.has(submitter?.name) || !submitter.value) return;
  submitter.closest("[popover]")?.hidePopover(); // the menu that it was chosen from
  shown.set(ctx, numbers(submitter).map((number) => `row-${number}`));
  mark(shown.get(ctx), true);
});
// A list that is drawn anew meanwhile knows nothing of it.
document.addEventListener("htmx:after:swap", () => { for (const ids of shown.values()) mark(ids, true); });
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const answer = ctx?.response?.raw;
  if (!answer?.ok || answer.headers.has("X-Refused")) takeBack(ctx);
  else shown.delete(ctx);
  mark((answer?.headers.get("X-Left") ?? "").split(",").map((number) => `row-${number}`), false); // customers have written meanwhile
});
document.addEventListener("htmx:error", ({ detail }) => takeBack(detail?.ctx));
