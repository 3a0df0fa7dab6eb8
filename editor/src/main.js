// The rule editor: a text field of the page becomes an editor that colours, completes, explains, and shows problems and values in place.
// The page works without it. What is wrong is asked of the server by htmx, whose answer this reads; nothing is checked here.
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { minimalSetup } from "codemirror";
import { completing } from "./complete.js";
import { explaining } from "./explain.js";
import { keeping } from "./keep.js";
import { language, looks } from "./language.js";
import { showValues, values } from "./values.js";

function dataOf(id) {
  try {
    return JSON.parse(document.getElementById(id)?.textContent || "null");
  } catch {
    return null;
  }
}

function start(field) {
  const nonce = document.querySelector("script[nonce]")?.nonce ?? "";
  const form = field.form;
  // What may be written here; the server tells it with each answer.
  const dictionary = { names: [] };
  const explain = explaining(dictionary, form.dataset.name);
  const state = EditorState.create({
    doc: field.value,
    extensions: [
      minimalSetup, lineNumbers(), highlightActiveLineGutter(), highlightActiveLine(), indentOnInput(), bracketMatching(),
      highlightSelectionMatches(), autocompletion({ override: [completing(dictionary)] }), lintGutter(), values, language, explain.extension,
      syntaxHighlighting(looks), EditorView.lineWrapping, EditorView.cspNonce.of(nonce), EditorState.tabSize.of(2),
      EditorView.editorAttributes.of({ class: "p-editor" }),
      EditorView.contentAttributes.of({ "aria-label": field.labels?.[0]?.textContent?.trim() ?? "", spellcheck: "false" }),
      // Before the usual keys, one of which is Ctrl+I too.
      Prec.high(keymap.of([
        { key: "Mod-s", preventDefault: true, run: () => (tell(), true) }, { key: "Mod-i", preventDefault: true, run: explain.here },
      ])),
      keymap.of([...searchKeymap, ...completionKeymap, ...lintKeymap, indentWithTab]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && field.value !== update.state.doc.toString()) {
          field.value = update.state.doc.toString();
          tell();
        }
      }),
    ],
  });
  const view = new EditorView({ state, parent: field.parentElement });
  field.after(view.dom);
  field.hidden = true;
  // Whoever scrolls by keys reaches the box too.
  view.scrollDOM.tabIndex = 0;
  keeping(form, field, replaceAll);

  function tell() {
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function replaceAll(text) {
    if (typeof text === "string" && text !== view.state.doc.toString()) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    }
  }
  function within(at) {
    return Math.min(Math.max(Number(at) || 0, 0), view.state.doc.length);
  }
  function replace(fix) {
    view.dispatch({ changes: { from: within(fix.from), to: within(fix.to), insert: fix.insert }, userEvent: "input.mend" });
    view.focus();
  }
  function select(from, to) {
    view.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    view.focus();
  }
  function problems() {
    const found = dataOf("diagnostics-data");
    if (!found) return;
    view.dispatch(setDiagnostics(view.state, found.diagnostics.map((one) => ({
      from: within(one.from), to: within(Math.max(one.to, one.from)), severity: one.severity, source: one.code, message: one.message,
      actions: one.fixes.map((fix) => ({ name: `→ ${fix.insert}`, apply: () => replace(fix) })),
    }))));
    dictionary.names = found.names;
    outline(found.outline);
    for (const button of document.querySelectorAll("#problems [data-fix]")) button.hidden = false;
  }
  function outline(headings) {
    const list = document.getElementById("outline");
    list?.replaceChildren(...headings.map((one) => {
      const item = document.createElement("li");
      const link = Object.assign(document.createElement("a"), { href: "#source" });
      link.dataset.line = one.line;
      link.append(Object.assign(document.createElement("b"), { textContent: one.kind }), ` ${one.text}`);
      item.append(link);
      return item;
    }));
  }
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "problems") problems();
    if (event.target.id === "values") view.dispatch({ effects: showValues.of(dataOf("values-data") ?? []) });
    if (event.target.id === "format-result") replaceAll(dataOf("formatted-data"));
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fix]");
    if (button) {
      replace({ from: button.dataset.from, to: button.dataset.to, insert: button.dataset.fix });
      return;
    }
    const link = event.target.closest("a[data-from], a[data-line]");
    if (!link) return;
    event.preventDefault();
    if (link.dataset.from) {
      select(within(link.dataset.from), within(link.dataset.to));
    } else {
      const line = view.state.doc.line(Math.min(Math.max(Number(link.dataset.line), 1), view.state.doc.lines));
      select(line.from, line.from);
    }
  });
  problems();
  view.dispatch({ effects: showValues.of(dataOf("values-data") ?? []) });
}

const field = document.getElementById("source");
if (field) start(field);
