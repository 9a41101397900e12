// Forms: sent once, amounts written out, chosen files shown.

function installOnce() {
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      // After the browser has collected the values: a disabled button would not send its own.
      setTimeout(() => {
        for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-disabled", "true");
      });
    });
  }
  // Coming back with the browser's button shows the page as it was left, with its forms usable again.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-once]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
    }
  });
}

function installAmounts() {
  for (const input of document.querySelectorAll("input[data-amount]")) {
    const echo = input.parentElement.querySelector("output");
    const show = () => {
      const number = Number(input.value.replace(/[,,\s]/g, ""));
      const yuan = number * Number(input.dataset.amount);
      echo.value = input.value && Number.isFinite(yuan) ? `¥${yuan.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}` : "";
    };
    input.addEventListener("input", show);
    show();
  }
}

function describe(file) {
  const item = document.createElement("li");
  if (file.type.startsWith("image/")) {
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      const image = document.createElement("img");
      image.alt = "";
      image.src = reader.result;
      item.prepend(image);
    });
    reader.readAsDataURL(file);
  }
  const size = file.size < 1048576 ? `${Math.ceil(file.size / 1024)} KB` : `${(file.size / 1048576).toFixed(1)} MB`;
  item.append(`${file.name} (${size})`);
  return item;
}

function installPreviews() {
  for (const input of document.querySelectorAll("input[type=file][data-preview]")) {
    const list = document.querySelector(`[data-preview-for="${CSS.escape(input.id)}"]`);
    input.addEventListener("change", () => list.replaceChildren(...[...input.files].map(describe)));
  }
}

export function installForms() {
  installOnce();
  installAmounts();
  installPreviews();
}
