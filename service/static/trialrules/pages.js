// Comfort for hands on the keyboard and for filters; every page works without it.
"use strict";

(() => {
  const typing = (target) => target.closest("input, select, textarea, [contenteditable], .cm-editor") !== null;
  const keysOn = () => {
    try { return localStorage.getItem("keys") !== "off"; } catch { return true; }
  };

  // dialogs, printing, copying
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) { document.getElementById(opener.dataset.opens)?.showModal(); return; }
    if (event.target.closest("[data-print]")) { window.print(); return; }
    const copier = event.target.closest("[data-copy]");
    if (copier) { copy(copier); return; }
    const chip = event.target.closest("a[data-show]");
    if (chip && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); filter(chip, true); }
  });

  // what is copied stands in a field (`#its-id`), so that whoever has no clipboard here takes it from there; or in the button itself
  const copy = async (button) => {
    const field = button.dataset.copy.startsWith("#") ? document.querySelector(button.dataset.copy) : null;
    field?.select();
    try {
      await navigator.clipboard.writeText(field ? field.value : button.dataset.copy);
      button.textContent = button.dataset.copied;
      say(button.dataset.copied);
    } catch { say(button.dataset.notCopied); field?.focus(); }
  };

  const say = (text) => { document.getElementById("announce").textContent = text || ""; };

  // chips show some of the rows; the choice stands in the address
  const filter = (chip, remember) => {
    const list = document.getElementById(chip.dataset.of);
    if (!list) { return; }
    list.dataset.shown = chip.dataset.show;
    chip.closest(".chips").querySelectorAll("a[data-show]").forEach((one) => one.removeAttribute("aria-current"));
    chip.setAttribute("aria-current", "true");
    if (remember) { history.replaceState(history.state, "", chip.href); say(chip.textContent.trim()); }
  };

  // shortcuts
  let went = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]") || !keysOn()) { return; }
    const key = event.key;
    if (Date.now() - went < 1500) {
      went = 0;
      const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    if (key === "g") { went = Date.now(); return; }
    if (key === "?") { event.preventDefault(); document.getElementById("keys").showModal(); return; }
    if (key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select?.(); }
      return;
    }
    if (key === "j" || key === "k") {
      const rows = [...document.querySelectorAll("[data-row]")].filter((one) => one.offsetParent !== null);
      if (!rows.length) { return; }
      const at = rows.indexOf(document.activeElement);
      const next = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + (key === "j" ? 1 : -1)));
      event.preventDefault();
      rows[next].focus();
      return;
    }
    const direct = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (direct) { event.preventDefault(); direct.click(); }
  });
  document.addEventListener("DOMContentLoaded", () => {
    const box = document.getElementById("keys-on");
    if (!box) { return; }
    box.checked = keysOn();
    box.addEventListener("change", () => {
      try { localStorage.setItem("keys", box.checked ? "on" : "off"); } catch { /* a browser that keeps nothing */ }
    });
  });

  // a line of a file that is folded is shown when an address leads to it
  const unfold = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && target.closest("details:not([open])");
    if (folded) { folded.open = true; target.scrollIntoView({ block: "center" }); }
  };
  document.addEventListener("DOMContentLoaded", unfold);
  window.addEventListener("hashchange", unfold);

  // on a narrow screen the list comes first: only facets that are in use stay open
  document.addEventListener("DOMContentLoaded", () => {
    if (!window.matchMedia("(max-width: 44rem)").matches) { return; }
    document.querySelectorAll("details.facet[open]").forEach((one) => { one.open = one.querySelector("[aria-current]") !== null; });
  });

  // there the bar scrolls to the side: the page that one is on is to be seen in it
  document.addEventListener("DOMContentLoaded", () => {
    const here = document.querySelector(".bar nav [aria-current]"), bar = here?.closest("nav");
    if (here) { bar.scrollLeft = here.offsetLeft - bar.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2; }
  });

  // a date field is written as the device likes it, 12/11 or 11/12: below it the day stands as everywhere else
  const spellDay = (field) => {
    const told = field.nextElementSibling?.matches(".day") ? field.nextElementSibling : document.createElement("span");
    if (!told.isConnected) { told.className = "hint day"; told.ariaHidden = "true"; field.after(told); }
    const name = new Intl.DateTimeFormat(document.documentElement.lang || "en", { weekday: "short", timeZone: "UTC" });
    told.textContent = field.valueAsDate ? `${name.format(field.valueAsDate)} ${field.value}` : "";
  };
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("input[type=date]").forEach(spellDay));
  document.addEventListener("input", (event) => { if (event.target.matches("input[type=date]")) { spellDay(event.target); } });

  // a refused write is shown where the form stands: the answer of a 4xx is a page or a part like any other
  document.addEventListener("htmx:beforeSwap", (event) => {
    const status = event.detail.xhr.status;
    if (status >= 400 && status < 500 && event.detail.xhr.getResponseHeader("Content-Type")?.startsWith("text/html")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const focus = event.detail.elt.querySelector?.("[data-focus]");
    focus?.focus();
    const spoken = event.detail.elt.querySelector?.("[data-say]");
    if (spoken) { say(spoken.textContent.trim()); }
  });

  // print with everything unfolded
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details:not([open])").forEach((one) => { one.open = true; one.dataset.printed = ""; });
  });
  window.addEventListener("afterprint", () => {
    document.querySelectorAll("details[data-printed]").forEach((one) => { one.open = false; delete one.dataset.printed; });
  });
})();
