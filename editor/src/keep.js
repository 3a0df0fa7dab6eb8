// Nothing that somebody wrote is lost: the browser asks before leaving, keeps the text for the next visit to this page in this tab, and says
// when storing failed.
export function keeping(form, field, put) {
  const stored = field.value;
  const key = `rules:${location.pathname}:${form.elements.version.value}`;
  let leaving = false;
  const changed = () => "changed" in form.dataset || field.value !== stored;

  function remember() {
    try {
      if (changed()) sessionStorage.setItem(key, field.value);
      else sessionStorage.removeItem(key);
    } catch { /* a browser that keeps nothing */ }
  }
  function forget() {
    try {
      sessionStorage.removeItem(key);
    } catch { /* as above */ }
  }
  function offer() {
    let kept = null;
    try {
      kept = sessionStorage.getItem(key);
    } catch { /* as above */ }
    const box = document.getElementById("kept");
    if (!box || kept === null || kept === field.value) return;
    const choice = (words, act) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "second", textContent: words });
      button.addEventListener("click", () => { act(); box.hidden = true; });
      return button;
    };
    box.replaceChildren(
      form.dataset.kept, " ", choice(form.dataset.restore, () => put(kept)), " ", choice(form.dataset.drop, forget),
    );
    box.hidden = false;
  }
  function failed() {
    const box = document.getElementById("store-result");
    if (!box) return;
    box.querySelectorAll("[role=alert]").forEach((one) => one.remove());
    const said = Object.assign(document.createElement("p"), { className: "p-alert", textContent: form.dataset.lost });
    said.setAttribute("role", "alert");
    box.append(said);
  }

  field.addEventListener("input", remember);
  form.addEventListener("submit", () => { leaving = true; });
  window.addEventListener("beforeunload", (event) => {
    if (!changed() || leaving) return;
    event.preventDefault();
    event.returnValue = form.dataset.unsaved;
  });
  document.body.addEventListener("htmx:beforeRequest", () => { leaving = false; });
  // Before the answer is acted on: it may lead to another page.
  document.body.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.elt.id === "store" && event.detail.xhr.getResponseHeader("HX-Redirect")) {
      leaving = true;
      forget();
    }
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const status = event.detail.xhr.status;
    if (event.detail.elt.id === "store" && (!status || status >= 500 || status === 401)) failed();
  });
  offer();
}
