// What a name is: its title, what may be recorded, how it is declared, and of how many subjects something is recorded.
// The pointer rests on a name, or the cursor stands in it and Ctrl+I is pressed.
import { StateEffect, StateField } from "@codemirror/state";
import { hoverTooltip, showTooltip } from "@codemirror/view";
import { said } from "./complete.js";

const show = StateEffect.define();

export function explaining(dictionary, address) {
  const counts = new Map();

  function nameAt(state, at) {
    const line = state.doc.lineAt(at);
    for (const found of line.text.matchAll(/[A-Za-z_]\w*/g)) {
      const from = line.from + found.index;
      const to = from + found[0].length;
      if (from <= at && at <= to) {
        const name = dictionary.names.find((one) => one.label === found[0] && one.type !== "block");
        return name ? { name, from, to } : null;
      }
    }
    return null;
  }
  function counted(name, box) {
    if (name.type === "definition") return;
    if (!counts.has(name.label)) {
      counts.set(name.label, fetch(`${address}?name=${encodeURIComponent(name.label)}`).then((answer) => (answer.ok ? answer.json() : null)));
    }
    counts.get(name.label).then((found) => {
      if (found?.said) box.append(Object.assign(document.createElement("p"), { textContent: found.said }));
    }, () => counts.delete(name.label));
  }
  function tooltip(found) {
    return {
      pos: found.from,
      end: found.to,
      above: true,
      create() {
        const box = said("");
        box.setAttribute("role", "status");
        const head = document.createElement("p");
        head.append(Object.assign(document.createElement("b"), { textContent: found.name.label }), ` ${found.name.detail}`);
        const code = Object.assign(document.createElement("code"), { textContent: found.name.declared });
        box.append(head, Object.assign(document.createElement("p"), { textContent: found.name.info }), code);
        counted(found.name, box);
        return { dom: box };
      },
    };
  }
  const held = StateField.define({
    create: () => null,
    update(shown, transaction) {
      for (const effect of transaction.effects) if (effect.is(show)) return effect.value;
      return transaction.docChanged || transaction.selection ? null : shown;
    },
    provide: (field) => showTooltip.from(field),
  });
  return {
    extension: [
      held,
      hoverTooltip((view, at) => {
        const found = nameAt(view.state, at);
        return found && tooltip(found);
      }),
    ],
    here(view) {
      const found = nameAt(view.state, view.state.selection.main.head);
      view.dispatch({ effects: show.of(found && tooltip(found)) });
      return true;
    },
  };
}
