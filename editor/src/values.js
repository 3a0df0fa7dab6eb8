// What was found for a subject, written behind each expression. Values move with the text that they belong to.
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType } from "@codemirror/view";

class Value extends WidgetType {
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

// [[place, text], …]; an empty list takes them away.
export const showValues = StateEffect.define();
export const values = StateField.define({
  create: () => Decoration.none,
  update(shown, transaction) {
    let now = shown.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(showValues)) {
        const end = transaction.state.doc.length;
        now = Decoration.set(
          effect.value.filter(([at]) => at <= end).map(([at, text]) => Decoration.widget({ widget: new Value(text), side: 1 }).range(at)), true,
        );
      }
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});
