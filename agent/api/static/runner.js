/* What the pages need beyond htmx: dialogs, choices that submit, and values that vanish again. */
"use strict";

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    // Without script its form asks for the page with the dialog open.
    event.preventDefault();
    document.getElementById(opener.dataset.opens).showModal();
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) document.getElementById(closer.dataset.closes).close();
  const cancels = event.target.closest("dialog [data-cancels]");
  if (cancels) {
    event.preventDefault();
    cancels.closest("dialog").close();
  }
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

/* The side panel shows the sheet of another page, and forgets it when it is closed. */
const panel = document.getElementById("panel");
document.addEventListener("htmx:after:swap", () => {
  const sheet = panel && panel.querySelector("#sheet");
  if (!sheet) return;
  if (!panel.open) panel.showModal();
  const chosen = sheet.querySelector("[data-chooses]");
  if (chosen) chosen.matches(`[data-choice="${slotOf(chosen).value}"]`) && choose(chosen);
  else if (!sheet.contains(document.activeElement)) first(sheet).focus();
});
if (panel) panel.addEventListener("close", () => panel.firstElementChild.replaceChildren());

/* An answer without what was asked for, such as an error, empties no place of the page. */
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  const main = tasks.find((task) => task.type === "main");
  if (!ctx.select || !main || main.fragment.childElementCount) return;
  event.preventDefault();
  if (panel && panel.contains(main.target)) tellInPanel(ctx.response.status);
});

function tellInPanel(status) {
  const sheet = document.createElement("div");
  sheet.id = "sheet";
  const title = document.createElement("h1");
  title.id = "sheet-title";
  title.textContent = `The server refused that (${status}).`;
  const closer = document.createElement("button");
  closer.className = "close";
  closer.dataset.closes = "panel";
  closer.ariaLabel = "Close the panel";
  closer.textContent = "×";
  const head = document.createElement("div");
  head.className = "head";
  head.append(title, closer);
  sheet.append(head);
  panel.firstElementChild.replaceChildren(sheet);
  if (!panel.open) panel.showModal();
}

function first(sheet) {
  return sheet.querySelector("[role=alert] ~ form input:not([type=hidden]), [autofocus]")
    || sheet.querySelector("input:not([type=hidden]), select, textarea, button") || sheet;
}

function slotOf(chosen) {
  return document.getElementById(`slot-${chosen.dataset.chooses}`);
}

/* A secret that was made for a slot is chosen there when it fits. */
function choose(chosen) {
  const select = slotOf(chosen);
  panel.close();
  fitMode(select.form);
  select.focus();
}

/* A value that was asked for is shown for a while, and never stays in the page's history. */
for (const shown of document.querySelectorAll("[data-vanishes]")) {
  const place = shown.closest("dd, .said");
  const until = Date.now() + shown.dataset.vanishes * 1000;
  const turn = setInterval(() => {
    const left = Math.ceil((until - Date.now()) / 1000);
    const counts = place.querySelector("[data-counts]");
    if (counts) counts.textContent = Math.max(left, 0);
    if (left > 0) return;
    clearInterval(turn);
    place.replaceChildren("••••••••");
  }, 250);
}
window.addEventListener("pagehide", () => {
  for (const shown of document.querySelectorAll("[data-vanishes]")) shown.remove();
});

/* A picture dropped on a form is the one in its field. */
document.addEventListener("dragover", (event) => {
  const place = dropPlace(event);
  if (!place) return;
  event.preventDefault();
  place.classList.add("over");
});
document.addEventListener("dragleave", (event) => dropPlace(event)?.classList.remove("over"));
document.addEventListener("drop", (event) => {
  const place = dropPlace(event);
  if (!place) return;
  event.preventDefault();
  place.classList.remove("over");
  const field = place.querySelector("input[type=file]");
  if (!event.dataTransfer.files.length) return;
  field.files = event.dataTransfer.files;
  place.querySelector("[data-dropped]").textContent = `${field.files[0].name} is read when you store it.`;
});

function dropPlace(event) {
  return event.target.closest?.("form")?.querySelector("[data-drop]");
}

/* A run that has ended, or that waits for a person, has more to show than its steps. */
for (const live of document.querySelectorAll("[data-reloads]")) {
  for (const name of live.dataset.reloads.split(" ")) {
    live.addEventListener(name, () => location.reload());
  }
}

for (const form of document.querySelectorAll("dialog form")) fitMode(form);
for (const dialog of document.querySelectorAll("dialog[data-open]")) {
  dialog.close();
  dialog.showModal();
}
