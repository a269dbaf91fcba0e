// What an open page asks by itself is nobody at work: a session that nobody uses ends, also beside a list that stays fresh.
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (ctx.sourceEvent?.type === "refresh") ctx.request.headers["Vikno-By-Itself"] = "1";
});
