/** What the runs do not have in common: config, environment, optimizer, plan; and plans in words. */

import { differing } from "./difference.ts";
import type { CompareStore } from "./store.ts";

export function Differences({ store }: { store: CompareStore }) {
  const all = store.details.value;
  const facts = differing(all);
  const base = all.find((run) => run.id === store.what.value.base);
  return (
    <section class="card" aria-label="Differences" data-testid="differences">
      <div class="card-head">
        <h2>What they do not share</h2>
      </div>
      {facts.length === 0 ? (
        <p class="muted">Config, environment, optimizer and plan are the same.</p>
      ) : (
        <div class="wide-table">
          <table>
            <thead>
              <tr>
                <th>
                  <span class="hidden">What</span>
                </th>
                {all.map((run) => (
                  <th key={run.id}>{run.name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {facts.map(({ name, values }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {values.map((value, at) => (
                    <td key={all[at]?.id}>{value || <span class="muted">–</span>}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {base && <Plans store={store} base={base.name} />}
      {!base && <p class="muted footnote">Pin a run as baseline to see the plans' differences in words.</p>}
    </section>
  );
}

function Plans({ store, base }: { store: CompareStore; base: string }) {
  const found = store.details.value.flatMap((run) => {
    const diff = store.plans.value[run.id];
    return diff ? [{ run, diff }] : [];
  });
  if (found.length === 0)
    return <p class="muted footnote">No plan beside that of {base} is known as a text.</p>;
  return (
    <dl class="plan-diffs" data-testid="plan-diffs">
      {found.map(({ run, diff }) => (
        <div key={run.id}>
          <dt>
            Plan of {run.name} against {base}
          </dt>
          {(diff.words.length > 0 ? diff.words : ["the same"]).map((words) => (
            <dd key={words} class="num">
              {words}
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
