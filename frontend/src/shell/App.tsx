/** The frame around every page: who may see it, the header, and which page it is. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useKeys } from "../lib/keys.ts";
import { fetched } from "./fetched.tsx";
import { Header } from "./Header.tsx";
import { route } from "./navigation.ts";
import { ComparePage, DesignPage, RunPage, RunsPage, SettingsPage } from "./pages.tsx";
import { SignIn } from "./SignIn.tsx";
import { Spoken } from "./speech.tsx";
import { access, enter } from "./session.ts";
import { Failure, Loading, NotFound } from "./states.tsx";

const Help = fetched(null, () => import("./Help.tsx").then((module) => module.Help));

export function App() {
  const helping = useSignal(false);
  useKeys({ "?": () => (helping.value = true) });
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <Header help={() => (helping.value = true)} />
      <main id="main" tabIndex={-1}>
        <Guarded />
      </main>
      <Spoken />
      {helping.value && <Help close={() => (helping.value = false)} />}
    </>
  );
}

function Guarded() {
  const now = access.value;
  switch (now.is) {
    case "asking":
      return <Loading what="the dashboard" />;
    case "signed-out":
      return <SignIn problem={now.problem} />;
    case "unreachable":
      return <Failure problem={now.problem} retry={() => void enter()} />;
    case "signed-in":
      return <Page />;
  }
}

function Page() {
  const here = route.value;
  switch (here.page) {
    case "design":
      return <DesignPage />;
    case "runs":
      return <RunsPage />;
    case "run":
      return <RunPage key={here.id} id={here.id} />;
    case "compare":
      return <ComparePage />;
    case "settings":
      return <SettingsPage />;
    case "lost":
      return <Lost path={here.path} />;
  }
}

function Lost({ path }: { path: string }) {
  useEffect(() => {
    document.title = "Not found · Rheostat";
  }, []);
  return <NotFound what={`There is no page at ${path}`} />;
}
