"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const [form, search, option, outcome, shown] = ["filters", "search", "option", "outcome", "shown"].map(byId);
  const rows = [...byId("matrix").tBodies[0].rows].map((row) => (
    { row, ...row.dataset, text: `${row.textContent} ${row.dataset.text}`.toLowerCase() }));
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { row, text, option: own, outcome: state } of rows) {
      const wanted = outcome.value === "open" ? state !== "unchanged" : !outcome.value || state === outcome.value;
      const fits = wanted && (!option.value || own === option.value)
        && words.every((word) => text.includes(word));
      if (row.hidden === fits) row.hidden = !fits;
      count += fits;
    }
    shown.textContent = `${count} of ${rows.length} tenants`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  // A tenant's page is the target of its link. The focus follows, so that a screen reader reads it.
  window.addEventListener("hashchange", () => document.querySelector(".tenant:target")?.focus());
  form.hidden = false;
  filter();
})();
