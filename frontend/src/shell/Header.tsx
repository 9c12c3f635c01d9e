/** The bar at the top: the way around, the state of the connection, the theme. */

import { Connection } from "./Connection.tsx";
import { follow, linkTo, route } from "./navigation.ts";
import type { Route } from "./route.ts";
import { session } from "./session.ts";
import { type Choice, choice, nextChoice } from "./theme.ts";

export function Header({ help }: { help: () => void }) {
  const here = route.value.page;
  return (
    <header class="top">
      <a
        class="brand"
        aria-label="Rheostat"
        href={linkTo({ page: "runs" })}
        onClick={follow({ page: "runs" })}
      >
        <Logo />
        <span>Rheostat</span>
      </a>
      <nav aria-label="Pages">
        <Tab to={{ page: "design" }} here={here === "design"} text="Design" />
        <Tab
          to={{ page: "runs" }}
          here={here === "runs" || here === "run" || here === "compare"}
          text="Runs"
        />
        <Tab to={{ page: "settings" }} here={here === "settings"} text="Settings" />
      </nav>
      <div class="top-right">
        <Connection />
        {session.value?.role === "viewer" && <span class="tag">viewer</span>}
        <button
          type="button"
          class="icon-button help-button"
          aria-label="Keys"
          title="Keys: ?"
          onClick={help}
        >
          ?
        </button>
        <ThemeButton />
      </div>
    </header>
  );
}

function Tab({ to, here, text }: { to: Route; here: boolean; text: string }) {
  return (
    <a href={linkTo(to)} onClick={follow(to)} aria-current={here ? "page" : undefined}>
      {text}
    </a>
  );
}

function Logo() {
  return (
    <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" class="logo">
      <path d="M5.6 17.8a8.6 8.6 0 1 1 12.8 0" class="logo-arc" />
      <path d="M12 12 16 6.9" class="logo-needle" />
      <circle cx="12" cy="12" r="2" class="logo-hub" />
    </svg>
  );
}

const THEME_WORDS: Record<Choice, string> = {
  auto: "Theme: as the system says",
  light: "Theme: light",
  dark: "Theme: dark",
};

function ThemeButton() {
  const words = THEME_WORDS[choice.value];
  return (
    <button
      type="button"
      class="icon-button"
      data-testid="theme-toggle"
      aria-label={words}
      title={words}
      onClick={nextChoice}
    >
      <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
        <circle cx="10" cy="10" r="7.25" fill="none" stroke="currentColor" stroke-width="1.5" />
        {choice.value === "auto" && <path d="M10 2.75a7.25 7.25 0 0 1 0 14.5z" fill="currentColor" />}
        {choice.value === "dark" && <circle cx="10" cy="10" r="4.5" fill="currentColor" />}
        {choice.value === "light" && <circle cx="10" cy="10" r="2" fill="currentColor" />}
      </svg>
    </button>
  );
}
