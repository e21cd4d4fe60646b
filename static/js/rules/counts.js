// The counts behind the lines come a moment after the lines, and are written where they belong.

document.addEventListener("htmx:afterSettle", (event) => {
  const narrow = event.target;
  if (!(narrow instanceof HTMLElement) || !narrow.matches("[data-narrow]")) return;
  for (const count of narrow.querySelectorAll("[data-of]")) {
    const place = document.getElementById(/** @type {HTMLElement} */ (count).dataset.of ?? "");
    if (place) place.textContent = count.textContent;
  }
});

export {}; // a module: its names are its own
