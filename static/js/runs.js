// The page of a run: shows how far it is, and what it found once it is over. Without scripts a link reloads the page.

const place = document.querySelector("[data-run-progress]");
const bar = place.querySelector("progress");
const figure = place.querySelector(".progress-label .num");
const EVERY = 2000;

async function look() {
  const answer = await fetch(place.dataset.runProgress, { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.ok) {
    const { done, total, over } = await answer.json();
    if (over) {
      location.reload();
      return;
    }
    bar.max = total || 1;
    bar.value = done;
    figure.textContent = `${done.toLocaleString("en-US")} / ${total.toLocaleString("en-US")}`;
  }
  setTimeout(look, EVERY);
}

setTimeout(look, EVERY);
