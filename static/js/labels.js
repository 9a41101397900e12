// Combinations of labels: counts while one chooses, and narrows long lists by typing. The form does the same without it.

const form = document.getElementById("label-combination");
const figure = form.querySelector("[data-count]");
let asked = 0;

async function recount() {
  const mine = ++asked;
  const query = new URLSearchParams(new FormData(form));
  const answer = await fetch(`${form.dataset.countUrl}?${query}`, { headers: { Accept: "application/json" } });
  if (!answer.ok || mine !== asked) return;
  const { firms } = await answer.json();
  figure.textContent = firms.toLocaleString("en-US");
  history.replaceState(null, "", `?${query}`);
}

function narrow(select) {
  const box = document.createElement("input");
  box.type = "search";
  box.className = "form-control";
  box.placeholder = select.dataset.narrow;
  box.setAttribute("aria-label", `${select.labels[0].textContent} ${select.dataset.narrow}`);
  box.addEventListener("input", () => {
    const wanted = box.value.trim().toLowerCase();
    for (const option of select.options) option.hidden = !option.selected && !option.text.toLowerCase().includes(wanted);
    for (const group of select.querySelectorAll("optgroup")) group.hidden = [...group.children].every((one) => one.hidden);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  select.before(box);
}

for (const select of form.querySelectorAll("select[data-narrow]")) narrow(select);
form.addEventListener("change", (event) => {
  if (event.target instanceof HTMLSelectElement) recount();
});
