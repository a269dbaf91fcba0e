// The browser knows its time zone: choose it, unless the page came back with an answer of its own.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const select = document.querySelector("select[name=zone]");
const untouched = !document.querySelector("[role=alert]");
if (select && zone && untouched && [...select.options].some((one) => one.value === zone)) select.value = zone;
