/** The list of keys, at `?`. */

import { Dialog } from "./Dialog.tsx";
import { PLACES } from "./shortcuts.ts";

export function Help({ close }: { close: () => void }) {
  return (
    <Dialog title="Keys" testid="help" close={close}>
      <div class="help">
        {PLACES.map(({ where, shortcuts }) => (
          <section key={where}>
            <h3>{where}</h3>
            <dl>
              {shortcuts.map(({ keys, does }) => (
                <div key={does}>
                  <dt>
                    {keys.map((one) => (
                      <kbd key={one}>{one}</kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p class="muted">Keys of one letter rest while you type. Tab leaves the editor.</p>
    </Dialog>
  );
}
