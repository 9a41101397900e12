// The product editor: sentences while typing, rows added and removed in place. The page does all of it without this
// script too, by its buttons; here the same answers of the server are put into the page instead of reloading it.

const form = document.getElementById("product-form");
const state = form.querySelector("[data-editor-state]");
const token = form.querySelector('[name="csrf_token"]').value;
const unsaved = document.querySelector("script[data-unsaved]").dataset.unsaved;
const timers = new WeakMap();
let edits = 0;

async function post(url, data) {
  const answer = await fetch(url, { method: "POST", body: data, headers: { "X-CSRFToken": token }, credentials: "same-origin" });
  if (!answer.ok && answer.status !== 422) throw new Error(`${answer.status}`);
  return answer;
}

function show(place, said) {
  const line = (text, name) => {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = text;
    return span;
  };
  place.replaceChildren(
    ...said.sentences.map((text) => line(text, "sentence-line")),
    ...said.problems.map((text) => line(text, "sentence-problem")),
  );
}

// One condition's fields, under the names they have in the schema of a single row.
function rowData(row) {
  const prefix = `${row.dataset.rule}-`;
  const data = new FormData();
  for (const [name, value] of new FormData(form)) {
    if (name.startsWith(prefix)) data.append(name.slice(prefix.length), value);
  }
  return data;
}

function formulaData() {
  const data = new FormData();
  for (const [name, value] of new FormData(form)) {
    if (name === "formula" || name === "amount_json" || name.startsWith("parts-")) data.append(name, value);
  }
  return data;
}

async function speak(target) {
  const row = target.closest("[data-rule]");
  const rules = document.getElementById("rules");
  const formula = document.getElementById("formula");
  try {
    if (row) show(row.querySelector("[data-sentence]"), await (await post(rules.dataset.sentenceUrl, rowData(row))).json());
    else if (formula.contains(target)) show(formula.querySelector("[data-formula-sentence]"), await (await post(formula.dataset.formulaUrl, formulaData())).json());
  } catch {
    // Offline or signed out: the sentence stays as it was, and saving will say what is wrong.
  }
}

function later(target) {
  const key = target.closest("[data-rule]") ?? form;
  clearTimeout(timers.get(key));
  timers.set(key, setTimeout(() => speak(target), 300));
}

// The whole form goes to the page's own address with the pressed button; its sections come back as they then are.
// What was typed while the answer was on its way is not in it, so it is asked again rather than put over that.
async function swap(action) {
  const before = edits;
  const data = new FormData(form);
  data.set("_action", action);
  const answer = await post(form.getAttribute("action") || location.href, data);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (edits !== before) return swap(action);
  const focused = document.activeElement?.id;
  for (const old of form.querySelectorAll("[data-part-of-swap]")) {
    const next = fresh.getElementById(old.id);
    if (next) old.replaceWith(document.importNode(next, true));
  }
  return settle(action, focused);
}

function settle(action, focused) {
  const [verb, list] = action.split(":");
  if (verb === "add") {
    const rows = form.querySelectorAll(`[name^="${CSS.escape(list)}-"]:not([type=hidden])`);
    const last = [...rows].map((one) => one.name.slice(list.length + 1).split("-")[0]).at(-1);
    form.querySelector(`[name^="${CSS.escape(`${list}-${last}-`)}"]:not([type=hidden])`)?.focus();
  } else if (focused) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
}

async function swapOrSend(button, action) {
  try {
    await swap(action);
    changed();
  } catch {
    // Without an answer the button does what it does without scripts.
    if (button) form.requestSubmit(button);
  }
}

function changed() {
  edits += 1;
  state.textContent = unsaved;
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-swap]");
  if (!button) return;
  event.preventDefault();
  swapOrSend(button, button.value);
});

form.addEventListener("change", (event) => {
  changed();
  if (event.target.matches("[data-refresh]")) swapOrSend(null, "refresh");
  else later(event.target);
});

form.addEventListener("input", (event) => {
  changed();
  if (!event.target.matches("[data-refresh]")) later(event.target);
});
