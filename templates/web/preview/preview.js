// Loads the page again when something changed, and keeps the place that was looked at.
const frame = document.querySelector("[data-mail]");
const live = document.querySelector("[data-live]");
const place = "place:" + location.pathname;

if (frame) {
  frame.addEventListener("load", () => {
    const kept = sessionStorage.getItem(place);
    if (kept) frame.contentWindow.scrollTo(0, Number(kept));
    frame.contentWindow.addEventListener("scroll", () => {
      sessionStorage.setItem(place, String(frame.contentWindow.scrollY));
    });
  });
}

const source = new EventSource("/-/events");
source.onmessage = (event) => {
  live.textContent = live.dataset.waits;
  live.removeAttribute("data-lost");
  if (event.data !== document.body.dataset.version) location.reload();
};
source.onerror = () => {
  live.textContent = live.dataset.gone;
  live.setAttribute("data-lost", "");
};
window.addEventListener("pagehide", () => source.close());
