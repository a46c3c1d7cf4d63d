/** Elements made by hand: text goes in as text, so nothing that a feed sent can become markup. */

type Attributes = Record<string, string | number | boolean>;

/** A new element; `true` and `false` set and leave out an attribute that has no value. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== false) {
      made.setAttribute(attribute, value === true ? "" : String(value));
    }
  }
  made.append(...children);
  return made;
}

/** The element of the template with this id. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) {
    throw new Error(`The page has no element #${id}: the template and the script are of different versions.`);
  }
  return found;
}
