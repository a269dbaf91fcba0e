// What an open page asks by itself is nobody at work: a session that nobody uses ends, also beside a list that stays fresh.
// What a person's click lets a part ask for has an event of another name ("fresh").
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (["refresh", "load", "every"].includes(ctx.sourceEvent?.type)) ctx.request.headers["Vikno-By-Itself"] = "1";
});
