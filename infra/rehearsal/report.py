"""What the rehearsal says: one line for each step, and the seconds that each part took."""

import threading
import time
import traceback


class Stop(Exception):
    """Without what has just failed there is nothing to rehearse."""


class Report:
    """Counts what failed. A step that fails does not keep the others from being tried."""

    def __init__(self):
        self.failed = 0
        self.parts = []
        self.broken_off = False

    def step(self, name, work):
        """Does one step and says how it went, with what the step itself has to say; answers whether it went well."""
        begun = time.monotonic()
        try:
            told = work()
        except Exception as error:
            if not self.broken_off:
                self.failed += 1
                self.say("FAILED", begun, f"{name}: {type(error).__name__}: {error}\n{where(error)}")
            return False
        self.say("ok", begun, f"{name} ({told})" if told else name)
        return True

    def together(self, steps):
        """Does several steps at the same time, so that those that wait for the same tick wait once."""
        # Nobody waits for these threads when the rehearsal is broken off.
        threads = [threading.Thread(target=self.step, args=step, daemon=True) for step in steps]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except SystemExit:
            self.broken_off = True
            raise

    def required(self, name, work):
        """A step without which there is nothing to rehearse."""
        if not self.step(name, work):
            raise Stop

    def part(self, name, work):
        """Does one part of the rehearsal and takes its time."""
        begun = time.monotonic()
        work()
        self.parts.append((name, time.monotonic() - begun))

    def say(self, verdict, begun, text):
        print(f"{verdict:6} {time.monotonic() - begun:5.1f} s  {text}", flush=True)

    def not_rehearsed(self, things):
        """What stays to be trusted to other tests."""
        for thing in things:
            print(f"not rehearsed: {thing}")

    def summary(self):
        print(", ".join(f"{name} {seconds:.0f} s" for name, seconds in self.parts))
        print(f"{self.failed} steps failed" if self.failed else "every step went well", flush=True)


def where(error):
    """The lines of our own that an error came through."""
    return "".join(traceback.format_tb(error.__traceback__)[-3:])
