/* What the pages need beyond htmx: dialogs, choices that submit, and values that vanish again. */
"use strict";

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  const closer = event.target.closest("[data-closes]");
  if (closer) document.getElementById(closer.dataset.closes).close();
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches("[data-submits]")) field.form.requestSubmit();
  if (field.matches("[data-into]") && field.files.length) intoText(field);
  if (field.matches("input[name=mode]")) fitMode(field.form);
});

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-narrows]")) narrow(event.target);
});

/* A task file chosen from the disk is shown, so that it can be checked and changed first. */
async function intoText(field) {
  const text = document.getElementById(field.dataset.into);
  text.value = await field.files[0].text();
  field.value = "";
  text.dispatchEvent(new Event("filled", { bubbles: true }));
}

/* Only what has the words typed stays among the choices; what is chosen always does. */
function narrow(field) {
  const words = field.value.trim().toLowerCase();
  for (const option of document.getElementById(field.dataset.narrows).options) {
    option.dataset.missed = words && option.value && !option.selected
      && !option.text.toLowerCase().includes(words) ? "yes" : "";
  }
  fitMode(field.form);
}

/* A run uses secrets of its own mode only; the others are not offered. */
function fitMode(form) {
  const mode = form.querySelector("input[name=mode]:checked");
  for (const option of form.querySelectorAll("option[data-mode]")) {
    const unfit = mode && option.dataset.mode !== mode.value;
    option.hidden = option.disabled = Boolean(unfit || option.dataset.missed);
    if (unfit && option.selected) option.parentElement.value = "";
  }
}

/* A value that was asked for is shown for a while, and never stays in the page's history. */
for (const shown of document.querySelectorAll("[data-vanishes]")) {
  setTimeout(() => shown.closest("dd, .said").replaceChildren("••••••••"), shown.dataset.vanishes * 1000);
}
window.addEventListener("pagehide", () => {
  for (const shown of document.querySelectorAll("[data-vanishes]")) shown.remove();
});

/* A picture dropped on its place is the one in the field. */
for (const place of document.querySelectorAll("[data-drop]")) {
  const field = place.querySelector("input[type=file]");
  const page = place.closest("form");
  page.addEventListener("dragover", (event) => event.preventDefault());
  page.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) field.files = event.dataTransfer.files;
  });
}

/* A run that has ended, or that waits for a person, has more to show than its steps. */
for (const live of document.querySelectorAll("[data-reloads]")) {
  for (const name of live.dataset.reloads.split(" ")) {
    live.addEventListener(name, () => location.reload());
  }
}

for (const form of document.querySelectorAll("dialog form")) fitMode(form);
for (const dialog of document.querySelectorAll("dialog[data-open]")) dialog.showModal();
