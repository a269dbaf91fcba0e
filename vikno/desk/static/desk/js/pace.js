// How often what goes on changing is asked for: at once after a quiet while, then the seldomer the longer answers take. So many open desks ask a busy server for less.
const times = 15; // a topic rests so many times as long as its last answer took
const most = 10_000; // ms
const least = { counts: 2000 }; // ms; nobody reads badges by the second
const begun = new WeakMap(); // request → when it was sent
const next = new Map(); // topic → when it may be asked for again

/** Milliseconds until this topic may be asked for again; 0 or less: now. */
export const untilNext = (topic) => (next.get(topic) ?? 0) - performance.now();

/** This topic need not rest: what was asked for has not been shown. */
export const unrested = (topic) => next.delete(topic);

const topicOf = (ctx) => ctx?.sourceElement?.dataset?.live;

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const topic = topicOf(ctx);
  if (!topic) return;
  begun.set(ctx, performance.now());
  next.set(topic, performance.now() + (least[topic] ?? 0)); // not twice while the answer is on its way
});

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const [topic, at] = [topicOf(ctx), begun.get(ctx)];
  if (topic && at) next.set(topic, at + Math.max(least[topic] ?? 0, Math.min(most, times * (performance.now() - at))));
});
