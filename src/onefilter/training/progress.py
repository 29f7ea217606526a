"""What a training says while it runs: how far it is, how fast, how good, and when it will be done."""

import time

from onefilter.training.learning import Learning


class Progress:
    """Gives a line on the progress of a training every few seconds."""

    def __init__(self, target: str, *, every: float = 5.0) -> None:
        """Speak of `target` at most every so many seconds."""
        self.target = target
        self.every = every
        self.begun = self.spoken = time.monotonic()
        self.first: int | None = None

    def line(self, learning: Learning) -> str | None:
        """Give the line, if it is time or the end; the CCCs are the worst and the best model's, on development."""
        now, done, total = time.monotonic(), int(learning.epoch), learning.epochs
        if self.first is None:
            self.begun, self.first = now, done
        if now - self.spoken < self.every and done < total:
            return None
        self.spoken = now
        rate = (done - self.first) / max(now - self.begun, 1e-9)
        pace = f", {rate:.0f}/s, {(total - done) / rate:.0f} s left" if rate else ""
        best = learning.best_score
        low, high = float(best.min()), float(best.max())
        bar = "#" * (10 * done // total) + "." * (10 - 10 * done // total)
        return f"{self.target:<8} epoch {done:>{len(str(total))}}/{total} |{bar}| CCC {low:.3f} to {high:.3f}{pace}"
