// One key for one act: data-key="m" on a button or link. Never while somebody types or a dialog
// is open, and never with Ctrl, Alt or ⌘, which belong to the browser.

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
  if (document.querySelector("dialog:is([open], :popover-open)")) return;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("input, textarea, select, [contenteditable]")) return;
  const wanted = event.key.toLowerCase();
  for (const act of document.querySelectorAll("[data-key]")) {
    if (act instanceof HTMLElement && act.dataset.key === wanted) {
      event.preventDefault();
      act.click();
      return;
    }
  }
});

export {}; // a module: its names are its own
