/** The part of anywidget's model that we use; a static page brings its own. */
export interface HostModel {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(name: string, callback: (...args: never[]) => void): void;
  off(name: string, callback: (...args: never[]) => void): void;
}

/** What anywidget gives to a widget: its model, and the element to render into. */
export interface Given {
  model: HostModel;
  el: HTMLElement;
}
