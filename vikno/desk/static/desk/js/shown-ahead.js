// What an act will change is seen at the click: who is responsible, status, priority, tags, following. If it is refused or does not go through, it is as before, and a toast says why.
// A page says where something is seen by data-shows="field"; the words are those of the choice that was made.
const underWay = new Map(); // request → what it is shown by: where and how, the copies from before, the field that was emptied
const steps = new Map(); // act that goes on in steps → the same of the request that began it

const initials = (name) => name.split(/\s+/).slice(0, 2).map((part) => part[0] ?? "").join("").toLocaleUpperCase();
const make = (name, set) => Object.assign(document.createElement(name), set);

function face(name) {
  const avatar = make("span", { className: "avatar avatar--small", textContent: initials(name), title: name });
  avatar.setAttribute("aria-hidden", "true");
  return avatar;
}

function stage(element, name) {
  element.dataset.stage = name;
  const use = element.querySelector("use");
  use?.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#stage-${name}`));
}

const tag = (name) => {
  const chip = make("span", { className: "tag" });
  chip.append(make("span", { textContent: name }));
  return chip;
};

// How each field is seen on the page of a ticket, and in a row of the list.
const onPage = {
  agent(place, option) {
    const [name, nobody] = [option.textContent.trim(), !Number(option.value)];
    place.className = nobody ? "muted" : "thread__who";
    place.replaceChildren(...(nobody ? [name] : [face(name), make("span", { className: "clip", textContent: name })]));
  },
  status(place, option) {
    place.lastElementChild.textContent = option.textContent;
    if (place.dataset.stage !== "snoozed") stage(place, option.dataset.stage);
  },
  priority(place, option) {
    place.lastElementChild.textContent = option.textContent;
    place.hidden = "ordinary" in option.dataset;
  },
  tags: (place, { textContent, gone }) => {
    if (gone) return place.querySelector(`[name="untag"][value="${CSS.escape(textContent)}"]`)?.parentElement.setAttribute("hidden", "");
    place.querySelector(".faint")?.remove(); // "None yet"
    for (const name of textContent.split(",")) if (name.trim()) place.append(tag(name.trim()));
  },
};
const inRow = {
  agent: [".ticket-row__end", (end, option) => {
    end.querySelector(".avatar")?.remove();
    if (Number(option.value)) end.append(face(option.textContent.trim()));
  }],
  status: [".ticket-row__stage", (place, option) => place.dataset.stage !== "snoozed" && stage(place, option.dataset.stage)],
};

/** What the request asks for: [field, the choice that was made]. */
function asked(entries, submitter) {
  const form = submitter?.form;
  const found = [];
  const choice = (name, value) => ["p", "bulk"].flatMap((place) => [...(document.querySelector(`#${place}-${name}`)?.options ?? [])]).find((option) => option.value === value);
  for (const field of ["agent", "status", "priority"]) {
    const value = entries.get(field);
    const option = value && choice(field, value);
    if (option || (field === "agent" && value === "" && form?.id !== "bulk" && (option ?? choice(field, "")))) found.push([field, option || choice(field, "")]);
  }
  if (entries.get("take") || entries.get("act") === "take") {
    const me = document.querySelector("select[name=agent] option[data-me]");
    if (me) found.push(["agent", me]);
  }
  if (entries.get("tag")) found.push(["tags", { textContent: entries.get("tag") }]);
  if (entries.get("untag")) found.push(["tags", { textContent: entries.get("untag"), gone: true }]);
  return found;
}

function show({ wanted, copies }) {
  for (const [selector, draw] of wanted) {
    const place = document.querySelector(selector);
    if (!place || "ahead" in place.dataset) continue;
    copies.push([place, place.cloneNode(true)]);
    place.dataset.ahead = "";
    draw(place);
  }
}

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const { submitter, body, action = "" } = ctx?.request ?? {};
  const number = ctx?.sourceElement?.closest?.("[data-ticket]")?.dataset.ticket;
  const [bulk, change] = ["bulk", "change"].map((name) => action.split("?")[0].endsWith(`/${name}`));
  if (!body?.get || !(bulk || (number && change))) return;
  const wanted = [];
  for (const [field, option] of asked(body, submitter)) {
    if (!bulk) wanted.push([`[data-ticket="${number}"] [data-shows="${field}"]`, (place) => onPage[field](place, option)]);
    const [part, draw] = inRow[field] ?? [];
    for (const one of !part ? [] : bulk ? body.getAll("ticket").map(parseFloat) : [number]) wanted.push([`#row-${one} ${part}`, (place) => draw(place, option)]);
  }
  const { turned } = submitter?.dataset ?? {};
  if (turned) wanted.push([`[data-turned][name="${submitter.name}"] .menu__word`, (word) => { word.textContent = turned; }]);
  const field = !bulk && body.get("tag") ? ctx.sourceElement.closest("form").elements.tag : null;
  const one = { wanted, copies: [], field, typed: field?.value };
  if (field) field.value = "";
  underWay.set(ctx, one);
  show(one);
});

// A refresh in between draws what the server knows so far.
document.addEventListener("htmx:after:swap", () => underWay.forEach(show));

/** As it was before; of `rows` alone (a selector), if it is said. */
function takeBack({ copies = [], field, typed } = {}, rows = "*") {
  for (const [place, copy] of copies.toReversed()) if (place.isConnected && place.closest(rows)) place.replaceWith(copy);
  if (field && !field.value) field.value = typed;
}
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const answer = ctx?.response?.raw;
  const mine = underWay.get(ctx);
  underWay.delete(ctx); // what is drawn now is the answer
  if (!answer?.ok || answer.headers.has("X-Refused")) return takeBack(mine);
  const step = ctx.request.body?.get?.("work"); // of an act that goes on: another request began it
  const one = step ? { copies: (steps.get(step)?.copies ?? []).filter(([place]) => "ahead" in place.dataset) } : mine; // not what was drawn anew since
  const left = answer.headers.get("X-Left"); // it was not done to these
  if (left) takeBack(one, left.split(",").map((number) => `#row-${number}`).join());
  const act = answer.headers.get("X-Goes-On");
  if (!act) steps.delete(step);
  else if (mine && !step) steps.set(act, mine);
});
document.addEventListener("htmx:error", ({ detail }) => {
  takeBack(underWay.get(detail?.ctx));
  underWay.delete(detail?.ctx);
});
