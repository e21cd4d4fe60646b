// Light or dark: changes at once, and the server keeps it for the next page.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-theme-form]")) return;
  event.preventDefault();
  const theme = shown() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  const body = new FormData(form);
  body.set("theme", theme);
  // The answer is a redirect for browsers without scripts; following it would load a page unseen.
  fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true });
});

/** What the reader sees now, whoever decided it. */
function shown() {
  const asked = document.documentElement.dataset.theme;
  if (asked) return asked;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export {}; // a module: its names are its own
