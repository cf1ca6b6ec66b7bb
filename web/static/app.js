// Everything here is an extra: each page works without it, and no key acts on data.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const say = (text, seen = true) => {
    const live = one("#live");
    live.classList.toggle("sr", !seen);
    live.textContent = text;
  };
  const words = (name) => one("#live").dataset[name];

  // Focus: the error summary when there is one, else the heading of what has just been swapped in.
  const land = (root) => {
    const target = one(".errors", root) || (root !== document && (root.matches("h2") ? root : one("h2", root)));
    if (!target) return;
    target.tabIndex = -1;
    target.focus();
  };
  land(document);
  document.addEventListener("htmx:afterSettle", (event) => {
    const { elt, target } = event.detail;
    const fresh = elt || target;
    if (fresh.matches("li")) one("summary, a", fresh)?.focus();
    else if (!fresh.closest("[data-quiet]")) land(fresh);
    count();
  });
  document.addEventListener("htmx:responseError", (event) => {
    const id = event.detail.xhr.getResponseHeader("X-Request-Id") || event.detail.xhr.status;
    say(words("failed").replace("{id}", id));
  });
  document.addEventListener("htmx:sendError", () => {
    say(words("failed").replace("{id}", "0"));
  });
  document.addEventListener("htmx:beforeRequest", () => {
    say("");
  });

  // A file that the service would not take is told of before it is sent, and nothing typed is lost.
  document.addEventListener("change", ({ target }) => {
    const most = target.type === "file" && target.dataset.most;
    if (!most) return;
    const large = [...target.files].some((file) => file.size > most * 1048576);
    target.setCustomValidity(large ? words("large").replace("{most}", most) : "");
    target.reportValidity();
  });

  // A link to pass on gets a button that copies it.
  for (const field of all("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn--small";
    button.textContent = field.dataset.copy;
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
        say(words("copied"));
      } catch {
        document.execCommand("copy");
      }
    });
    field.after(button);
  }

  // While a form is on its way: the pressed button says so, and a bar shows after 400 ms.
  let waiting;
  const rest = () => {
    clearTimeout(waiting);
    document.documentElement.classList.remove("loading");
    for (const button of all("[aria-busy]")) {
      button.removeAttribute("aria-busy");
      if (button.dataset.idle) button.textContent = button.dataset.idle;
    }
  };
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.defaultPrevented || !button) return;
    if (button.getAttribute("aria-busy")) return event.preventDefault();
    button.setAttribute("aria-busy", "true");
    if (button.dataset.busy) {
      button.dataset.idle = button.textContent;
      button.textContent = button.dataset.busy;
    }
    waiting = setTimeout(() => document.documentElement.classList.add("loading"), 400);
    if (button.hasAttribute("data-download")) setTimeout(rest, 1500);
  });
  addEventListener("pageshow", rest);
  document.addEventListener("htmx:afterRequest", rest);

  // Selection in a list: the bar shows when somebody is chosen, and says how many.
  const count = () => {
    for (const bulk of all(".bulk[data-live]")) {
      const form = bulk.closest("form") || document;
      const chosen = all(".pick:checked", form).length;
      bulk.hidden = !chosen;
      for (const span of all("[data-n]", bulk)) span.textContent = chosen;
    }
  };
  document.addEventListener("change", (event) => {
    if (!event.target.matches(".pick, .pick-all")) return;
    if (event.target.matches(".pick-all")) {
      for (const box of all(".pick", event.target.closest("table"))) box.checked = event.target.checked;
    }
    count();
    say(words("selected").replace("{n}", all(".pick:checked").length), false);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-unpick]")) return;
    event.preventDefault();
    for (const box of all(".pick:checked, .pick-all:checked")) box.checked = false;
    count();
  });
  count();

  for (const button of all("[data-print]")) button.addEventListener("click", () => print());

  // Keys. They never fire while somebody writes, and a profile may switch them off.
  if (document.body.dataset.keys === "off") return;
  let after = 0;
  const row = () => document.activeElement.closest("table.list tbody tr");
  const step = (by) => {
    const links = all("table.list tbody tr").map((tr) => one("a[href]", tr)).filter(Boolean);
    const at = links.findIndex((link) => link.closest("tr") === row());
    links[Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
  };
  const keys = {
    "/": () => one("#find")?.focus(),
    j: () => step(1),
    k: () => step(-1),
    x: () => row() && one(".pick", row())?.click(),
    e: () => one("[data-key=e]")?.focus(),
    "?": () => {
      const help = one("#keys");
      if (!help) return;
      help.open = true;
      one("summary", help).focus();
    },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]")) return;
    const key = event.key;
    if (after && Date.now() - after < 1500) {
      after = 0;
      const link = one(`[data-go="${CSS.escape(key)}"]`);
      if (link) {
        event.preventDefault();
        link.click();
      }
      return;
    }
    if (key === "g") after = Date.now();
    else if (Object.hasOwn(keys, key)) {
      event.preventDefault();
      keys[key]();
    }
  });
})();
