(() => {
  "use strict";
  const plan = document.documentElement.dataset.plan;
  const boxes = [...document.querySelectorAll("input[data-task]")];
  const key = (box) => `ccconf ${plan} ${box.dataset.task}`;

  // A browser may refuse to remember anything for a page that was opened as a file.
  const remembered = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const remember = (name, ticked) => {
    try { ticked ? localStorage.setItem(name, "1") : localStorage.removeItem(name); } catch { /* only not remembered */ }
  };

  const tell = () => {
    for (const runbook of document.querySelectorAll(".runbook")) {
      const entries = [...runbook.querySelectorAll(".entry")];
      const done = entries.filter((entry) => !entry.querySelector("input:not(:checked)"));
      const progress = runbook.querySelector(".progress");
      progress.hidden = false;
      progress.querySelector("progress").value = done.length;
      progress.querySelector("span").textContent =
        progress.dataset.said.replace("{done}", done.length).replace("{all}", entries.length);
      number(runbook, done.map((entry) => entry.dataset.number).filter(Boolean));
    }
  };

  // The command that reports back names what is ticked off.
  const number = (runbook, done) => {
    for (const command of runbook.querySelectorAll(".command")) {
      command.dataset.example ??= command.textContent;
      const [, start] = command.dataset.example.match(/^(ccconf confirm .*) NUMBERS$/) ?? [];
      if (start) command.textContent = done.length ? [start, ...done].join(" ") : command.dataset.example;
    }
  };

  for (const box of boxes) {
    box.checked = remembered(key(box)) !== null;
    box.addEventListener("change", () => {
      remember(key(box), box.checked);
      for (const same of boxes) if (same.dataset.task === box.dataset.task) same.checked = box.checked;
      tell();
    });
  }
  tell();
})();
