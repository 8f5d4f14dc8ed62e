(() => {
  "use strict";
  const MOST_NAMES = 300;
  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  const tokens = (element) => (element.dataset.is ?? "").split(" ");

  const open = [];
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open], .names)")) { details.open = true; open.push(details); }
  });
  addEventListener("afterprint", () => { for (const details of open.splice(0)) details.open = false; });

  const form = document.getElementById("filters");
  if (!form) return;
  const search = document.getElementById("search");
  const count = document.getElementById("count");
  const sections = [...document.querySelectorAll("section.kind")].map((element) => ({ element, entries: [] }));
  const entries = sections.flatMap((section) => section.entries = [...section.element.querySelectorAll("tbody")].map((body) => ({
    body, is: tokens(body), rows: [...body.rows].slice(1).map((row) => ({ row, is: tokens(row) })), text: null,
  })));

  const chosen = () => [...form.querySelectorAll("select, [data-token]")]
    .map((field) => field.type === "checkbox" ? (field.checked ? field.dataset.token : "") : field.value).filter(Boolean);

  // An entry fits by its text as a whole, and by its rows one by one.
  const show = (entry, words, wanted) => {
    if (words.length) entry.text ??= plain(entry.body.textContent);
    const left = wanted.filter((token) => !entry.is.includes(token));
    let any = left.length === 0 && entry.rows.length === 0;
    for (const { row, is } of entry.rows) {
      const fits = left.every((token) => is.includes(token));
      row.classList.toggle("out", !fits);
      any ||= fits;
    }
    const shown = any && words.every((word) => entry.text.includes(word));
    entry.body.classList.toggle("out", !shown);
    return shown;
  };

  const groups = [...document.querySelectorAll("details.names")].map((element) => {
    const list = element.querySelector("pre");
    const rows = element.dataset.rows.split("|").map((row) => row.split(" "));
    const whole = list.textContent, lines = whole.split("\n");
    return { element, list, is: tokens(element), rows, whole, lines, plain: null, cut: false };
  });

  // What is only named fits by its group, and by its line. A group of all sorts fits every filter.
  const show_names = (group, words, wanted) => {
    const left = wanted.filter((token) => !group.is.includes(token));
    const alike = group.is[0] !== "";
    let fit = group.lines;
    if (alike && left.length && !group.rows.some((row) => left.every((token) => row.includes(token)))) fit = [];
    if (words.length && fit.length) {
      group.plain ??= group.lines.map((line) => plain(line.replace(/[\u2068\u2069]/g, "")));
      fit = group.lines.filter((_, place) => words.every((word) => group.plain[place].includes(word)));
    }
    group.element.classList.toggle("out", fit.length === 0);
    if (words.length) {
      const more = fit.length - MOST_NAMES;
      group.list.textContent = fit.slice(0, MOST_NAMES).join("\n") + (more > 0 ? `\n… and ${more} more that fit` : "");
    } else if (group.cut) group.list.textContent = group.whole;
    if (words.length || group.cut) group.element.open = words.length > 0;
    group.cut = words.length > 0;
    return fit.length;
  };

  const named = groups.reduce((sum, group) => sum + group.lines.length, 0);
  const apply = () => {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    const wanted = chosen();
    let shown = 0;
    for (const { element, entries } of sections) {
      const here = entries.filter((entry) => show(entry, words, wanted)).length;
      element.classList.toggle("out", here === 0);
      shown += here;
    }
    const fit = groups.reduce((sum, group) => sum + show_names(group, words, wanted), 0);
    const noun = entries.length === 1 ? count.dataset.one : count.dataset.many;
    const filtered = words.length || wanted.length ? "Filtered: " : "";
    const also = named ? `, and ${fit} of ${named} that are only named` : "";
    count.textContent = `${filtered}${shown} of ${entries.length} ${noun} shown${also}.`;
  };

  form.hidden = false;
  form.reset(); // a browser that comes back to the page may remember what was chosen
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  apply();
})();
