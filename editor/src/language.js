// The colours of rule text. The server's parser decides what the text means; here words are only told apart.
import { HighlightStyle, StreamLanguage } from "@codemirror/language";
import { tags } from "@lezer/highlight";
import { BLOCKS, KEYWORDS } from "./keywords.js";

const keywords = new Set(KEYWORDS);
const blocks = new Set(BLOCKS);

export const language = StreamLanguage.define({
  name: "rules",
  startState: () => ({ start: true }),
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

export const looks = HighlightStyle.define([
  { tag: tags.heading, class: "tok-heading" },
  { tag: tags.keyword, class: "tok-keyword" },
  { tag: tags.string, class: "tok-string" },
  { tag: tags.number, class: "tok-number" },
  { tag: tags.comment, class: "tok-comment" },
  { tag: tags.labelName, class: "tok-label" },
]);
