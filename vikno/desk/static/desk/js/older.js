// What an open page has asked by itself before an act had its answer may come after it and know nothing of the act: it is not drawn, and asked for again.
import { touched } from "./live.js";
import { unrested } from "./pace.js";

let acts = 0; // that had an answer
const before = new WeakMap(); // request → how many had one when it was sent

const topicOf = (ctx) => ctx?.sourceElement?.dataset?.live;

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (topicOf(ctx) && ctx.sourceEvent?.type === "refresh") before.set(ctx, acts);
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx?.request && ctx.request.method !== "GET") acts += 1;
});
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if ((before.get(ctx) ?? acts) === acts) return;
  event.preventDefault();
  unrested(topicOf(ctx));
  touched([topicOf(ctx)]);
});
