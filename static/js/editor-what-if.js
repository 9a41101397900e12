// The product editor's what-if: whatever is changed in the conditions is counted over the city at once, unsaved as it
// is, and the threshold one is at gets a slider that stops at the points of its curve. Without this script the button
// of that part opens the same figures in a page.

const form = document.getElementById("product-form");
const part = document.getElementById("what-if");
const figures = part.querySelector("[data-whatif-figures]");
const status = part.querySelector("[data-whatif-status]");
const bar = form.querySelector("[data-whatif-bar]");
const token = form.querySelector('[name="csrf_token"]').value;
const asksAbout = (name) => /^(criteria|use_json|admission_json|regions|applicant_kind)/.test(name);
let row = "";
let timer = 0;
let turn = 0;

function sent() {
  const data = new FormData();
  for (const [name, value] of new FormData(form)) if (asksAbout(name)) data.append(name, value);
  data.append("curve", row);
  return data;
}

async function ask() {
  const mine = ++turn;
  status.textContent = part.dataset.asking;
  figures.classList.add("whatif-stale");
  try {
    const answer = await fetch(`${part.dataset.whatifUrl}?part=1`, {
      method: "POST", body: sent(), headers: { "X-CSRFToken": token }, credentials: "same-origin",
    });
    const told = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine === turn) show(answer, told);
  } catch {
    if (mine === turn) status.textContent = part.dataset.failed;
  }
}

function show(answer, told) {
  const refused = told.querySelector("[data-refused]");
  if (!answer.ok) {
    // The figures of before stay, paler; what is wrong stands above them.
    status.textContent = refused ? [...refused.children].map((one) => one.textContent).join(" ") : part.dataset.failed;
    bar.hidden = true;
    return;
  }
  status.textContent = "";
  figures.classList.remove("whatif-stale");
  const open = [...figures.querySelectorAll("details[open]")].length > 0;
  figures.replaceChildren(...told.body.childNodes);
  if (open) for (const details of figures.querySelectorAll("details")) details.open = true;
  bar.textContent = figures.querySelector("[data-headline]").textContent;
  bar.hidden = false;
  slide(figures.querySelector("template[data-stops-of]"));
}

// A slider under the threshold's own input, which it fills in; one row has it at a time.
function slide(stops) {
  const input = row && document.getElementById(`f-${row}-value`);
  const old = form.querySelector(".whatif-slider");
  if (!stops || !input || input.tagName === "FIELDSET") {
    old?.remove();
    return;
  }
  const points = [...stops.content.querySelectorAll("data")].map((one) => ({ typed: one.value, words: one.textContent }));
  const held = old?.dataset.row === row ? old : sliderOf(input);
  if (held !== old) old?.remove();
  const range = held.querySelector("input");
  held.points = points;
  range.max = points.length - 1;
  if (document.activeElement !== range) place(held, input);
}

function sliderOf(input) {
  const made = document.createElement("div");
  made.className = "whatif-slider";
  made.dataset.row = row;
  const range = document.createElement("input");
  range.type = "range";
  range.min = 0;
  range.setAttribute("aria-label", `${part.dataset.slider} ${input.labels[0]?.textContent ?? ""}`);
  const said = document.createElement("output");
  made.append(range, said);
  range.addEventListener("input", () => {
    const point = made.points[Number(range.value)];
    said.textContent = point.words;
    range.setAttribute("aria-valuetext", point.words);
    input.value = point.typed;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  input.closest(".rule-comparison").append(made);
  return made;
}

function place(held, input) {
  const typed = Number(input.value);
  const at = held.points.findIndex((one) => one.typed === input.value || (Number.isFinite(typed) && Number(one.typed) >= typed));
  const range = held.querySelector("input");
  range.value = at < 0 ? range.max : at;
  held.querySelector("output").textContent = at >= 0 && held.points[at].typed === input.value ? held.points[at].words : "";
}

function later(wait) {
  window.clearTimeout(timer);
  timer = window.setTimeout(ask, wait);
}

form.addEventListener("input", (event) => {
  if (asksAbout(event.target.name ?? "")) later(200);
});
// A row that was added, removed or grouped comes back from the server by itself; its section is put in anew.
new MutationObserver((changes) => {
  if (changes.some((one) => [...one.addedNodes].some((node) => node.id === "rules"))) later(50);
}).observe(form, { childList: true, subtree: true });
// The threshold one looks at is the one whose curve is drawn.
form.addEventListener("focusin", (event) => {
  const found = event.target.closest("[data-rule]")?.dataset.rule ?? "";
  if (found && found !== row && event.target.name?.endsWith("-value")) {
    row = found;
    later(50);
  }
});
part.querySelector("button").addEventListener("click", (event) => {
  event.preventDefault();
  ask();
});
if (form.querySelector("[data-rule]")) later(0);
