// Keys, and what is told while a page is looked at. Everything works without this.
const OFF = "desk-keys-off";
const isOff = () => localStorage.getItem(OFF) === "yes";
const toggle = document.querySelector("[data-keys]");
if (toggle) {
  const label = () => { toggle.textContent = isOff() ? "Turn these keys on in this browser" : "Turn these keys off in this browser"; };
  toggle.hidden = false;
  label();
  toggle.addEventListener("click", () => { localStorage.setItem(OFF, isOff() ? "no" : "yes"); label(); });
}

const here = document.querySelector(".side nav [aria-current]");
if (here) here.scrollIntoView({ block: "nearest", inline: "center" });

let pending = 0;
const rows = () => [...document.querySelectorAll("[data-row]")].filter((each) => each.offsetParent);
function step(by) {
  const all = rows();
  const at = all.indexOf(document.activeElement);
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
  if (next) next.focus();
}
document.addEventListener("keydown", (event) => {
  if (isOff() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const went = Date.now() - pending < 1500;
  pending = 0;
  if (went) {
    const link = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (link) { event.preventDefault(); link.click(); }
    return;
  }
  const back = document.querySelector("[data-back]");
  const search = document.querySelector("[data-search]");
  if (event.key === "g") pending = Date.now();
  else if (event.key === "?") location.href = "/keys";
  else if (event.key === "/" && search) { event.preventDefault(); search.focus(); search.select(); }
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "u" && back) back.click();
});

// A part that is told anew: <section data-live="/path"> has what the events of /path carry, which is
// HTML of our own. The event "over" ends it.
for (const part of document.querySelectorAll("[data-live]")) {
  const source = new EventSource(part.dataset.live);
  source.onmessage = (event) => { if (part.innerHTML !== event.data) part.innerHTML = event.data; };
  source.addEventListener("over", () => { source.close(); if (part.dataset.over) location.reload(); });
  addEventListener("pagehide", () => source.close());
}
