// define.ts - names an element once: in JupyterLab two extensions may bring the same one

export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}
