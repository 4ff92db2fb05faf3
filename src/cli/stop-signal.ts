// A stop that was asked for: the first SIGINT or SIGTERM asks, a second ends the process at once (which loses nothing: what was not
// acknowledged is read again).

export interface StopSignal {
  isAsked(): boolean;
  release(): void;
}

/** Listens from now on; `onAsked` is called once. */
export function stopSignal(onAsked: () => void): StopSignal {
  let asked = false;
  const ask = () => {
    if (asked) process.exit(3);
    asked = true;
    onAsked();
  };
  process.on('SIGINT', ask);
  process.on('SIGTERM', ask);
  return {
    isAsked: () => asked,
    release: () => {
      process.off('SIGINT', ask);
      process.off('SIGTERM', ask);
    },
  };
}
