// One list for everything: what can be done here, where one can go, people and tickets. It shows the key of each act, so it teaches.
import { behaviour } from "./behaviours.js";
import { acts, doable, handle, perform, spell } from "./keys.js";
import { asker, marked } from "./quick.js";

const always = /^(help|go-|new|do-next)/;

function places() {
  return [...document.querySelectorAll("#nav .nav__link[href]")].map((link) => ({
    word: link.querySelector(".nav__word").textContent,
    keys: null,
    run: () => link.click(),
  }));
}

function possible() {
  const found = [];
  for (const [act, { keys, word }] of acts()) {
    if (act === "palette" || act.startsWith("list-") || (!always.test(act) && !doable(act))) continue;
    found.push({ word, keys: keys[0], run: () => perform(act) });
  }
  return found;
}

function line(className, pieces) {
  const made = Object.assign(document.createElement("span"), { className });
  made.append(...marked(pieces));
  return made;
}

function option({ word, words, said, sub, keys }, id) {
  const item = document.createElement("li");
  item.className = "menu__item";
  item.id = id;
  item.setAttribute("role", "option");
  item.append(line("menu__word", words ?? [[word, false]]));
  if (sub) item.append(line("menu__sub", [[sub, false]]));
  for (const part of keys ? spell(keys) : []) item.append(Object.assign(document.createElement("kbd"), { textContent: part }));
  if (said?.length) item.append(line("menu__said", said));
  return item;
}

behaviour("palette", (dialog) => {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("ul");
  let shown = [];
  let at = 0;

  function choose(index) {
    at = Math.max(0, Math.min(index, shown.length - 1));
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", i === at));
    if (shown.length) input.setAttribute("aria-activedescendant", `palette-${at}`);
    else input.removeAttribute("aria-activedescendant");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  function draw() {
    const words = input.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const number = input.value.trim().replace(/^#/, "");
    shown = [...possible(), ...places()].filter(({ word }) => words.every((part) => word.toLocaleLowerCase().includes(part)));
    if (/^\d+$/.test(number)) {
      shown.unshift({ word: `${list.dataset.numberWord} ${number}`, keys: null, run: () => { location.href = list.dataset.number.replace(/0(?=\D*$)/, number); } });
    }
    show();
    ask(input.value.trim().length > 1 ? input.value : null);
  }

  // People and tickets by the same search as its page; they come after what can be done by that name.
  const ask = asker(list.dataset.search, (found, words) => {
    if (!found.length || words !== input.value) return;
    shown.push(...found.map(({ url, ...row }) => ({ ...row, keys: null, run: () => { location.href = url; } })));
    show(at);
  });

  function show(keep = 0) {
    shown = shown.slice(0, 40);
    list.replaceChildren(...shown.map((entry, i) => option(entry, `palette-${i}`)));
    if (!shown.length) list.append(Object.assign(document.createElement("li"), { className: "menu__heading", textContent: list.dataset.none }));
    choose(keep);
  }

  function run(index) {
    const entry = shown[index];
    if (!entry) return;
    dialog.close();
    entry.run();
  }

  input.addEventListener("input", draw);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(at + step);
    else if (event.key === "Enter") run(at);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => run([...list.children].indexOf(event.target.closest("li"))));
  handle("palette", () => {
    input.value = "";
    draw();
    dialog.showModal();
  });
});
