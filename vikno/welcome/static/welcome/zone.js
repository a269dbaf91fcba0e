// The browser knows its time zone: choose it, unless the page came back with an answer of its own. It may know the place by an older name ("Europe/Kiev"), so what
// it takes for the same zone will do.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const select = document.querySelector("select[name=zone]");
const untouched = !document.querySelector("[role=alert]");
const known = (name) => {
  try { return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone; } catch { return name; }
};
const same = (name) => [...select.options].find((one) => one.value === name) ?? [...select.options].find((one) => known(one.value) === name);
if (select && zone && untouched && same(zone)) select.value = same(zone).value;
