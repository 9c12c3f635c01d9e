/** Parts of a page that rest while numbers stream past them. */

import { Component, createElement, type FunctionComponent, type VNode } from "preact";

/** `Part`, made anew only when something that `read` finds in its props is another; its own signals work as ever. */
export function resting<P extends object>(
  Part: FunctionComponent<P>,
  read: (props: P) => readonly unknown[],
): new () => Component<P> {
  return class Resting extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const before = read(this.props);
      return read(next).some((value, at) => value !== before[at]);
    }

    override render(): VNode<P> {
      return createElement(Part, this.props);
    }
  };
}
