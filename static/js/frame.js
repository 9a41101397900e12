// What makes the frame nicer to use. Every page works without it.

import { installQueues } from "./queue.js";
import { installForms } from "./forms.js";

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function installSearchShortcut() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const boxes = [...document.querySelectorAll('[data-shortcut="/"]')];
    const box = boxes.find((one) => one.checkVisibility ? one.checkVisibility() : one.offsetParent);
    // In a narrow window the box stands in the menu, which has to be opened first.
    const chosen = box ?? boxes.find((one) => one.closest("details"));
    if (!chosen) return;
    if (!box) chosen.closest("details").open = true;
    event.preventDefault();
    chosen.focus();
    chosen.select();
  });
}

function installMenus() {
  const menus = [...document.querySelectorAll("details[data-menu]")];
  document.addEventListener("click", (event) => {
    for (const menu of menus) if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
  for (const menu of menus) {
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus) {
      if (!menu.open) continue;
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

// A table that fits its column can let its head stick to the window; a wider one scrolls inside its own box.
function installStickyHeads() {
  if (!("ResizeObserver" in window)) return;
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const table = target.querySelector("table");
      target.classList.toggle("fits", table.offsetWidth <= target.clientWidth + 1);
    }
  });
  for (const box of document.querySelectorAll(".table-scroll")) watch.observe(box);
}

installSearchShortcut();
installMenus();
installStickyHeads();
installQueues(isTyping);
installForms();
document.getElementById("error-summary")?.focus();
