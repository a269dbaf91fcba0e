// The service worker: shows what comes for this device, and opens it. It keeps nothing, answers no request of a page and asks nobody for anything.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch { /* nothing, or nothing of ours; browsers want something to be shown all the same */ }
  event.waitUntil(show(told));
});

async function show({ title = "Vikno", body = "", url = "/notices", tag = "", lang = "", at, read = [] }) {
  const how = { body, lang, data: { url }, timestamp: at ?? Date.now() };
  if (tag) Object.assign(how, { tag, renotify: true }); // what is newer about the same takes its place
  await self.registration.showNotification(title, how);
  for (const one of await self.registration.getNotifications()) if (read.includes(one.tag)) one.close(); // read elsewhere
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(new URL(event.notification.data?.url ?? "/notices", self.location.origin)));
});

const given = /^\/(inbox\/|tickets\/\d+$|next$|notices$|todo$)/; // pages that one may be led away from: words at a request are kept there

/** In the tab that shows it, else in one that shows a list or a request, else in a new one. */
async function open(url) {
  if (url.origin !== self.location.origin) return;
  const all = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tabs = all.filter((one) => one.frameType === "top-level");
  const there = tabs.find((one) => new URL(one.url).pathname === url.pathname);
  const tab = there ?? tabs.find((one) => given.test(new URL(one.url).pathname));
  try {
    await tab.focus();
    if (!there) await tab.navigate(url.href);
  } catch { // there is none, or it may not be led elsewhere
    await self.clients.openWindow(url.href);
  }
}
