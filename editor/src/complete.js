// Completion by place: at the beginning of a line the words that begin a block, in the blocks of declarations their clauses, behind words
// of time the moments first, elsewhere what the text declares.
import { BLOCKS, CLAUSES, KEYWORDS } from "./keywords.js";

const OF_TIME = new Set(["before", "after", "on", "since", "from", "to", "until", "at"]);
const BOOST = 50;

function blockOf(state, line) {
  for (let number = line.number; number >= 1; number -= 1) {
    const text = state.doc.line(number).text;
    const word = /^[a-z]+/.exec(text)?.[0];
    if (word) return word;
  }
  return "";
}

function optionOf(name) {
  const kinds = { fact: "variable", moment: "constant", definition: "function", block: "keyword" };
  return { label: name.label, type: kinds[name.type], detail: name.detail, info: () => said(name.info) };
}

export function said(text) {
  const box = document.createElement("div");
  box.className = "p-said";
  box.textContent = text;
  return box;
}

export function completing(dictionary) {
  return (context) => {
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    // Texts and comments are the writer's own.
    if (/^[^#]*#/.test(before.replace(/"[^"]*"/g, "")) || (before.match(/"/g) ?? []).length % 2) return null;
    const word = context.matchBefore(/[A-Za-z_]\w*/);
    if (!word && !context.explicit) return null;
    const from = word ? word.from : context.pos;
    const start = before.slice(0, from - line.from);
    const known = new Map(dictionary.names.map((name) => [name.label, name]));
    if (start === "") {
      const options = BLOCKS.map((label) => (known.has(label) ? optionOf(known.get(label)) : { label, type: "keyword" }));
      return { from, options, validFor: /^\w*$/ };
    }
    const last = /(\w+)\s*$/.exec(start)?.[1];
    const clauses = new Set(CLAUSES[blockOf(context.state, line)] ?? []);
    const options = [
      ...dictionary.names.filter((one) => one.type !== "block").map((one) => ({
        ...optionOf(one), boost: one.type === "moment" && OF_TIME.has(last) ? BOOST : clauses.size ? 0 : 10,
      })),
      ...KEYWORDS.map((label) => ({ label, type: "keyword", boost: clauses.has(label) ? 20 : 0 })),
    ];
    return { from, options, validFor: /^\w*$/ };
  };
}
