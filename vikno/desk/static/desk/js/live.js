// One stream for the whole browser: the tab that holds the lock listens, the others hear through a channel. The stream says what changed, never what it is now:
// each tab asks again for the fragments it shows.
import { check, databaseIs, signedOut, turnedAway } from "./connection.js";
import { drawn, earliest } from "./drawn.js";
import { untilNext } from "./pace.js";

const shared = Boolean(navigator.locks); // a page without https is given no locks: there each tab listens for itself, while it is seen
const me = crypto.randomUUID?.() ?? String(Math.random());
const gather = 250; // ms in which changes are collected before one question
const spread = 3000; // ms over which the tabs of a company ask again after a break
const wishes = new Map(); // tab → its topics, each with the change up to which it was drawn (NaN: nobody knows); known to the leader
const unheard = new Map(); // the same of topics that no stream has opened for yet
let leading = false;
let channel, stream, address, listening = "", last = "";
let stale = new Set(), timer = 0, due = Infinity; // what is asked for by the next question, and when that is

const places = () => [...document.querySelectorAll("[data-live]")];
const topics = () => [...new Set(places().map((place) => place.dataset.live))];

function refresh() {
  timer = 0;
  due = Infinity;
  if (document.hidden) return; // asked for when one comes back
  const early = new Map([...stale].map((topic) => [topic, untilNext(topic)]).filter(([, wait]) => wait > 0));
  for (const place of places()) {
    if (stale.has(place.dataset.live) && !early.has(place.dataset.live)) window.htmx.trigger(place, "refresh", {}, false); // alone: a place that stands in another does not ask for that one too
  }
  stale = new Set();
  for (const [topic, wait] of early) touched([topic], wait);
}

/** These topics have changed, or may have: what shows them is asked for again. */
export function touched(names, wait = gather) {
  for (const name of names) stale.add(name);
  const at = performance.now() + wait;
  if (!names.length || at >= due) return;
  clearTimeout(timer);
  due = at;
  timer = setTimeout(refresh, wait);
}

function told({ tickets = [], lists = [], topics: named = [] }) {
  touched([...named, ...tickets.map((number) => `ticket:${number}`), ...lists.map((key) => `list:${key}`), ...(lists.includes("counts") ? ["counts"] : [])]);
}

// After a break everything may have changed.
function resume() {
  touched(topics(), Math.random() * spread);
}

// The leader's part: one stream over the topics of all tabs.
function listen() {
  const asked = earliest(wishes.values());
  const wanted = [...asked.keys()].sort().join(",");
  if (!shared && document.hidden) return; // begins when it is looked at
  if (stream && wanted === listening && stream.readyState !== EventSource.CLOSED) return;
  const before = new Set(listening.split(","));
  for (const [topic, at] of asked) if (!before.has(topic)) unheard.set(topic, at);
  listening = wanted;
  stream?.close();
  let broken = false;
  const url = new URL(address, location.href);
  url.searchParams.set("topics", wanted);
  last = String([...unheard.values(), Number(last || NaN)].filter((at) => at >= 0).sort((a, b) => a - b)[0] ?? "");
  if (last) url.searchParams.set("since", last); // nothing in between may be missed
  stream = new EventSource(url);
  const pass = ({ data, lastEventId }) => {
    last = lastEventId || last;
    channel.postMessage({ changed: JSON.parse(data) });
    told(JSON.parse(data));
  };
  for (const name of ["hello", "here"]) stream.addEventListener(name, ({ lastEventId }) => { last = lastEventId || last; });
  stream.addEventListener("changed", pass);
  stream.addEventListener("presence", ({ data }) => pass({ data: JSON.stringify({ tickets: [JSON.parse(data).ticket] }) }));
  stream.addEventListener("refresh", ({ lastEventId }) => {
    last = lastEventId || last;
    channel.postMessage({ resumed: true });
    resume();
  });
  stream.addEventListener("signed-out", () => {
    stream.close();
    channel.postMessage({ over: true });
    signedOut();
  });
  const database = (name) => { channel.postMessage({ database: name }); databaseIs(name); };
  for (const name of ["away", "back"]) stream.addEventListener(name, () => database(name));
  stream.addEventListener("open", () => {
    database("back"); // only a database that answers lets a stream in, and another one may have said that it was away
    const named = [...unheard].filter(([, at]) => Number.isNaN(at)).map(([topic]) => topic); // the others are told of what came since
    unheard.clear();
    channel.postMessage(broken ? { resumed: true } : { changed: { topics: named } });
    broken ? resume() : touched(named);
    broken = false;
  });
  stream.addEventListener("error", async ({ target }) => {
    broken = true;
    channel.postMessage({ broken: true });
    check();
    if (target.readyState !== EventSource.CLOSED || target !== stream) return;
    if (await turnedAway(url)) channel.postMessage({ over: true });
    else setTimeout(listen, 1000 + Math.random() * spread);
  });
}

function lead() {
  leading = true;
  wishes.set(me, drawn());
  channel.postMessage({ who: true });
  setTimeout(listen, 100);
  addEventListener("pagehide", () => stream?.close());
  return new Promise(() => {}); // the lock is kept as long as the tab lives
}

function announce() {
  if (leading) {
    wishes.set(me, drawn());
    listen();
  } else channel.postMessage({ tab: me, topics: drawn() });
}

/** Begins when the page names the address of a stream. */
export function live() {
  address = document.body.dataset.stream;
  if (!address) return;
  channel = new BroadcastChannel(shared ? "vikno-live" : me);
  channel.addEventListener("message", ({ data }) => {
    if (data.changed) told(data.changed);
    else if (data.over) signedOut();
    else if (data.database) databaseIs(data.database);
    else if (data.broken) check();
    else if (data.resumed) resume();
    else if (data.who) announce();
    else if (leading && data.gone) wishes.delete(data.gone);
    else if (leading && data.tab) {
      wishes.set(data.tab, data.topics);
      listen();
    }
  });
  addEventListener("pagehide", () => channel.postMessage({ gone: me }));
  addEventListener("pageshow", (event) => { if (event.persisted) { announce(); resume(); } }); // by "back": it had left, and heard nothing
  if (shared) navigator.locks.request("vikno-live", lead);
  else lead();
  announce();
  document.addEventListener("htmx:after:swap", announce);
  document.addEventListener("vikno:back", () => { resume(); if (leading) listen(); });
  document.addEventListener("visibilitychange", () => {
    if (!shared) document.hidden ? stream?.close() : listen();
    if (!document.hidden && stale.size) refresh();
  });
}
