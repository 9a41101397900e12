// What-if: while a threshold is moved, the figures of the page are asked for again and put in place. Without this
// script the form's button does the same by loading the page.

const form = document.getElementById("what-if");
const status = form.querySelector("[data-status]");
const written = new Intl.NumberFormat(document.documentElement.lang);
let timer = 0;
let asked = 0;

function put(place, figure) {
  const span = document.querySelector(`[data-figure="${place}"]`);
  if (!span) return;
  span.textContent = figure === null || figure === undefined ? form.dataset.few : written.format(figure);
  // What nobody had before is shown once somebody has it.
  const row = span.closest("tr");
  if (figure && row) row.hidden = false;
}

function show(told) {
  put("eligible", told.moved.eligible);
  put("tentative", told.moved.tentative);
  for (const [dimension, cells] of Object.entries(told.moved.by)) {
    for (const [value, figure] of Object.entries(cells)) put(`${dimension}:${value}`, figure);
  }
}

async function ask() {
  const turn = ++asked;
  const query = new URLSearchParams(new FormData(form));
  query.delete("curve");
  try {
    const answer = await fetch(`${form.dataset.figuresUrl}?${query}`, { credentials: "same-origin" });
    const told = await answer.json();
    if (turn !== asked) return;
    if (answer.ok) show(told);
    status.textContent = answer.ok ? "" : Object.values(told.problems ?? {}).flat().join(" ");
  } catch {
    if (turn === asked) status.textContent = form.dataset.failed;
  }
}

form.addEventListener("input", (event) => {
  if (event.target.name === "curve") return;
  window.clearTimeout(timer);
  timer = window.setTimeout(ask, 120);
});
