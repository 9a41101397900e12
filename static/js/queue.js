// j and k walk the rows of a queue, Enter opens the row; in what was opened they go to the next and the previous one.

const NEIGHBOUR = { j: 'a[rel="next"]', k: 'a[rel="prev"]' };

function installNeighbours(isTyping) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const link = event.key in NEIGHBOUR && document.querySelector(`#main ${NEIGHBOUR[event.key]}[aria-keyshortcuts]`);
    if (!link) return;
    event.preventDefault();
    link.click();
  });
}

export function installQueues(isTyping) {
  const table = document.querySelector("table[data-queue]");
  if (!table) return installNeighbours(isTyping);
  const rows = [...table.tBodies[0].rows];
  let at = -1;

  function go(place) {
    if (place < 0 || place >= rows.length) return;
    rows[at]?.classList.remove("at");
    at = place;
    rows[at].classList.add("at");
    rows[at].querySelector("a, button")?.focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "j") go(at + 1);
    else if (event.key === "k") go(at - 1);
    else if (event.key === "Enter" && at >= 0 && event.target === document.body) rows[at].querySelector("a")?.click();
    else return;
    event.preventDefault();
  });
}
