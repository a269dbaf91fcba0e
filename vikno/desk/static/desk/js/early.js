// Runs before the first paint: what needs a script may be seen, what stands in for one may go.
document.documentElement.dataset.script = "on";
