// Notices on this device. The browser is asked for its permission only at the click; which state holds here is known to it alone.
import { behaviour, token } from "./behaviours.js";

const written = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const bytesOf = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

/** The row of this browser, if the server knows the address that it gave. */
async function rowOf(subscription) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint));
  const mark = Array.from(new Uint8Array(digest), (one) => one.toString(16).padStart(2, "0")).join("");
  return document.querySelector(`[data-device="${mark}"]`);
}

async function registered() {
  const found = await navigator.serviceWorker.getRegistration("/");
  return found?.pushManager.getSubscription();
}

/** What holds in this browser: the name of a state on the page. */
async function stateOf() {
  if (!window.isSecureContext) return "insecure";
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return "unable";
  if (Notification.permission === "denied") return "denied";
  const mine = await registered();
  const row = mine && await rowOf(mine);
  if (!row) return "off";
  row.querySelector("[data-this]").hidden = false;
  return "on";
}

/** A subscription of this browser for our key; one for an older key is given up. */
async function subscribed(worker, key) {
  await navigator.serviceWorker.register(worker);
  const { pushManager } = await navigator.serviceWorker.ready;
  const before = await pushManager.getSubscription();
  if (before && written(before.options.applicationServerKey) === key) return before;
  await before?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) });
}

async function switchOn({ key, add, worker }) {
  if (await Notification.requestPermission() === "denied") return "denied";
  if (Notification.permission !== "granted") return "off";
  const made = await subscribed(worker, key).catch(() => null); // offline, or the service of the maker cannot be reached
  if (!made) return "failed";
  const body = new FormData();
  body.set("csrfmiddlewaretoken", token());
  body.set("endpoint", made.endpoint);
  body.set("key", written(made.getKey("p256dh")));
  body.set("secret", written(made.getKey("auth")));
  const answer = await fetch(add, { method: "POST", body }).catch(() => null);
  return answer?.status === 204 ? "done" : "refused";
}

behaviour("device", (place) => {
  const show = (state) => {
    for (const one of place.querySelectorAll("[data-state]")) one.hidden = one.dataset.state !== state;
  };
  place.addEventListener("click", async (event) => {
    if (!event.target.closest("[data-switch-on]")) return;
    show("busy");
    const state = await switchOn(place.dataset).catch(() => "failed");
    if (state === "done") location.reload();
    else show(state);
  });
  stateOf().catch(() => "unable").then(show);
});
