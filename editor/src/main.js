// The rule editor: a text field of the page becomes an editor that colours, completes, and shows problems and values where they belong.
// The page works without it. What is wrong is asked of the server by htmx, whose answer this reads; nothing is checked here.
import { autocompletion, completeFromList, completionKeymap, ifNotIn } from "@codemirror/autocomplete";
import { indentWithTab } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { minimalSetup } from "codemirror";
import { BLOCKS, KEYWORDS } from "./keywords.js";

const keywords = new Set(KEYWORDS);
const blocks = new Set(BLOCKS);

const language = StreamLanguage.define({
  name: "rules",
  startState: () => ({ start: true, assumed: false }),
  token(stream, state) {
    if (stream.sol()) state.start = true;
    if (stream.eatSpace()) return null;
    const first = state.start;
    state.start = false;
    if (stream.match(/^#.*/)) return "comment";
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return "string";
    if (stream.match(/^\d{4}-\d\d(?:-\d\d)?/)) return "number";
    if (stream.match(/^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/)) return "number";
    if (stream.match(/^(?:<=|>=|!=|[<>=+*/^-])/)) return "operator";
    if (stream.match(/^[A-Za-z_][\w.]*/)) {
      const word = stream.current();
      if (first && blocks.has(word)) return "heading";
      if (keywords.has(word)) return "keyword";
      return /^[A-Z]+\d/.test(word) ? "labelName" : "variableName";
    }
    stream.next();
    return null;
  },
  languageData: { commentTokens: { line: "#" } },
});

const looks = HighlightStyle.define([
  { tag: tags.heading, class: "tok-heading" },
  { tag: tags.keyword, class: "tok-keyword" },
  { tag: tags.string, class: "tok-string" },
  { tag: tags.number, class: "tok-number" },
  { tag: tags.comment, class: "tok-comment" },
  { tag: tags.labelName, class: "tok-label" },
]);

class Values extends WidgetType {
  constructor(text) {
    super();
    this.text = text;
  }
  eq(other) {
    return other.text === this.text;
  }
  toDOM() {
    const mark = document.createElement("span");
    mark.className = "cm-values";
    mark.textContent = this.text;
    return mark;
  }
}

const showValues = StateEffect.define();
const values = StateField.define({
  create: () => Decoration.none,
  update(shown, transaction) {
    let now = shown.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(showValues)) {
        const found = effect.value
          .filter(([line]) => line >= 1 && line <= transaction.state.doc.lines)
          .map(([line, text]) => Decoration.widget({ widget: new Values(text), side: 1 }).range(transaction.state.doc.line(line).to));
        now = Decoration.set(found, true);
      }
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

let names = [];
const complete = ifNotIn(["string", "comment"], (context) =>
  completeFromList([...KEYWORDS.map((label) => ({ label, type: "keyword" })), ...names])(context));

function textOf(node) {
  try {
    return JSON.parse(node?.textContent || "null");
  } catch {
    return null;
  }
}

function start(field) {
  const nonce = document.querySelector("script[nonce]")?.nonce ?? "";
  const state = EditorState.create({
    doc: field.value,
    extensions: [
      minimalSetup, lineNumbers(), highlightActiveLineGutter(), highlightActiveLine(), indentOnInput(), bracketMatching(),
      highlightSelectionMatches(), autocompletion({ override: [complete] }), lintGutter(), values, language,
      syntaxHighlighting(looks), EditorView.lineWrapping, EditorView.cspNonce.of(nonce), EditorState.tabSize.of(2),
      EditorView.editorAttributes.of({ class: "p-editor" }),
      EditorView.contentAttributes.of({ "aria-label": field.labels?.[0]?.textContent?.trim() ?? "", spellcheck: "false" }),
      keymap.of([
        { key: "Mod-s", preventDefault: true, run: () => (tell(), true) },
        ...searchKeymap, ...completionKeymap, ...lintKeymap, indentWithTab,
      ]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && field.value !== update.state.doc.toString()) {
          field.value = update.state.doc.toString();
          tell();
        }
      }),
    ],
  });
  const view = new EditorView({ state, parent: field.parentElement });
  field.hidden = true;
  // Whoever scrolls by keys reaches the box too.
  view.scrollDOM.tabIndex = 0;

  function tell() {
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function problems() {
    const found = textOf(document.getElementById("diagnostics-data"));
    if (!found) return;
    const end = view.state.doc.length;
    view.dispatch(setDiagnostics(view.state, found.diagnostics.map((one) => ({
      from: Math.min(one.from, end), to: Math.min(Math.max(one.to, one.from), end), severity: one.severity, source: one.code, message: one.message,
    }))));
    names = found.names ?? names;
  }
  function beside() {
    view.dispatch({ effects: showValues.of(textOf(document.getElementById("values-data")) ?? []) });
  }
  function formatted() {
    const text = textOf(document.getElementById("formatted-data"));
    if (typeof text === "string" && text !== view.state.doc.toString()) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    }
  }
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "problems") problems();
    if (event.target.id === "values") beside();
    if (event.target.id === "format-result") formatted();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-line]");
    if (!link) return;
    event.preventDefault();
    const line = view.state.doc.line(Math.min(Math.max(Number(link.dataset.line), 1), view.state.doc.lines));
    view.dispatch({ selection: { anchor: line.from }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
    view.focus();
  });
  problems();
  beside();
}

const field = document.getElementById("source");
if (field) start(field);
