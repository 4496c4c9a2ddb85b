/** Elements that the page is known to have. */

type Kind<T> = abstract new () => T;

/** @throws Error where the page was made by another version than its script: it has no such element */
export function byId<T extends Element>(id: string, kind: Kind<T>): T {
  return checked(document.getElementById(id), `#${id}`, kind);
}

/** The first descendant that fits. */
export function within<T extends Element>(parent: ParentNode, selector: string, kind: Kind<T>): T {
  return checked(parent.querySelector(selector), selector, kind);
}

export function allWithin<T extends Element>(parent: ParentNode, selector: string, kind: Kind<T>): T[] {
  return [...parent.querySelectorAll(selector)].map((element) => checked(element, selector, kind));
}

function checked<T extends Element>(element: Element | null, name: string, kind: Kind<T>): T {
  if (element instanceof kind) return element;
  throw new Error(`The page has no ${name} of the kind that its script expects.`);
}
