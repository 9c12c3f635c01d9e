// Runs before the first paint: a theme chosen by hand must not flash the other one.
try {
  const chosen = localStorage.getItem("rheostat.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage may be forbidden; the system's preference then decides.
}
